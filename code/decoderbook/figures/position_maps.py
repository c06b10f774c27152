"""Maps of positions: their encoding, and the dot products between them."""

import plotly.graph_objects as go
from torch import Tensor

from decoderbook import theme
from decoderbook.figures.base import rounded
from decoderbook.figures.cells import heat_map
from decoderbook.figures.checks import check_matrix


def encoding_map(encoding: Tensor, title: str = "") -> go.Figure:
    """Positional encoding (T, d_model): a row is a position, a column a feature, from
    -1 to 1.
    """
    check_matrix("encoding", encoding)
    length, d_model = encoding.shape
    alt = (
        f"{title or 'Positional encoding'}: {length} positions by {d_model} features. The leftmost "
        "pair of columns swings fastest from row to row; further right the swings grow longer."
    )
    words = ("position", "feature", "position {}, feature {}")
    return _signed_map(encoding, words, 1.0, alt, title)


def product_map(products: Tensor, title: str = "") -> go.Figure:
    """A square of dot products between positions (T, T): is each diagonal one colour?

    The colours go from the smallest product to the largest, where none is below 0.
    """
    check_matrix("products", products)
    length = products.size(0)
    if products.size(1) != length:
        raise ValueError(
            f"products must be square, got the shape {tuple(products.shape)}"
        )
    diagonals = [products.diagonal(k) for k in range(1 - length, length)]
    spread = max((d.max() - d.min()).item() for d in diagonals)
    # To two digits, as drawn: what is below is the processor's rounding.
    verdict = "equal" if round(spread, 2) == 0 else f"up to {spread:.2f} apart"
    alt = (
        f"{title or 'Dot products'}: {length} by {length} positions. Along any one "
        f"diagonal the values are {verdict}; the largest on the main diagonal is "
        f"{products.diagonal().max():.2f}."
    )
    bound = round(products.abs().max().item(), 2) or 1.0
    words = ("position p", "position q", "positions {} and {}")
    figure = _signed_map(products, words, bound, alt, title)
    low = round(products.min().item(), 2)
    if not 0 <= low < bound:
        return figure
    return figure.update_traces(colorscale=theme.WEIGHT_SCALE, zmin=low, zmax=bound)


def _signed_map(
    values: Tensor,
    words: tuple[str, str, str],
    bound: float,
    alt: str,
    title: str,
) -> go.Figure:
    rows, columns = (range(size) for size in values.shape)
    cells = rounded(values, 2)
    figure = heat_map(cells, rows, columns, words, alt, title, height=430)
    figure.update_traces(colorscale=theme.SIGNED_SCALE, zmin=-bound, zmax=bound)
    bar = {"thickness": 10, "len": 1, "x": 1.02, "xpad": 0}
    return figure.update_traces(texttemplate=None, showscale=True, colorbar=bar)
