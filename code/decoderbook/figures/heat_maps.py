"""Heat maps: a cell for each pair of positions, or of a position and a feature."""

from collections.abc import Collection, Sequence

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme
from decoderbook.figures.base import rounded
from decoderbook.figures.cells import heat_map
from decoderbook.figures.checks import check_matrix, check_scores

MASKED = -1e30
# What a map's axes are called, and what is said of a cell that is pointed at.
READS = ("query", "key", "query {} reads key {}")
HEADS = ("head", "key", "head {} reads key {}")
SCORES = ("query", "key", "query {}, key {}")
MOVES = ("output", "input that was changed", "output {} moved with input {}")


def attention_map(
    weights: Tensor,
    queries: Sequence[str],
    keys: Sequence[str],
    title: str = "",
    gold: Collection[tuple[int, int]] = (),
) -> go.Figure:
    """One head's weights (T, S): a row is a query, a column a key, a row's numbers
    share one.

    Cells of exactly 0 are left open: a mask forbids them. gold: (row, column) pairs to
    frame, where the gold alignment has a link, never open; the words count the rows
    whose largest weight is in a frame. Raises ValueError where weights or gold do not fit the labels.
    """
    check_matrix("weights", weights, (len(queries), len(keys)))
    if outside := [g for g in sorted(gold) if not _is_cell(g, weights.shape)]:
        raise ValueError(
            f"gold links {outside} lie outside the {len(queries)} rows and "
            f"{len(keys)} columns"
        )
    return _shares(weights, queries, keys, READS, title, gold)


def heads_map(weights: Tensor, keys: Sequence[str], title: str = "") -> go.Figure:
    """The weights of one query in several heads (n_heads, S): a row is a head.

    Raises ValueError where weights do not fit the keys.
    """
    check_matrix("weights", weights, (len(weights), len(keys)))
    heads = [str(n) for n in range(len(weights))]
    return _shares(weights, heads, keys, HEADS, title)


def _shares(
    weights: Tensor,
    rows: Sequence[str],
    keys: Sequence[str],
    words: tuple[str, str, str],
    title: str,
    gold: Collection[tuple[int, int]] = (),
) -> go.Figure:
    table = rounded(weights, 2)
    exact = weights.tolist()
    open_cells = [
        [w if exact[i][j] or (i, j) in gold else None for j, w in enumerate(row)]
        for i, row in enumerate(table)
    ]
    names = [f"head {row}" for row in rows] if words == HEADS else rows
    looks = [_row_text(name, keys, row) for name, row in zip(names, table, strict=True)]
    alt = f"{title or 'Attention weights'}, {_size_text(rows, keys, words)}."
    if gold:
        linked = {i for i, _ in gold}
        hits = sum((i, weights[i].argmax().item()) in gold for i in linked)
        alt += (
            f" Frames are gold links: in {hits} of the {len(linked)} rows with a frame "
            "the largest weight is in one."
        )
    alt += f" {'; '.join(looks)}."
    figure = heat_map(open_cells, rows, keys, words, alt, title)
    if gold:
        _frame(figure, gold)
    return figure.update_traces(colorscale=theme.WEIGHT_SCALE, zmin=0, zmax=1)


def _size_text(
    rows: Sequence[str], keys: Sequence[str], words: tuple[str, str, str]
) -> str:
    name = "heads" if words == HEADS else "queries"
    return f"{name}: {len(rows)}, keys: {len(keys)}"


def _is_cell(place: tuple[int, int], shape: Sequence[int]) -> bool:
    return all(0 <= i < size for i, size in zip(place, shape, strict=True))


def _row_text(query: str, keys: Sequence[str], row: list[float]) -> str:
    """Where a row looks, to the two digits that are drawn; equal weights are named together."""
    most = [key for key, weight in zip(keys, row, strict=True) if weight == max(row)]
    if max(row) == 0:
        return f"{query} looks at nothing"
    if len(most) == len(keys) > 1:
        return f"{query} looks at all alike ({max(row):.2f})"
    return f"{query} looks most at {' and '.join(most)} ({max(row):.2f})"


