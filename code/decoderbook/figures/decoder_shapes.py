"""The whole decoder as a flow of tensors, from ids to logits, each with the shape it had."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, new_figure, small_print, traced_shape

LAYER = "decoder.layers.{}."
# name in the trace: (left, right, row, colour, axes); the names of one layer without
# "decoder.layers.0." before them
BEFORE = {
    "target_ids": (0.3, 2, 0, theme.QUERY, "B T"),
    "source_ids": (2, 3, 0, theme.KEY, "B S"),
    "decoder.x": (0.3, 2, 1, theme.QUERY, "B T d_model"),
    "memory": (2, 3, 1, theme.KEY, "B S d_model"),
}
IN_A_LAYER = {
    "self_attention.weights": (0.3, 2, 2.5, theme.WEIGHT, "B n_heads T T"),
    "attended": (0.3, 2, 3.5, theme.RESULT, "B T d_model"),
    "cross_attention.weights": (0.3, 2, 4.5, theme.WEIGHT, "B n_heads T S"),
    "informed": (0.3, 2, 5.5, theme.RESULT, "B T d_model"),
    "feed_forward.expanded": (0.3, 2, 6.5, theme.VALUE, "B T d_ff"),
}
FOLDED = 8  # the row of the other layers
AFTER = {
    "hidden": (0.3, 2, 9, theme.RESULT, "B T d_model"),
    "logits": (0.3, 2, 10, theme.RESULT, "B T vocab_size"),
}
STEPS = (  # beside the boxes: the height, and what is done there
    (2.78, "1 masked<br>self-attention"),
    (4.0, "add & norm"),
    (4.78, "2 cross-<br>attention"),
    (6.0, "add & norm"),
    (6.78, "3 feed-<br>forward"),
    (7.75, "add & norm"),
)
RESIDUALS = ((1.5, 3.88), (4.12, 5.88))  # from one height to another
ROWS = 11
HEIGHT = 52 * ROWS  # pixels, with three lines of text in a box


def decoder_flow(shapes: Mapping[str, Sequence[int]], title: str = "") -> go.Figure:
    """The decoder from top to bottom: the tensors of a traced forward pass by name, and
    their shapes.

    shapes maps the names of `trace` to shapes, and "logits" to the shape of the result.
    Layer 0 is drawn; the others are folded. Raises ValueError where a name is missing or
    a later layer has other shapes than the first.
    """
    n_layers = sum(name == f"{LAYER.format(n)}x" for n, name in _numbered(shapes))
    if not n_layers:
        raise ValueError("the trace has no tensor of a decoder layer")
    for name in IN_A_LAYER:
        found = {
            tuple(traced_shape(shapes, LAYER.format(n) + name)) for n in range(n_layers)
        }
        if len(found) != 1:
            raise ValueError(f"layers differ in the shape of {name}: {sorted(found)}")
    drawn, notes, rows = [], [], []
    parts = ((BEFORE, ""), (IN_A_LAYER, LAYER.format(0)), (AFTER, ""))
    for boxes, prefix in parts:
        for name, (left, right, row, colour, axes) in boxes.items():
            size = _size(traced_shape(shapes, prefix + name))
            drawn.append(_box(left, right, row, row + 1, colour))
            notes.append(_box_text((left + right) / 2, row + 0.5, name, size, axes))
            rows.append([prefix + name, axes, size])
    drawn.append(_box(0.3, 2, FOLDED, FOLDED + 1, theme.BLOCKED))
    if n_layers == 1:
        notes.append(_text_at(1.15, FOLDED + 0.5, "no other layer", "center"))
    else:
        last = LAYER.format(n_layers - 1) + "x"
        layers = "layer 1" if n_layers == 2 else f"layers 1 … {n_layers - 1}"
        name, axes = f"{layers}: the same shapes", "B T d_model"
        notes.append(_box_text(1.15, FOLDED + 0.5, name, _size(shapes[last]), axes))
        rows.insert(-len(AFTER), [last, axes, _size(shapes[last])])
    notes.append(_text_at(0.33, 2.28, "layer 0: decoder.layers.0", "left"))
    notes += [_text_at(2.03, height, text, "left") for height, text in STEPS]
    drawn += [part for ends in RESIDUALS for part in _residual_arrow(*ends)]
    drawn += [*_last_residual_arrow(), *_memory_arrow()]
    alt = (
        f"{title or 'Shapes through the decoder'}, layers: {n_layers}, logits "
        f"{_size(shapes['logits'])}. target_ids "
        f"{_size(shapes['target_ids'])} become rows {_size(shapes['decoder.x'])}; with "
        f"memory {_size(shapes['memory'])} each layer keeps that shape."
    )
    figure = new_figure(
        alt, title, HEIGHT, data_table(["name in the trace", "axes", "shape"], rows)
    )
    figure.add_scatter(
        x=[0, 3], y=[0, ROWS], mode="markers", opacity=0, hoverinfo="skip"
    )
    # All boxes in one update: plotly checks the whole layout again at each add_shape.
    return figure.update_layout(
        shapes=drawn,
        annotations=notes,
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 34 if title else 4, "b": 0},
        xaxis={"visible": False, "range": [0, 3], "fixedrange": True},
        yaxis={"visible": False, "range": [ROWS, 0], "fixedrange": True},
    )


def _numbered(shapes: Mapping[str, Sequence[int]]) -> list[tuple[int, str]]:
    """Each name of a layer's tensor with the layer's number."""
    parts = [name.split(".") for name in shapes]
    return [(int(p[2]), ".".join(p)) for p in parts if p[:2] == ["decoder", "layers"]]


def _size(shape: Sequence[int]) -> str:
    return " × ".join(f"{size:,}" for size in shape)


def _box(
    left: float, right: float, top: float, bottom: float, colour: str
) -> dict[str, Any]:
    edges = {"x0": left + 0.03, "x1": right - 0.03, "y0": top + 0.08}
    line = {"color": colour, "width": 2}
    fill = {"fillcolor": colour, "opacity": 0.16, "layer": "below"}
    return {"type": "rect", **edges, "y1": bottom - 0.06, "line": line, **fill}


def _box_text(x: float, y: float, name: str, size: str, axes: str) -> dict[str, Any]:
    text = f"<b>{name}</b><br>{size}<br>{small_print(axes)}"
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": {"size": 12}}


def _text_at(x: float, y: float, text: str, anchor: str) -> dict[str, Any]:
    place = {"x": x, "y": y, "xanchor": anchor, "align": anchor, "showarrow": False}
    return {**place, "text": text, "font": {"size": 12}}


def _residual_arrow(top: float, bottom: float) -> list[dict[str, Any]]:
    """A residual: a line that leaves a row above a sublayer and joins the row below."""
    path = f"M 0.32,{top} L 0.12,{top} L 0.12,{bottom} L 0.28,{bottom}"
    tip = f"M 0.24,{bottom - 0.09} L 0.32,{bottom} L 0.24,{bottom + 0.09} Z"
    return [_line(path), _arrow_head(tip)]


def _last_residual_arrow() -> list[dict[str, Any]]:
    """The residual of the feed-forward network; the sum has a name in the next layer."""
    down = f"M 1.15,7.44 L 1.15,{FOLDED + 0.04}"
    tip = f"M 1.1,{FOLDED - 0.09} L 1.15,{FOLDED + 0.08} L 1.2,{FOLDED - 0.09} Z"
    around = "M 0.32,6.12 L 0.12,6.12 L 0.12,7.72 L 1.1,7.72"
    join = "M 1.07,7.63 L 1.15,7.72 L 1.07,7.81 Z"
    return [_line(down), _arrow_head(tip), _line(around), _arrow_head(join)]


def _memory_arrow() -> list[dict[str, Any]]:
    """The line from memory down to cross-attention, which reads it in every layer."""
    path = "M 2.9,1.95 L 2.9,5.25 L 2.0,5.25"
    return [_line(path), _arrow_head("M 2.06,5.16 L 1.98,5.25 L 2.06,5.34 Z")]


def _line(path: str) -> dict[str, Any]:
    return {"type": "path", "path": path, "line": {"color": theme.BLOCKED, "width": 2}}


def _arrow_head(path: str) -> dict[str, Any]:
    return {**_line(path), "fillcolor": theme.BLOCKED}
