"""What every figure shares: an empty figure of the book, its text alternative and its
numbers.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme
from decoderbook.figures.labels import text_width

# Where a title stands that has a legend beneath it; the margin above is then larger.
TITLE_AT_TOP = {"y": 1, "yanchor": "top", "yref": "container", "pad": {"t": 8, "l": 4}}
POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def new_figure(
    alt: str, title: str, height: int, table: dict[str, Any] | None = None
) -> go.Figure:
    """An empty figure of fixed height in pixels, as wide as the page, with its text
    alternative.

    table (see data_table) is shown to readers who ask for the numbers, where the traces
    alone do not say them.
    """
    layout = {
        "template": "none",
        "font": theme.FONT,
        "hoverlabel": theme.HOVER,
        "height": height,
        "margin": {"l": 60, "r": 20, "t": 50 if title else 20, "b": 50},
        "meta": {"alt": alt, **(table or {})},
    }
    if title:
        font = {"size": 15}
        layout["title"] = {"text": title, "x": 0, "font": font, "pad": {"l": 4}}
    return go.Figure(layout=layout)


def legend_above(
    names: Sequence[str], title: str, room: int = theme.PHONE - 70
) -> tuple[dict[str, Any], int]:
    """Layout with the legend above the plot and the title above both, and how many
    pixels that takes on a phone, where room is as wide as the plot and the names may
    need several lines. A single name needs no legend.
    """
    if len(names) == 1:
        top = 40 if title else 12
        margin = {"l": 60, "r": 20, "t": top, "b": 50}
        return {"showlegend": False, "margin": margin}, top
    entry = max(text_width(name, theme.FONT["size"]) for name in names) + 45
    lines = -(-len(names) // max(1, int(room // entry)))
    top = 14 + 20 * lines + 28 * bool(title)
    place = {"y": 1, "yanchor": "bottom", "x": 0}
    legend = {"orientation": "h", "traceorder": "normal", **place}
    # plotly makes room for the legend itself, but not for a title above it.
    margin = {"l": 60, "r": 20, "t": top if title else 34, "b": 50}
    layout = {"legend": legend, "margin": margin, "showlegend": True}
    return layout | ({"title": TITLE_AT_TOP} if title else {}), top


def data_table(columns: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    """The entry of layout.meta that gives a figure a data table of its own."""
    return {"table": {"columns": columns, "rows": rows}}


def small_print(text: str) -> str:
    """Text that stands below what it explains, in a smaller size."""
    return f"<span style='font-size:11px'>{text}</span>"


def rounded(values: Tensor, digits: int) -> list[list[float]]:
    """The tensor as nested lists of numbers with that many digits behind the point."""
    # Adding 0.0 turns -0.0 into 0.0, which would otherwise depend on the processor's
    # last bit.
    return [[round(cell, digits) + 0.0 for cell in row] for row in values.tolist()]


def traced_shape(shapes: Mapping[str, Sequence[int]], name: str) -> Sequence[int]:
    """The shape of a traced variable; ValueError where the trace does not have it."""
    if name not in shapes:
        raise ValueError(
            f"the trace has no variable {name!r}, which this figure draws: trace the "
            "module that the figure is for; tinydecoder.tracing.TRACED lists the names"
        )
    return shapes[name]


def four_digits(value: float) -> float:
    """The number to four significant digits."""
    return float(f"{value:.4g}") + 0.0


def power_text(power: int) -> str:
    """A power of ten as a reader would write it, such as 10⁻³."""
    return "10" + str(power).translate(POWERS)


def number_text(value: float) -> str:
    """The number as a reader would write it: whole ones whole, others to four digits,
    those with many zeros in millions or as a power of ten.
    """
    size = abs(value)
    if math.isfinite(size) and size and not 1e-4 <= size < 1e6:
        if 1e6 <= size < 999_950_000:
            return f"{float(f'{value / 1e6:.4g}'):g} million"
        mantissa, power = f"{value:.1e}".split("e")
        return f"{float(mantissa):g} × {power_text(int(power))}"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{four_digits(value):,.10g}"
