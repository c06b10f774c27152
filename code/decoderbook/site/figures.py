"""Figures of the notebooks' stored outputs, as accessible HTML that `player.js` brings to life.

A plain figure is one `application/vnd.plotly.v1+json` output. An `explore` output holds
its start figure under that type and, beside it, the record of all other frames as a
string. Either becomes one `<figure>` with native controls, reserved height, a text
alternative, a data table on demand, and the JSON as inert script elements.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any, ClassVar

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

LOGGER = logging.getLogger(__name__)
PLOTLY = "application/vnd.plotly.v1+json"
EXPLORE = "application/vnd.decoderbook.explore"
DEFAULT_HEIGHT = 450  # plotly's own, in px


class interactive_figure(nodes.General, nodes.Element):
    """A figure (`figure`: plotly's dict) and perhaps its recorded frames (`record`: dict)."""


class FigureRenderer(MimeRenderPlugin):
    """myst-nb's plug-in: turns the two MIME types into `interactive_figure` nodes."""

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
        return None


class JoinRecordAndFigure(SphinxPostTransform):
    """Give the record the start figure that lies beside it in the bundle, and number the page's figures."""

    default_priority = 3  # before myst-nb chooses one type of each bundle (4)

    def run(self, **kwargs: Any) -> None:
        """Change the document in place."""
        number = 0
        for bundle in self.document.findall(nodes.container):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            found = list(bundle.findall(interactive_figure))
            if not found:
                continue
            number += 1
            figure = next((node["figure"] for node in found if node["figure"]), None)
            for node in found:
                node["figure"] = figure
                node["ids"] = [f"figure-{number}"]


def _json_script(name: str, value: Any) -> str:
    # "<" only occurs inside JSON strings, where the escape means the same and cannot end the script element.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
    return f'<script type="application/json" class="figure-{name}">{text}</script>'


def _control(figure_id: str, control: dict[str, Any]) -> str:
    key = f"{figure_id}-{escape(control['name'])}"
    label = f'<label for="{key}">{escape(control["label"])}</label>'
    values, start = (
        [escape(str(value)) for value in control["values"]],
        control["start"],
    )
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
    return f'<div class="figure-control {control["kind"]}">{label}{field}</div>'


def figure_html(
    figure_id: str, figure: dict[str, Any], record: dict[str, Any] | None
) -> str:
    """Return the `<figure>` of a plotly figure dict and, for `explore`, its record.

    Raises ValueError when the figure has no text alternative or the record has another version.
    """
    layout = figure.get("layout", {})
    meta = layout.get("meta") or {}
    if not meta.get("alt"):
        raise ValueError(
            "a figure has no text alternative; set layout.meta = {'alt': '…'}"
        )
    if record is not None and record.get("version") != 1:
        raise ValueError(
            f"an explore record has version {record.get('version')!r}; "
            "this site replays version 1"
        )
    parts = [f'<figure class="interactive" id="{figure_id}">']
    if record:
        controls = "".join(
            _control(figure_id, control) for control in record["controls"]
        )
        parts.append(
            '<div class="figure-controls pst-js-only" role="group" '
            f'aria-label="Controls of this figure">{controls}</div>'
        )
    height = layout.get("height", DEFAULT_HEIGHT)
    caption = f"{figure_id}-caption"
    parts += [
        f'<div class="figure-plot" role="img" aria-labelledby="{caption}" '
        f'style="min-height:{height}px"></div>',
        f'<figcaption id="{caption}" aria-live="polite">{escape(meta["alt"])}</figcaption>',
        '<noscript><p class="figure-note">The figure itself needs scripts, '
        "which are switched off here.</p></noscript>",
    ]
    if meta.get("table", True):
        parts.append(
            '<details class="figure-data pst-js-only">'
            "<summary>The data as a table</summary></details>"
        )
    parts.append(_json_script("start", figure))
    if record:
        parts.append(_json_script("record", record))
    return "".join(parts) + "</figure>\n"


def visit_figure(self: HTML5Translator, node: interactive_figure) -> None:
    """Write the figure into the page."""
    try:
        self.body.append(figure_html(node["ids"][0], node["figure"], node["record"]))
    except (ValueError, KeyError, TypeError) as error:
        LOGGER.warning("%s", error, location=node, type="figure")
    raise nodes.SkipNode


def add_player(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Include the player on the pages that have a figure, and on no other."""
    if doctree is not None and any(doctree.findall(interactive_figure)):
        app.add_js_file("player.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the node, the transform and the player."""
    app.add_node(interactive_figure, html=(visit_figure, None))
    app.add_post_transform(JoinRecordAndFigure)
    app.connect("html-page-context", add_player)
    return {}
