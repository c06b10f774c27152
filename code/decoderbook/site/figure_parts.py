"""What every figure of a page has, a title and a caption; and the drawings, which have nothing else.

A drawing stands in the page itself, so that it takes the page's ink.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from decoderbook.figures.drawings import MARK


class figure_title(nodes.General, nodes.TextElement):
    """The line above a figure: "Figure 6.3 · Title."."""


class figure_caption(nodes.General, nodes.TextElement):
    """The words below a figure."""


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


def visit_part(self: HTML5Translator, node: nodes.Element) -> None:
    """The title's element was opened with the figure; a caption's is its own."""
    if isinstance(node, figure_caption):
        self.body.append("<figcaption>" + ("<p>" if node.children else ""))


def depart_part(self: HTML5Translator, node: nodes.Element) -> None:
    """Controls and plot follow the title, the foot follows the caption."""
    self.body.append("</p>" if node.children else "")
    self.body.append(node["html"])
    if isinstance(node, figure_caption):
        self.body.append("</figcaption>")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the nodes."""
    for part in (figure_title, figure_caption):
        app.add_node(part, html=(visit_part, depart_part))
    app.add_node(drawn_figure, html=(visit_drawing, depart_drawing))
    return {}
