"""The two matrix products of attention, each matrix drawn as large as it is."""

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme
from decoderbook.figures.base import data_table, new_figure, rounded, small_print
from decoderbook.figures.checks import check_matrix

APART = 1.4  # between the middles of two matrices, as a share of the largest
LABEL = 5.8  # cells that a label of three lines takes
SIGN = {"font": {"size": 16}}
PIXELS = 11  # of a cell: three matrices with 8 features each fit a phone


def attention_products(weights: Tensor, d_head: int, title: str = "") -> go.Figure:
    """One head as two products, (T, d)·(d, S) → (T, S) and (T, S)·(S, d) → (T, d), a cell
    for each number. The cells of the weights (T, S) are as dark as the weight.

    Raises ValueError where weights is no matrix or d_head is below 1.
    """
    check_matrix("weights", weights)
    if d_head < 1:
        raise ValueError(f"d_head must be at least 1, got {d_head}")
    length, source = weights.shape
    even = [[1.0] * d_head for _ in range(max(length, source))]
    turned = [[1.0] * source for _ in range(d_head)]
    shares = rounded(weights, 2)
    matrices = (  # name, axes, cells, colours, its place: column and line
        ("query", "T × d_head", even[:length], _plain(theme.QUERY), (0, 0)),
        ("keyᵀ", "d_head × S", turned, _plain(theme.KEY), (1, 0)),
        ("weights", "T × S", shares, theme.WEIGHT_SCALE, (2, 0)),
        ("weights", "T × S", shares, theme.WEIGHT_SCALE, (0, 1)),
        ("value", "S × d_head", even[:source], _plain(theme.VALUE), (1, 1)),
        ("head", "T × d_head", even[:length], _plain(theme.RESULT), (2, 1)),
    )
    column = APART * max(d_head, source)
    lines = (max(length, d_head), max(length, source))  # cells that each line is high
    middles = (lines[0] / 2, lines[0] + LABEL + lines[1] / 2)
    rows = [
        [name, axes, f"{len(cells)} × {len(cells[0])}"]
        for name, axes, cells, *_ in matrices
    ]
    alt = (
        f"{title or 'One head as two products'}, T = {length}, S = {source}: "
        f"{'; '.join(f'{name} {size}' for name, _, size in rows)}."
    )
    bottom = sum(lines) + 2 * LABEL
    table = data_table(["matrix", "axes", "shape"], rows)
    figure = new_figure(
        alt, title, round(PIXELS * bottom) + (34 if title else 4), table
    )
    notes = []
    for (_, axes, cells, colours, (x, y)), (name, _, size) in zip(
        matrices, rows, strict=True
    ):
        left = column * x - (len(cells[0]) - 1) / 2
        top = middles[y] - (len(cells) - 1) / 2
        figure.add_heatmap(
            z=cells,
            x=[left + i for i in range(len(cells[0]))],
            y=[top + i for i in range(len(cells))],
            colorscale=colours,
            zmin=0,
            zmax=1,
            xgap=1,
            ygap=1,
            showscale=False,
            hoverinfo="skip",
        )
        text = f"<b>{name}</b><br>{size}<br>{small_print(axes)}"
        foot = {"x": column * x, "y": middles[y] + lines[y] / 2 + 0.2, "yanchor": "top"}
        notes.append({**foot, "text": text})
    for line, (first, second) in enumerate(
        (("×", f"{small_print('softmax')}<br>→"), ("×", "→"))
    ):
        for x, text in ((0.5, first), (1.5, second)):
            notes.append({"x": column * x, "y": middles[line], "text": text, **SIGN})
    look = {"showarrow": False, "font": {"size": 12}}
    fixed = {"visible": False, "fixedrange": True, "constrain": "domain"}
    return figure.update_layout(
        margin={"l": 0, "r": 0, "t": 34 if title else 4, "b": 0},
        annotations=[{**look, **note} for note in notes],
        xaxis={**fixed, "range": [-column / 2, 2.5 * column]},
        yaxis={**fixed, "range": [bottom, 0], "scaleanchor": "x"},
    )


def _plain(colour: str) -> list[list[float | str]]:
    return [[0.0, colour], [1.0, colour]]
