"""A chapter as slides: one file that asks nobody for anything, with the figures alive.

nbconvert makes them of a notebook that is composed here: a cell for each slide, fragment and note. reveal.js
shows them, and the site's own player runs the figures. Few words stand on a slide; the notes have more.
"""

from __future__ import annotations

from pathlib import Path

from nbconvert.exporters import SlidesExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from decoderbook.assign import shell
from decoderbook.assign.chapter import DEEPER, Chapter, Section, read_chapter
from decoderbook.assign.markup import address, sentence, to_html, to_line
from decoderbook.assign.pictures import Figure, picture_html
from decoderbook.checks import source
from decoderbook.checks.items import Question
from decoderbook.tools.address import find
from decoderbook.tools.exercises import ASKED
from tinydecoder.files import write_atomically

SENTENCES = 2  # of a caption or a reply that stand on the slide; the rest is said


def _cell(text: str, kind: str, slide: str = "subslide") -> NotebookNode:
    """A Markdown cell with its place among the slides and its kind, for the style sheet."""
    data = {"slide_type": slide, "data": {"kind": kind}}
    return new_markdown_cell(text, metadata={"slideshow": data})


def _short(text: str) -> tuple[str, str]:
    """What of a paragraph stands on a slide, and the rest of it."""
    said, rest = "", text
    for _ in range(SENTENCES):
        first, rest = sentence(rest)
        said = f"{said} {first}".strip()
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


def _section(section: Section) -> list[NotebookNode]:
    """Its heading, what it begins with, its formulas, and what viewers asked; their answers in the notes."""
    lead, rest = section.lead
    listed = [doubt.question for doubt in section.doubts]
    if section.heading == DEEPER:
        lead, listed = "", section.parts + listed
    parts = [lead]
    for formula in section.formulas:
        parts += [
            formula.said if formula.said not in lead else "",
            f"$${formula.tex}$$",
        ]
    if section.doubts and section.heading != DEEPER:
        parts.append('<p class="kicker">Viewers asked</p>')
    parts.append(_listed(listed))
    answers = [f"*{d.question}* {d.answer}" for d in section.doubts]
    text = "\n\n".join(part for part in parts if part)
    if not text:
        return []  # a heading alone is no slide
    head = f"## {section.heading}\n\n"
    return [_cell(head + text, "section", "slide"), *_note(rest, *answers)]


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
    kicker = f'<p class="kicker">{ASKED[question.kind]}</p>'
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
    if figure.needs_page:
        link = address(chapter, figure.name)
        words += f'<p class="small">It works on <a href="{link}">its page</a>.</p>'
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


def compose(chapter: Chapter) -> NotebookNode:
    """The notebook of which nbconvert makes the slides."""
    cells = _title(chapter)
    for section in chapter.sections:
        begin = _section(section)
        for item in section.shown:
            is_figure = isinstance(item, Figure)
            begin += _figure(item, chapter.name) if is_figure else _question(item)
        cells += begin
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
