"""Bars that are made of parts: how many of each there are, and where."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, legend_above, new_figure, number_text
from decoderbook.figures.checks import check_lengths, check_some
from decoderbook.figures.labels import token_axis

WHITE = {"fgcolor": "white", "size": 6, "solidity": 0.25}
PATTERNS = ("", "/", ".", "x", "\\", "+")  # beside the colour, for who does not see it


def stacked_bars(
    parts: Mapping[str, Sequence[float]],
    rows: Sequence[str],
    x_title: str,
    title: str = "",
) -> go.Figure:
    """A bar for each row, from top to bottom, cut into its parts; the total stands at
    its end.

    parts maps each part's name to one number a row, 0 where the row has no such part.
    Raises ValueError where a part has too many numbers or too few, or one below 0.
    """
    check_some(parts=parts, rows=rows)
    check_lengths(len(rows), parts)
    for name, numbers in parts.items():
        for number in numbers:
            if not (math.isfinite(number) and number >= 0):
                raise ValueError(f"{name} must be finite and at least 0, got {number}")
    totals = [sum(numbers) for numbers in zip(*parts.values(), strict=True)]
    whole = sum(totals)
    by_part = "; ".join(f"{name} {number_text(sum(n))}" for name, n in parts.items())
    alt = (
        f"{title or 'Bars'}: {number_text(whole)} {x_title} in all. The largest bar is "
        f"{rows[totals.index(max(totals))]}, {number_text(max(totals))}. {by_part}."
    )
    table = [
        [row, *(numbers[i] for numbers in parts.values()), totals[i]]
        for i, row in enumerate(rows)
    ]
    columns = ["", *parts, "total"]
    legend, top = legend_above(list(parts), title)
    height = top + 50 + 34 * len(rows)
    figure = new_figure(alt, title, height, data_table(columns, table))
    places = list(range(len(rows)))
    for index, (name, numbers) in enumerate(parts.items()):
        colour = theme.PART_COLOURS[index % len(theme.PART_COLOURS)]
        pattern = {"shape": PATTERNS[index % len(PATTERNS)], "fillmode": "overlay"}
        figure.add_bar(
            x=list(numbers),
            y=places,
            orientation="h",
            name=name,
            marker={
                "color": colour,
                "pattern": {**pattern, **WHITE},
            },
            hovertemplate=f"{name}, %{{y}}: %{{x:,}}<extra></extra>",
        )
    ends = [
        {"x": total, "y": i, "text": f" {_short_number(total)}", "xanchor": "left"}
        for i, total in enumerate(totals)
    ]
    return figure.update_layout(
        barmode="stack",
        annotations=[{**end, "showarrow": False} for end in ends],
        **legend,
        xaxis={
            "title": {"text": x_title, "standoff": 8},
            "range": [0, 1.22 * max(totals) or 1],
            "nticks": 5,
        },
        yaxis={**token_axis(rows, places), "autorange": "reversed"},
    )


def _short_number(number: float) -> str:
    """Large numbers as a reader says them: 712,832 is 713 k."""
    three_digits = float(f"{number:.3g}")  # first, or 999,999 would be 1,000 k
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if three_digits >= size:
            return f"{three_digits / size:,.10g} {letter}"
    return f"{number:g}"
