"""How a target is written: the next token's probabilities, and what is read meanwhile."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, new_figure
from decoderbook.figures.checks import check_lengths, check_some

BAR = 38  # pixels of a token's bars, whose name stands on two lines


def token_bars(
    tokens: Sequence[str],
    series: Mapping[str, Sequence[float]],
    title: str = "",
    chosen: str | None = None,
) -> go.Figure:
    """The probability of each token as a bar, from the top down; several series stand
    side by side, told apart by colour and by hatching.

    chosen: the token that is written, marked with an arrow.

    Raises ValueError where a series has another length than tokens.
    """
    check_some(tokens=tokens, series=series)
    check_lengths(len(tokens), series)
    lead = f"{title or 'Next token'}: "
    parts = []
    for name, values in series.items():
        pairs = zip(tokens, values, strict=True)
        told = "; ".join(f"{token} {value:.2f}" for token, value in pairs)
        parts.append(f"{name}, {told}" if len(series) > 1 else told)
    alt = lead + ". ".join(parts) + "."
    if chosen is not None:
        alt += f" Chosen: {chosen}."
    columns = ["token", *series]
    rows = [
        [token, *(round(v[i], 2) + 0.0 for v in series.values())]
        for i, token in enumerate(tokens)
    ]
    height = 90 + len(tokens) * (BAR + 8 * (len(series) - 1))
    height += 24 * (len(series) > 1)
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
            text=[f"{value:.2f}" for value in drawn],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"{name} %{{x:.2f}}<extra></extra>",
        )
    names = [("→ " if token == chosen else "") + token for token in tokens]
    figure.update_layout(
        bargap=0.25,
        showlegend=len(series) > 1,
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        margin={"l": 20, "r": 20, "t": 50 + 24 * (len(series) > 1), "b": 40},
        xaxis={
            "range": [0, 1.12],
            "fixedrange": True,
            "title": {"text": "probability"},
        },
        yaxis={
            "tickvals": list(range(len(tokens))),
            "ticktext": [_two_lines(name) for name in names],
            "range": [len(tokens) - 0.5, -0.5],
            "automargin": True,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
    )
    if title:  # the legend stands below it
        figure.update_layout(title={"y": 0.99, "yanchor": "top", "pad": {"t": 12}})
    return figure


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
        xgap=1,
        texttemplate="%{z:.2f}",
        hovertemplate="weight %{z:.2f}<extra></extra>",
    )
    height = figure.layout.height + 120
    share = (height - 90 - 120) / (height - 90)
    return figure.update_layout(
        height=height,
        meta={"alt": alt, **data_table(table["columns"], rows)},
        yaxis={"domain": [0, share]},
        xaxis2={
            "tickvals": list(range(len(words))),
            "ticktext": list(words),
            "anchor": "y2",
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
        yaxis2={
            "domain": [1 - 44 / (height - 90), 1],
            "anchor": "x2",
            "tickvals": [0],
            "ticktext": ["reads"],
            "automargin": True,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
    )


def _two_lines(token: str) -> str:
    arrow, bare = ("→ ", token[2:]) if token.startswith("→ ") else ("", token)
    return arrow + bare.replace(" ", "<br>", 1)
