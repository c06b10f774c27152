"""Drawings of the notebooks' stored outputs, in the page itself: they take the page's ink."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from decoderbook.figures.drawings import MARK


class drawn_figure(nodes.General, nodes.Element):
    """A picture of our own (`svg`); its children are a `figure_title` and a `figure_caption`."""


def is_drawing(svg: str) -> bool:
    """Whether an SVG output is a `Drawing`, and no other picture."""
    return MARK in svg[:200]


def visit_drawing(self: HTML5Translator, node: drawn_figure) -> None:
    """Open the figure; its title and its caption write the rest."""
    title, caption = node.children
    title["html"], caption["html"] = node["svg"], ""
    name = node["ids"][0]
    self.body.append(
        f'<figure class="drawn" id="{name}" aria-labelledby="{name}-title">'
        f'<p class="figure-title" id="{name}-title">'
    )


def depart_drawing(self: HTML5Translator, node: drawn_figure) -> None:
    """Close the figure."""
    self.body.append("</figure>\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the node."""
    app.add_node(drawn_figure, html=(visit_drawing, depart_drawing))
    return {}
