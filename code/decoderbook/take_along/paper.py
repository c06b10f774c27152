"""The pages as they are read on paper, each a leaf: XHTML without scripts, controls and folds.

A browser opens the built page and `paper.js` rewrites what it shows, because only there
HTML, MathML and SVG have become one tree. The PDFs and the EPUB are made of these leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import yaml
from lxml import etree
from playwright.sync_api import Browser

from decoderbook.tools import address

XHTML = "http://www.w3.org/1999/xhtml"
SCRIPT = re.compile(r"\.js(\?|$)")  # an address may say a version behind its name
# Pages of which paper has nothing left.
ONLY_ALIVE = ("book/decode", "book/progress", "book/take-along")


class LeafError(ValueError):
    """A page that cannot be put on paper; the message names it."""


@dataclass(frozen=True)
class Leaf:
    """A page on paper."""

    name: str  # as the site has it, such as "book/06-masked-self-attention"
    title: str
    chapter: str  # "Chapter 6"; empty for a page that is no chapter
    description: str
    styles: tuple[str, ...]  # addresses of its style sheets
    article: etree._Element

    @property
    def stem(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]

    @property
    def heading(self) -> str:
        """Its title, behind its chapter's number where it has one."""
        number = self.chapter.removeprefix("Chapter ")
        return f"{number} · {self.title}" if number else self.title


def names_in_order(root: Path = address.ROOT) -> list[str]:
    """The pages of `_toc.yml` that paper has something of, in their order."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    inner = [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    return [name for name in [toc["root"], *inner] if name not in ONLY_ALIVE]


def read_leaves(browser: Browser, site: Path, names: Iterable[str]) -> list[Leaf]:
    """Open each page of the built site and take its leaf.

    Raises LeafError for a page that is not there.
    """
    script = Path(__file__).with_name("paper.js")
    page = browser.new_page(bypass_csp=True, color_scheme="light")
    # None of the page's scripts: every figure stays the still that was built.
    page.route(SCRIPT, lambda route: route.abort())
    leaves = []
    for name in names:
        path = (site / f"{name}.html").resolve()
        if not path.is_file():
            raise LeafError(f"{path.name} is not in {site}: run `make build` first")
        page.goto(path.as_uri())
        page.add_script_tag(path=script)
        found = page.evaluate("decoderPaper()")
        article = etree.fromstring(found.pop("xhtml").encode())
        styles = tuple(found.pop("styles"))
        leaves.append(Leaf(name=name, styles=styles, article=article, **found))
    page.close()
    return leaves


def ids_of(leaf: Leaf) -> set[str]:
    """Every id of a leaf."""
    return set(leaf.article.xpath(".//@id"))


def lead_links(
    leaves: list[Leaf],
    site: Path,
    inside: Callable[[Leaf, str], str],
) -> None:
    """Lead every link of the leaves to where a reader of them finds it.

    inside(leaf, id) is the address of a place in the same book; id is empty for a leaf's
    beginning. What only the published site has is led there. Changes the leaves in place.
    """
    root = f"{site.resolve().as_uri()}/"
    known = {f"{leaf.name}.html": (leaf, ids_of(leaf)) for leaf in leaves}
    published = f"https://{address.read().site}/"
    for leaf in leaves:
        for link in leaf.article.iter(f"{{{XHTML}}}a"):
            target = link.get("href", "")
            inner = target.startswith(root)
            if inner or "".join(link.itertext()) in target:  # it says where it leads
                link.set("class", f"{link.get('class', '')} within".strip())
            if not inner:
                continue
            page, _, place = target.removeprefix(root).partition("#")
            if page not in known:
                link.set("href", published + target.removeprefix(root))
                continue
            there, ids = known[page]
            # A figure's state is none on paper.
            place = unquote(place).partition("?")[0]
            link.set("href", inside(there, place if place in ids else ""))
