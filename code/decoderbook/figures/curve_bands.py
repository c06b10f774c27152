"""Repeated curves as bands: the area between the lowest and the highest of them."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import (
    data_table,
    four_digits,
    legend_above,
    new_figure,
    number_text,
)
from decoderbook.figures.checks import check_lengths, check_some

# A line's colour, its dash, and the same colour for the area that it bounds.
LOOKS = (
    (theme.VALUE, "solid", "rgba(0,158,115,0.3)"),
    (theme.CHANGE, "dot", "rgba(213,94,0,0.3)"),
)


def bands(
    x: Sequence[float],
    runs: Mapping[str, Sequence[Sequence[float]]],
    x_title: str,
    y_title: str,
    title: str = "",
) -> go.Figure:
    """Two bands over one axis: what is right, and what lies beside it.

    runs: by name, the same curve several times; its band goes from the lowest to the
    highest of them at each x. Raises ValueError where there are more than two names, a
    name without a curve, or a curve that differs in length from x.
    """
    check_some(x=x, runs=runs)
    if len(runs) > len(LOOKS):
        raise ValueError(f"runs must be of at most {len(LOOKS)} names, got {len(runs)}")
    for name, curves in runs.items():
        check_some(**{name: curves})
        named = {f"{name}, curve {i + 1}": one for i, one in enumerate(curves)}
        check_lengths(len(x), named)
    edges = {
        name: [
            [four_digits(end(values)) for values in zip(*curves, strict=True)]
            for end in (min, max)
        ]
        for name, curves in runs.items()
    }
    ends = (
        f"{name} from {number_text(low[-1])} to {number_text(high[-1])}"
        for name, (low, high) in edges.items()
    )
    names = [f"{name}, {end}" for name in runs for end in ("lowest", "highest")]
    flat = [edge for pair in edges.values() for edge in pair]
    rows = [list(row) for row in zip(x, *flat, strict=True)]
    alt = (
        f"{title or y_title} against {x_title}, as bands: {' and '.join(runs)}. "
        f"At {x_title} {number_text(x[-1])}: {'; '.join(ends)}.{_meeting(edges)}"
    )
    legend, top = legend_above(list(runs), title)
    table = data_table([x_title, *names], rows)
    figure = new_figure(alt, title, 330 + top, table)
    for (name, pair), (colour, dash, area) in zip(edges.items(), LOOKS, strict=False):
        for is_high, edge in enumerate(pair):
            figure.add_scatter(
                x=list(x),
                y=edge,
                name=name,
                mode="lines",
                legendgroup=name,
                showlegend=bool(is_high),
                line={"color": colour, "dash": dash, "width": 1.5},
                hovertemplate=f"{names[2 * list(runs).index(name) + is_high]}, "
                f"{x_title} %{{x}}: %{{y}}<extra></extra>",
                **({"fill": "tonexty", "fillcolor": area} if is_high else {}),
            )
    x_name = {"text": x_title, "standoff": 8}
    figure.update_xaxes(title=x_name, automargin=True, fixedrange=True)
    figure.update_yaxes(
        title_text=y_title, automargin=True, rangemode="tozero", fixedrange=True
    )
    return figure.update_layout(**legend)


def _meeting(edges: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """At how many places two bands overlap, in words."""
    if len(edges) < 2:
        return ""
    places = list(zip(*(edge for pair in edges.values() for edge in pair), strict=True))
    count = sum(low <= top and bottom <= high for low, high, bottom, top in places)
    return f" The two overlap at {count} of {len(places)} places."
