"""What the checks of chapter 06 try: masked self-attention."""

from collections.abc import Iterator

import torch
from torch import Tensor

from decoderbook.checks import chapter_06_more as chapter_06_more
from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import causal_mask, padding_mask, scaled_dot_product_attention


def _window(T: int, width: int) -> Tensor:
    return torch.tensor([[0 <= i - j < width for j in range(T)] for i in range(T)])


@cases_of("window-mask")
def window_mask(draw: Draw) -> Iterator[Case]:
    """The narrowest window, the widest, then one in between."""
    T = draw.pick([6, 7, 8, 9])
    yield Case(
        f"T = {T} and a window of 1",
        (T, 1),
        _window(T, 1),
        "a window of one row is the row itself, so the mask is True on the diagonal alone.",
    )
    yield Case(
        f"T = {T} and a window of {T}",
        (T, T),
        causal_mask(T),
        "nothing is too far back now, and a later row must stay out of sight.",
    )
    width = draw.pick([2, 3, 4])
    yield Case(
        f"T = {T} and a window of {width}",
        (T, width),
        _window(T, width),
        f"row {T - 1} should see rows {T - width} to {T - 1}, and row 0 itself alone.",
    )


def _reach(n_layers: int, width: int) -> int:
    """By following the windows back, layer by layer."""
    late = n_layers * width
    seen = {late}
    for _ in range(n_layers):
        seen = {row - back for row in seen for back in range(width)}
    return len(seen)


@cases_of("stacked-windows")
def stacked_windows(draw: Draw) -> Iterator[Case]:
    """One layer, then two, then windows of one row, then any."""
    n, width = draw.pick([3, 4, 5]), draw.pick([4, 5, 6])

    def case(n_layers: int, width: int, look: str) -> Case:
        name = f"{n_layers} layer{'s' if n_layers > 1 else ''} with a window of {width}"
        return Case(name, (n_layers, width), _reach(n_layers, width), look)

    yield case(1, width, "with one layer it is the window itself.")
    yield case(2, 2, "row 3 reads rows 2 and 3. Which input rows have those two read?")
    yield case(
        n, 1, "a window of one row is the row itself, however many layers there are."
    )
    yield case(n, width, "how many *new* rows does each layer add at the far end?")


def _leaking_rows(T: int, h: int) -> int:
    """Piece n of the flat row of pieces is of position n % T, and lands in row n // h."""
    return len({n // h for n in range(T * h) if n % T > n // h})


@cases_of("leaking-rows")
def leaking_rows(draw: Draw) -> Iterator[Case]:
    """One head, the sizes of the chapter, then others."""

    def case(T: int, h: int, look: str) -> Case:
        heads = f"{h} head{'s' if h > 1 else ''}"
        return Case(f"{T} rows and {heads}", (T, h), _leaking_rows(T, h), look)

    yield case(
        draw.pick([5, 6, 7]), 1, "one head has nothing to merge, so no row leaks."
    )
    yield case(
        4,
        4,
        "each row holds positions 0, 1, 2 and 3. For which row is none of them later?",
    )
    yield case(200, 8, "the influence map of the chapter counted 103.")
    T, h = draw.pick([9, 10, 11, 13]), draw.pick([2, 3])
    yield case(
        T, h, f"write down the {T * h} pieces as they lie, and cut them {h} to a row."
    )


@cases_of("causal-and-padding")
def causal_and_padding(draw: Draw) -> Iterator[Case]:
    """One row, rows without padding, heads, padding behind and in front, large scores."""
    B, h, T, d_k = draw.sizes(4, 3, 7)

    def case(
        name: str, look: str, real: Tensor, heads: int, louder: float = 1.0
    ) -> Case:
        batch, length = real.shape
        rows = [2 * draw.normal(batch, heads, length, d_k) for _ in range(3)]
        rows[0] *= louder
        mask = causal_mask(length) & padding_mask(real.long(), pad_id=0)
        right, _ = scaled_dot_product_attention(*rows, mask)
        rounding = 1e-5 if louder == 1 else 1e-2  # a score of 1,000 has few digits left
        return Case(name, (*rows, real), right, look, atol=rounding)

    def padded(front: bool) -> Tensor:
        real = torch.ones(B, T, dtype=torch.bool)
        for b in range(1, B):
            count = 1 + b % (T - 1)
            real[b, slice(None, count) if front else slice(T - count, None)] = False
        return real

    yield case(
        "one row that may look at itself",
        "a row alone gives itself everything, so its value must come out.",
        torch.ones(1, 1, dtype=torch.bool),
        1,
    )
    yield case(
        f"{T} rows, all real",
        "no padding yet: look at the triangle, the root, and where the softmax stands.",
        torch.ones(1, T, dtype=torch.bool),
        1,
    )
    yield case(
        f"a batch of {B} with {h} heads, all real",
        "one head was right. Does `real` spread over heads and rows, as (B, 1, 1, T)?",
        torch.ones(B, T, dtype=torch.bool),
        h,
    )
    yield case(
        "PAD behind the text",
        "no row may read a column that is PAD.",
        padded(front=False),
        h,
    )
    yield case(
        "PAD in front of the text",
        "the first rows may look at nothing here: their output is 0.",
        padded(front=True),
        h,
    )
    yield case(
        "queries 50 times as long",
        "the scores are of some hundred. Which of them may still move an allowed row, "
        "and which power is too large or too small for a float?",
        padded(front=False),
        h,
        louder=50.0,
    )
