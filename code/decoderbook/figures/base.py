"""What every figure shares: an empty figure of the book, its text alternative and its
numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme

# Where a title stands that has a legend beneath it; the margin above is then larger.
TITLE_AT_TOP = {"y": 1, "yanchor": "top", "yref": "container", "pad": {"t": 8}}


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
        "height": height,
        "margin": {"l": 60, "r": 20, "t": 50 if title else 20, "b": 50},
        "meta": {"alt": alt, **(table or {})},
    }
    if title:
        layout["title"] = {"text": title, "x": 0, "xref": "paper", "font": {"size": 15}}
    return go.Figure(layout=layout)


def legend_below(n_names: int, top: int) -> dict[str, Any]:
    """Layout with the legend below everything, and room for a line for each name: on a
    phone it takes that many.
    """
    place = {"yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
    margin = {"l": 60, "r": 20, "t": top, "b": 65 + 20 * n_names}
    legend = {"orientation": "h", "traceorder": "normal", **place}
    return {"legend": legend, "margin": margin}


def data_table(columns: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    """The entry of layout.meta that gives a figure a data table of its own."""
    return {"table": {"columns": columns, "rows": rows}}


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


def number_text(value: float) -> str:
    """The number as a reader would write it: whole ones whole, others to four digits."""
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{four_digits(value):,.10g}"
