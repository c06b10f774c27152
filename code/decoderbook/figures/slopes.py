"""A curve, a point on it, and how steep it is there."""

from collections.abc import Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, four_digits, new_figure
from decoderbook.figures.checks import check_lengths, check_some

REACH = 0.16  # how far the straight line goes to each side, as a share of the width


def slope_at(
    x: Sequence[float],
    y: Sequence[float],
    at: int,
    slope: float,
    x_title: str,
    y_title: str,
    title: str = "",
) -> go.Figure:
    """y against x as a curve, with a point at number `at` and through it a straight line
    with the given slope. The axes stay as they are wherever the point is.

    Raises ValueError where x and y differ in length, or `at` is none of their points.
    """
    check_some(x=x)
    check_lengths(len(x), {"y": y})
    if not 0 <= at < len(x):
        raise ValueError(f"at must be one of {len(x)} points, got {at}")
    here, high = x[at], y[at]
    alt = (
        f"{title or 'Slope'}: {y_title} against {x_title}. At {x_title} {here:g} the curve "
        f"is at {high:.2f}, and its slope is {slope:.2f}."
    )
    table = data_table(
        [x_title, y_title],
        [[four_digits(a), round(b, 2) + 0.0] for a, b in zip(x, y, strict=True)],
    )
    figure = new_figure(alt, title, 330, table)
    reach = REACH * (max(x) - min(x))
    ends = [here - reach, here + reach]
    figure.add_scatter(
        x=[four_digits(v) for v in x],
        y=[round(v, 3) + 0.0 for v in y],
        mode="lines",
        line={"color": theme.QUERY, "width": 2},
        hovertemplate=f"{x_title} %{{x}}: {y_title} %{{y:.2f}}<extra></extra>",
    )
    figure.add_scatter(
        x=[four_digits(end) for end in ends],
        y=[round(high + slope * (end - here), 3) + 0.0 for end in ends],
        mode="lines",
        line={"color": theme.CHANGE, "width": 3},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[four_digits(here)],
        y=[round(high, 3) + 0.0],
        mode="markers",
        marker={"size": 12, "color": theme.CHANGE},
        hoverinfo="skip",
    )
    room = (max(y) - min(y) or 1.0) * 0.15
    figure.update_xaxes(
        title={"text": x_title, "standoff": 8},
        range=[min(x) - reach, max(x) + reach],
    )
    figure.update_yaxes(title_text=y_title, range=[min(y) - room, max(y) + room])
    return figure.update_layout(showlegend=False)
