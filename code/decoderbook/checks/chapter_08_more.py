"""What the checks of exercises 8.4 and 8.5 try: cross-attention as a whole, and row by row."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import (
    ModelConfig,
    MultiHeadAttention,
    merge_heads,
    padding_mask,
    scaled_dot_product_attention,
    split_heads,
)


def _real(B: int, S: int) -> Tensor:
    """The first sentence has no padding, the next ones more and more; each keeps a word."""
    left = torch.tensor([S - b % S for b in range(B)])
    return torch.arange(S) < left[:, None]


@cases_of("three-slips")
def three_slips(draw: Draw) -> Iterator[Case]:
    """One word; as many words as rows; other lengths; heads; padding."""
    B, T, S, d_head = draw.sizes(4, 3, 7)
    h = draw.pick([2, 3])

    def case(
        name: str, sizes: tuple[int, int, int], heads: int, look: str, pad: bool = False
    ) -> Case:
        batch, rows, words = sizes
        d = heads * d_head
        x, memory = draw.normal(batch, rows, d), draw.normal(batch, words, d)
        maps = [draw.normal(d, d, scale=1.5 / d**0.5) for _ in range(3)]
        real = (
            _real(batch, words) if pad else torch.ones(batch, words, dtype=torch.bool)
        )
        cut = [
            split_heads(of @ W, heads)
            for of, W in zip((x, memory, memory), maps, strict=True)
        ]
        mixed, _ = scaled_dot_product_attention(*cut, real[:, None, None, :])
        return Case(name, (x, memory, *maps, heads, real), merge_heads(mixed), look)

    yield case(
        "one row and one source word",
        (1, 1, 1),
        1,
        "the one word has all the weight, so its value must come out, and a value is made of memory.",
    )
    yield case(
        f"{T} rows and as many source words, one head",
        (1, T, T),
        1,
        "no padding, and the lengths are equal. May a row read every source word?",
    )
    yield case(
        "as many source words as rows, some of them PAD",
        (B, T, T),
        1,
        "the mask hides *words*, the last axis of the scores.",
        pad=True,
    )
    yield case(
        f"{T} rows and {S} source words, one head",
        (1, T, S),
        1,
        "queries have T rows, keys and values have S. Which length is each of them cut with?",
    )
    yield case(
        f"a batch of {B} with {h} heads",
        (B, T, S),
        h,
        "one head was right: look at the root, and at what is cut and merged.",
    )
    yield case(
        "PAD in a source of another length",
        (B, T, S),
        h,
        "no row may read a column that is PAD, and every row may read the others.",
        pad=True,
    )


@cases_of("kept-memory")
def kept_memory(draw: Draw) -> Iterator[Case]:
    """One row and one word; several of each; heads; padding; and no second look at memory."""
    B, T, S = draw.some([2, 3, 5, 7], 3)
    h, d_head = draw.pick([2, 3]), draw.pick([4, 6])

    def case(
        name: str,
        sizes: tuple[int, int, int],
        heads: int,
        look: str,
        pad: bool = False,
        taken_away: bool = False,
    ) -> Case:
        batch, rows, words = sizes
        config = ModelConfig(d_model=heads * d_head, n_heads=heads)
        attention = draw.module(lambda: MultiHeadAttention(config))
        x, memory = (3 * draw.normal(batch, n, config.d_model) for n in (rows, words))
        real = (
            _real(batch, words) if pad else torch.ones(batch, words, dtype=torch.bool)
        )
        mask = padding_mask(real.long(), pad_id=0)

        def steps(
            prepare: Callable, step: Callable, x: Tensor, memory: Tensor, mask: Tensor
        ) -> Any:
            layer = copy.deepcopy(attention)
            kept = prepare(layer, memory)
            if taken_away:
                for gone in (layer.key_projection, layer.value_projection):
                    gone.weight.fill_(float("nan"))
            outputs = [
                step(layer, x[:, i : i + 1], kept, mask) for i in range(x.size(1))
            ]
            return None if outputs[0] is None else torch.cat(outputs, dim=1)

        return Case(name, (x, memory, mask), attention(x, memory, mask)[0], look, steps)

    yield case(
        "one row and one source word",
        (1, 1, 1),
        1,
        "the one word has all the weight: its value comes out, through the last map.",
    )
    yield case(
        f"{T} rows, one by one, and {S} source words",
        (1, T, S),
        1,
        "one head, no padding: look at the query, at the root, and at what is kept between two steps.",
    )
    yield case(
        f"{h} heads",
        (1, T, S),
        h,
        "one head was right. Is everything cut into heads, and the root that of a head?",
    )
    yield case(
        "a padded batch",
        (B, T, S),
        h,
        "the mask has the shape (B, 1, 1, S), True = may look.",
        pad=True,
    )
    yield case(
        "the maps of keys and values taken away after `my_prepare`",
        (B, T, S),
        h,
        "a step may use only what was kept, the row, and the maps of query and output.",
        pad=True,
        taken_away=True,
    )
