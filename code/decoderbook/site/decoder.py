"""The trained decoder in the pages: its script, its weights, and the places where it runs.

Two directives make a place. `decoder-run` is the first page's run, recorded beforehand and
there at once. `decoder` is the decoder at work; it fetches the weights when it is touched,
or at once with `:start: now`.
"""

from __future__ import annotations

import json
import shutil
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from decoderbook.page_model.bundle import one_script
from decoderbook.site.figures import interactive_figure

FOLDER = Path("_build", "page_model")  # what `python -m decoderbook.page_model` wrote
WEIGHTS = "english-kannada-fp16.safetensors"
RUNS = "runs.json"
STILL = "run.svg"
PLACE = "application/vnd.decoderbook.decoder"
NOTATION = "book/notation"  # where glosses are explained
STILL_MARK = 'class="decoder-still"'
ADVICE = f"run `make build`, which writes it, or `python -m decoderbook.page_model {FOLDER.as_posix()}`"


class decoder_place(nodes.General, nodes.Element):
    """A place where the decoder runs (`kind`: run or workbench; `options`: data attributes).

    In a notebook it is a figure, as `interactive_figure` is: it has a title, a caption and a
    `still`, which `captions.py` gives it.
    """


class RunDirective(SphinxDirective):
    """The recorded run of the first page; its argument is where a reader goes on."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        options = {"link": self.arguments[0]}
        return [decoder_place(kind="run", ids=["run"], options=options)]


class DecoderDirective(SphinxDirective):
    """The decoder at work.

    panels: which of them, all if not given; choice: what it begins with, as an address has
    it; start: `now` fetches the weights at once.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "panels": directives.unchanged,
        "choice": directives.unchanged,
        "start": lambda value: directives.choice(value, ("now",)),
    }

    def run(self) -> list[nodes.Node]:
        """Return the place, with what the directive holds as its still."""
        place = decoder_place(
            kind="workbench", ids=[self.arguments[0]], options=self.options
        )
        self.state.nested_parse(self.content, self.content_offset, place)
        return [place]


class PlaceRenderer(MimeRenderPlugin):
    """myst-nb's plug-in: a notebook's `decoder_at_work` becomes a place, with its still."""

    mime_priority_overrides: ClassVar = [("html", PLACE, 1)]

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Return the place, or its picture; None for any other type."""
        if data.mime_type == PLACE:
            options = json.loads(data.content)
            return [decoder_place(kind="workbench", options=options)]
        if data.mime_type == "image/svg+xml" and STILL_MARK in data.content:
            return [nodes.raw("", data.content, format="html")]
        return None


def visit_place(self: HTML5Translator, node: decoder_place) -> None:
    """Open the place; what stands in it stays until the script takes over."""
    name = node["ids"][0]
    if node["kind"] == "run":
        runs = json.loads(
            (Path(self.builder.srcdir) / FOLDER / RUNS).read_text("utf-8")
        )
        text = json.dumps(runs, ensure_ascii=False, separators=(",", ":"))
        still = (Path(self.builder.srcdir) / FOLDER / STILL).read_text("utf-8")
        link = escape(node["options"]["link"])
        self.body.append(
            f'<div class="decoder decoder-run" id="{name}" data-decoder="run" data-link="{link}">'
            f"{still}"
            f'<script type="application/json">{text.replace("<", chr(92) + "u003c")}</script>'
        )
        return
    root = "../" * self.builder.current_docname.count("/")
    options = dict(node["options"])
    note = escape(options.pop("note", ""))  # what kind of picture its still is
    if options.pop("glosses", False):
        uri = self.builder.get_relative_uri(self.builder.current_docname, NOTATION)
        note += f' <a href="{uri}#kannada">Capitals such as DAT</a> are glosses.'
    data = {"weights": f"{root}_static/decoder/{WEIGHTS}", **options}
    attributes = "".join(
        f' data-{key}="{escape(value)}"' for key, value in data.items()
    )
    if "still" not in node:
        self.body.append(
            f'<div class="decoder" id="{name}" data-decoder="workbench"{attributes}>'
        )
        return
    title, caption = node.children
    title["html"] = (
        f'<div class="decoder" id="{name}-decoder" data-decoder="workbench"{attributes}>'
        f'<div class="still">{node["still"]}<p class="still-note">{note}</p></div></div>'
    )
    caption["html"] = ""
    self.body.append(
        f'<figure class="decoder-figure" id="{name}" aria-labelledby="{name}-title">'
        f'<p class="figure-title" id="{name}-title">'
    )


def depart_place(self: HTML5Translator, node: decoder_place) -> None:
    """Close the place."""
    self.body.append("</figure>\n" if "still" in node else "</div>\n")


def add_script(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Include script and style on the pages that have such a place, and on no other."""
    places = [] if doctree is None else list(doctree.findall(decoder_place))
    if places:
        app.add_css_file("decoder/decoder.css", priority=910)
        kinds = {place["kind"] for place in places}
        if "run" in kinds:
            app.add_js_file("decoder/run.js", loading_method="async")
        if "workbench" in kinds:
            if not any(doctree.findall(interactive_figure)):
                app.add_js_file("address.js", loading_method="defer")
            app.add_js_file("decoder/decoder.js", loading_method="defer")


def check_folder(app: Sphinx) -> None:
    """Raise ExtensionError where the model for the pages has not been written."""
    for name in (WEIGHTS, RUNS, STILL):
        if not (Path(app.srcdir) / FOLDER / name).is_file():
            raise ExtensionError(f"{FOLDER / name} is not there: {ADVICE}")


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Put the script and the weights beside the pages."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static" / "decoder"
    for name, entry in (("run", "front"), ("decoder", "mount")):
        (static / f"{name}.js").write_text(one_script(entry), encoding="utf-8")
    shutil.copyfile(Path(app.srcdir) / FOLDER / WEIGHTS, static / WEIGHTS)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, the script and the weights."""
    app.add_node(decoder_place, html=(visit_place, depart_place))
    app.add_directive("decoder-run", RunDirective)
    app.add_directive("decoder", DecoderDirective)
    app.connect("builder-inited", check_folder)
    app.connect("html-page-context", add_script)
    app.connect("build-finished", write_files)
    return {}
