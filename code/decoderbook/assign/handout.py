"""A chapter on one sheet, as a PDF: what one can do, its first picture, its formulas, words and exercises.

It prints on A4 and on Letter. A Chromium draws it, in the largest letters with which all fits.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from decoderbook.assign import shell
from decoderbook.assign.assignment import AssignmentError
from decoderbook.assign.chapter import Chapter, read_chapter
from decoderbook.assign.markup import address, sentence, to_html, to_line, written
from decoderbook.assign.pictures import Figure, title_html
from decoderbook.checks import source
from decoderbook.site.figures import plot_html
from decoderbook.site.stills import WIDTHS
from decoderbook.tools.address import find
from decoderbook.tools.chromium import FLAGS, find_chromium
from tinydecoder.files import write_atomically

SIZES = (11, 10.5, 10, 9.5, 9, 8.5)  # of the letters, in points
LICENCE = "Text and figures: CC BY 4.0"
PICTURE = "<!-- picture -->"
DRAW = ("figure-frames.js", "plotly-cartesian.min.js")
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>
<body><main class="sheet"><header><h1>{title}</h1><p>{course}</p></header>
<div class="columns">{body}</div><footer><p>{foot}</p></footer></main></body></html>"""
FITS = """size => {
  document.body.style.fontSize = `${size}pt`;
  for (const formula of document.querySelectorAll(".formula")) {
    formula.style.fontSize = "";
    const wide = formula.querySelector("math").getBoundingClientRect().width / formula.clientWidth;
    if (wide > 1) formula.style.fontSize = `${1 / wide}em`;
  }
  const columns = document.querySelector(".columns");
  return columns.scrollWidth <= columns.clientWidth && columns.scrollHeight <= columns.clientHeight;
}"""


def _part(heading: str, body: str, kind: str = "") -> str:
    """A part with its heading; nothing without a body."""
    if not body:
        return ""
    return f'<section class="{kind}"><h2>{heading}</h2>{body}</section>'


def _list(items: tuple[str, ...], chapter: str) -> str:
    return f"<ul>{''.join(f'<li>{to_line(i, chapter)}</li>' for i in items)}</ul>"


def _words(chapter: Chapter, meanings: bool) -> str:
    """The words that the chapter introduces, with what they mean where there is room."""
    if not meanings:
        return f"<p>{', '.join(escape(term) for term, _ in chapter.terms)}</p>"
    rows = [
        f"<div><dt>{escape(term)}</dt>: <dd>{to_line(meaning, chapter.name)}</dd></div>"
        for term, meaning in chapter.terms
    ]
    return f"<dl>{''.join(rows)}</dl>"


def _board(chapter: Chapter) -> str:
    """The formulas and the shapes of the board, each below its title."""
    return "".join(
        f"<div><h3>{to_line(entry.title, chapter.name)}</h3>{written(entry, chapter.name)}</div>"
        for entry in chapter.board
        if entry.formula or entry.shapes
    )


def _said(figure: Figure) -> str:
    """The figure's words; where they say what to press, a sentence on what is printed."""
    if figure.still:
        said = figure.still.removeprefix("Still: ")
        return said[0].upper() + said[1:]
    return sentence(figure.words)[0] if figure.record else figure.words


def _exercises(chapter: str) -> str:
    """A table of the exercises with their points and minutes."""
    rows = [
        f"<tr><td>{e.label}</td><td>{to_line(e.title, chapter)}</td>"
        f"<td>{e.points}</td><td>{e.minutes}</td></tr>"
        for e in source.declared(chapter).exercises
    ]
    head = "<tr><th>No.</th><th>Exercise</th><th>Points</th><th>Min.</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def sheet(chapter: Chapter, meanings: bool) -> str:
    """The sheet as HTML, with a mark in the place of its picture."""
    name, figure = chapter.name, chapter.figures[0]
    label = escape(figure.alternative)
    picture = (
        f'<figure><div class="picture" role="img" aria-label="{label}">{PICTURE}</div>'
        f"<figcaption>{to_html(_said(figure), name)}</figcaption></figure>"
    )
    body = (
        _part("Afterwards you can", _list(chapter.able, name))
        + _part(title_html(figure, name), picture)
        + _part("Formulas and shapes", _board(chapter), "board")
        + _part("What you now know", _list(chapter.known, name))
        + _part("Exercises", _exercises(name))
        + (
            _part("New words", _words(chapter, meanings), "words")
            if chapter.terms
            else ""
        )
    )
    link = address(name)
    foot = f'<a href="{link}">{link}</a> · {LICENCE}'
    style = shell.site_style() + (shell.STATIC / "handout.css").read_text("utf-8")
    title = escape(chapter.title)
    return PAGE.format(
        title=title, style=style, course=find().title, body=body, foot=foot
    )


def _picture(page: Page, chapter: Chapter) -> str:
    """The chapter's first figure as SVG: drawn as the site's stills are, or as it is."""
    figure = chapter.figures[0]
    if figure.plot is None:
        return figure.svg
    html = plot_html(figure.name, figure.plot, None)
    style = shell.site_style() + (shell.STATIC / "handout.css").read_text("utf-8")
    page.set_content(
        f'<style>{style}</style><figure class="interactive" id="{figure.name}">{html}</figure>'
    )
    for script in DRAW:
        page.add_script_tag(path=shell.SITE / script)
    page.add_script_tag(path=shell.SITE.parent / "still.js")
    stills: list[dict[str, Any]] = page.evaluate(
        "(widths) => window.decoderStills(widths)", [WIDTHS["narrow"]]
    )
    return stills[0]["drawings"][0]


def _set(page: Page, chapter: Chapter) -> None:
    """Show the sheet in the largest letters with which it fits, the words' meanings first.

    Raises AssignmentError where it fits in none.
    """
    picture = _picture(page, chapter)
    for meanings in (True, False):
        page.set_content(sheet(chapter, meanings).replace(PICTURE, picture))
        page.evaluate("() => document.fonts.ready")
        for size in SIZES:
            if page.evaluate(FITS, size):
                return
    raise AssignmentError(
        f"chapter {chapter.name!r} does not fit on one sheet, not even at {SIZES[-1]} points"
    )


def _print(read: Chapter) -> bytes:
    try:
        executable = find_chromium()
    except FileNotFoundError as missing:
        raise AssignmentError(f"a handout needs a browser. {missing}") from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        page = browser.new_page(color_scheme="light")
        page.emulate_media(media="print")
        _set(page, read)
        pdf = page.pdf(
            prefer_css_page_size=True, print_background=True, tagged=True, outline=True
        )
        browser.close()
    return pdf


def write(chapter: str, folder: Path) -> list[Path]:
    """Write a chapter's handout, such as that of "05-queries-keys-values", into the folder.

    Raises AssignmentError for a name that is no chapter, outside a clone of the repository, and where no
    browser is found.
    """
    read = read_chapter(chapter)
    # In a thread of its own: Jupyter's runs a loop of events, which Playwright refuses.
    with ThreadPoolExecutor(1) as pool:
        pdf = pool.submit(_print, read).result()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{chapter}.pdf"
    write_atomically(path, pdf)
    return [path]
