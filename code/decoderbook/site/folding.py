"""What a page folds away, in native `<details>`; in the notebook everything stays open.

Folded are the set-up at a chapter's head, the code that only calls a figure (below it; with a chapter's first
figure all that leads to it, so that the picture comes first), the cells that prove a viewer's question, and
what `show_source` shows where it is long.
"""

from __future__ import annotations

import re
from html import escape
from itertools import takewhile
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator

from decoderbook.site.decoder import decoder_place
from decoderbook.site.figure_parts import drawn_figure
from decoderbook.site.figures import interactive_figure
from decoderbook.source import SHORT

COLAB = "google.colab"
PROOF = "tag_question-"  # the class that myst-nb gives a cell with such a tag
IMPORT = re.compile(r"^(import|from) ", re.MULTILINE)
EXHIBITED = "decoderbook.museum."  # what a visitor is to read first stays open
SOURCE_NAME = re.compile(r"^(tinydecoder|decoderbook)(\.\w+)*$")


class folded(nodes.General, nodes.Element):
    """Nodes behind a summary: `summary` is text, `code` says whether it is set as code, `note` follows it."""


def visit_folded(self: HTML5Translator, node: folded) -> None:
    """Open the details."""
    summary = escape(node["summary"])
    if node.get("code"):
        summary = f'<code class="docutils literal">{summary}</code>'
    if node.get("note"):
        summary += f' <span class="folded-note">{escape(node["note"])}</span>'
    self.body.append(f'<details class="folded"><summary>{summary}</summary>')


def depart_folded(self: HTML5Translator, node: folded) -> None:
    """Close the details."""
    self.body.append("</details>")


def _part(cell: nodes.Element, name: str) -> nodes.Element | None:
    return next((c for c in cell.children if name in c.get("classes", [])), None)


def _shows_figures_only(cell: nodes.Element) -> bool:
    """Whether a cell shows a figure, and no stream and no value beside it."""
    output = _part(cell, "cell_output")
    return output is not None and all(
        any(
            isinstance(node, interactive_figure | decoder_place | drawn_figure)
            for node in c.findall()
        )
        for c in output.children
    )


def _is_proof(cell: nodes.Element) -> bool:
    return any(name.startswith(PROOF) for name in cell.get("classes", []))


def _is_silent(node: nodes.Node) -> bool:
    """Whether it is a code cell that shows nothing, and proves nothing."""
    if not isinstance(node, nodes.container) or node.get("nb_element") != "cell_code":
        return False
    return _part(node, "cell_output") is None and not _is_proof(node)


def _code_of_figure(parts: list[nodes.Element]) -> folded:
    return folded("", *parts, summary="Code of this figure")


class Folding(SphinxTransform):
    """Fold the kinds of a notebook's cells."""

    default_priority = 795  # after the captions, which look for the cell's end

    def apply(self, **kwargs: Any) -> None:
        """Change the document in place."""
        cells = [
            node
            for node in self.document.findall(nodes.container)
            if node.get("nb_element") == "cell_code"
        ]
        self._fold_set_up(cells)
        self._fold_way_to_picture(cells)
        for cell in cells:
            self._fold_figure_code(cell)
            self._fold_source(cell)
            self._fold_proof(cell)

    def _fold_set_up(self, cells: list[nodes.Element]) -> None:
        if not cells or COLAB not in cells[0].astext():
            return
        parent, first = cells[0].parent, cells[0].parent.index(cells[0])
        block = [cells[0]]
        if len(cells) > 1 and parent.children[first + 1 : first + 2] == [cells[1]]:
            source = _part(cells[1], "cell_input")
            if IMPORT.search(source.astext()) and not _part(cells[1], "cell_output"):
                block.append(cells[1])
        fold = folded(summary="Set-up")
        for cell in block:
            parent.remove(cell)
            fold += cell
        parent.insert(first, fold)

    def _fold_way_to_picture(self, cells: list[nodes.Element]) -> None:
        picture = next((cell for cell in cells if _shows_figures_only(cell)), None)
        if picture is None:
            return
        before = picture.parent.children[: picture.parent.index(picture)]
        way = list(takewhile(_is_silent, reversed(before)))[::-1]
        source = _part(picture, "cell_input")
        if source is None or _is_proof(picture):
            return
        for cell in way:
            picture.parent.remove(cell)
        picture.remove(source)
        picture += _code_of_figure([*way, source])

    def _fold_figure_code(self, cell: nodes.Element) -> None:
        source = _part(cell, "cell_input")
        if source is None or "assert" in source.astext():
            return
        if not _shows_figures_only(cell):
            return
        cell.remove(source)
        cell += _code_of_figure([source])

    def _fold_proof(self, cell: nodes.Element) -> None:
        if not _is_proof(cell):
            return
        fold = folded(summary="The cell that proves it")
        cell.replace_self(fold)
        fold += cell

    def _fold_source(self, cell: nodes.Element) -> None:
        for block in list(cell.findall(nodes.literal_block)):
            parent = block.parent
            at = parent.index(block)
            name = parent[at - 1] if at else None
            if (
                not isinstance(name, nodes.paragraph)
                or len(name.children) != 1
                or not isinstance(name[0], nodes.literal)
                or not SOURCE_NAME.match(name.astext())
            ):
                continue
            lines = block.astext().rstrip("\n").count("\n") + 1
            if name.astext().startswith(EXHIBITED):
                block["classes"].append("exhibit")
                continue
            if lines <= SHORT:
                continue
            fold = folded(summary=name.astext(), code=True, note=f"{lines} lines")
            parent.remove(name)
            parent.replace(block, fold)
            fold += block


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the node and the transform."""
    app.add_node(folded, html=(visit_folded, depart_folded))
    app.add_transform(Folding)
    return {}
