"""Curves over an axis, and positions as clock hands."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme
from decoderbook.figures.base import (
    data_table,
    four_digits,
    legend_below,
    new_figure,
    number_text,
)
from decoderbook.figures.checks import check_lengths, check_some


def lines(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    x_title: str,
    y_title: str,
    title: str = "",
    log: bool = False,
) -> go.Figure:
    """Curves over one axis, told apart by colour and by dash; log makes both axes
    logarithmic. A curve has a gap where its value is not finite.

    Raises ValueError where a curve and x differ in length, or nothing is to be drawn.
    """
    check_some(x=x, series=series)
    check_lengths(len(x), series)
    spans = (
        f"{name} from {number_text(ys[0])} to {number_text(ys[-1])}" + _range_text(ys)
        for name, ys in series.items()
    )
    span = f"{x_title} from {number_text(x[0])} to {number_text(x[-1])}"
    alt = f"{title or y_title} against {span}: {'; '.join(spans)}."
    figure = new_figure(alt, title, 380 + 20 * len(series))
    for index, (name, ys) in enumerate(series.items()):
        style = {
            "color": theme.LINE_COLOURS[index % len(theme.LINE_COLOURS)],
            "dash": theme.LINE_DASHES[index % len(theme.LINE_DASHES)],
        }
        figure.add_scatter(
            x=[four_digits(v) for v in x],
            y=[four_digits(v) for v in ys],
            name=name,
            mode="lines",
            line=style,
        )
    kind = "log" if log else "linear"
    figure.update_xaxes(title_text=x_title, type=kind, automargin=True)
    figure.update_yaxes(title_text=y_title, type=kind, automargin=True)
    return figure.update_layout(**legend_below(len(series), 50 if title else 20))


def _range_text(ys: Sequence[float]) -> str:
    """Where a curve lies, if its two ends do not say it."""
    finite = [y for y in ys if math.isfinite(y)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    if {number_text(low), number_text(high)} == {
        number_text(ys[0]),
        number_text(ys[-1]),
    }:
        return ""
    return f", between {number_text(low)} and {number_text(high)}"


def clocks(encoding: Tensor, position: float, title: str = "") -> go.Figure:
    """One position's encoding (d_model,) as hands: each pair (cos, sin) is a point on a
    circle of its own.
    """
    if encoding.ndim != 1 or len(encoding) % 2 or not len(encoding):
        raise ValueError(
            "encoding must hold pairs in one axis, got the shape "
            f"{tuple(encoding.shape)}"
        )
    pairs = encoding.reshape(-1, 2).tolist()
    angles = "; ".join(
        f"pair {i}: sin {sine:.2f}, cos {cosine:.2f}"
        for i, (sine, cosine) in enumerate(pairs)
    )
    alt = f"{title or 'Clock hands'} at position {position}. {angles}."
    rows = [
        [f"pair {i}", four_digits(s), four_digits(c)] for i, (s, c) in enumerate(pairs)
    ]
    figure = new_figure(alt, title, 240, data_table(["", "sine", "cosine"], rows))
    circles, names = [], []
    for index, (sine, cosine) in enumerate(pairs):
        centre = 2.4 * index
        box = {"x0": centre - 1, "x1": centre + 1, "y0": -1, "y1": 1}
        circles.append(
            {"type": "circle", **box, "line": {"color": theme.BLOCKED, "width": 1}}
        )
        names.append(
            {"x": centre, "y": -1.35, "text": f"pair {index}", "showarrow": False}
        )
        figure.add_scatter(
            x=[centre, four_digits(centre + cosine)],
            y=[0, four_digits(sine)],
            mode="lines+markers",
            line={"color": theme.QUERY, "width": 3},
            marker={"size": [1, 9]},
            hoverinfo="skip",
        )
    width = 2.4 * (len(pairs) - 1) + 1.2
    return figure.update_layout(
        margin={"l": 0, "r": 0, "t": 34 if title else 4, "b": 0},
        shapes=circles,
        annotations=names,
        showlegend=False,
        xaxis={"visible": False, "range": [-1.2, width], "fixedrange": True},
        yaxis={
            "visible": False,
            "range": [-1.6, 1.15],
            "scaleanchor": "x",
            "fixedrange": True,
        },
    )
