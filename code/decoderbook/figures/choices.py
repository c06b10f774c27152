"""What each row would choose, read at several depths."""

from collections.abc import Sequence

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme
from decoderbook.figures.base import data_table, new_figure, rounded
from decoderbook.figures.checks import check_matrix
from decoderbook.figures.labels import (
    CELL_GAP,
    SIZE,
    cell_edges,
    token_axis,
    two_lines,
)


def choice_map(
    chosen: Sequence[Sequence[str]],
    probabilities: Tensor,
    rows: Sequence[str],
    depths: Sequence[str],
    title: str = "",
) -> go.Figure:
    """The token chosen by each row at each depth (T, depths), and how sure it is.

    The colour is the probability (T, depths), from 0 to 1. What follows a token's first
    space goes on a line of its own. Raises ValueError where either does not fit the
    labels.
    """
    check_matrix("probabilities", probabilities, (len(rows), len(depths)))
    if [len(tokens) for tokens in chosen] != [len(depths)] * len(rows):
        raise ValueError(
            f"chosen must have {len(depths)} tokens in each of {len(rows)} rows"
        )
    table = rounded(probabilities, 2)
    changed = sum(len(set(choices)) > 1 for choices in chosen)
    last = [f"{row}: {choice[-1]}" for row, choice in zip(rows, chosen, strict=True)]
    alt = (
        f"{title or 'Chosen tokens'}: {changed} of {len(rows)} rows change their choice "
        f"on the way. Depths: {len(depths)}, from {depths[0]} to {depths[-1]}. "
        f"At the end: {'; '.join(last)}."
    )
    text = [
        [f"{two_lines(token)}<br>{p:.2f}" for token, p in zip(tokens, row, strict=True)]
        for tokens, row in zip(chosen, table, strict=True)
    ]
    data = [
        [row, *(f"{t} ({p:.2f})" for t, p in zip(tokens, numbers, strict=True))]
        for row, tokens, numbers in zip(rows, chosen, table, strict=True)
    ]
    height = 90 + 62 * len(rows)
    figure = new_figure(alt, title, height, data_table(["row", *depths], data))
    figure.add_heatmap(
        z=table,
        text=text,
        texttemplate="%{text}",
        textfont={"size": SIZE, "color": theme.INK},
        showscale=False,
        colorscale=theme.WEIGHT_SCALE,
        zmin=0,
        zmax=1,
        xgap=CELL_GAP,
        ygap=CELL_GAP,
        hoverinfo="skip",
    )
    # Upright and narrow: four depths have to fit on a phone.
    columns = [depth.replace(" ", "<br>") for depth in depths]
    for update, labels in ((figure.update_xaxes, columns), (figure.update_yaxes, rows)):
        update(**token_axis(labels, range(len(labels))), **cell_edges())
    return figure.update_yaxes(autorange="reversed")
