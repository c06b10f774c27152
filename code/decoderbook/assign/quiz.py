"""A chapter's quiz in three forms: QTI 1.2 for Canvas, Moodle's XML, and a table of plain words.

The core of Moodle imports no QTI, so it gets a file of its own format. `question.py` says what is chosen.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from decoderbook.assign import moodle, qti
from decoderbook.assign.markup import to_plain
from decoderbook.assign.question import Asked, questions_of
from decoderbook.site.exercises import title_of
from decoderbook.tools import fronts
from tinydecoder.files import write_atomically

MOST = 4  # choices of a question; the table has a column for each
COLUMNS = (
    *("id", "kind", "title", "question", "right", "tolerance"),
    *(f"{what} {letter}" for letter in "ABCD"[:MOST] for what in ("choice", "reply")),
    *("corrects", "address"),
)


def _row(asked: Asked) -> dict[str, str]:
    """A question as a row; the right answer is a letter, or a number with what may be off."""
    question = asked.declared
    right = next(i for i, choice in enumerate(question.choices) if choice.right)
    row = {
        "id": asked.name,
        "kind": question.kind,
        "title": asked.title,
        "question": to_plain(question.statement),
        "right": "ABCD"[right],
        "corrects": " ".join(map(str, question.corrects)),
        "address": asked.address,
    }
    if slider := question.slider:
        row |= {"right": f"{slider.right:g}", "tolerance": f"{slider.within:g}"}
    for letter, choice in zip("ABCD", question.choices, strict=False):
        row[f"choice {letter}"] = to_plain(choice.label)
        row[f"reply {letter}"] = to_plain(choice.reply)
    # A spreadsheet would take "-annu" for a formula.
    return {k: f" {v}" if v[:1] in ("=", "+", "-", "@") else v for k, v in row.items()}


def table(questions: list[Asked]) -> bytes:
    """The questions as CSV, a row each. It begins with a mark by which a spreadsheet knows UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(map(_row, questions))
    return text.getvalue().encode("utf-8-sig")


def write(chapter: str, folder: Path) -> list[Path]:
    """Write a chapter's quiz, such as that of "05-queries-keys-values", into the folder.

    Raises AssignmentError for a chapter without questions, and outside a clone of the repository.
    """
    questions = questions_of(chapter)
    title = title_of(chapter, fronts.BOOK)
    made = {
        "zip": qti.package(title, questions),
        "xml": moodle.document(title, questions),
        "csv": table(questions),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, content in made.items():
        write_atomically(folder / f"{chapter}.{suffix}", content)
    return [folder / f"{chapter}.{suffix}" for suffix in made]
