"""The picture of the decoder in the pages: `decoder-diagram` shows all its panels, which the
script opens one at a time, and every panel on a page tells of the box that is chosen.

Without scripts the panels stand beside one another, on a phone one under the other. The files to
download are written by `tools/diagram_files.py` after the pages.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from decoderbook.diagram.levels import course_panels
from decoderbook.diagram.svg import one_panel
from decoderbook.site.figure_parts import drawn_figure
from decoderbook.tools import diagram_files

FOLDER = "_static/diagram"
DOWNLOADS = {
    "decoder.svg": "SVG",
    "decoder-a4.pdf": "PDF, A4",
    "decoder-a1.pdf": "PDF, A1",
    "decoder.drawio": "drawio, to edit",
}
CHAPTER = re.compile(r' data-page="([^"]*)"')


@lru_cache(maxsize=1)
def panels_html() -> str:
    """The four panels, each as an SVG element of its own."""
    panels = course_panels()
    return "".join(one_panel(panels, panel.key).svg for panel in panels)


def explorer(docname: str) -> str:
    """All panels, and the files to download, for the page of that name."""
    root = "../" * docname.count("/")
    links = " · ".join(
        f'<a href="{root}{FOLDER}/{name}" download>{label}</a>'
        for name, label in DOWNLOADS.items()
    )
    return (
        f'<div class="diagram-explorer">{panels_html()}</div>\n'
        f'<p class="diagram-downloads">All four on one sheet: {links}</p>'
    )


class DiagramDirective(SphinxDirective):
    """All panels, and the files to download."""

    def run(self) -> list[nodes.Node]:
        """Return the panels as they are without scripts."""
        return [nodes.raw("", explorer(self.env.docname), format="html")]


def open_posters(app: Sphinx, doctree: nodes.document) -> None:
    """A notebook's picture of all panels is too wide to be read in a page: its panels stand there."""
    for figure in doctree.findall(drawn_figure):
        if 'class="poster-panel"' in figure["svg"]:
            figure["svg"] = explorer(app.env.docname)


def link_boxes(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Make each box's chapter an address."""

    def address(match: re.Match[str]) -> str:
        here = app.builder.get_target_uri(pagename)
        name = app.builder.get_target_uri(f"book/{match[1]}")
        return f' data-page="{relative_uri(here, name)}"'

    if 'data-box="' in context.get("body", ""):
        context["body"] = CHAPTER.sub(address, context["body"])
        app.add_js_file("diagram.js", loading_method="defer")


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Write the files to download beside the pages."""
    if error is None and app.builder.format == "html":
        diagram_files.write(Path(app.outdir) / FOLDER)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, the links and the files."""
    app.add_directive("decoder-diagram", DiagramDirective)
    app.connect("doctree-read", open_posters)
    app.connect("html-page-context", link_boxes)
    app.connect("build-finished", write_files)
    return {}
