"""The paths of a beam search as a tree."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table, legend_above, new_figure
from decoderbook.figures.checks import check_lengths, check_some
from decoderbook.figures.labels import SIZE, two_lines

Ids = tuple[int, ...]
STEP = 46  # pixels of a step: a box with two lines, and from there to the next
BOX = (0.46, 0.37)  # half its width and height, of the way to the next box
START_BOX = (0.46, 0.22)  # which has one line
DROPPED, KEPT, WON = "dropped", "kept", "winner"
KINDS = {  # drawn one over the other: colour, width, dash, fill
    DROPPED: (theme.BLOCKED, 1, "dot", "rgba(0,0,0,0)"),
    KEPT: (theme.QUERY, 2, "solid", "rgba(0,114,178,0.14)"),
    WON: (theme.CHANGE, 4, "solid", "rgba(213,94,0,0.16)"),
}


def beam_tree(
    steps: Sequence[Sequence[tuple[Ids, float]]],
    scores: Sequence[float],
    tokens: Sequence[str],
    title: str = "",
) -> go.Figure:
    """The paths of a beam search, from START at the top down, a line of boxes a step.

    steps: at each step the (ids, log-probability) that were kept; scores: of the last
    step's, in its order: the highest wins. A box has its token and the probability that
    the token has after its path; what is dropped later has a thin, dotted edge.

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

    kinds = {ids: _path_kind(ids, alive, won) for ids in places}
    ends = "; ".join(f"{named(ids)}, score {final[ids]:.2f}" for ids in last)
    alt = (
        f"{title or 'Beam search'}: the winner is {named(winner)}. There are {len(steps)} "
        f"steps, {len(last)} paths at the end: {ends}. "
        f"{[*kinds.values()].count(DROPPED)} nodes lie on paths that were dropped."
    )
    rows = [
        [len(ids), named(ids), round(chances[ids], 2), kinds[ids]]
        for ids in places
        if ids
    ]
    table = data_table(["step", "written so far", "probability", "path"], rows)
    legend, top = legend_above(list(KINDS), title, theme.PHONE)
    extent = 0.3 + len(steps) + 0.75  # from above START to below the last score
    figure = new_figure(alt, title, top + round(STEP * extent), table)
    for kind, (colour, width, dash, fill) in KINDS.items():
        nodes = [ids for ids in places if kinds[ids] == kind]
        line = {"color": colour, "width": width, "dash": dash}
        look = {"mode": "lines", "line": line, "hoverinfo": "skip", "name": kind}
        look["visible"] = bool(nodes)
        xs, ys = _edges(nodes, places)
        figure.add_scatter(x=xs, y=ys, **look)
        xs, ys = _boxes(nodes, places)
        thin = {**look, "line": {**line, "width": min(width, 2)}}
        figure.add_scatter(
            x=xs, y=ys, fill="toself", fillcolor=fill, **thin, showlegend=False
        )
    texts = {ids: _node(ids, tokens, chances) for ids in places}
    marks = [(*places[ids], text) for ids, text in texts.items()]
    for ids in last:
        x, y = places[ids]
        marks.append((x, y + BOX[1] + 0.2, f"score {final[ids]:.2f}"))
    for name, shown in (
        ("nodes", marks[: len(texts)]),
        ("scores", marks[len(texts) :]),
    ):
        x, y, text = (list(part) for part in zip(*shown, strict=True))
        figure.add_scatter(
            x=x,
            y=y,
            mode="text",
            name=name,
            text=text,
            textfont={"size": SIZE},
            cliponaxis=False,
            showlegend=False,
            hoverinfo="skip",
        )
    middle = places[()][0]
    half = max(middle + 0.5, 1.5)  # a box alone is no wider than a third
    return figure.update_layout(
        **{**legend, "margin": {"l": 2, "r": 2, "t": legend["margin"]["t"], "b": 0}},
        xaxis={
            "visible": False,
            "range": [middle - half, middle + half],
            "fixedrange": True,
        },
        yaxis={"visible": False, "range": [extent - 0.3, -0.3], "fixedrange": True},
    )


def _box_of(ids: Ids) -> tuple[float, float]:
    return BOX if ids else START_BOX


def _edges(nodes: Sequence[Ids], places: Mapping[Ids, tuple[float, float]]) -> Any:
    """From a place of its own at the foot of its parent to each node's head."""
    families: dict[Ids, list[float]] = {}
    for ids, (x, _) in places.items():
        if ids:
            families.setdefault(ids[:-1], []).append(x)
    xs, ys = [], []
    for ids in nodes:
        if ids:
            (x0, y0), (x1, y1) = places[ids[:-1]], places[ids]
            family = sorted(families[ids[:-1]])
            share = (family.index(x1) + 1) / (len(family) + 1)
            xs += [round(x0 + BOX[0] * (2 * share - 1), 2), x1, None]
            ys += [round(y0 + _box_of(ids[:-1])[1], 2), round(y1 - BOX[1], 2), None]
    return xs, ys


def _boxes(nodes: Sequence[Ids], places: Mapping[Ids, tuple[float, float]]) -> Any:
    """The outline of each node."""
    xs, ys = [], []
    for ids in nodes:
        (x, y), (wide, high) = places[ids], _box_of(ids)
        left, right = round(x - wide, 2), round(x + wide, 2)
        head, foot = round(y - high, 2), round(y + high, 2)
        xs += [left, right, right, left, left, None]
        ys += [head, head, foot, foot, head, None]
    return xs, ys


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
    middle = (max(map(len, steps)) - 1) / 2
    places: dict[Ids, tuple[float, float]] = {(): (middle, 0)}
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


def _node(ids: Ids, tokens: Sequence[str], chances: Mapping[Ids, float]) -> str:
    if not ids:
        return "START"
    token, chance = two_lines(tokens[ids[-1]]), f"{chances[ids]:.2f}"
    return f"{token} {chance}" if "<br>" in token else f"{token}<br>{chance}"


def _path_kind(ids: Ids, alive: set[Ids], won: set[Ids]) -> str:
    return WON if ids in won else KEPT if ids in alive else DROPPED
