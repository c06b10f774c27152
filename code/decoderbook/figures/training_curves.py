"""What a training does: loss and learning rate, with attention beneath."""

import math
from collections.abc import Collection, Sequence

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme
from decoderbook.figures.base import (
    TITLE_AT_TOP,
    data_table,
    four_digits,
    new_figure,
    number_text,
)
from decoderbook.figures.checks import check_some
from decoderbook.figures.heat_maps import attention_map

POINTS = 100  # of a curve, at most: more than a phone can show
# Pixels: the loss, the strip of the learning rate below it, and down to the map.
LOSS, APART, STRIP, GAP = 150, 18, 56, 62


def training_progress(
    losses: Sequence[float],
    rates: Sequence[float],
    weights: Tensor,
    queries: Sequence[str],
    keys: Sequence[str],
    gold: Collection[tuple[int, int]] = (),
    title: str = "",
) -> go.Figure:
    """The loss so far, and below it the plan of the learning rate with a point at this
    step, above the attention weights (T, S) at this step.

    losses: of the steps so far. rates: of all steps, which sets the width. The map with
    its frames is `attention_map`'s; queries name each row by the token it predicts.
    """
    check_some(rates=rates)
    steps = len(losses)
    if steps > len(rates):
        raise ValueError(f"there are {steps} losses and only {len(rates)} rates")
    below = attention_map(weights, queries, keys, "", gold)
    told = "no step yet"
    if steps:
        told = f"loss from {number_text(losses[0])} to {number_text(losses[-1])}"
    alt = (
        f"{title or 'Training'}, step {steps} of {len(rates)}: {told}. The learning rate "
        f"goes up to {number_text(max(rates))}. At this step: "
        f"{below.layout.meta['alt']}"
    )
    places = _sampled_steps(steps)
    rows = [[i, four_digits(losses[i]), round(1000 * rates[i], 3)] for i in places]
    rows = rows or [[0, None, round(1000 * rates[0], 3)]]  # no step yet
    table = data_table(["step", "loss", "learning rate × 1000"], rows)
    # The map brings its rows, and what its column labels take below.
    cells = theme.ROW_HEIGHT * len(queries)
    top = 40 if title else 12
    bottom = below.layout.height - cells - 100
    inner = LOSS + APART + STRIP + GAP + cells
    figure = new_figure(alt, title, top + inner + bottom, table)
    planned, now = _sampled_steps(len(rates)), min(steps, len(rates) - 1)
    for name, x, values, axis, mode in (
        ("loss", places, losses, "y", "lines"),
        ("learning rate", planned, rates, "y2", "lines"),
        ("now", [now], rates, "y2", "markers"),
    ):
        figure.add_scatter(
            x=x,
            y=[four_digits(values[i]) for i in x],
            name=name,
            visible=bool(x),
            yaxis=axis,
            line={"color": theme.LINE_COLOURS[axis == "y2"]},
            marker={"size": 9},
            mode=mode,
            cliponaxis=False,
            hovertemplate="step %{x}: %{y}<extra></extra>",
        )
    figure.add_trace(below.data[0].update(xaxis="x2", yaxis="y3"))
    x, y = (below.layout[axis].to_plotly_json() for axis in ("xaxis", "yaxis"))
    y["title"]["text"] = "row that predicts"
    highest = max(rates) or 1
    top_loss = max([1.0, *filter(math.isfinite, losses)])
    strip = cells + GAP, cells + GAP + STRIP
    return figure.update_layout(
        title=TITLE_AT_TOP,
        margin={"t": top, "b": bottom},
        showlegend=False,
        xaxis={"title": {"text": "step", "standoff": 6}, "range": [0, len(rates)]}
        | {"anchor": "y2", "ticks": "outside", "ticklen": 5},
        yaxis={
            "title": {"text": "loss"},
            "domain": [(strip[1] + APART) / inner, 1],
            "range": [0, 1.05 * top_loss],
            "nticks": 6,
            "automargin": True,
        },
        yaxis2={
            "title": {"text": "learning<br>rate", "font": {"size": 12}},
            "domain": [end / inner for end in strip],
            "range": [-0.1 * highest, 1.05 * highest],  # its 0 is clear of the steps'
            "tickvals": [0, max(rates)],
            "ticktext": ["0", number_text(max(rates))],
            "automargin": True,
        },
        xaxis2={**x, "anchor": "y3"},
        yaxis3={**y, "anchor": "x2", "domain": [0, cells / inner]},
        shapes=[
            {**shape.to_plotly_json(), "xref": "x2", "yref": "y3"}
            for shape in below.layout.shapes
        ],
    )


def _sampled_steps(steps: int) -> list[int]:
    """The places of at most POINTS steps, the last among them."""
    every = max(1, -(-steps // POINTS))
    return sorted({*range(0, steps, every), *([steps - 1] if steps else [])})
