"""A chapter's figures outside the site: alive by the site's own player, or as they are drawn."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from decoderbook.assign.markup import to_line
from decoderbook.site.figures import EXPLORE, PLOTLY, above_plot, plot_html
from decoderbook.site.stills import place_stills
from decoderbook.widgets import DEFAULT_HEIGHT

SVG = "image/svg+xml"
PLACE = "application/vnd.decoderbook.decoder"


@dataclass(frozen=True)
class Figure:
    """A figure of a chapter: a plot, perhaps with its recorded frames, or a drawing."""

    number: str  # "5.2"
    title: str  # Markdown, as the words
    words: str
    plot: dict[str, Any] | None = None
    record: dict[str, Any] | None = None
    svg: str = ""
    still: str = (
        ""  # of a decoder at work, which needs its page: what the drawing shows
    )

    @property
    def name(self) -> str:
        """Its id on every page: figure-5-2."""
        return "figure-" + self.number.replace(".", "-")

    @property
    def height(self) -> int:
        """Of its plot, in px."""
        return (self.plot or {}).get("layout", {}).get("height") or DEFAULT_HEIGHT

    @property
    def alternative(self) -> str:
        """What it shows, in words."""
        if self.plot is not None:
            return self.plot["layout"]["meta"]["alt"]
        found = re.search(r'aria-label="([^"]*)"', self.svg)
        return found[1] if found else ""


def figure_of(cell: NotebookNode, caption: re.Match[str]) -> Figure | None:
    """The figure that a cell shows, with its caption's number, title and words; None where it shows none."""
    number, title = caption[1], caption[2].rstrip(".")
    words = " ".join(caption[3].partition("\n\n")[0].split())
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if PLOTLY in data:
            record = json.loads(data[EXPLORE]) if EXPLORE in data else None
            return Figure(number, title, words, data[PLOTLY], record)
        if SVG in data:
            still = json.loads(data[PLACE])["note"] if PLACE in data else ""
            return Figure(number, title, words, svg=data[SVG], still=still)
    return None


def title_html(figure: Figure, chapter: str) -> str:
    """Its number and its title."""
    return f"Figure {figure.number} · {to_line(figure.title, chapter)}"


def picture_html(figure: Figure) -> str:
    """What is seen of a figure: the plot with its controls and its data, or the drawing."""
    if figure.plot is None:
        return figure.svg
    html = above_plot(figure.name, figure.record)
    html += plot_html(figure.name, figure.plot, figure.record)
    still = {"id": figure.name, "heights": [figure.height] * 2, "drawings": ["", ""]}
    return place_stills(html, [still])
