"""Labels of tokens: on two lines, always level, and none over another on a phone."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from decoderbook import theme

CELL_GAP = 2  # pixels between cells
SIZE = 13  # pixels of a token's label
GAP = 5  # pixels between two labels that stand side by side
LEVELS = 3  # that column labels are staggered on, at most


def two_lines(token: str) -> str:
    """What follows the first space, a transliteration, below what stands before it."""
    return token.replace(" ", "<br>", 1)


def without_latin(token: str) -> str:
    """A Kannada token without its transliteration, any other as it is."""
    return token.split(" ")[0] if any(map(_is_kannada, token)) else token


def _is_kannada(letter: str) -> bool:
    return "\u0c80" <= letter <= "\u0cff"


def predicting_rows(tokens: Sequence[str], end: str = "END") -> list[str]:
    """The decoder's rows, START's first, each named by the token that it predicts."""
    return [f"→\N{NO-BREAK SPACE}{token}" for token in [*tokens, end]]


def text_width(text: str, size: float = SIZE) -> float:
    """About how many pixels the widest line of a label takes."""
    return max(_line_width(line) for line in text.split("<br>")) * size


def _line_width(line: str) -> float:
    width = 0.0
    for letter in line:
        if unicodedata.category(letter) in ("Mn", "Cf"):
            continue  # a mark above, below or nowhere
        width += 0.85 if _is_kannada(letter) else 0.56
    return width


def column_labels(labels: Sequence[str], room: float) -> list[str]:
    """Two-line labels for columns that share so many pixels: a label that would run
    into its neighbour stands a level lower.
    """
    drawn = [two_lines(label) for label in labels]
    lines = max(text.count("<br>") for text in drawn) + 1
    column = room / len(labels)
    for levels in range(1, LEVELS + 1):
        pairs = zip(drawn, drawn[levels:], strict=False)
        needs = ((text_width(a) + text_width(b)) / 2 + GAP for a, b in pairs)
        if all(need <= levels * column for need in needs):
            break
    return ["<br>" * lines * (i % levels) + text for i, text in enumerate(drawn)]


def height_of(labels: Sequence[str]) -> float:
    """How many pixels column labels take below their axis."""
    return 1.3 * SIZE * (1 + max(text.count("<br>") for text in labels))


def room_beside(rows: Sequence[str], width: float = theme.PHONE) -> float:
    """How many pixels the columns share on a phone, beside two-line row labels."""
    return width - max(text_width(two_lines(row)) for row in rows) - 50


def token_axis(ticktext: Sequence[str], places: Sequence[int]) -> dict[str, Any]:
    """Layout of an axis whose ticks are tokens: level, and clear of what is drawn."""
    return {
        "tickvals": list(places),
        "ticktext": list(ticktext),
        "tickangle": 0,
        "tickfont": {"size": SIZE},
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": "rgba(0,0,0,0)",
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def cell_edges() -> dict[str, Any]:
    """Layout of an axis with a thin line between its cells, where these leave a gap."""
    line = {"showgrid": True, "gridcolor": theme.CELL_EDGE, "gridwidth": 1}
    return {"minor": {"tickmode": "linear", "tick0": -0.5, "dtick": 1, **line}}
