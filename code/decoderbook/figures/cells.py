"""The heat map that the maps of attention and of positions share."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import new_figure
from decoderbook.figures.labels import (
    CELL_GAP,
    cell_edges,
    column_labels,
    height_of,
    room_beside,
    token_axis,
    two_lines,
    without_latin,
)

HOVER_END = ": %{z:.2f}<extra></extra>"
NARROW = 90  # pixels that ten numbers side by side may be high, all in all


def heat_map(
    cells: list[list[Any]],
    rows: Sequence[Any],
    columns: Sequence[Any],
    words: tuple[str, str, str],
    alt: str,
    title: str,
    height: int | None = None,
) -> go.Figure:
    """The map itself, for the functions that know its colours and its words: what rows
    and columns are called, and what is said of a cell, with {} for each label.
    """
    row_title, column_title, cell_words = words
    row_ticks, column_ticks = (
        range(0, len(labels), _tick_step(len(labels))) for labels in (rows, columns)
    )
    names = [two_lines(str(rows[i])) for i in row_ticks]
    room = room_beside([str(row) for row in rows])
    below = column_labels([str(columns[i]) for i in column_ticks], room)
    height = height or 150 + theme.ROW_HEIGHT * len(rows) + round(height_of(below))
    figure = new_figure(alt, title, height)
    if isinstance(rows, range):
        hover = {"hovertemplate": cell_words.format("%{y}", "%{x}") + HOVER_END}
    else:  # a tick's label may stand on two lines or be left out
        across, down = (list(map(without_latin, part)) for part in (columns, rows))
        told = [[cell_words.format(row, column) for column in across] for row in down]
        hover = {"hovertemplate": "%{customdata}" + HOVER_END, "customdata": told}
    apart = {
        "xgap": CELL_GAP * (len(columns) <= 16),
        "ygap": CELL_GAP * (len(rows) <= 16),
    }
    # Otherwise plotly chooses what fits; it is too careful where columns are narrow.
    size = {"size": NARROW // max(10, len(columns))} if len(columns) > 8 else {}
    figure.add_heatmap(
        z=cells,
        texttemplate="%{z:.2f}",
        textfont={"color": theme.INK, **size},
        showscale=False,
        hoverongaps=False,
        **hover,
        **apart,
    )
    for update, text, ticks, name, gap in (
        (figure.update_xaxes, below, column_ticks, column_title, apart["xgap"]),
        (figure.update_yaxes, names, row_ticks, row_title, apart["ygap"]),
    ):
        update(
            title={"text": name, "standoff": 8},
            **token_axis(text, ticks),
            **(cell_edges() if gap else {}),
        )
    # Said outright: a map whose cells are all open has nothing to take a range from.
    figure.update_xaxes(range=[-0.5, len(columns) - 0.5])
    return figure.update_yaxes(range=[len(rows) - 0.5, -0.5])


def _tick_step(count: int) -> int:
    return max(1, count // 8) if count > 12 else 1
