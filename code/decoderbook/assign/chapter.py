"""What slides and handouts take from a chapter's notebook: sections, figures, board and words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import nbformat
from nbformat import NotebookNode

from decoderbook.assign.assignment import AssignmentError
from decoderbook.assign.markup import check_book
from decoderbook.assign.pictures import Figure, figure_of
from decoderbook.checks import source
from decoderbook.checks.items import Question
from decoderbook.site.exercises import title_of
from decoderbook.tools import fronts
from decoderbook.tools.teaching import NOTES, Written, read_notes

CAPTION = re.compile(r"\*\*Figure (\d+\.\d+) · (.+?)\*\*\s*(.*)", re.DOTALL)
ASKED = re.compile(r"(?:guess|quiz)-(.+)")
TERM = re.compile(r"^([^\n:]+)\n: (.+?) \[Chapter (\d\d)\]", re.MULTILINE)
KNOWN, NEXT = "What you now know", "Where next"


def anchor(item: Figure | Question) -> str:
    """Its id on the chapter's page, such as "figure-5-2"."""
    return item.name if isinstance(item, Figure) else f"{item.kind}-{item.slug}"


@dataclass
class Section:
    """A section of a chapter; `shown` has its figures, guesses and quizzes in the order of the page."""

    heading: str
    text: str = ""  # its Markdown, without questions
    shown: list[Figure | Question] = field(default_factory=list)

    @property
    def items(self) -> tuple[str, ...]:
        """Those of its list."""
        items = re.findall(r"(?ms)^- (.+?)(?=\n- |\n\n|\Z)", self.text)
        return tuple(" ".join(item.split()) for item in items)


@dataclass(frozen=True)
class Chapter:
    """A chapter as far as slides and handouts show it; every text is Markdown."""

    name: str
    title: str  # with its number: "5 · Queries, keys and values"
    able: tuple[str, ...]
    sections: tuple[Section, ...]
    board: tuple[Written, ...]
    known: tuple[str, ...]
    then: str  # where to go next
    terms: tuple[tuple[str, str], ...]  # that it introduces, with their meaning

    @property
    def figures(self) -> list[Figure]:
        """Its figures, in order."""
        return [f for s in self.sections for f in s.shown if isinstance(f, Figure)]


def _sections(
    cells: list[NotebookNode], questions: dict[str, Question]
) -> list[Section]:
    """The sections of a notebook's cells, in order."""
    sections = [Section("")]
    for at, cell in enumerate(cells):
        if asked := ASKED.fullmatch(cell.id):
            # The first quiz has the section's heading in its cell.
            if heading := re.match(r"## (.+)\n", cell.source):
                sections.append(Section(heading[1]))
            sections[-1].shown.append(questions[asked[1]])
        elif cell.id.startswith("exercise"):
            continue
        elif cell.cell_type == "markdown":
            first, *rest = re.split(r"(?m)^## (.+)$", cell.source)
            caption = CAPTION.match(first)
            if caption and (found := figure_of(cells[at - 1], caption)):
                sections[-1].shown.append(found)
            for heading, text in zip(rest[::2], rest[1::2], strict=True):
                sections.append(Section(heading, text))
    return sections[1:]


def _terms(number: str) -> tuple[tuple[str, str], ...]:
    """The words of the glossary that a chapter introduces, with their meaning."""
    text = (fronts.BOOK / "glossary.md").read_text("utf-8")
    return tuple((m[1], m[2]) for m in TERM.finditer(text) if m[3] == number)


def _board(name: str, sections: Iterable[Section]) -> tuple[Written, ...]:
    """What is written on a chapter's board. Raises AssignmentError for a place that the chapter has not."""
    board = read_notes(name).board
    places = {anchor(item) for section in sections for item in section.shown}
    if lost := [entry.after for entry in board if entry.after not in places]:
        raise AssignmentError(
            f"book/{NOTES} writes on the board of {name} after {', '.join(lost)}, "
            "which is no figure, guess or quiz of it"
        )
    return board


@cache
def read_chapter(name: str) -> Chapter:
    """Read a chapter, such as "05-queries-keys-values".

    Raises AssignmentError for a name that is no chapter, and outside a clone of the repository.
    """
    check_book()
    if name not in source.chapters():
        raise AssignmentError(f"there is no chapter {name!r}")
    notebook = nbformat.read(fronts.BOOK / f"{name}.ipynb", as_version=4)
    questions = {q.slug: q for q in source.declared(name).questions}
    cells = [cell for cell in notebook.cells if cell.id != fronts.CELL]
    sections = {s.heading: s for s in _sections(cells[1:], questions)}
    known, then = sections.pop(KNOWN), sections.pop(NEXT)
    able = fronts.read_data()["chapters"][name]["able"]
    return Chapter(
        name,
        title_of(name, fronts.BOOK),
        tuple(line.rstrip(";.") for line in able),
        tuple(sections.values()),
        _board(name, sections.values()),
        known.items,
        " ".join(then.text.split()),
        _terms(name[:2]),
    )
