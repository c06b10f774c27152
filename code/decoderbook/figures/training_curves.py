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
CURVES, GAP = 190, 90  # pixels: height of the curves, and from there to the map
MARGINS = 90 + 75  # above, for title and legend, and below


def training_progress(
    losses: Sequence[float],
    rates: Sequence[float],
    weights: Tensor,
    queries: Sequence[str],
    keys: Sequence[str],
    gold: Collection[tuple[int, int]] = (),
    title: str = "",
) -> go.Figure:
    """Loss and learning rate so far, above the attention weights (T, S) at this step.

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
        f"{title or 'Training'}, step {steps} of {len(rates)}: {told}, learning rate up "
        f"to {number_text(max(rates))}. Attention at this step: {below.layout.meta['alt']}"
    )
    places = _sampled_steps(steps)
    rows = [[i, four_digits(losses[i]), round(1000 * rates[i], 3)] for i in places]
    table = data_table(["step", "loss", "learning rate × 1000"], rows)
    height = CURVES + GAP + MARGINS + theme.ROW_HEIGHT * len(queries)
    figure = new_figure(alt, title, height, table)
    inner = height - MARGINS
    for name, values, axis, dash in (
        ("loss", losses, "y", "solid"),
        ("learning rate", rates[:steps], "y2", "dot"),
    ):
        figure.add_scatter(
            x=places,
            y=[four_digits(values[i]) for i in places],
            name=name,
            yaxis=axis,
            line={"color": theme.LINE_COLOURS[axis == "y2"], "dash": dash},
            mode="lines",
        )
    figure.add_trace(below.data[0].update(xaxis="x2", yaxis="y3"))
    low, high = 1 - CURVES / inner, 1 - (CURVES + GAP) / inner
    x, y = (below.layout[axis].to_plotly_json() for axis in ("xaxis", "yaxis"))
    y["title"]["text"] = "row that predicts"
    top = max([1.0, *filter(math.isfinite, losses)])
    return figure.update_layout(
        title=TITLE_AT_TOP,
        margin={"l": 60, "r": 50, "t": 90, "b": 75},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        xaxis={"title": {"text": "step"}, "range": [0, len(rates)], "anchor": "y"},
        yaxis={"title": {"text": "loss"}, "domain": [low, 1], "range": [0, 1.05 * top]},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.05 * max(rates) or 1],
            "showgrid": False,
            "tickvals": [0, max(rates)],
            "ticktext": ["0", number_text(max(rates))],
        },
        xaxis2={**x, "anchor": "y3"},
        yaxis3={**y, "anchor": "x2", "domain": [0, high]},
        shapes=[
            {**shape.to_plotly_json(), "xref": "x2", "yref": "y3"}
            for shape in below.layout.shapes
        ],
    )


def _sampled_steps(steps: int) -> list[int]:
    """The places of at most POINTS steps, the last among them."""
    every = max(1, -(-steps // POINTS))
    return sorted({*range(0, steps, every), *([steps - 1] if steps else [])})
