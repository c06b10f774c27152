"""The course's Markdown as HTML for other places: formulas as MathML, links to the published site."""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from decoderbook.assign.assignment import AssignmentError
from decoderbook.checks import source
from decoderbook.site.mathml import convert
from decoderbook.site.page import mark_kannada
from decoderbook.tools import fronts
from decoderbook.tools.address import find
from decoderbook.tools.teaching import Written

QUESTION = re.compile(r"^### ([DP]\d{1,2}) · ", re.MULTILINE)
SHAPE = re.compile(r"\([^)]*\)")  # never cut at the end of a line
FIGURE = re.compile(r"figure-(\d+)-\d+")


class MathmlRenderer(IPythonRenderer):
    """nbconvert's renderer, with formulas as MathML and not left to a script."""

    def inline_math(self, body: str) -> str:
        """A formula in a line of text."""
        return convert(body)

    def block_math(self, body: str) -> str:
        """A formula on a line of its own."""
        return f'<div class="formula">{convert(body, block=True)}</div>'


def check_book() -> None:
    """Raise AssignmentError where the chapters are not there: the installed package has none."""
    if not fronts.BOOK.is_dir():
        raise AssignmentError(
            "the chapters are not here: the installed package has only their exercises. "
            "Clone the course's repository and run this in it"
        )


@cache
def _question_pages() -> dict[str, str]:
    """The id of each viewer's question → the chapter that answers it."""
    found = {}
    for path in sorted(fronts.BOOK.glob("[0-9][0-9]-*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for name in QUESTION.findall("".join(cell["source"])):
                found[name] = path.stem
    return found


@cache
def _site() -> str:
    return find().site


def _page_of(anchor: str, chapter: str) -> str:
    """The page that has an anchor to which any page may link; else the chapter itself."""
    if figure := FIGURE.fullmatch(anchor):
        numbers = {int(name[:2]): name for name in source.chapters()}
        return numbers[int(figure[1])]
    if anchor.startswith("exercise-"):
        return source.exercises()[anchor.removeprefix("exercise-")].chapter
    return _question_pages().get(anchor, chapter)


def address(chapter: str, anchor: str = "") -> str:
    """The address of a chapter on the published site, or of a place in it.

    Raises AssignmentError outside a clone, whose `_config.yml` says where the site is.
    """
    check_book()
    page = f"https://{_site()}/book/{chapter}.html"
    return f"{page}#{anchor}" if anchor else page


def _published(link: str, chapter: str) -> str:
    """Where a link of a chapter leads, from outside the site."""
    parts = urlsplit(link)
    if parts.scheme:
        return link
    if not parts.path:
        return address(_page_of(parts.fragment, chapter), parts.fragment)
    return address(re.sub(r"\.(ipynb|md)$", "", parts.path), parts.fragment)


def to_html(text: str, chapter: str) -> str:
    """Markdown of a chapter as HTML.

    Raises ValueError for a formula that does not become MathML.
    """
    renderer = MathmlRenderer(escape=False, exclude_anchor_links=True)
    html = str(MarkdownWithMath(renderer=renderer).render(text)).strip()
    soup = BeautifulSoup(f"<body>{html}</body>", "html.parser")
    for link in soup.select("a[href]"):
        link["href"] = _published(str(link["href"]), chapter)
    mark_kannada(soup)
    return soup.body.decode_contents()


def to_line(text: str, chapter: str) -> str:
    """The same of one paragraph, without the paragraph's own tags."""
    return to_html(text, chapter).removeprefix("<p>").removesuffix("</p>")


def written(entry: Written, chapter: str) -> str:
    """An entry's formula and shapes as HTML; what stands far apart in them gets a line of its own."""
    formulas = entry.formula.split(r"\qquad") if entry.formula else []
    lines = [to_html(f"$${formula}$$", chapter) for formula in formulas]
    if entry.shapes:
        whole = SHAPE.sub(lambda m: m[0].replace(" ", "\u00a0"), entry.shapes)
        shapes = "<br>".join(escape(part) for part in whole.split("; "))
        lines.append(f'<p class="shapes">{shapes}</p>')
    return "".join(lines)


def to_plain(text: str) -> str:
    """The words of a Markdown text, in one line; formulas stay as they are typed."""
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    html = str(MarkdownWithMath(renderer=renderer).render(text))
    return " ".join(BeautifulSoup(html, "html.parser").get_text().split())


def sentence(text: str) -> tuple[str, str]:
    """The first sentence of a Markdown paragraph, and the rest of it."""
    text = " ".join(text.split())
    for end in re.finditer(r"[.?!][”*_)]*\s+(?=[^a-z])", text):
        said = text[: end.end()].rstrip()
        closed = all(said.count(mark) % 2 == 0 for mark in ("$", "`", "**"))
        inside = said.count("(") > said.count(")") or said.count("“") > said.count("”")
        if closed and not inside and not said.endswith(("al.", "e.g.")):
            return said, text[end.end() :]
    return text, ""
