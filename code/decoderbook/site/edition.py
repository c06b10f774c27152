"""The pages that this edition leaves out: those of `book/` that `_toc.yml` does not list.

A link to one leads to the same page of the original course, whose address `_config.yml` has as
`upstream`, and says so. Where that is empty, the words of the link stay and lead nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from decoderbook.checks import source

FOLDER = "book"
FIGURE = re.compile(r"^\*\*Figure (\d+(?:\.\d+)?) · ", re.MULTILINE)
QUESTION = re.compile(r"^### ([DP]\d{1,2}) · ", re.MULTILINE)
ADDRESSES = ("href", "data-page", "data-link")  # attributes; scripts read the last two
ELSEWHERE = "Not part of this edition: opens the original course"
NOWHERE = "Not part of this edition"


def left_out(root: Path, listed: Iterable[str]) -> dict[str, Path]:
    """Name, such as `book/05-queries-keys-values`, → file of each page that is not listed."""
    files = [*(root / FOLDER).glob("[!.]*.ipynb"), *(root / FOLDER).glob("[!.]*.md")]
    pages = {f"{FOLDER}/{path.stem}": path for path in sorted(files)}
    return {name: path for name, path in pages.items() if name not in listed}


def places(page: Path) -> list[str]:
    """What links name without the page that has it: its figures, viewers' questions, exercises, guesses
    and quizzes, and the cells that prove their answers.
    """
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
    figures = [f"figure-{number.replace('.', '-')}" for number in FIGURE.findall(text)]
    declared = source.declared(page.stem)
    exercises = [f"exercise-{e.slug}" for e in declared.exercises]
    asked = [f"{q.kind}-{q.slug}" for q in declared.questions]
    proofs = [f"proof-{q.slug}" for q in declared.questions if q.proof]
    return figures + QUESTION.findall(text) + exercises + asked + proofs


@lru_cache(maxsize=1)
def _owners(pages: tuple[tuple[str, Path], ...]) -> dict[str, str]:
    """Place → name of the page that has it."""
    return {place: name for name, path in pages for place in places(path)}


class LinksOut(SphinxPostTransform):
    """Resolve links to pages that are left out, as if these stood where they always do."""

    # Before MyST's own (9), which warns of each link that it cannot resolve.
    default_priority = 8

    def run(self, **kwargs: Any) -> None:
        """Change the document in place."""
        pages = left_out(Path(self.env.srcdir), self.env.found_docs)
        owners = _owners(tuple(pages.items()))
        for link in list(self.document.findall(addnodes.pending_xref)):
            if link["refdomain"] == "doc":
                name, place = link["reftarget"], link["reftargetid"]
            else:
                name, place = owners.get(link["reftarget"]), link["reftarget"]
            if name in pages:
                uri = self.app.builder.get_relative_uri(self.env.docname, name)
                uri += f"#{place}" if place else ""
                link.replace_self(nodes.reference("", "", *link.children, refuri=uri))


def lead_elsewhere(html: str, page: str, missing: Iterable[str], upstream: str) -> str:
    """What stands on the page of that address, with each link to a missing page leading to
    that page below `upstream`, or nowhere if that is empty.
    """
    soup = BeautifulSoup(html, "html.parser")
    addresses = {f"{name}.html" for name in missing}
    for key in ADDRESSES:
        for tag in soup.select(f"[{key}]"):
            target = urlsplit(urljoin(page, tag[key]))
            if not target.netloc and unquote(target.path) in addresses:
                _turn(tag, key, upstream and f"{upstream}/{target.geturl()}")
    return str(soup)


def _turn(tag: Tag, key: str, address: str) -> None:
    if address:
        tag[key] = address
    else:
        del tag[key]
    if tag.name == "a":
        tag.name = "a" if address else "span"
        tag["class"] = "elsewhere"
        tag["title"] = ELSEWHERE if address else NOWHERE


def finish_body(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Lead the links of a page's own words; the theme's follow the table of contents."""
    missing = left_out(Path(app.srcdir), app.env.found_docs)
    if missing and "body" in context:
        page, upstream = app.builder.get_target_uri(pagename), app.config.upstream
        context["body"] = lead_elsewhere(context["body"], page, missing, upstream)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the links, and where they lead."""
    app.add_config_value("upstream", "", "html", str)
    app.add_post_transform(LinksOut)
    # After `diagram.py` has given the boxes their addresses.
    app.connect("html-page-context", finish_body, priority=900)
    return {}
