"""What becomes of one submission: points, what was noticed, and the report that the student gets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from decoderbook.assign.assignment import Assignment
from decoderbook.checks.items import Exercise
from decoderbook.checks.verdict import Verdict
from decoderbook.grade.exam import Exam
from decoderbook.grade.judging import Judged, judge_reply
from decoderbook.grade.notebook import Notebook
from decoderbook.grade.remote import Reply
from decoderbook.grade.similar import answer_code, is_published
from decoderbook.grade.static_look import look
from decoderbook.grade.submissions import Submission

BROKEN = "not graded"
Replies = list[tuple[Notebook, Reply]]


@dataclass(frozen=True)
class Row:
    """One student's row in the table of grades, and the student's report."""

    student: str
    status: str  # graded, nothing to grade, or what kept it from being graded
    points: dict[str, int] = field(default_factory=dict)  # by exercise
    published: tuple[str, ...] = ()  # exercises with an answer as the book has it
    notes: tuple[str, ...] = ()
    report: str = ""
    seconds: float = 0.0
    layers: dict[str, str] = field(default_factory=dict)


def make_row(
    assignment: Assignment,
    exams: dict[str, Exam],
    submission: Submission,
    replies: Replies,
) -> Row:
    """Judge what the children sent about a submission. Of two answers to one exercise the better counts."""
    there = {notebook.chapter for notebook, _ in replies}
    missing = [c for c in assignment.chapters if c not in there] if replies else []
    notes = [*submission.problems, *submission.notes]
    notes += [f"no notebook of {chapter} was handed in" for chapter in missing]
    best: dict[str, Judged] = {}
    published: list[str] = []
    for notebook, reply in replies:
        published += [
            e.slug
            for e in assignment.chosen(notebook.chapter)
            if is_published(e, answer_code(notebook, e))
        ]
        notes += [f"{notebook.name}: {text}" for text in look(notebook.cells)]
        notes += [f"{notebook.name}: {text}" for text in reply.notes]
        judged = judge_reply(exams[notebook.chapter], notebook, reply)
        for slug, found in judged.items():
            notes += [f"{notebook.name}, {slug}: {text}" for text in found.notes]
            if slug in best and "blank" not in (
                found.verdict.kind,
                best[slug].verdict.kind,
            ):
                notes.append(f"{slug} was answered in two notebooks; the better counts")
            if slug not in best or _rank(found) > _rank(best[slug]):
                best[slug] = found
    exercises = assignment.chosen()
    points = {
        e.slug: best[e.slug].verdict.points if e.slug in best else 0 for e in exercises
    }
    notes = list(dict.fromkeys(notes))
    verdicts = {slug: judged.verdict for slug, judged in best.items()}
    return Row(
        submission.student,
        "graded" if replies else "nothing to grade",
        points,
        tuple(dict.fromkeys(published)),
        tuple(notes),
        report(assignment, submission.student, exercises, verdicts, notes),
        sum(reply.seconds for _, reply in replies),
        next((reply.layers for _, reply in replies if reply.layers), {}),
    )


def _rank(judged: Judged) -> tuple[int, bool]:
    return judged.verdict.points, judged.verdict.kind != "blank"


def broken(submission: Submission, error: BaseException) -> Row:
    """The row of a submission that the grader itself could not deal with."""
    said = f"the grader stopped at it: {type(error).__name__}: {error}"[:500]
    report = f"# {escape(submission.student)}\n\nYour submission could not be graded. Please ask.\n"
    return Row(submission.student, BROKEN, notes=(said,), report=report)


def report(
    assignment: Assignment,
    student: str,
    exercises: list[Exercise],
    verdicts: dict[str, Verdict],
    notes: list[str],
) -> str:
    """What a student is told: exercise by exercise what the check says, in Markdown."""
    total = sum(v.points for v in verdicts.values())
    parts = [
        f"# {escape(assignment.title)}: {escape(student)}",
        f"**{total} of {assignment.points} points.**",
    ]
    for e in exercises:
        verdict = verdicts.get(e.slug)
        got = verdict.points if verdict else 0
        parts.append(f"## {e.label} {e.title}: {got} of {e.points}")
        if verdict is None:
            parts.append("No answer was handed in.")
        elif verdict.kind == "blank":
            parts.append("Nothing was written here yet.")
        else:
            head, *rest = verdict.lines(with_seed=False)
            parts += [escape(head.split(" · ")[0]), *map(escape, rest)]
    if notes:
        parts.append("## What was noticed")
        parts.append("Nothing here changes a point by itself.")
        parts.append("\n".join(f"- {escape(note)}" for note in notes))
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text for Markdown: no HTML outside of code, no line breaks, no other characters than can be seen."""
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", text)
    # Marks of code stand alone, and unescaped: then Markdown pairs them as it is done here.
    text = re.sub(r"\\+`|`{2,}", "'", text)
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a mark that is never closed
        parts = ["'".join(parts)]
    parts[::2] = [
        p.replace("<", "&lt;").replace("![", "!\\[").replace("](", "]\\(")
        for p in parts[::2]
    ]
    return "`".join(parts)
