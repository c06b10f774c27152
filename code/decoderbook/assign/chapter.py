"""What slides and handouts take from a chapter's notebook: sections, figures, formulas and words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

import nbformat
from nbformat import NotebookNode

from decoderbook.assign.assignment import AssignmentError
from decoderbook.assign.markup import check_book, sentence
from decoderbook.assign.pictures import Figure, figure_of
from decoderbook.checks import source
from decoderbook.checks.items import Question
from decoderbook.site.exercises import title_of
from decoderbook.tools import fronts

CAPTION = re.compile(r"\*\*Figure (\d+\.\d+) · (.+?)\*\*\s*(.*)", re.DOTALL)
ASKED = re.compile(r"(?:guess|quiz)-(.+)")
VIEWERS = re.compile(r"### [DP]\d{1,2} · (.+)")
TERM = re.compile(r"^([^\n:]+)\n: (.+?) \[Chapter (\d\d)\]", re.MULTILINE)
NO_PROSE = ("#", "**Figure", "|", "-", "<", "```", "$$", "1.", ">")
KNOWN, NEXT = "What you now know", "Where next"
DEEPER = "Going deeper"  # its parts have nothing in common
SHORT = 60  # characters of a sentence that says little by itself


@dataclass(frozen=True)
class Formula:
    """A displayed formula in TeX, and the sentence that leads to it."""

    tex: str
    said: str


@dataclass(frozen=True)
class Doubt:
    """A question that viewers asked, and the first sentence of its answer."""

    question: str
    answer: str


@dataclass
class Section:
    """A section of a chapter; `shown` has its figures, guesses and quizzes in the order of the page."""

    heading: str
    paragraph: str = ""  # its first one
    formulas: list[Formula] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)  # headings inside it
    items: list[str] = field(default_factory=list)  # of a list
    shown: list[Figure | Question] = field(default_factory=list)

    @property
    def lead(self) -> tuple[str, str]:
        """Its first sentence, with the second where that is short, and the rest of the paragraph."""
        first, rest = sentence(self.paragraph)
        if len(first) < SHORT and rest:
            second, rest = sentence(rest)
            first = f"{first} {second}"
        return first, rest


@dataclass(frozen=True)
class Chapter:
    """A chapter as far as slides and handouts show it; every text is Markdown."""

    name: str
    title: str  # with its number: "5 · Queries, keys and values"
    able: tuple[str, ...]
    sections: tuple[Section, ...]
    known: tuple[str, ...]
    then: str  # where to go next
    terms: tuple[tuple[str, str], ...]  # that it introduces, with their meaning

    @property
    def figures(self) -> list[Figure]:
        """Its figures, in order."""
        return [f for s in self.sections for f in s.shown if isinstance(f, Figure)]

    @property
    def formulas(self) -> list[Formula]:
        """Its displayed formulas, in order."""
        return [f for s in self.sections for f in s.formulas]


def _add_text(section: Section, text: str) -> None:
    """Add a Markdown cell to its section, block by block."""
    before = ""
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("$$"):
            rest, last = before, ""
            while rest:
                last, rest = sentence(rest)
            section.formulas.append(Formula(block.strip("$ \n"), last))
        elif doubt := VIEWERS.fullmatch(block):
            section.doubts.append(Doubt(doubt[1], ""))
        elif block.startswith("### "):
            section.parts.append(block[4:])
        elif block.startswith("- "):
            section.items += [
                " ".join(item.split()) for item in re.split(r"(?m)^- ", block)[1:]
            ]
        elif not block.startswith(NO_PROSE) or block.startswith("**"):
            if VIEWERS.match(before):
                asked = section.doubts[-1].question
                section.doubts[-1] = Doubt(asked, sentence(block)[0])
            elif not section.doubts:
                section.paragraph = section.paragraph or " ".join(block.split())
        before = block


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
            if caption is None:
                _add_text(sections[-1], first)
            elif found := figure_of(cells[at - 1], caption):
                sections[-1].shown.append(found)
                _add_text(sections[-1], first.partition("\n\n")[2])
            for heading, text in zip(rest[::2], rest[1::2], strict=True):
                sections.append(Section(heading))
                _add_text(sections[-1], text)
    return sections[1:]


def _terms(number: str) -> tuple[tuple[str, str], ...]:
    """The words of the glossary that a chapter introduces, with their meaning."""
    text = (fronts.BOOK / "glossary.md").read_text("utf-8")
    return tuple((m[1], m[2]) for m in TERM.finditer(text) if m[3] == number)


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
        tuple(known.items),
        then.paragraph,
        _terms(name[:2]),
    )
