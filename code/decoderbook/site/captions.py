"""Numbers and captions of figures, and the addresses that follow from them.

The paragraph right after a figure's cell that begins `**Figure 6.3 · Title.** Text` is
that figure's caption: its first words stand above the plot, the rest below. The figure
gets the id `figure-6-3`, to which `[Figure 6.3](#figure-6-3)` leads from every page.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from decoderbook.site.decoder import decoder_place
from decoderbook.site.figure_parts import drawn_figure, figure_caption, figure_title
from decoderbook.site.figures import interactive_figure

LOGGER = logging.getLogger(__name__)
CHAPTER = re.compile(r"^0*(\d+)-")
CAPTION = re.compile(r"^Figure (\d+(?:\.\d+)?) · ")
Figure = interactive_figure | decoder_place | drawn_figure


def _figures(node: nodes.Element) -> list[Figure]:
    return [found for found in node.findall() if isinstance(found, Figure)]


def chapter_number(name: str) -> str | None:
    """Return e.g. '6' for 'book/06-masked-self-attention', None for a page that is no chapter."""
    match = CHAPTER.match(PurePosixPath(name).name)
    return match[1] if match else None


def said_in(paragraph: nodes.paragraph) -> list[nodes.Node]:
    """Return a paragraph's children without the empty text that MyST puts before a strong one."""
    return [n for n in paragraph if not isinstance(n, nodes.Text) or n.astext()]


def caption_number(node: nodes.Node | None) -> str | None:
    """Return e.g. '6.3' for a paragraph that is the caption of Figure 6.3, else None; on a
    page that is no chapter figures have one number.
    """
    if not isinstance(node, nodes.paragraph):
        return None
    match = CAPTION.match(node.astext())
    return match[1] if match and isinstance(said_in(node)[0], nodes.strong) else None


class Captions(SphinxTransform):
    """Join each record with its start figure, number the figures and give them their captions."""

    # After myst-nb has made the outputs, before Sphinx collects the labels (850) and MyST
    # resolves anchors (879).
    default_priority = 790

    def apply(self, **kwargs: Any) -> None:
        """Change the document in place; warn of captions that are not where they belong."""
        chapter = chapter_number(self.env.docname)
        bundles = [
            bundle
            for bundle in self.document.findall(nodes.container)
            if bundle.get("nb_element") == "mime_bundle" and any(_figures(bundle))
        ]
        for number, bundle in enumerate(bundles, start=1):
            figure = self._join(bundle)
            name = f"{chapter}.{number}" if chapter else str(number)
            self._address(figure, "figure-" + name.replace(".", "-"))
            self._caption(figure, bundle, name)
        for paragraph in self.document.findall(nodes.paragraph):
            if number := caption_number(paragraph):
                self._warn(
                    paragraph,
                    f"a caption of Figure {number} stands where no figure without one ends",
                )

    def _join(self, bundle: nodes.container) -> Figure:
        # The record and the figure, or the place and its still, that lie beside each other:
        # one node holds both.
        if place := next(bundle.findall(decoder_place), None):
            place["still"] = "".join(raw.astext() for raw in bundle.findall(nodes.raw))
            return place
        if drawn := next(bundle.findall(drawn_figure), None):
            return drawn
        found = list(bundle.findall(interactive_figure))
        figure = next((node["figure"] for node in found if node["figure"]), None)
        keep = next((node for node in found if node["record"]), found[0])
        for node in found:
            if node is not keep:
                node.parent.remove(node)
        keep["figure"] = figure
        return keep

    def _address(self, figure: Figure, label: str) -> None:
        # An explicit target, so that links to it work from every page.
        figure["ids"], figure["names"] = [label], [label]
        self.document.ids[label] = figure
        self.document.nameids[label] = label
        self.document.nametypes[label] = True

    def _caption(self, figure: Figure, bundle: nodes.container, number: str) -> None:
        title, caption = figure_title(), figure_caption()
        figure += [title, caption]
        paragraph = self._after_cell(bundle)
        said = caption_number(paragraph)
        if said is None:
            title += nodes.Text(f"Figure {number}")
            return
        if said != number:
            self._warn(paragraph, f"the caption of Figure {number} says Figure {said}")
        strong, *rest = said_in(paragraph)
        title += strong.children
        if rest and isinstance(rest[0], nodes.Text):
            rest[0] = nodes.Text(rest[0].lstrip())
        caption += rest
        paragraph.parent.remove(paragraph)

    def _after_cell(self, bundle: nodes.container) -> nodes.Node | None:
        cell: nodes.Node | None = bundle
        while cell is not None and "cell" not in cell.get("classes", []):
            cell = cell.parent
        if cell is None:
            return None
        place = cell.parent.index(cell) + 1
        return cell.parent[place] if place < len(cell.parent) else None

    def _warn(self, node: nodes.Node, message: str) -> None:
        LOGGER.warning("%s", message, location=node, type="figure", subtype="caption")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_transform(Captions)
    return {}
