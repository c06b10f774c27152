"""Which rows of the decoder each step computes, with a cache and without."""

from collections.abc import Sequence

import plotly.graph_objects as go

from decoderbook import theme
from decoderbook.figures.base import data_table
from decoderbook.figures.cells import heat_map
from decoderbook.figures.checks import check_lengths, check_some

PALE = 0.45  # of the scale: a cell that a cache saves
WORDS = ("step", "row of the decoder", "")


def computed_rows(
    without_cache: Sequence[int], with_cache: Sequence[int], title: str = ""
) -> go.Figure:
    """A row of cells for each step, a cell for each row that it computes: dark where the
    step computes it in any case, pale where it does without a cache alone.

    Both count the newest rows that a step computes; step 1 has one row, step 2 two. Raises
    ValueError for a step that computes more rows than there are, or fewer with than without.
    """
    check_some(without_cache=without_cache)
    check_lengths(len(without_cache), {"with_cache": with_cache})
    steps = range(1, len(without_cache) + 1)
    for step, whole, few in zip(steps, without_cache, with_cache, strict=True):
        if not 0 <= few <= whole <= step:
            raise ValueError(
                f"step {step} has {step} rows, got {whole} without a cache and {few} with one"
            )
    cells = [
        [
            1.0 if step - few < row <= step
            else PALE if step - whole < row <= step
            else None
            for row in steps
        ]
        for step, whole, few in zip(steps, without_cache, with_cache, strict=True)
    ]  # fmt: skip
    title = title or (
        f"{len(steps)} tokens: {sum(without_cache)} rows without a cache, "
        f"{sum(with_cache)} with one"
    )
    alt = (
        f"{title}. The last step computes {without_cache[-1]} rows without a cache and "
        f"{with_cache[-1]} with one."
    )
    names = [str(step) for step in steps]
    figure = heat_map(cells, names, names, WORDS, alt, title, height=430)
    rows = [list(row) for row in zip(steps, without_cache, with_cache, strict=True)]
    table = data_table(["step", "without a cache", "with a cache"], rows)
    figure.update_layout(meta={"alt": alt, **table})
    return figure.update_traces(
        colorscale=theme.WEIGHT_SCALE,
        zmin=0,
        zmax=1,
        texttemplate=None,
        customdata=None,
        hovertemplate=None,
        hoverinfo="skip",
    )
