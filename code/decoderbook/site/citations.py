"""A paper that the prose names, such as "Vaswani et al. 2017", links to its entry in the references.

An entry of `book/references.md` begins with the name as it is cited, in bold, and ends with
the paper's address: `**Vaswani et al. 2017** · *Attention Is All You Need* · https://…`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
PAGE = "book/references"
ENTRY = re.compile(r"^- \*\*([^*]+ \d{4})\*\*", re.MULTILINE)
# One author writes under a name in small letters.
NAMES = r"(?:[A-Z][\w’-]+|nostalgebraist)(?: et al\.| and [A-Z][\w’-]+)?"
CITED = re.compile(rf"\b({NAMES}),? (\(?)((?:19|20)\d\d)\b")
NOT_IN = (
    *(nodes.literal, nodes.literal_block, nodes.reference, nodes.title),
    *(nodes.raw, nodes.math, nodes.math_block, nodes.comment),
)


def label_of(name: str) -> str:
    """The address of an entry on its page: vaswani-et-al-2017."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def entries(source: Path) -> dict[str, str]:
    """Name as cited → label, as the page lists them."""
    text = (source / f"{PAGE}.md").read_text(encoding="utf-8")
    return {name: label_of(name) for name in ENTRY.findall(text)}


def _is_in(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    """Whether a node has an ancestor of one of these kinds."""
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


class Citations(SphinxTransform):
    """Link what is cited; name what no entry has. On the references' own page, label the entries."""

    default_priority = 800

    def apply(self, **kwargs: Any) -> None:
        """Change the document in place."""
        if self.env.docname == PAGE:
            self._label()
            return
        known = entries(Path(self.env.srcdir))
        for text in list(self.document.findall(nodes.Text)):
            if CITED.search(text.astext()) and not _is_in(text, NOT_IN):
                self._link(text, known)

    def _label(self) -> None:
        for item in self.document.findall(nodes.list_item):
            strong = next(item.findall(nodes.strong), None)
            if strong and strong.astext()[-4:].isdigit():  # a name and its year
                item["ids"].append(label_of(strong.astext()))

    def _link(self, text: nodes.Text, known: dict[str, str]) -> None:
        said, parts, position = text.astext(), [], 0
        for match in CITED.finditer(said):
            name = f"{match[1]} {match[3]}"
            if name not in known:
                if "et al." in name or " and " in name:
                    LOGGER.warning(
                        "%s is cited, but has no entry in %s.md",
                        name,
                        PAGE,
                        location=text.parent,
                        type="citation",
                    )
                continue
            depth = self.env.docname.count("/")
            address = "../" * depth + f"{PAGE}.html#{known[name]}"
            link = nodes.reference("", match[0], internal=True, refuri=address)
            parts += [nodes.Text(said[position : match.start()]), link]
            position = match.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(said[position:])])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_transform(Citations)
    return {}
