"""Measured points, what came after them, and what was forecast."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, four_digits, legend_above, new_figure
from decoderbook.figures.checks import check_lengths, check_some

MARKS = (("x", theme.CHANGE), ("diamond", theme.VALUE), ("square", theme.RESULT))


def forecast_points(
    past_times: Sequence[float],
    past: Sequence[float],
    future_times: Sequence[float],
    future: Sequence[float],
    forecasts: Mapping[str, Sequence[float]],
    title: str = "",
) -> go.Figure:
    """One variable over time: the points that are known, those that followed, and one
    curve for each forecast of them.

    Every forecast begins at the last known point. The values axis runs from −2 to 2 for
    every series. Raises ValueError where lengths differ, for no point, or for more than
    three forecasts.
    """
    check_some(past=past, future=future)
    check_lengths(len(past_times), {"past": past})
    check_lengths(len(future_times), {"future": future, **forecasts})
    if len(forecasts) > len(MARKS):
        raise ValueError(
            f"there must be at most {len(MARKS)} forecasts, got {len(forecasts)}"
        )
    far = {
        name: max(abs(a - b) for a, b in zip(found, future, strict=True))
        for name, found in forecasts.items()
    }
    told = "; ".join(f"{name} is at most {most:.1f} off" for name, most in far.items())
    alt = (
        f"{title or 'A series'}: {len(past)} known points at uneven times, and the {len(future)} that "
        f"followed. {told}."
    )
    rows = [
        [four_digits(t), four_digits(v), *[None] * len(forecasts)]
        for t, v in zip(past_times, past, strict=True)
    ]
    rows += [
        [four_digits(t), *(four_digits(v) for v in values)]
        for t, *values in zip(future_times, future, *forecasts.values(), strict=True)
    ]
    names = ["known", "came after", *forecasts]
    legend, top = legend_above(names, title)
    table = data_table(["seconds", "value", *forecasts], rows)
    figure = new_figure(alt, title, 300 + top, table)
    last = past_times[-1], past[-1]
    curves = [("known", past_times, past, "circle", theme.KEY, "markers")]
    curves.append(
        ("came after", future_times, future, "circle-open", theme.QUERY, "markers")
    )
    for (name, found), (mark, colour) in zip(forecasts.items(), MARKS, strict=False):
        times, values = [last[0], *future_times], [last[1], *found]
        curves.append((name, times, values, mark, colour, "lines+markers"))
    for index, (name, times, values, mark, colour, mode) in enumerate(curves):
        figure.add_scatter(
            x=[four_digits(t) for t in times],
            y=[four_digits(v) for v in values],
            name=name,
            mode=mode,
            marker={"symbol": mark, "color": colour, "size": 11 if index == 1 else 7},
            line={"color": colour, "dash": theme.LINE_DASHES[max(0, index - 2)]},
            hovertemplate=f"{name}, %{{x}} s: %{{y}}<extra></extra>",
        )
    figure.update_xaxes(title={"text": "seconds", "standoff": 8}, automargin=True)
    figure.update_yaxes(title_text="value", range=[-2.1, 2.1], automargin=True)
    return figure.update_layout(**legend)
