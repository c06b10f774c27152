"""What was found where: a grid of found or not, and points beside a band."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from string import ascii_lowercase

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, four_digits, new_figure, number_text
from decoderbook.figures.checks import check_lengths, check_some

ROW = 19  # pixels of a row of the grid
LINE = 15  # pixels of a line of its key
KEY_WIDTH = 44  # characters of a line of the key, on a phone
LEFT = 128  # pixels for the rows' names
POINT_ROW = 24


def finding_map(
    found: Mapping[str, Collection[str]],
    columns: Sequence[str],
    named: Collection[tuple[str, str]] = (),
    title: str = "",
) -> go.Figure:
    """A grid: a row for each thing looked at, a column for each way of looking.

    found: by row, the columns in which something was found. named: (row, column) cells
    with a dot. Columns have letters, spelled out below the grid. Raises ValueError for
    more columns than letters, or a cell that is in no column.
    """
    check_some(found=found, columns=columns)
    if len(columns) > len(ascii_lowercase):
        raise ValueError(f"columns must be at most 26, got {len(columns)}")
    cells = {(row, one) for row, hits in found.items() for one in hits} | {*named}
    known = {(row, column) for row in found for column in columns}
    if outside := sorted(cells - known):
        raise ValueError(f"these cells are not in the grid: {outside}")
    rows, letters = list(found), ascii_lowercase[: len(columns)]
    grid = [[int(column in found[row]) for column in columns] for row in rows]
    hits = [f"{row}: {', '.join(found[row]) or 'nothing'}" for row in rows]
    alt = f"{title or 'What was found'}. {'; '.join(hits)}."
    table = data_table(
        ["", *columns],
        [[row, *("found" if one else "" for one in line)] for row, line in zip(rows, grid, strict=True)],
    )
    key = _wrapped([f"{a} {column}" for a, column in zip(letters, columns, strict=True)])
    top, bottom = 24 + 28 * bool(title), 14 + LINE * len(key)
    figure = new_figure(alt, title, top + ROW * len(rows) + bottom, table)
    told = [
        [f"{row}, {column}: {'found' if cell else 'nothing'}" for column, cell in zip(columns, line, strict=True)]
        for row, line in zip(rows, grid, strict=True)
    ]
    figure.add_heatmap(
        z=grid,
        colorscale=[[0.0, "#F6F7F8"], [1.0, theme.CHANGE_SCALE[1][1]]],
        zmin=0,
        zmax=1,
        xgap=1,
        ygap=1,
        showscale=False,
        customdata=told,
        hovertemplate="%{customdata}<extra></extra>",
        text=[["●" if (row, column) in named else "" for column in columns] for row in rows],
        texttemplate="%{text}",
        textfont={"color": theme.INK, "size": 8},
    )
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True}
    figure.update_xaxes(
        tickvals=list(range(len(columns))), ticktext=list(letters), side="top", tickangle=0,
        tickfont={"size": 11}, range=[-0.5, len(columns) - 0.5], ticks="", **axis,
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=rows, tickfont={"size": 12}, ticks="",
        range=[len(rows) - 0.5, -0.5], **axis,
    )  # fmt: skip
    note = {
        "text": "<br>".join(key), "showarrow": False, "align": "left", "font": {"size": 11},
        "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top",
        "x": 0, "y": 0, "xshift": 4 - LEFT, "yshift": -8,
    }  # fmt: skip
    return figure.update_layout(
        margin={"l": LEFT, "r": 6, "t": top, "b": bottom}, annotations=[note]
    )


def _wrapped(entries: Sequence[str]) -> list[str]:
    """The entries in lines that fit a phone, none cut."""
    lines = [entries[0]]
    for before, entry in pairwise(entries):
        assert before in lines[-1]
        longer = f"{lines[-1]} · {entry}"
        if len(longer) <= KEY_WIDTH:
            lines[-1] = longer
        else:
            lines.append(entry)
    return lines


def points_beside(
    values: Mapping[str, Sequence[float]],
    band: str,
    x_title: str,
    title: str = "",
) -> go.Figure:
    """A row of points for each name, and behind all of them the span of one of them.

    values: by name, one value for each repetition, the same number for all. band: the
    name whose span is drawn as a band. Raises ValueError where it is not among them.
    """
    check_some(values=values)
    if band not in values:
        raise ValueError(f"band must be one of {list(values)}, got {band!r}")
    check_lengths(len(values[band]), values)
    low, high = min(values[band]), max(values[band])
    names = list(values)
    spans = [f"{n} {number_text(four_digits(min(v)))} to {number_text(four_digits(max(v)))}" for n, v in values.items()]
    alt = f"{title or x_title}, {len(values[band])} points each: {'; '.join(spans)}. The band is {band}."
    rows = [[name, *map(four_digits, points)] for name, points in values.items()]
    table = data_table(["", *(f"run {i + 1}" for i in range(len(values[band])))], rows)
    top = 12 + 28 * bool(title)
    figure = new_figure(alt, title, top + POINT_ROW * len(names) + 52, table)
    for index, (name, points) in enumerate(values.items()):
        figure.add_scatter(
            x=[four_digits(value) for value in points],
            y=[index] * len(points),
            mode="markers",
            name=name,
            marker={
                "size": 9,
                "color": theme.VALUE if name == band else theme.CHANGE,
                "symbol": "circle" if name == band else "diamond",
                "line": {"width": 1, "color": "#FFFFFF"},
            },
            hovertemplate=f"{name}: %{{x}}<extra></extra>",
            cliponaxis=False,
        )
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, tickfont={"size": 12}, ticks="",
        range=[len(names) - 0.5, -0.5], zeroline=False, fixedrange=True,
    )  # fmt: skip
    figure.update_xaxes(title={"text": x_title, "standoff": 6}, rangemode="tozero", zeroline=False)
    shade = {
        "type": "rect", "xref": "x", "yref": "paper", "x0": four_digits(low), "x1": four_digits(high),
        "y0": 0, "y1": 1, "fillcolor": theme.VALUE, "opacity": 0.18, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip
    return figure.update_layout(
        margin={"l": LEFT, "r": 12, "t": top, "b": 52}, showlegend=False, shapes=[shade]
    )
