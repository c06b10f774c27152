"""The page for instructors, chapter by chapter: `python -m decoderbook.tools.teaching` prints it,
`--write` stores it as `book/teach-chapters.md`.

Outcomes and prerequisites come from `book/chapters.yml`, minutes and figures from the notebooks,
misconceptions from `decoderbook/exercises`, discussions from `book/teaching.yml`. Each line leads to its
place in the chapter.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
import yaml
from nbformat import NotebookNode

from decoderbook.checks import source
from decoderbook.checks.items import Declared, Exercise, Question, Variant
from decoderbook.tools import fronts
from decoderbook.tools.canonical import NotebookError
from decoderbook.tools.exercises import fold

PAGE = "teach-chapters.md"
NOTES = "teaching.yml"
TELLING = 3  # wrong answers a chapter
CAPTION = re.compile(r"^\*\*Figure (\d+)\.(\d+) · (.+?)\.?\*\*", re.MULTILINE)
HEAD = """---
myst:
  html_meta:
    description: For instructors; each chapter's outcomes, minutes, misconceptions, questions to discuss.
---

# Chapter by chapter

What to know before you teach a chapter, in the order in which you need it. Open what you use; each link
leads to the very place. Such an address can be projected, put on slides and sent to students.

"""


@dataclass(frozen=True)
class Discussion:
    """A question for the room, and what a good discussion reaches."""

    ask: str
    reach: str


@dataclass(frozen=True)
class State:
    """A state of the decoder at work; `changes`: whether it writes another sentence than the whole model."""

    see: str
    state: str
    changes: bool

    @property
    def address(self) -> str:
        """Its address from a page of the book."""
        return f"decode.html#decoder?{quote(self.state, safe='=&-.')}"


@dataclass(frozen=True)
class Written:
    """What is written on the board: what it concludes, and perhaps a formula in TeX or lines of shapes.

    `after` is the id, on the chapter's page, of the figure or question after which it comes.
    """

    title: str
    after: str
    say: str
    formula: str = ""
    shapes: str = ""


@dataclass(frozen=True)
class Notes:
    """What `teaching.yml` says of one chapter."""

    telling: tuple[tuple[Exercise, Variant], ...]
    discuss: tuple[Discussion, ...]
    decoder: tuple[State, ...]
    board: tuple[Written, ...]


def read_notes(chapter: str, book: Path = fronts.BOOK) -> Notes:
    """The notes on a chapter. Raises NotebookError where something is missing or unknown."""
    try:
        data = yaml.safe_load((book / NOTES).read_text("utf-8"))
        said: dict[str, Any] = data[chapter]
        return Notes(
            tuple(_answer(chapter, slug, name) for slug, name in said["telling"]),
            tuple(Discussion(**entry) for entry in said["discuss"]),
            tuple(State(**entry) for entry in said.get("decoder", [])),
            tuple(Written(**entry) for entry in said["board"]),
        )
    except KeyError as error:
        raise NotebookError(f"book/{NOTES} has no {error} for {chapter}") from None
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise NotebookError(f"book/{NOTES}, {chapter}: {error}") from None


def _answer(chapter: str, slug: str, name: str) -> tuple[Exercise, Variant]:
    for exercise in source.declared(chapter).exercises:
        for answer in exercise.wrong:
            if (exercise.slug, answer.name) == (slug, name):
                return exercise, answer
    raise ValueError(f"the exercise {slug!r} has no wrong answer {name!r}")


def page(book: Path = fronts.BOOK) -> str:
    """The whole page."""
    return HEAD + "\n".join(section(chapter, book) for chapter in source.chapters())


def section(chapter: str, book: Path = fronts.BOOK) -> str:
    """What stands on the page for one chapter."""
    notebook = nbformat.read(book / f"{chapter}.ipynb", as_version=4)
    notes, declared = read_notes(chapter, book), source.declared(chapter)
    title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    parts = [
        f"## {int(chapter[:2])} · {title}",
        *_front(chapter, notebook, declared, book),
        _misconceptions(declared, notes),
        _discussions(notes),
        _addresses(chapter, notebook, declared, notes),
    ]
    return "\n\n".join(parts) + "\n"


def _front(
    chapter: str, notebook: NotebookNode, declared: Declared, book: Path
) -> Iterator[str]:
    data = fronts.read_data(book)
    own = data["chapters"][chapter]
    names = {stem[:2]: stem for stem in data["chapters"]}
    yield f"[Open the chapter]({chapter}.ipynb). **Afterwards a student can**"
    yield "\n".join(f"- {line}" for line in own["able"])
    before = ", ".join(f"[chapter {n}]({names[n]}.ipynb)" for n in own["needs"])
    core, deeper = fronts.minutes_to_read(notebook)
    tasks = declared.exercises
    times = [f"{core} to read"]
    if deeper:
        times.append(f"{deeper} for *Going deeper*")
    points = sum(e.points for e in tasks)
    spent = sum(e.minutes for e in tasks)
    times.append(f"{spent} for {len(tasks)} exercises, {points} points")
    videos = [fronts.stretch(data["videos"], *part) for part in own.get("mirrors", [])]
    yield (
        f"**Before this:** {before or own.get('before', fronts.NOTHING)}. "
        f"**Minutes:** {'; '.join(times)}. Runs in under {own['seconds']} seconds. "
        f"**Videos:** {', '.join(videos) or 'none'}."
    )


def _misconceptions(declared: Declared, notes: Notes) -> str:
    quizzes = [q for q in declared.questions if q.kind == "quiz"]
    said = [_quiz(q) for q in quizzes]
    for exercise, wrong in notes.telling:
        link = f"[Exercise {exercise.label}](#exercise-{exercise.slug})"
        said.append(f"**{link}, the answer “{wrong.name}”.** {wrong.hint}")
    count = f"{len(quizzes)} statements, {len(notes.telling)} telling answers"
    return fold(f"Misconceptions to expect · {count}", "\n\n".join(said))


def _quiz(quiz: Question) -> str:
    origin = " Met below the videos." if quiz.corrects else ""
    replies = [
        f"- {'Right' if c.right else 'Wrong'}: *{c.label}*. {c.reply}"
        for c in sorted(quiz.choices, key=lambda c: c.right)
    ]
    return "\n".join(
        [
            f"**[{quiz.title}](#quiz-{quiz.slug})**{origin} "
            f"[The cell that answers it](#proof-{quiz.slug}).",
            "",
            quiz.statement,
            "",
            *replies,
        ]
    )


def _discussions(notes: Notes) -> str:
    said = "\n".join(
        f"{i}. **{d.ask}** *A good discussion reaches:* {d.reach}"
        for i, d in enumerate(notes.discuss, 1)
    )
    return fold(f"Questions to discuss · {len(notes.discuss)}", said)


def _addresses(
    chapter: str, notebook: NotebookNode, declared: Declared, notes: Notes
) -> str:
    text = "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    figures = CAPTION.findall(text)
    rows = [f"| [Figure {a}.{b}](#figure-{a}-{b}) | {t} |" for a, b, t in figures]
    guesses = [q for q in declared.questions if q.kind == "guess"]
    for i, q in enumerate(guesses, 1):
        shows = f"{q.title} ([the cell that answers it](#proof-{q.slug}))"
        rows.append(f"| [Guess {i}](#guess-{q.slug}) | {shows} |")
    for i, state in enumerate(notes.decoder, 1):
        link = f'<a href="{escape(state.address)}">Decoder {i}</a>'
        rows.append(f"| {link} | {state.see} |")
    for e in declared.exercises:
        points = f"{e.points} point{'s' if e.points > 1 else ''}"
        said = f"{e.title} ({points}, {e.minutes} minutes)"
        rows.append(f"| [Exercise {e.label}](#exercise-{e.slug}) | {said} |")
    table = "\n".join(["| Address | What it shows |", "|---|---|", *rows])
    return fold(f"Addresses to project · {len(rows)}", table)


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.tools.teaching",
        description="Print the page for instructors, made from what the chapters declare.",
    )
    parser.add_argument("--write", action="store_true", help=f"store book/{PAGE}")
    options = parser.parse_args(arguments)
    try:
        text = page()
    except NotebookError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.write:
        (fronts.BOOK / PAGE).write_text(text, "utf-8", newline="\n")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
