"""A picture that explains an idea, drawn as SVG of our own: no axes, no data, nothing to load.

It takes the ink of the text around it and the width of its place, so it is read on a light
page and on a dark one, on a phone and on paper.
"""

from dataclasses import dataclass
from html import escape
from typing import Any

MARK = 'class="drawing"'  # by which the published page knows it
FONTS = "'Noto Sans Kannada', system-ui, sans-serif"  # Kannada first: see course.css


@dataclass(frozen=True)
class Drawing:
    """An SVG element, and the same in words for those who do not see it."""

    svg: str
    words: str

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """What a notebook shows; its ink is dark there, so the ground has to be light."""
        light = {"image/svg+xml": {"needs_background": "light"}}
        return {"image/svg+xml": self.svg, "text/plain": self.words}, light


def drawing(parts: list[str], width: float, height: float, words: str) -> Drawing:
    """SVG elements in a frame of width × height pixels, which shrinks with its place.

    words: what the picture says, in a sentence or two. Raises ValueError without them.
    """
    if not words.strip():
        raise ValueError(
            "a drawing needs the same in words, for those who do not see it"
        )
    start = (
        f'<svg {MARK} xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-label="{escape(words)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" style="max-width:100%;height:auto" fill="currentColor" '
        f'font-family="{FONTS}">'
    )
    return Drawing("".join([start, *parts, "</svg>"]), words)


def text_at(
    x: float,
    y: float,
    words: str,
    anchor: str = "start",
    size: float = 14,
    lang: str = "",
) -> str:
    """A line of text on the baseline y; anchor says which end of it is at x.

    lang: the language of words that are not English. Their letters are in the first of
    the frame's fonts.
    """
    spoken = f' lang="{lang}"' if lang else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}"{spoken}>'
        f"{escape(words)}</text>"
    )