def score_map(
    scores: Tensor, queries: Sequence[str], keys: Sequence[str], title: str = ""
) -> go.Figure:
    """One head's scores (T, S) before the softmax; a masked score is −∞ on an open
    cell.

    Masked is what lies below MASKED: minus infinity or the lowest finite number in its
    place. Raises ValueError where scores do not fit the labels or are nan.
    """
    check_scores("scores", scores, (len(queries), len(keys)))
    table = rounded(scores, 2)
    blocked = [
        (i, j)
        for i, row in enumerate(table)
        for j, cell in enumerate(row)
        if cell < MASKED
    ]
    cells = [[None if cell < MASKED else cell for cell in row] for row in table]
    finite = [cell for row in cells for cell in row if cell is not None]
    alt = f"{title or 'Scores'}, {_size_text(queries, keys, SCORES)}, " + _score_text(
        finite, len(blocked)
    )
    figure = heat_map(cells, queries, keys, SCORES, alt, title)
    _write_in_cells(figure, blocked, "−∞")
    bound = max(map(abs, finite), default=0) or 1.0
    return figure.update_traces(colorscale=theme.SIGNED_SCALE, zmin=-bound, zmax=bound)


def _score_text(finite: list[float], n_blocked: int) -> str:
    if not finite:
        return f"all {n_blocked} cells are minus infinity."
    span = f"from {min(finite):.2f} to {max(finite):.2f}"
    return span + (f"; {n_blocked} cells are minus infinity." if n_blocked else ".")


def influence_map(
    change: Tensor,
    outputs: Sequence[str],
    inputs: Sequence[str],
    title: str = "",
    causal: bool = True,
) -> go.Figure:
    """The influence map (T_out, T): how far output row i moved with input j.

    Cells of exactly 0 are open. With causal, a change above the diagonal is marked ✗:
    that output looked ahead. The numbers of the others are written up to 12 outputs.
    Raises ValueError where change does not fit the labels.
    """
    check_matrix("change", change, (len(outputs), len(inputs)))
    exact = change.tolist()
    cells, marks = [], []
    for i, row in enumerate(rounded(change, 2)):
        cells.append([cell if exact[i][j] else None for j, cell in enumerate(row)])
        ahead = [causal and j > i and exact[i][j] != 0 for j in range(len(row))]
        shown = cells[-1] if len(outputs) <= 12 else [None] * len(row)
        number = ["" if cell is None else f"{cell:.2f}" for cell in shown]
        marks.append([n + "<br>✗" * a for n, a in zip(number, ahead, strict=True)])
    moved = sum(cell is not None for row in cells for cell in row)
    leaking = sum("✗" in mark for row in marks for mark in row)
    verdict = (
        f"In {leaking} of them the input comes after the output."
        if leaking
        else "In none of them does the input come after the output."
    )
    alt = (
        f"{title or 'Influence'}: {moved} of {len(outputs) * len(inputs)} pairs of an "
        "output and an input moved together." + (f" {verdict}" if causal else "")
    )
    figure = heat_map(cells, outputs, inputs, MOVES, alt, title)
    figure.update_traces(text=marks, texttemplate="%{text}")
    return figure.update_traces(
        colorscale=theme.CHANGE_SCALE,
        zmin=0,
        zmax=max(round(change.max().item(), 2), 0.01),
    )


def _frame(figure: go.Figure, cells: Collection[tuple[int, int]]) -> None:
    line = {"color": theme.GOLD, "width": 3}
    boxes = [
        {"x0": j - 0.47, "x1": j + 0.47, "y0": i - 0.45, "y1": i + 0.45}
        for i, j in sorted(cells)
    ]
    figure.update_layout(shapes=[{"type": "rect", **b, "line": line} for b in boxes])


def _write_in_cells(figure: go.Figure, cells: list[tuple[int, int]], text: str) -> None:
    # All at once: plotly checks the whole layout again at each add_annotation.
    notes = [{"x": j, "y": i, "text": text, "showarrow": False} for i, j in cells]
    figure.update_layout(annotations=notes)
