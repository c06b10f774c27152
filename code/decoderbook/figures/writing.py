"""How a target is written: the next token's probabilities, and what is read meanwhile."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, legend_above, new_figure
from decoderbook.figures.checks import check_lengths, check_some
from decoderbook.figures.labels import (
    CELL_GAP,
    cell_edges,
    column_labels,
    height_of,
    room_beside,
    token_axis,
    two_lines,
)

BAR = 44  # pixels of a token's bars, whose name stands on two lines
BELOW = 52  # pixels under the bars, for the axis and its title
READS = 34  # pixels of the row of source words


def token_bars(
    tokens: Sequence[str],
    series: Mapping[str, Sequence[float]],
    title: str = "",
    chosen: str | None = None,
) -> go.Figure:
    """The probability of each token as a bar, from the top down; several series stand
    side by side, told apart by colour and by hatching. The axis has the name of the
    series where there is only one.

    chosen: the token that is written, marked with an arrow.

    Raises ValueError where a series has another length than tokens.
    """
    check_some(tokens=tokens, series=series)
    check_lengths(len(tokens), series)
    parts = []
    for name, values in series.items():
        pairs = zip(tokens, values, strict=True)
        told = "; ".join(f"{token} {value:.2f}" for token, value in pairs)
        parts.append(f"{name}, {told}" if len(series) > 1 else told)
    if chosen is None:
        alt = f"{title or 'Next token'}, tokens: {len(tokens)}. "
    else:
        alt = f"{title or 'Next token'}, chosen: {chosen}. "
    alt += f"{'. '.join(parts)}."
    columns = ["token", *series]
    rows = [
        [token, *(round(v[i], 2) + 0.0 for v in series.values())]
        for i, token in enumerate(tokens)
    ]
    legend, top = legend_above(list(series), title)
    height = top + BELOW + len(tokens) * (BAR + 8 * (len(series) - 1))
    figure = new_figure(alt, title, height, data_table(columns, rows))
    for index, (name, values) in enumerate(series.items()):
        drawn = [round(value, 2) + 0.0 for value in values]
        figure.add_bar(
            x=drawn,
            y=list(range(len(tokens))),
            orientation="h",
            name=name,
            marker={
                "color": theme.LINE_COLOURS[index % len(theme.LINE_COLOURS)],
                "pattern": {"shape": "/" if index else "", "solidity": 0.3},
            },
            text=[f" {value:.2f}" for value in drawn],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",  # it is printed at the bar's end
        )
    what = "probability" if len(series) > 1 else next(iter(series))
    names = [("→\N{NO-BREAK SPACE}" if t == chosen else "") + t for t in tokens]
    labels = [two_lines(name) for name in names]
    return figure.update_layout(
        bargap=0.3,
        **legend,
        xaxis={
            "range": [0, 1.14],
            "fixedrange": True,
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "title": {"text": what, "standoff": 8},
            "zeroline": True,  # between a name and its number
        },
        yaxis={
            **token_axis(labels, range(len(tokens))),
            "range": [len(tokens) - 0.5, -0.5],
        },
    )


def writing_step(
    tokens: Sequence[str],
    probabilities: Sequence[float],
    words: Sequence[str],
    weights: Sequence[float],
    title: str = "",
) -> go.Figure:
    """One step: the source words with their attention weight above, the likeliest next
    tokens below; the first of the tokens is the one that is written.

    Raises ValueError where numbers and words differ in length.
    """
    check_some(tokens=tokens, words=words)
    check_lengths(len(words), {"weights": weights})
    figure = token_bars(tokens, {"probability": probabilities}, title, tokens[0])
    drawn = [round(weight, 2) + 0.0 for weight in weights]
    most = words[drawn.index(max(drawn))]
    alt = figure.layout.meta["alt"]
    table = figure.layout.meta["table"]
    rows = [
        *table["rows"],
        *([f"reads {w}", x] for w, x in zip(words, drawn, strict=True)),
    ]
    alt += f" It reads most from {most} ({max(drawn):.2f})."
    below = column_labels(words, room_beside(tokens))
    figure.add_heatmap(
        z=[drawn],
        x=list(range(len(words))),
        y=[0],
        xaxis="x2",
        yaxis="y2",
        colorscale=theme.WEIGHT_SCALE,
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=CELL_GAP,
        texttemplate="%{z:.2f}",
        textfont={"color": theme.INK},
        customdata=[[f"the row reads {word}" for word in words]],
        hovertemplate="%{customdata}: %{z:.2f}<extra></extra>",
    )
    margin = figure.layout.margin.t + BELOW
    bars = figure.layout.height - margin
    inner = bars + READS + 24 + height_of(below)
    return figure.update_layout(
        height=round(inner) + margin,
        meta={"alt": alt, **data_table(table["columns"], rows)},
        yaxis={"domain": [0, bars / inner]},
        xaxis2={
            **token_axis(below, range(len(words))),
            **cell_edges(),
            "anchor": "y2",
        },
        yaxis2={
            **token_axis(["reads"], [0]),
            "domain": [1 - READS / inner, 1],
            "anchor": "x2",
        },
    )
