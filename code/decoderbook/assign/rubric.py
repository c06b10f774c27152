"""What earns the points of each exercise, and what each known mistake tells: to read, and as a table."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from decoderbook.assign.assignment import NAME, Assignment, read_assignment
from decoderbook.checks.answers import own_settings
from decoderbook.checks.cases import Draw
from decoderbook.checks.engine import cases_for
from decoderbook.checks.items import Exercise
from decoderbook.tools.exercises import SEED
from tinydecoder.files import write_atomically

COLUMNS = (
    "chapter",
    "exercise",
    "name",
    "title",
    "points",
    "minutes",
    "answer",
    "shows",
)
FULL = "full answer"
RULE = (
    "The points of an exercise are earned as a whole: a grader tries the answer with numbers that were "
    "drawn for this assignment, and every case must come out right. Whoever marks by hand can give a part "
    "of them; what each known mistake shows stands below it."
)


@dataclass(frozen=True)
class Row:
    """One kind of answer to one exercise, and what it shows."""

    exercise: Exercise
    answer: str
    points: int
    shows: str


def write(chapter: str, folder: Path) -> list[Path]:
    """Write rubric/CHAPTER.md, and rubric.csv with all chapters, for the assignment in a folder."""
    made = read_assignment(folder / NAME)
    page, table = folder / "rubric" / f"{chapter}.md", folder / "rubric.csv"
    page.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(page, as_markdown(made, chapter).encode("utf-8"))
    write_atomically(table, as_csv(made).encode("utf-8-sig"))  # Excel asks for the mark
    return [page, table]


def rows(exercise: Exercise) -> list[Row]:
    """The full answer first, then the known mistakes in the order in which they are declared."""
    tried = "; ".join(dict.fromkeys(cases(exercise)))
    names = " and ".join(f"`{name}`" for name in exercise.answers)
    full = f"{names}: what must come out, tried with {tried}. Explained in {exercise.read}."
    mistakes = [Row(exercise, wrong.name, 0, wrong.hint) for wrong in exercise.wrong]
    return [Row(exercise, FULL, exercise.points, full), *mistakes]


def cases(exercise: Exercise) -> list[str]:
    """What an answer is tried with, in words; the sizes in them are those of one draw."""
    with own_settings():
        return [case.name for case in cases_for(exercise)(Draw(SEED))]


def as_markdown(made: Assignment, chapter: str) -> str:
    """One chapter's rubric, to read."""
    parts = [f"# Rubric of chapter {chapter[:2]}", f"*{made.title}.* {RULE}"]
    for exercise in made.chosen(chapter):
        full, *mistakes = rows(exercise)
        parts += [
            f"## {exercise.label} {exercise.title}",
            f"{exercise.points} point{'s' * (exercise.points > 1)}, about {exercise.minutes} minutes.",
            f"**Full answer.** {full.shows}",
            "| known mistake | what it tells |\n|---|---|\n"
            + "\n".join(
                f"| {_cell(row.answer)} | {_cell(row.shows)} |" for row in mistakes
            ),
        ]
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def as_csv(made: Assignment) -> str:
    """All chapters' rows, one for each kind of answer."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in (row for exercise in made.chosen() for row in rows(exercise)):
        e = row.exercise
        table.writerow(
            [
                e.chapter,
                e.label,
                e.slug,
                e.title,
                row.points,
                e.minutes,
                row.answer,
                row.shows,
            ]
        )
    return out.getvalue()
