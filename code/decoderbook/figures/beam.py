"""The paths of a beam search as a tree."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, new_figure
from decoderbook.figures.checks import check_lengths, check_some

Ids = tuple[int, ...]
STEP = 74  # pixels of a step, whose nodes have up to four lines


def beam_tree(
    steps: Sequence[Sequence[tuple[Ids, float]]],
    scores: Sequence[float],
    tokens: Sequence[str],
    title: str = "",
) -> go.Figure:
    """The paths of a beam search, from START at the top down, a line of nodes a step.

    steps: at each step the (ids, log-probability) that were kept; scores: of the last
    step's, in its order: the highest wins. A node has its token and the probability that
    the token has after its path; a path that is dropped later is pale.

    Raises ValueError where a path extends none of the step before, or has no score.
    """
    check_some(steps=steps)
    check_some(**{"the last step": steps[-1]})
    last = [ids for ids, _ in steps[-1]]
    check_lengths(len(last), {"scores": scores})
    _check_paths(steps, len(tokens))
    winner = last[max(range(len(last)), key=lambda i: scores[i])]
    final = dict(zip(last, scores, strict=True))
    places, chances = _places(steps)
    alive = {ids[:n] for ids in last for n in range(len(ids) + 1)}
    won = {winner[:n] for n in range(len(winner) + 1)}

    def named(ids: Ids) -> str:
        # The last word is the transliteration; a token may be a space alone.
        return " ".join((tokens[i].split() or [tokens[i]])[-1] for i in ids)

    dropped = sum(ids not in alive for ids in places)
    ends = "; ".join(f"{named(ids)}, score {final[ids]:.2f}" for ids in last)
    alt = (
        f"{title or 'Beam search'}: {len(steps)} steps, {len(last)} paths at the end: {ends}. "
        f"The winner is {named(winner)}. {dropped} nodes lie on paths that were dropped."
    )
    rows = [
        [len(ids), named(ids), round(chances[ids], 2), _path_status(ids, alive, won)]
        for ids in places
        if ids
    ]
    table = data_table(["step", "written so far", "probability", "path"], rows)
    figure = new_figure(alt, title, 110 + STEP * len(steps), table)
    kinds = (  # drawn one over the other
        ("dropped", [i for i in places if i not in alive], theme.BLOCKED, 1.5, "dot"),
        (
            "kept to the end",
            [i for i in places if i in alive - won],
            theme.QUERY,
            2,
            "solid",
        ),
        ("winner", [i for i in places if i in won], theme.CHANGE, 4, "solid"),
    )
    for name, nodes, colour, width, dash in kinds:
        xs, ys = [], []
        for ids in nodes:
            if ids:
                (x0, y0), (x1, y1) = places[ids[:-1]], places[ids]
                xs += [x0, x0, x1, x1, None]
                ys += [y0, y1 - 0.36, y1 - 0.36, y1, None]
        line = {"color": colour, "width": width, "dash": dash}
        figure.add_scatter(
            x=xs, y=ys, mode="lines", line=line, name=name, hoverinfo="skip"
        )
    for name, nodes, colour, *_ in kinds:
        figure.add_scatter(
            x=[places[ids][0] for ids in nodes],
            y=[places[ids][1] for ids in nodes],
            mode="markers+text",
            name=name,
            text=[_node(ids, tokens, chances, final) for ids in nodes],
            textposition="middle right",
            textfont={"size": 11},
            marker={"color": colour, "size": 8 if name != "winner" else 10},
            cliponaxis=False,
            showlegend=False,
            hoverinfo="skip",
        )
    most = max(x for x, _ in places.values())
    return figure.update_layout(
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        margin={"l": 8, "r": 4, "t": 74, "b": 6},
        title={"y": 0.995, "yanchor": "top", "pad": {"t": 10}},
        xaxis={"visible": False, "range": [-0.08, most + 0.95], "fixedrange": True},
        yaxis={"visible": False, "range": [len(steps) + 0.5, -0.4], "fixedrange": True},
    )


def _check_paths(steps: Sequence[Sequence[tuple[Ids, float]]], n_tokens: int) -> None:
    before: set[Ids] = {()}
    for paths in steps:
        for ids, _ in paths:
            if ids not in before and ids[:-1] not in before:
                raise ValueError(
                    f"the path {ids} does not extend one of the step before"
                )
            if not all(0 <= i < n_tokens for i in ids):
                raise ValueError(
                    f"the path {ids} has an id that is none of the {n_tokens} tokens"
                )
        before = {ids for ids, _ in paths}


def _places(
    steps: Sequence[Sequence[tuple[Ids, float]]],
) -> tuple[dict[Ids, tuple[float, float]], dict[Ids, float]]:
    """Where each prefix stands, and how likely its last token was after the others."""
    places: dict[Ids, tuple[float, float]] = {(): (0, 0)}
    chances: dict[Ids, float] = {(): 1.0}
    totals: dict[Ids, float] = {(): 0.0}
    held: set[float] = set()
    for number, paths in enumerate(steps, start=1):
        new = [(ids, total) for ids, total in paths if len(ids) == number]
        grown = {ids[:-1] for ids, _ in new}
        # A path that ended before keeps its column; the others go below their parents.
        held = {
            places[ids][0] for ids, _ in paths if len(ids) < number and ids not in grown
        }
        free = (float(x) for x in range(len(paths)) if x not in held)
        for ids, total in sorted(
            new, key=lambda one: (places[one[0][:-1]][0], -one[1])
        ):
            places[ids] = (next(free), number)
            chances[ids] = math.exp(total - totals[ids[:-1]])
            totals[ids] = total
    return places, chances


def _node(
    ids: Ids,
    tokens: Sequence[str],
    chances: Mapping[Ids, float],
    final: Mapping[Ids, float],
) -> str:
    if not ids:
        return " START"
    lines = [*tokens[ids[-1]].split(" ", 1), f"{chances[ids]:.2f}"]
    if ids in final:
        lines.append(f"score {final[ids]:.2f}")
    return "<br>".join(f" {line}" for line in lines)


def _path_status(ids: Ids, alive: set[Ids], won: set[Ids]) -> str:
    return "winner" if ids in won else "kept" if ids in alive else "dropped"
