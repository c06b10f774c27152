"""A chapter as slides: one file that asks nobody for anything, with the figures alive.

nbconvert makes them of a notebook that is composed here: a cell for each slide, fragment and note. reveal.js
shows them, and the site's own player runs the figures. Few words stand on a slide; the notes have more.
`book/teaching.yml` says what is written on the board between the figures.
"""

from __future__ import annotations

from pathlib import Path

from nbconvert.exporters import SlidesExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from decoderbook.assign import shell
from decoderbook.assign.chapter import Chapter, Section, anchor, read_chapter
from decoderbook.assign.markup import address, sentence, to_html, to_line, written
from decoderbook.assign.pictures import Figure, picture_html
from decoderbook.assign.question import NEEDS_ITS_PAGE
from decoderbook.checks import source
from decoderbook.checks.items import Question
from decoderbook.tools.address import find
from decoderbook.tools.teaching import Written
from tinydecoder.files import write_atomically

KICKERS = {"guess": "Guess first", "quiz": "Quiz"}
SENTENCES = 2  # of a caption or a reply that stand on the slide; the rest is said
PRESS = (
    "*Try it here*"  # a sentence on what only the page has, and what follows from it
)


def _cell(text: str, kind: str, slide: str = "subslide") -> NotebookNode:
    """A Markdown cell with its place among the slides and its kind, for the style sheet."""
    data = {"slide_type": slide, "data": {"kind": kind}}
    return new_markdown_cell(text, metadata={"slideshow": data})


def _short(text: str) -> tuple[str, str]:
    """What of a paragraph stands on a slide, and the rest of it."""
    said, rest = "", text
    for _ in range(SENTENCES):
        first, after = sentence(rest)
        if PRESS in first:
            break
        said, rest = f"{said} {first}".strip(), after
    return said, rest


def _note(*paragraphs: str) -> list[NotebookNode]:
    """What only the speaker sees; nothing where there is nothing to say."""
    text = "\n\n".join(p for p in paragraphs if p)
    return [_cell(text, "note", "notes")] if text else []


def _listed(items: list[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _title(chapter: Chapter) -> list[NotebookNode]:
    head = (
        f"# {chapter.title}\n\nAfterwards you can\n\n{_listed(list(chapter.able))}\n\n"
    )
    place = f'<p class="small">{find().title} · <a href="{address(chapter.name)}">the chapter</a></p>'
    return [_cell(head + place, "title", "slide")]


def _board(entry: Written, chapter: str) -> NotebookNode:
    """A title, the formula and the shapes below it, and what they say."""
    head = f"## {entry.title}\n\n{written(entry, chapter)}\n\n"
    return _cell(head + entry.say, "board")


def _question(question: Question) -> list[NotebookNode]:
    """The room is asked, then told; what is often said instead is in the notes."""
    right = next(choice for choice in question.choices if choice.right)
    wrong = [choice for choice in question.choices if not choice.right]
    here = question.chapter
    if slider := question.slider:
        asked = f"*A number from {slider.low:g} to {slider.high:g}?*"
    else:
        asked = "<ol>" + "".join(
            f"<li><b>{letter}</b><span>{to_line(choice.label, here)}</span></li>"
            for letter, choice in zip("ABCDE", question.choices, strict=False)
        )
        asked += "</ol>"
    kicker = f'<p class="kicker">{KICKERS[question.kind]}</p>'
    head = f"## {question.title}"
    reply, rest = _short(right.reply)
    notes = [f"**Not “{choice.label}”.** {choice.reply}" for choice in wrong]
    return [
        _cell(f"{kicker}\n\n{head}\n\n{question.statement}\n\n{asked}", "question"),
        _cell(f"**{right.label}.** {reply}", "answer", "fragment"),
        *_note(rest, *notes),
    ]


def _figure(figure: Figure, chapter: str) -> list[NotebookNode]:
    """The figure, its headline, and the first sentences of what to look for."""
    said, rest = _short(figure.words)
    words = to_html(said, chapter)
    if figure.still:
        link = address(chapter, figure.name)
        words += f'<p class="small">{figure.still} It works on <a href="{link}">its page</a>.</p>'
    kind = "interactive" if figure.plot else "drawn"
    body = picture_html(figure)
    if figure.plot:
        body = f'<div class="figure-body" data-prevent-swipe>{body}</div>'
    html = (
        f'<figure class="seen {kind}" id="{figure.name}" aria-labelledby="{figure.name}-title">'
        f'<div class="figure-place">{body}</div>'
        f'<figcaption><h2 id="{figure.name}-title"><span class="figure-number">Figure {figure.number}</span> '
        f"{to_line(figure.title, chapter)}</h2>{words}</figcaption></figure>"
    )
    output = new_output("display_data", data={"text/html": html})
    data = {"slide_type": "subslide", "data": {"kind": "figure"}}
    cell = new_code_cell(outputs=[output], metadata={"slideshow": data})
    return [cell, *_note(rest)]


def _exercises(chapter: str) -> list[NotebookNode]:
    rows = [
        f"| {e.label} | {e.title} | {e.points} | {e.minutes} |"
        for e in source.declared(chapter).exercises
    ]
    head = "## Exercises\n\n| | | Points | Minutes |\n|---|---|---|---|\n"
    return [_cell(head + "\n".join(rows), "exercises", "slide")] if rows else []


def _section(section: Section, chapter: Chapter) -> list[NotebookNode]:
    """Its figures and questions in the order of the page, and after each what is written on the board."""
    cells: list[NotebookNode] = []
    for item in section.shown:
        if isinstance(item, Figure):
            cells += _figure(item, chapter.name)
        elif item.slug not in NEEDS_ITS_PAGE:
            cells += _question(item)
        here = [entry for entry in chapter.board if entry.after == anchor(item)]
        cells += [_board(entry, chapter.name) for entry in here]
    if cells:
        cells[0].metadata["slideshow"]["slide_type"] = "slide"
    return cells


def compose(chapter: Chapter) -> NotebookNode:
    """The notebook of which nbconvert makes the slides."""
    cells = _title(chapter)
    for section in chapter.sections:
        cells += _section(section, chapter)
    known = f"## What you now know\n\n{_listed(list(chapter.known))}"
    cells += [_cell(known, "known", "slide"), *_exercises(chapter.name)]
    cells.append(_cell(f"## Where next\n\n{chapter.then}", "next", "slide"))
    return new_notebook(cells=cells)


def write(chapter: str, folder: Path) -> list[Path]:
    """Write a chapter's slides, such as those of "05-queries-keys-values", into the folder.

    Raises AssignmentError for a name that is no chapter, and outside a clone of the repository.
    """
    read = read_chapter(chapter)
    exporter = SlidesExporter(
        template_name="slides",
        extra_template_basedirs=[str(shell.STATIC)],
        filters={"course_html": lambda text: to_html(text, chapter)},
    )
    resources = {"metadata": {"name": read.title}, "policy": shell.POLICY}
    html, _ = exporter.from_notebook_node(compose(read), resources)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{chapter}.html"
    write_atomically(path, shell.put_in(html).encode("utf-8"))
    return [path]
