"""Curves over an axis, and positions as clock hands."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme
from decoderbook.figures.base import (
    data_table,
    four_digits,
    legend_above,
    new_figure,
    number_text,
    power_text,
)
from decoderbook.figures.checks import check_lengths, check_some

IN_A_ROW = 4  # clocks, that fit a phone
FEW = 12  # whole numbers, that an axis names one by one
MOST_POWERS = 7  # of ten, that an axis names


def lines(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    x_title: str,
    y_title: str,
    title: str = "",
    log: bool = False,
    y_span: tuple[float, float] | None = None,
) -> go.Figure:
    """Curves over one axis, told apart by colour and by dash; log makes both axes
    logarithmic. A curve has a gap where its value is not finite. y_span: the y axis's two
    ends, for figures that are compared.

    Raises ValueError where a curve and x differ in length, or nothing is to be drawn.
    """
    check_some(x=x, series=series)
    check_lengths(len(x), series)
    values = [y for ys in series.values() for y in ys]
    if log and not (_above_zero(x) and _above_zero(values)):
        raise ValueError("a logarithmic axis needs a number above 0")
    spans = (
        f"{name} from {number_text(ys[0])} to {number_text(ys[-1])}" + _range_text(ys)
        for name, ys in series.items()
    )
    span = f"With {x_title} from {number_text(x[0])} to {number_text(x[-1])}"
    what = f"{title or y_title} against {x_title}"
    alt = f"{what}: {', '.join(series)}. {span}: {'; '.join(spans)}."
    legend, top = legend_above(list(series), title)
    figure = new_figure(alt, title, 330 + top)
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
            hovertemplate=f"{name}, {x_title} %{{x}}: %{{y}}<extra></extra>",
        )
    across, up = ({"type": "linear"},) * 2
    if log:
        across = _powers(x)
        up = _powers(y_span or values)
    elif list(x) == list(range(int(x[0]), int(x[0]) + len(x))) and len(x) <= FEW:
        across = {**across, "dtick": 1}  # they are counted: no halves
    if y_span:
        ends = map(math.log10, y_span) if log else y_span
        up = {**up, "range": list(ends)}
    x_name = {"text": x_title, "standoff": 8}
    figure.update_xaxes(title=x_name, automargin=True, **across)
    figure.update_yaxes(title_text=y_title, automargin=True, **up)
    return figure.update_layout(**legend)


def _above_zero(values: Sequence[float]) -> list[float]:
    return [v for v in values if math.isfinite(v) and v > 0]


def _powers(values: Sequence[float]) -> dict[str, Any]:
    """A logarithmic axis: a tick at most at every power of ten, at 2 and 5 as well
    where there are few, and every number written out in one size.
    """
    shown = [math.log10(v) for v in _above_zero(values)]
    low, high = math.floor(min(shown)), math.ceil(max(shown))
    between = (1, 2, 5) if high - low <= 2 else (1,)
    powers = range(low, high + 1, max(1, math.ceil((high - low) / MOST_POWERS)))
    ticks = {}
    for power in powers:
        for first in between:
            tick = first * 10.0**power
            is_short = first != 1 or -4 < power < 5
            ticks[tick] = number_text(tick) if is_short else power_text(power)
    return {"type": "log", "tickvals": list(ticks), "ticktext": list(ticks.values())}


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
    """One position's encoding (d_model,) as hands of clocks: each pair (sin, cos) is a
    point on a circle of its own, the sine to the right and the cosine up. At position 0
    every hand stands at 12 o'clock; from there it turns clockwise.
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
    alt = (
        f"{title or 'Clock hands'} at position {position}. At position 0 all stand at "
        f"12 o'clock; they turn clockwise. {angles}."
    )
    rows = [
        [f"pair {i}", four_digits(s), four_digits(c)] for i, (s, c) in enumerate(pairs)
    ]
    across, down = min(IN_A_ROW, len(pairs)), -(-len(pairs) // IN_A_ROW)
    top = 34 if title else 4
    table = data_table(["", "sine", "cosine"], rows)
    figure = new_figure(alt, title, top + 135 * down, table)
    drawn, names = [], []
    grey = {"line": {"color": theme.BLOCKED, "width": 1}}
    for index, (sine, cosine) in enumerate(pairs):
        x, y = 2.4 * (index % IN_A_ROW), -3 * (index // IN_A_ROW)
        circle = {"x0": x - 1, "x1": x + 1, "y0": y - 1, "y1": y + 1}
        noon = {"x0": x, "x1": x, "y0": y + 0.85, "y1": y + 1}
        drawn += [
            {"type": "circle", **circle, **grey},
            {"type": "line", **noon, **grey},
        ]
        names.append({"x": x, "y": y - 1.35, "text": f"pair {index}"})
        figure.add_scatter(
            x=[x, four_digits(x + sine)],
            y=[y, four_digits(y + cosine)],
            mode="lines+markers",
            line={"color": theme.QUERY, "width": 3},
            marker={"size": [1, 9]},
            hoverinfo="skip",
        )
    fixed = {"visible": False, "fixedrange": True, "constrain": "domain"}
    return figure.update_layout(
        margin={"l": 0, "r": 0, "t": top, "b": 0},
        shapes=drawn,
        annotations=[{**name, "showarrow": False} for name in names],
        showlegend=False,
        xaxis={**fixed, "range": [-1.2, 2.4 * across - 1.2]},
        yaxis={
            **fixed,
            "range": [-3 * down + 1.35, 1.15],
            "scaleanchor": "x",
            "constraintoward": "top",
        },
    )
