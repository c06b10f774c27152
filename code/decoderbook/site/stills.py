"""The still of each figure: its first state as inline SVG, drawn by plotly itself.

That is done in a browser, after the pages are written. A reader's browser then shows every
figure without plotly, which a slow phone needs seconds
to read; `player.js` fetches it once a reader touches a figure. Without scripts, and on
paper, the still is the figure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from decoderbook.tools.chromium import FLAGS, find_chromium

# What a wide window gives a figure, and a phone of 390 px: a still shrinks where there is less
# room, and never grows.
WIDTHS = {"wide": 704, "narrow": 342}
# What figures.py writes where a still and its height belong.
PLACE = "<!-- still of {} -->"
HEIGHTS = 'data-still="{}"'
SCRIPTS = ["static/plotly-cartesian.min.js", "still.js"]


def place_stills(html: str, stills: list[dict[str, Any]]) -> str:
    """Return the page with each still in its place and the tallest frame's height reserved.

    stills: id, heights and drawings (one of each for a width) of the page's figures.
    """
    for still in stills:
        drawings = "".join(
            f'<div class="figure-still {name}">{drawing}</div>'
            for name, drawing in zip(WIDTHS, still["drawings"], strict=True)
        )
        heights = ";".join(
            f"--{name}:{height}px"
            for name, height in zip(WIDTHS, still["heights"], strict=True)
        )
        html = html.replace(PLACE.format(still["id"]), drawings)
        html = html.replace(HEIGHTS.format(still["id"]), f'style="{heights}"')
    return html


def draw_stills(app: Sphinx, error: Exception | None) -> None:
    """Draw what the written pages still lack; raises ExtensionError where there is no browser."""
    if error is not None or app.builder.format != "html":
        return
    marker = PLACE.partition("{}")[0]
    pages = [
        p for p in Path(app.outdir).rglob("*.html") if marker in p.read_text("utf-8")
    ]
    if not pages:
        return
    try:
        executable = find_chromium()
    except FileNotFoundError as missing:
        raise ExtensionError(
            f"The figures' stills need a browser. {missing} "
            "`python -m decoderbook.tools.chromium --install` tries to install one."
        ) from missing
    here = Path(__file__).parent
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for path in pages:
            # The policy of the pages lets no script in but their own.
            page = browser.new_page(bypass_csp=True, color_scheme="light")
            page.goto(path.resolve().as_uri())
            for script in SCRIPTS:
                page.add_script_tag(path=here / script)
            stills = page.evaluate(
                "(widths) => window.decoderStills(widths)", list(WIDTHS.values())
            )
            html = path.read_text(encoding="utf-8")
            path.write_text(place_stills(html, stills), encoding="utf-8")
            page.close()
        browser.close()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the drawing of the stills."""
    app.connect("build-finished", draw_stills)
    return {}
