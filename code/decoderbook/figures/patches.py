"""A picture and its patches, with the weight that each of them has."""

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme
from decoderbook.figures.base import data_table, new_figure, rounded
from decoderbook.figures.checks import check_matrix

HALF = 0.47  # of the width, for each of the two panels
PLACES = ("top", "bottom")


def patch_map(pixels: Tensor, weights: Tensor, title: str = "") -> go.Figure:
    """The picture (3, height, width) with the lines of its patches, and beside it the
    weights (rows, columns), a cell a patch; the patch with the largest weight is framed in both.

    pixels: from 0 to 1, of few colours. Raises ValueError where the patches do not
    divide the picture.
    """
    rows, columns = weights.shape
    check_matrix("weights", weights)
    _, height, width = pixels.shape
    if height % rows or width % columns:
        raise ValueError(
            f"a picture of {height} × {width} pixels has no {rows} × {columns} patches"
        )
    down, across = divmod(int(weights.argmax()), columns)
    cells = rounded(weights, 2)
    most = max(map(max, cells))
    heading = title or "A picture and its patches"
    alt = (
        f"{heading}: {rows} by {columns} patches. The largest number, {most:.2f}, is on the patch in "
        f"row {down + 1}, column {across + 1}."
    )
    table = data_table(
        ["", *(f"column {j + 1}" for j in range(columns))],
        [[f"row {i + 1}", *row] for i, row in enumerate(cells)],
    )
    top = 46 if title else 14
    figure = new_figure(alt, title, top + 190, table)
    figure.add_trace(_picture(pixels, rows, columns))
    numbers = [[f"{c:.2f}" for c in row] for row in cells]
    figure.add_heatmap(
        z=cells,
        x=[j + 0.5 for j in range(columns)],
        y=[i + 0.5 for i in range(rows)],
        text=numbers,
        texttemplate="%{text}",
        textfont={"color": theme.INK, "size": 11},
        colorscale=theme.WEIGHT_SCALE,
        zmin=0,
        zmax=1,
        showscale=False,
        hovertemplate="%{z:.2f}<extra></extra>",
        xaxis="x2",
        yaxis="y2",
    )
    edge = {"color": theme.CELL_EDGE, "width": 1}
    frame = {"color": theme.INK, "width": 3}
    shapes = []
    for x, y in (("x", "y"), ("x2", "y2")):
        place = {"type": "rect", "xref": x, "yref": y}
        shapes += [
            {**place, "x0": j, "x1": j + 1, "y0": i, "y1": i + 1, "line": edge}
            for i in range(rows)
            for j in range(columns)
        ]
        box = {"x0": across, "x1": across + 1, "y0": down, "y1": down + 1}
        shapes.append({**place, **box, "line": frame})
    hidden = {"visible": False, "fixedrange": True}
    across_axis = {**hidden, "range": [0, columns]}
    down_axis = {
        **hidden,
        "range": [rows, 0],
        "constrain": "domain",
        "constraintoward": "top",
    }
    return figure.update_layout(
        margin={"l": 6, "r": 6, "t": top, "b": 6},
        shapes=shapes,
        xaxis={**across_axis, "domain": [0, HALF], "constrain": "domain"},
        yaxis={**down_axis, "scaleanchor": "x"},
        xaxis2={
            **across_axis,
            "domain": [1 - HALF, 1],
            "anchor": "y2",
            "constrain": "domain",
        },
        yaxis2={**down_axis, "anchor": "x2", "scaleanchor": "x2"},
    )


def _picture(pixels: Tensor, rows: int, columns: int) -> go.Heatmap:
    """The picture as a heat map of the number of each pixel's colour."""
    _, height, width = pixels.shape
    flat = (pixels * 255).round().int().flatten(1).T  # (height · width, 3)
    colours = sorted(set(map(tuple, flat.tolist())))
    numbers = [colours.index(tuple(colour)) for colour in flat.tolist()]
    last = max(1, len(colours) - 1)
    scale = [[i / last, f"rgb{colour}"] for i, colour in enumerate(colours)]
    if len(colours) == 1:
        scale.append([1, scale[0][1]])
    return go.Heatmap(
        z=[numbers[width * i : width * (i + 1)] for i in range(height)],
        x=[(j + 0.5) * columns / width for j in range(width)],
        y=[(i + 0.5) * rows / height for i in range(height)],
        colorscale=scale,
        zmin=0,
        zmax=last,
        showscale=False,
        hoverinfo="skip",
    )
