"""The course as an EPUB 3: the leaves as they are, with formulas as MathML and pictures as SVG.

Sphinx's own builder knows neither the stills nor the formulas of this site; what it made of it
had no figure and some two hundred errors. The format itself is a zip with a list of its files.
"""

from __future__ import annotations

import copy
import io
import zipfile
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from lxml import etree

from decoderbook.take_along.paper import XHTML, Leaf, lead_links
from decoderbook.take_along.words import Words

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same leaves give the same bytes
HEAD = (
    f'<html xmlns="{XHTML}" xmlns:epub="http://www.idpf.org/2007/ops" '
    'lang="en" xml:lang="en" data-theme="light">'
)
PAGE = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n' + HEAD + "<head>"
    '<meta charset="utf-8"/><title>{title}</title>'
    '<link rel="stylesheet" href="pygments.css"/><link rel="stylesheet" href="epub.css"/>'
    "</head><body>{body}</body></html>\n"
)
CONTAINER = (
    '<?xml version="1.0"?>\n<container version="1.0" '
    'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="EPUB/book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>\n"
)
# What a reader who needs help should know before opening it.
ACCESS = {
    "accessMode": ("textual", "visual"),
    "accessModeSufficient": ("textual,visual",),
    "accessibilityFeature": ("MathML", "structuralNavigation", "tableOfContents"),
    "accessibilityHazard": ("none",),
    "accessibilitySummary": (
        "Formulas are MathML. Captions say what each figure shows; the published pages "
        "have its data as a table.",
    ),
}
STATIC = {  # files of the site, with their types
    "pygments.css": "text/css",
    "logo.svg": "image/svg+xml",
    "fonts/noto-sans-kannada-kannada-400-normal.woff2": "font/woff2",
    "fonts/noto-sans-kannada-kannada-700-normal.woff2": "font/woff2",
    "fonts/stix-two-math-subset.woff2": "font/woff2",
    "licences/OFL-Noto-Sans-Kannada.txt": "text/plain",
    "licences/OFL-STIX-Two-Math.txt": "text/plain",
}


@dataclass(frozen=True)
class Item:
    """A file of the EPUB."""

    name: str
    kind: str  # its media type
    content: bytes
    properties: str = ""
    title: str = ""  # of a page in the order of reading


def pages(leaves: list[Leaf], site: Path) -> list[Item]:
    """Each leaf as a file."""
    own = [replace(leaf, article=copy.deepcopy(leaf.article)) for leaf in leaves]
    lead_links(
        own,
        site,
        lambda leaf, name: f"{leaf.stem}.xhtml" + (f"#{name}" if name else ""),
    )
    found = []
    for leaf in own:
        body = etree.tostring(leaf.article, encoding="unicode")
        holds = [kind for kind in ("math", "svg") if f"<{kind} " in body]
        names = " ".join("mathml" if kind == "math" else kind for kind in holds)
        text = PAGE.format(title=escape(leaf.heading), body=body)
        found.append(_page(leaf.stem, text, names, leaf.heading))
    return found


def _page(stem: str, text: str, properties: str, title: str) -> Item:
    kind = "application/xhtml+xml"
    return Item(f"{stem}.xhtml", kind, text.encode(), properties, title)


def title_page(words: Words) -> Item:
    """What the book is."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in words.imprint())
    body = f"<h1>{escape(words.title)}</h1><p>{escape(words.author)}</p>{lines}"
    return _page(
        "title", PAGE.format(title=escape(words.title), body=body), "", words.title
    )


def contents(read: list[Item]) -> Item:
    """The table of contents."""
    rows = "".join(
        f'<li><a href="{item.name}">{escape(item.title)}</a></li>' for item in read
    )
    body = f'<nav epub:type="toc"><h1>Contents</h1><ol>{rows}</ol></nav>'
    return _page(
        "contents", PAGE.format(title="Contents", body=body), "nav", "Contents"
    )


def package(words: Words, items: list[Item], read: list[Item]) -> str:
    """The list of all files, and the order in which they are read."""
    names = {item.name: f"f{number}" for number, item in enumerate(items)}
    access = "".join(
        f'<meta property="schema:{name}">{value}</meta>'
        for name, values in ACCESS.items()
        for value in values
    )
    manifest = "".join(
        f'<item id="{names[item.name]}" href="{item.name}" media-type="{item.kind}"'
        + (f' properties="{item.properties}"/>' if item.properties else "/>")
        for item in items
    )
    spine = "".join(f'<itemref idref="{names[item.name]}"/>' for item in read)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" '
        'version="3.0" unique-identifier="id" xml:lang="en">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">{escape(words.address)}#{escape(words.version)}</dc:identifier>'
        f"<dc:title>{escape(words.title)}</dc:title>"
        f"<dc:creator>{escape(words.author)}</dc:creator>"
        "<dc:language>en</dc:language><dc:language>kn</dc:language>"
        f"<dc:description>{escape(words.subject)}</dc:description>"
        f"<dc:rights>{escape(words.terms)}</dc:rights>"
        f'<meta property="dcterms:modified">{words.date or "1980-01-01"}T00:00:00Z</meta>'
        f"{access}</metadata><manifest>{manifest}</manifest><spine>{spine}</spine></package>\n"
    )


def make_epub(site: Path, leaves: list[Leaf], words: Words) -> bytes:
    """The bytes of the EPUB."""
    read = [title_page(words), *pages(leaves, site)]
    nav = contents(read[1:])
    read.insert(1, nav)
    style = Path(__file__).with_name("epub.css").read_bytes()
    items = [*read, Item("epub.css", "text/css", style)]
    for name, kind in STATIC.items():
        content = (site / "_static" / name).read_bytes()
        cover = "cover-image" if name == "logo.svg" else ""
        items.append(Item(Path(name).name, kind, content, cover))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:

        def put(name: str, content: str | bytes, way: int) -> None:
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type, entry.create_system = way, 3
            archive.writestr(entry, content)

        put(
            "mimetype", "application/epub+zip", zipfile.ZIP_STORED
        )  # first, and as it is
        put("META-INF/container.xml", CONTAINER, zipfile.ZIP_DEFLATED)
        put("EPUB/book.opf", package(words, items, read), zipfile.ZIP_DEFLATED)
        for item in items:
            put(f"EPUB/{item.name}", item.content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
