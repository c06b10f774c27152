"""Numbers that differ by powers of ten, side by side."""

import math
from collections.abc import Mapping

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, new_figure
from decoderbook.figures.checks import check_some
from decoderbook.figures.labels import token_axis

GRID = {"showgrid": True, "gridcolor": "rgba(140,140,140,0.35)"}
UNITS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand"))


def model_sizes(
    sizes: Mapping[str, float], what: str = "parameters", title: str = ""
) -> go.Figure:
    """A dot for each name, from top to bottom, on a scale where a step is × 10.

    Raises ValueError for no size, or one that is not finite and above 0.
    """
    check_some(sizes=sizes)
    for name, size in sizes.items():
        if not (math.isfinite(size) and size > 0):
            raise ValueError(f"{name} must be finite and above 0, got {size}")
    said = {name: in_words(size) for name, size in sizes.items()}
    told = "; ".join(f"{name} {text}" for name, text in said.items())
    alt = f"{title or what.capitalize()} on a scale of powers of ten. {told}."
    table = data_table(["", what], [[name, size] for name, size in sizes.items()])
    height = 34 * len(sizes) + (50 if title else 20) + 50
    figure = new_figure(alt, title, height, table)
    places = list(range(len(sizes)))
    figure.add_scatter(
        x=list(sizes.values()),
        y=places,
        mode="markers",
        marker={"color": theme.PART_COLOURS[0], "size": 12},
        text=[f"{name}: {text}" for name, text in said.items()],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    low, high = (math.log10(pick(sizes.values())) for pick in (min, max))
    low, high = low - 0.4, high + 0.4
    powers = range(math.ceil(low), math.floor(high) + 1)
    named = [power for power in powers if power % 3 == 0]
    labels = [
        {
            "x": math.log10(size),
            "y": place,
            "text": said[name],
            # On the side that has more room.
            "xanchor": "left" if 2 * math.log10(size) < low + high else "right",
            "xshift": 11 if 2 * math.log10(size) < low + high else -11,
        }
        for place, (name, size) in zip(places, sizes.items(), strict=True)
    ]
    return figure.update_layout(
        annotations=[{**label, "showarrow": False} for label in labels],
        xaxis={
            "type": "log",
            "range": [low, high],
            "title": {"text": what, "standoff": 8},
            "tickvals": [10.0**power for power in named],
            "ticktext": [in_words(10.0**power) for power in named],
            "tickangle": 0,
            "minor": {"tickvals": [10.0**power for power in powers], **GRID},
            **GRID,
            "fixedrange": True,
        },
        yaxis={
            **token_axis(list(sizes), places),
            "range": [len(sizes) - 0.5, -0.5],
        },
    )


def in_words(size: float) -> str:
    """As a reader says it, to three digits: 174,604,259,328 is 175 billion."""
    three = float(f"{size:.3g}")
    for unit, name in UNITS:
        if three >= unit:
            return f"{three / unit:g} {name}"
    return f"{three:g}"
