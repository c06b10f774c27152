"""Teacher forcing drawn, and how accurate a model is at each position with and without."""

from collections.abc import Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, legend_above, new_figure
from decoderbook.figures.checks import check_lengths, check_some
from decoderbook.figures.labels import two_lines

Share = tuple[float, float, float]  # percent, with the ends of its interval


def teacher_forcing(
    inputs: Sequence[str],
    choices: Sequence[str],
    labels: Sequence[str],
    fed_back: bool,
    title: str = "",
) -> go.Figure:
    """What each row of a decoder reads, chooses and is asked for, from top to bottom.

    fed_back: each choice is the next row's input; otherwise its label is. An arrow says
    which. A choice that is not its label has the colour of change, and a ✗.
    """
    check_some(inputs=inputs)
    check_lengths(len(inputs), {"choices": choices, "labels": labels})
    rows = list(zip(inputs, choices, labels, strict=True))
    right = sum(choice == label for _, choice, label in rows)
    source = "its own choice before" if fed_back else "the reference"
    told = (
        f"row {i} reads {read} and chooses {choice}"
        + (", as asked" if choice == label else f", asked for {label}")
        for i, (read, choice, label) in enumerate(rows)
    )
    alt = (
        f"{title or 'Rows of the decoder'}: each row reads {source}; {right} of "
        f"{len(rows)} choices are right. In order: {'; '.join(told)}."
    )
    table = data_table(["reads", "chooses", "asked for"], [list(row) for row in rows])
    figure = new_figure(alt, title, 90 + 56 * len(rows), table)
    boxes, notes = [], []
    for i, (read, choice, label) in enumerate(rows):
        wrong = choice != label
        colours = theme.QUERY, theme.CHANGE if wrong else theme.VALUE, theme.BLOCKED
        texts = read, choice + " ✗" * wrong, label
        for column, (text, colour) in enumerate(zip(texts, colours, strict=True)):
            left = 1.16 * column
            box = {"x0": left, "x1": left + 1, "y0": i + 0.12, "y1": i + 0.78}
            line = {"color": colour, "width": 3 if wrong and column == 1 else 1.5}
            boxes.append({"type": "rect", **box, "line": line})
            place = {"x": left + 0.5, "y": i + 0.45, "showarrow": False}
            notes.append({**place, "text": two_lines(text)})
        notes.append(_arrow(1.16, i + 0.45, 1.0, i + 0.45, theme.BLOCKED))
        if i + 1 < len(rows):
            x, colour = (1.3, theme.CHANGE) if fed_back else (2.5, theme.QUERY)
            notes.append(_arrow(0.8, i + 1.12, x, i + 0.78, colour))
    for column, head in enumerate(("reads", "chooses", "asked for")):
        place = {"x": 1.16 * column + 0.5, "y": -0.15, "showarrow": False}
        notes.append({**place, "text": f"<b>{head}</b>"})
    figure.add_scatter(
        x=[0, 3.32], y=[0, len(rows)], mode="markers", opacity=0, hoverinfo="skip"
    )
    return figure.update_layout(
        shapes=boxes,
        annotations=notes,
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 34 if title else 4, "b": 0},
        xaxis={"visible": False, "range": [-0.02, 3.34], "fixedrange": True},
        yaxis={"visible": False, "range": [len(rows), -0.4], "fixedrange": True},
    )


def _arrow(x: float, y: float, from_x: float, from_y: float, colour: str) -> dict:
    here = {"x": x, "y": y, "ax": from_x, "ay": from_y, "axref": "x", "ayref": "y"}
    look = {"arrowhead": 2, "arrowwidth": 2, "arrowcolor": colour}
    return {**here, **look, "text": "", "showarrow": True}


def accuracy_by_position(
    totals: Sequence[int],
    forced: Sequence[Share],
    free: Sequence[Share],
    title: str = "",
) -> go.Figure:
    """The share of right tokens at each position, after gold and after own prefixes.

    totals: targets that reach a position; each share with its interval as a bar.
    """
    check_some(totals=totals)
    check_lengths(len(totals), {"forced": forced, "free": free})
    places = range(len(totals))
    worst = max(places, key=lambda i: forced[i][0] - free[i][0])
    alt = (
        f"{title or 'Token accuracy'}: the gap is widest at position {worst}, "
        f"{forced[worst][0] - free[worst][0]:.0f} points. From position 0 to "
        f"{len(totals) - 1} the share of right tokens goes from {forced[0][0]:.0f} % to "
        f"{forced[-1][0]:.0f} % on the gold prefix, from {free[0][0]:.0f} % to "
        f"{free[-1][0]:.0f} % on the model's own."
    )
    rows = [
        [i, totals[i], _percent_text(forced[i]), _percent_text(free[i])] for i in places
    ]
    table = data_table(["position", "sentences", "gold prefix", "own prefix"], rows)
    every = 1 if len(totals) <= 8 else 2
    legend, top = legend_above(table["table"]["columns"][2:], title)
    figure = new_figure(alt, title, 320 + top, table)
    for index, (name, shares) in enumerate(
        (("gold prefix", forced), ("own prefix", free))
    ):
        figure.add_scatter(
            x=list(places),
            y=[round(value, 1) for value, _, _ in shares],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [round(high - value, 1) for value, _, high in shares],
                "arrayminus": [round(value - low, 1) for value, low, _ in shares],
                "thickness": 1,
            },
            name=name,
            mode="lines+markers",
            line={
                "color": theme.LINE_COLOURS[index],
                "dash": theme.LINE_DASHES[index],
            },
            marker={"symbol": ("circle", "x")[index], "size": 8},
            hovertemplate=f"{name}, position %{{x}}: %{{y}} %<extra></extra>",
        )
    return figure.update_layout(
        **legend,
        xaxis={"title": {"text": "position", "standoff": 8}, "dtick": every}
        | {"range": [-0.5, len(totals) - 0.5], "fixedrange": True},
        yaxis={
            "title": {"text": "right tokens, %"},
            "range": [-3, 104],
            "fixedrange": True,
        },
    )


def _percent_text(share: Share) -> str:
    return f"{share[0]:.0f} % ({share[1]:.0f} to {share[2]:.0f})"
