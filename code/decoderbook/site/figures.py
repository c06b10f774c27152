"""Figures of the notebooks' stored outputs, as accessible HTML that `player.js` brings to life.

A plain figure is one `application/vnd.plotly.v1+json` output. An `explore` output holds
its start figure under that type and, beside it, the record of all other frames as a
string. Either becomes one `<figure>`: its title, native controls, the plot with a text
alternative, its caption, a data table on demand, and the JSON as inert script elements.
`captions.py` gives it its number and its words, `stills.py` its first picture.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any, ClassVar

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from decoderbook.site.figure_parts import drawn_figure, is_drawing
from decoderbook.site.stills import HEIGHTS, PLACE

LOGGER = logging.getLogger(__name__)
PLOTLY = "application/vnd.plotly.v1+json"
EXPLORE = "application/vnd.decoderbook.explore"
SCRIPTS = (
    "figure-frames.js",
    "figure-tables.js",
    "address.js",
    "figure-play.js",
    "figure-hover.js",
    "player.js",  # uses what the others define
)
# The buttons beside a slider that plays: (name, name while playing, shapes of the icon)
BUTTONS = (
    ("One step back", None, '<path d="M4 3h2v10H4zM13 3v10L6 8z"/>'),
    (
        "Play",
        "Pause",
        '<path class="to-play" d="M4 2l10 6-10 6z"/>'
        '<path class="to-pause" d="M4 2h3v12H4zM9 2h3v12H9z"/>',
    ),
    ("One step on", None, '<path d="M10 3h2v10h-2zM3 3v10l7-5z"/>'),
)


class interactive_figure(nodes.General, nodes.Element):
    """A figure (`figure`: plotly's dict) and perhaps its recorded frames (`record`: dict).

    Its children are a `figure_title` and a `figure_caption`; either may be empty.
    """


class FigureRenderer(MimeRenderPlugin):
    """myst-nb's plug-in: turns the two MIME types into `interactive_figure` nodes, and drawings
    into `drawn_figure` nodes.
    """

    mime_priority_overrides: ClassVar = [("html", EXPLORE, 1), ("html", PLOTLY, 2)]

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Return the node for a figure or a record, None for any other type."""
        if data.mime_type == PLOTLY:
            return [interactive_figure(figure=data.content, record=None)]
        if data.mime_type == EXPLORE:
            return [interactive_figure(figure=None, record=json.loads(data.content))]
        if data.mime_type == "image/svg+xml" and is_drawing(data.content):
            return [
                drawn_figure(svg=data.content)
            ]  # in the page itself: it takes its ink
        return None


def _json_script(name: str, value: Any) -> str:
    # "<" only occurs inside JSON strings, where the escape means the same and cannot end the script element.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
    return f'<script type="application/json" class="figure-{name}">{text}</script>'


def _play_buttons(label: str) -> str:
    buttons = ""
    for name, playing, icon in BUTTONS:
        said = f'aria-label="{name}: {label}"'
        if playing:
            said += f' data-play="{name}: {label}" data-pause="{playing}: {label}"'
        buttons += (
            f'<button type="button" {said}>'
            f'<svg viewBox="0 0 16 16" aria-hidden="true">{icon}</svg></button>'
        )
    return f'<span class="figure-play">{buttons}</span>'


def _control(figure_id: str, control: dict[str, Any]) -> str:
    key = f"{figure_id}-{escape(control['name'])}"
    label = escape(control["label"])
    values = [escape(str(value)) for value in control["values"]]
    start, classes = control["start"], f"figure-control {control['kind']}"
    if control["kind"] == "choice":
        options = "".join(
            f'<option value="{i}"{" selected" if i == start else ""}>{value}</option>'
            for i, value in enumerate(values)
        )
        field = f'<select id="{key}" autocomplete="off">{options}</select>'
    else:
        field = (
            f'<input type="range" id="{key}" min="0" max="{len(values) - 1}" step="1" value="{start}" '
            f'aria-valuetext="{values[start]}" autocomplete="off">'
            f'<output for="{key}">{values[start]}</output>'
        )
        if control.get("play"):
            field += _play_buttons(label)
            classes += " plays"
    return f'<div class="{classes}"><label for="{key}">{label}</label>{field}</div>'


def above_plot(figure_id: str, record: dict[str, Any] | None) -> str:
    """Return the controls of a figure's record, nothing where it has none.

    Raises ValueError when the record has another version.
    """
    if record is None:
        return ""
    if record.get("version") != 1:
        raise ValueError(
            f"an explore record has version {record.get('version')!r}; "
            "this site replays version 1"
        )
    controls = "".join(_control(figure_id, control) for control in record["controls"])
    return (
        '<div class="figure-controls pst-js-only" role="group" '
        f'aria-label="Controls of this figure">{controls}</div>'
    )


def plot_html(
    figure_id: str, figure: dict[str, Any], record: dict[str, Any] | None
) -> str:
    """Return the place of the plot, its description for assistive technology and its data.

    Raises ValueError when the figure has no text alternative.
    """
    meta = figure.get("layout", {}).get("meta") or {}
    if not meta.get("alt"):
        raise ValueError(
            "a figure has no text alternative; set layout.meta = {'alt': '…'}"
        )
    parts = [
        f'<div class="figure-plot" role="img" aria-labelledby="{figure_id}-title" '
        f'aria-describedby="{figure_id}-description" {HEIGHTS.format(figure_id)}>'
        f'{PLACE.format(figure_id)}<div class="figure-live"></div>'
        '<div class="figure-ring" hidden></div></div>'
        f'<p class="figure-description visually-hidden" id="{figure_id}-description">'
        f"{escape(meta['alt'])}</p>"
        '<p class="figure-said" role="status"></p>'
        '<p class="figure-values visually-hidden" role="status"></p>',
        _json_script("start", figure),
    ]
    if record:
        parts.append(_json_script("record", record))
    return "".join(parts)


def below_caption(figure: dict[str, Any]) -> str:
    """Return the foot of a figure: the data on demand, the link to the view."""
    table = (figure["layout"].get("meta") or {}).get("table", True)
    details = (
        '<details class="figure-data"><summary>The data as a table</summary></details>'
    )
    return (
        '<div class="figure-foot pst-js-only">'
        '<button type="button" class="figure-copy">Copy link to this view</button>'
        f"{details if table else ''}</div>"
    )


def visit_figure(self: HTML5Translator, node: interactive_figure) -> None:
    """Open the figure; its title and its caption write the rest."""
    figure_id = node["ids"][0]
    try:
        above = above_plot(figure_id, node["record"])
        plot = plot_html(figure_id, node["figure"], node["record"])
    except (ValueError, KeyError, TypeError) as error:
        LOGGER.warning("%s", error, location=node, type="figure")
        raise nodes.SkipNode from error
    title, caption = node.children
    title["html"], caption["html"] = (
        above + plot,
        below_caption(node["figure"]),
    )
    self.body.append(
        f'<figure class="interactive" id="{figure_id}" aria-labelledby="{figure_id}-title">'
        f'<p class="figure-title" id="{figure_id}-title">'
    )


def depart_figure(self: HTML5Translator, node: interactive_figure) -> None:
    """Close the figure."""
    self.body.append("</figure>\n")


def add_player(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Include the player on the pages that have a figure, and on no other."""
    if doctree is not None and any(doctree.findall(interactive_figure)):
        for script in SCRIPTS:
            app.add_js_file(script, loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the nodes and the player."""
    app.add_node(interactive_figure, html=(visit_figure, depart_figure))
    app.connect("html-page-context", add_player)
    return {}
