"""A text as the row of its tokens, each with its id."""

from collections.abc import Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, new_figure
from decoderbook.figures.checks import check_lengths, check_some
from decoderbook.figures.labels import SIZE, text_width

WIDTH = theme.PHONE - 10  # pixels that a line of boxes may take
PADDING, GAP = 9, 4  # inside a box, both sides together, and between two
STEP = 64  # pixels from line to line: three lines of text and a gap
BOX = 58


def token_strip(
    tokens: Sequence[str], ids: Sequence[int], title: str = "", room: int = 1
) -> go.Figure:
    """A box for each token: what it reads, how it sounds, its id; as many lines as a
    phone needs.

    A token is its text, and what follows its first space is written below. room: lines
    that there is room for at least, so that several strips are drawn to one scale.
    Raises ValueError without tokens, or where there are not as many ids.
    """
    check_some(tokens=tokens)
    check_lengths(len(tokens), {"ids": ids})
    boxes = _places(tokens, ids)
    lines = max(room, boxes[-1][1] + 1)
    heading = f"{title or 'A text'}: {len(tokens)} tokens"
    alt = (
        f"{heading}. "
        + ", ".join(f"{_sound(t)} {i}" for t, i in zip(tokens, ids, strict=True))
        + "."
    )
    rows = [
        [i, token, id] for i, (token, id) in enumerate(zip(tokens, ids, strict=True))
    ]
    top = 40
    figure = new_figure(
        alt, heading, top + STEP * lines + 8, data_table(["place", "token", "id"], rows)
    )
    xs: list[float | None] = []
    ys: list[float | None] = []
    for left, line, wide in boxes:
        right, head = left + wide, line * STEP
        xs += [left, right, right, left, left, None]
        ys += [head, head, head + BOX, head + BOX, head, None]
    figure.add_scatter(
        x=xs,
        y=ys,
        mode="lines",
        fill="toself",
        fillcolor="rgba(0,114,178,0.14)",
        line={"color": theme.QUERY, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=[left + wide / 2 for left, _, wide in boxes],
        y=[line * STEP + BOX / 2 for _, line, _ in boxes],
        mode="text",
        text=[_label(token, id) for token, id in zip(tokens, ids, strict=True)],
        textfont={"size": SIZE},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
    return figure.update_layout(
        margin={"l": 4, "r": 4, "t": top, "b": 4},
        xaxis={"visible": False, "range": [-2, WIDTH + 2], "fixedrange": True},
        yaxis={
            "visible": False,
            "range": [STEP * lines, -2],
            "fixedrange": True,
        },
    )


def _places(
    tokens: Sequence[str], ids: Sequence[int]
) -> list[tuple[float, int, float]]:
    """Where each box begins, on which line, and how wide it is."""
    places, x, line = [], 0.0, 0
    for token, id in zip(tokens, ids, strict=True):
        wide = round(max(text_width(_label(token, id)) + PADDING, 26), 1)
        if x and x + wide > WIDTH:
            x, line = 0.0, line + 1
        places.append((x, line, wide))
        x = round(x + wide + GAP, 1)
    return places


def _label(token: str, id: int) -> str:
    text, _, latin = token.partition(" ")
    return f"{text}<br>{latin or ' '}<br>{id}"


def _sound(token: str) -> str:
    return token.rpartition(" ")[2]
