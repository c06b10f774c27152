"""What a page of its own brings along: scripts, style sheets and fonts, all written into it."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path

from decoderbook.site import figures

STATIC = Path(__file__).parent / "static"
SITE = Path(figures.__file__).parent / "static"
STYLES = "<!-- styles -->"
SCRIPTS = "<!-- scripts -->"
# What stands in the file itself, and nothing else. The speaker's window has the file in two frames.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "font-src data:",
        "frame-src 'self' file:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
)


def _font(match: re.Match[str]) -> str:
    data = base64.b64encode((SITE / match[1]).read_bytes()).decode()
    return f'url("data:font/woff2;base64,{data}")'


@cache
def site_style() -> str:
    """The site's style sheet with its fonts in it."""
    text = (SITE / "course.css").read_text("utf-8")
    return re.sub(r'url\("(fonts/[^"]+)"\)', _font, text)


@cache
def _styles() -> str:
    parts = [
        (STATIC / "reveal" / "reveal.css").read_text("utf-8"),
        site_style(),
        (STATIC / "slides.css").read_text("utf-8"),
    ]
    return "\n".join(f"<style>{part}</style>" for part in parts)


@cache
def _scripts() -> str:
    paths = [
        SITE / "plotly-cartesian.min.js",
        *(SITE / name for name in figures.SCRIPTS),
        STATIC / "reveal" / "reveal.min.js",
        STATIC / "reveal" / "notes.min.js",
        STATIC / "slides.js",
    ]
    # The end of a script in a string would end the element.
    texts = [
        path.read_text("utf-8").replace("</script", r"<\/script") for path in paths
    ]
    return "\n".join(f"<script>{text}</script>" for text in texts)


def put_in(html: str) -> str:
    """The page of slides with its styles and its scripts."""
    return html.replace(STYLES, _styles(), 1).replace(SCRIPTS, _scripts(), 1)
