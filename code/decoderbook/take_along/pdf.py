"""Books in PDF: leaves in one document, printed by a browser with the site's print style."""

from __future__ import annotations

import copy
import io
import tempfile
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from lxml import etree
from playwright.sync_api import Browser
from pypdf import PdfReader, PdfWriter

from decoderbook.take_along.paper import XHTML, Leaf, lead_links
from decoderbook.take_along.words import Words

MARGINS = {"top": "16mm", "bottom": "18mm", "left": "18mm", "right": "18mm"}
NOWHERE = ("file:", "http://127.0.0.1", "http://localhost")
FOOTER = (
    '<div style="width: 100%; margin: 0 18mm; font: 7.5pt sans-serif; color: #555; '
    'display: flex; justify-content: space-between"><span>{}</span>'
    '<span class="pageNumber"></span></div>'
)
PAGE = (
    '<!DOCTYPE html><html xmlns="{xhtml}" lang="en" data-theme="light">'
    '<head><meta charset="utf-8"/><title>{title}</title>{styles}</head><body>{cover}'
    '<main class="bd-main"><div class="bd-content"><div class="bd-article-container">'
    "{leaves}</div></div></main></body></html>"
)


class LostLink(ValueError):
    """A PDF with a link that leads nowhere outside this machine."""


@dataclass(frozen=True)
class Book:
    """Leaves that are printed together; one of several has a cover with the contents."""

    title: str
    leaves: list[Leaf]
    words: Words

    @property
    def whole(self) -> bool:
        """Whether it is more than a chapter."""
        return len(self.leaves) > 1


def place(leaf: Leaf, name: str) -> str:
    """The id of a place in a document of several leaves."""
    return f"{leaf.stem}--{name}" if name else leaf.stem


def name_apart(leaf: Leaf) -> None:
    """Give every id of the leaf its place in the whole document, in place."""
    for element in leaf.article.iter():
        if element.tag is etree.Comment or not str(element.tag).startswith(
            f"{{{XHTML}}}"
        ):
            continue  # the ids inside a picture are one in the whole course
        if "id" in element.attrib:
            element.set("id", place(leaf, element.get("id")))
        for attribute in ("aria-labelledby", "aria-describedby"):
            if names := element.get(attribute):
                element.set(
                    attribute, " ".join(place(leaf, one) for one in names.split())
                )
    leaf.article.set("id", leaf.stem)


def document(book: Book, site: Path, pages: dict[str, int]) -> str:
    """The document that is printed; pages: on which page each leaf begins, as far as known."""
    leaves = [
        replace(leaf, article=copy.deepcopy(leaf.article)) for leaf in book.leaves
    ]
    lead_links(leaves, site, lambda leaf, name: f"#{place(leaf, name)}")
    for leaf in leaves:
        name_apart(leaf)
    styles = dict.fromkeys(style for leaf in leaves for style in leaf.styles)
    own = Path(__file__).with_name("paper.css").as_uri()
    linked = "".join(
        f'<link rel="stylesheet" href="{escape(style)}"/>' for style in [*styles, own]
    )
    return PAGE.format(
        xhtml=XHTML,
        title=escape(book.title),
        styles=linked,
        cover=cover(book, pages) if book.whole else "",
        leaves="".join(
            etree.tostring(leaf.article, encoding="unicode") for leaf in leaves
        ),
    )


def cover(book: Book, pages: dict[str, int]) -> str:
    """The title page and the contents."""
    rows = "".join(
        f'<li><a href="#{leaf.stem}"><span>{escape(leaf.heading)}</span>'
        f"<span>{pages.get(leaf.stem, '')}</span></a></li>"
        for leaf in book.leaves
    )
    lines = "".join(f"<p>{line}</p>" for line in book.words.imprint())
    return (
        f'<div class="cover"><p class="cover-title">{escape(book.title)}</p>'
        f"<p>{escape(book.words.author)}</p>{lines}</div>"
        f'<div class="contents"><p class="cover-title">Contents</p><ol>{rows}</ol></div>'
    )


def print_pdf(browser: Browser, text: str, title: str, tagged: bool) -> bytes:
    """Print a document on A4, with numbered pages and an outline."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.xhtml")
        path.write_text(text, encoding="utf-8")
        page = browser.new_page(color_scheme="light")
        page.set_default_timeout(600_000)
        page.goto(path.as_uri())
        page.evaluate("document.fonts.ready")
        data = page.pdf(
            format="A4",
            margin=MARGINS,
            print_background=True,
            tagged=tagged,
            outline=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER.format(escape(title)),
        )
        page.close()
    return data


def beginnings(data: bytes, leaves: list[Leaf]) -> dict[str, int]:
    """On which page, from 1, each leaf begins: where the links of the contents lead."""
    reader = PdfReader(io.BytesIO(data))
    places = reader.named_destinations
    return {
        leaf.stem: reader.get_destination_page_number(places[f"/{leaf.stem}"]) + 1
        for leaf in leaves
    }


def lost_links(reader: PdfReader) -> list[str]:
    """The addresses in a PDF that no other machine can open."""
    found = []
    for page in reader.pages:
        for annotation in page.get("/Annots", []):
            action = annotation.get_object().get("/A", {})
            address = str(action.get("/URI", "")) if action else ""
            if address.startswith(NOWHERE):
                found.append(address)
    return found


def make_pdf(browser: Browser, site: Path, book: Book) -> bytes:
    """Print a book, with its title, author and language in it.

    Raises LostLink where a link leads to this machine alone.
    """
    pages: dict[str, int] = {}
    if book.whole:  # once to see where each leaf begins
        draft = print_pdf(browser, document(book, site, {}), book.title, tagged=False)
        pages = beginnings(draft, book.leaves)
    text = document(book, site, pages)
    data = print_pdf(browser, text, book.title, tagged=True)
    if lost := lost_links(PdfReader(io.BytesIO(data))):
        raise LostLink(f"{book.title}: {lost[0]} leads to this machine alone")
    if book.whole and beginnings(data, book.leaves) != pages:
        raise LostLink("the contents name pages on which the leaves do not begin")
    writer = PdfWriter(io.BytesIO(data), incremental=True)
    writer.add_metadata({"/Author": book.words.author, "/Subject": book.words.subject})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
