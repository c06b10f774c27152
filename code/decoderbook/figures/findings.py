"""What was found where: a grid of found or not, and points beside a band."""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from string import ascii_lowercase
from textwrap import wrap

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, four_digits, new_figure, number_text
from decoderbook.figures.checks import check_lengths, check_some
from decoderbook.figures.labels import CELL_GAP, cell_edges

ROW = 19  # pixels of a row of the grid
LINE = 15  # pixels of a line of its key
KEY_WIDTH = 44  # characters of a line of the key, on a phone
LEFT = 128  # pixels for the rows' names
POINT_ROW = 24


def finding_map(
    found: Mapping[str, Collection[str]],
    groups: Mapping[str, Sequence[str]],
    named: Collection[tuple[str, str]] = (),
    title: str = "",
) -> go.Figure:
    """A grid: a row for each thing looked at, a column for each way of looking.

    found: by row, the columns in which something was found. groups: the columns, by what
    they belong to; a line parts two groups. named: (row, column) cells with a dot, of
    those that are found. Columns have letters, spelled out below the grid. Raises
    ValueError for more columns than letters, a cell that is in no column, or a dot where
    nothing was found.
    """
    check_some(found=found, groups=groups)
    columns = [column for group in groups.values() for column in group]
    check_some(columns=columns)
    if len(columns) > len(ascii_lowercase):
        raise ValueError(f"columns must be at most 26, got {len(columns)}")
    cells = {(row, one) for row, hits in found.items() for one in hits} | {*named}
    known = {(row, column) for row in found for column in columns}
    if outside := sorted(cells - known):
        raise ValueError(f"these cells are not in the grid: {outside}")
    if bare := sorted(cell for cell in named if cell[1] not in found[cell[0]]):
        raise ValueError(f"nothing was found in these named cells: {bare}")
    rows, letters = list(found), dict(zip(columns, ascii_lowercase, strict=False))
    # Where nothing was found the cell is open, and has the ground of the page.
    grid = [[1 if column in found[row] else None for column in columns] for row in rows]
    hits = [f"{row}: {'; '.join(found[row]) or 'nothing'}" for row in rows]
    words = [["found" if cell else "" for cell in line] for line in grid]
    told = [[row, *line] for row, line in zip(rows, words, strict=True)]
    key = _key(groups, letters)
    top, bottom = 24 + 28 * bool(title), 14 + LINE * len(key)
    figure = new_figure(
        f"{title or 'What was found, row by row'}. {'. '.join(hits)}.",
        title,
        top + ROW * len(rows) + bottom,
        data_table(["", *columns], told),
    )
    figure.add_heatmap(
        z=grid,
        colorscale=[[end, theme.CHANGE_SCALE[1][1]] for end in (0.0, 1.0)],
        zmin=0,
        zmax=1,
        xgap=CELL_GAP,
        ygap=CELL_GAP,
        showscale=False,
        customdata=[
            [
                f"{row}, {c}: {'found' if c in found[row] else 'nothing'}"
                for c in columns
            ]
            for row in rows
        ],
        hovertemplate="%{customdata}<extra></extra>",
        text=[["●" if (row, c) in named else "" for c in columns] for row in rows],
        texttemplate="%{text}",
        textfont={"color": theme.INK, "size": 8},
    )
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    axis |= cell_edges()
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=list(letters.values()),
        side="top",
        tickangle=0,
        tickfont={"size": 11},
        range=[-0.5, len(columns) - 0.5],
        **axis,
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=rows,
        tickfont={"size": 12},
        range=[len(rows) - 0.5, -0.5],
        **axis,
    )
    ends = list(accumulate(map(len, groups.values())))[:-1]
    line = {"color": theme.BLOCKED, "width": 2}
    parts = [
        {"type": "line", "x0": end - 0.5, "x1": end - 0.5, "y0": -0.5, "line": line}
        for end in ends
    ]
    note = {
        "text": "<br>".join(key),
        "showarrow": False,
        "align": "left",
        "font": {"size": 11},
        **{"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"},
        **{"x": 0, "y": 0, "xshift": 4 - LEFT, "yshift": -8},
    }
    return figure.update_layout(
        margin={"l": LEFT, "r": 6, "t": top, "b": bottom},
        annotations=[note],
        shapes=[{**part, "y1": len(rows) - 0.5} for part in parts],
    )


def _key(groups: Mapping[str, Sequence[str]], letters: Mapping[str, str]) -> list[str]:
    """What the letters stand for, in lines that fit a phone; a group begins a line.

    A letter and the first word of its name stay on one line.
    """
    lines = []
    for name, columns in groups.items():
        entries = "; ".join(f"{letters[c]}\N{NO-BREAK SPACE}{c}" for c in columns)
        lines += wrap(f"{name}: {entries}", KEY_WIDTH, break_on_hyphens=False)
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
    low, high = (four_digits(end(values[band])) for end in (min, max))
    names, count = list(values), len(values[band])
    spans = [
        f"{name} {number_text(min(points))} to {number_text(max(points))}"
        for name, points in values.items()
    ]
    rows = [[name, *map(four_digits, points)] for name, points in values.items()]
    top = 12 + 28 * bool(title)
    figure = new_figure(
        f"{title or x_title}, points for each: {count}. {'; '.join(spans)}. The band is {band}.",
        title,
        top + POINT_ROW * len(names) + 52,
        data_table(["", *(f"run {i + 1}" for i in range(count))], rows),
    )
    for index, (name, points) in enumerate(values.items()):
        is_band = name == band
        figure.add_scatter(
            x=[four_digits(value) for value in points],
            y=[index] * count,
            mode="markers",
            name=name,
            marker={
                "size": 9,
                "color": theme.VALUE if is_band else theme.CHANGE,
                "symbol": "circle" if is_band else "diamond",
                "line": {"width": 1, "color": "#FFFFFF"},
            },
            hovertemplate=f"{name}: %{{x}}<extra></extra>",
            cliponaxis=False,
        )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=names,
        tickfont={"size": 12},
        ticks="",
        range=[len(names) - 0.5, -0.5],
        zeroline=False,
        fixedrange=True,
    )
    x_name = {"text": x_title, "standoff": 6}
    most = max(value for points in values.values() for value in points) or 1.0
    # A little below 0 and above the largest, so that no point lies on a name.
    span = [-0.06 * most, 1.06 * most]
    figure.update_xaxes(title=x_name, range=span, zeroline=False, fixedrange=True)
    shade = {
        **{"type": "rect", "xref": "x", "yref": "paper", "x0": low, "x1": high},
        **{"y0": 0, "y1": 1, "fillcolor": theme.VALUE, "opacity": 0.18},
        **{"line": {"width": 0}, "layer": "below"},
    }
    return figure.update_layout(
        margin={"l": LEFT, "r": 12, "t": top, "b": 52}, showlegend=False, shapes=[shade]
    )
