"""The attention sublayer as a flow of tensors, each box with the shape it had."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, new_figure, small_print, traced_shape

BOXES = {  # variable of MultiHeadAttention.forward: (left, right, row, colour, axes)
    "x": (0, 1, 0, theme.QUERY, "B T d_model"),
    "source": (1, 3, 0, theme.KEY, "B S d_model"),
    "query": (0, 1, 1, theme.QUERY, "B T d_model"),
    "key": (1, 2, 1, theme.KEY, "B S d_model"),
    "value": (2, 3, 1, theme.VALUE, "B S d_model"),
    "query_heads": (0, 1, 2, theme.QUERY, "B n_heads T d_head"),
    "key_heads": (1, 2, 2, theme.KEY, "B n_heads S d_head"),
    "value_heads": (2, 3, 2, theme.VALUE, "B n_heads S d_head"),
    "scores": (0, 2, 3, theme.WEIGHT, "B n_heads T S"),
    "weights": (0, 2, 4, theme.WEIGHT, "B n_heads T S"),
    "heads": (0, 3, 5, theme.RESULT, "B n_heads T d_head"),
    "merged": (0, 3, 6, theme.RESULT, "B T d_model"),
    "output": (0, 3, 7, theme.RESULT, "B T d_model"),
}
HEIGHT = 8 * 60  # pixels, with three lines of text in a row of boxes


def shape_flow(shapes: Mapping[str, Sequence[int]], title: str = "") -> go.Figure:
    """The attention sublayer from top to bottom: every tensor of a traced forward pass,
    with its shape.

    shapes maps the variable names of the traced code to their shapes. Raises ValueError
    where one is missing.
    """
    shape_text = {
        name: " × ".join(map(str, traced_shape(shapes, name))) for name in BOXES
    }
    alt = (
        f"{title or 'Shapes in one attention sublayer'}: weights "
        f"{shape_text['weights']}, output {shape_text['output']}. They are made from x "
        f"{shape_text['x']} and source {shape_text['source']}."
    )
    shapes_drawn, annotations = [], []
    for name, (left, right, row, colour, axes) in BOXES.items():
        box = {
            "x0": left + 0.04,
            "x1": right - 0.04,
            "y0": row + 0.06,
            "y1": row + 0.96,
        }
        line = {"color": colour, "width": 2}
        fill = {"fillcolor": colour, "opacity": 0.16, "layer": "below"}
        shapes_drawn.append({"type": "rect", **box, "line": line, **fill})
        text = f"<b>{name}</b><br>{shape_text[name]}<br>{small_print(axes)}"
        place = {"x": (left + right) / 2, "y": row + 0.51, "showarrow": False}
        annotations.append({**place, "text": text, "font": {"size": 12}})
    rows = [[name, BOXES[name][4], shape_text[name]] for name in BOXES]
    table = data_table(["variable", "axes", "shape"], rows)
    figure = new_figure(alt, title, HEIGHT, table)
    figure.add_scatter(x=[0, 3], y=[0, 8], mode="markers", opacity=0, hoverinfo="skip")
    # All boxes in one update: plotly checks the whole layout again at each add_shape.
    return figure.update_layout(
        shapes=shapes_drawn,
        annotations=annotations,
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 34 if title else 4, "b": 0},
        xaxis={"visible": False, "range": [0, 3], "fixedrange": True},
        yaxis={"visible": False, "range": [8, 0], "fixedrange": True},
    )
