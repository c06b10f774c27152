"""What the check of exercise 6.4 tries: functions that a test for look-ahead has to tell apart."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import (
    ModelConfig,
    MultiHeadAttention,
    causal_mask,
    scaled_dot_product_attention,
    split_heads,
)

Rows = Callable[[Tensor], Tensor]


def _says(test: Callable[..., Any], function: Rows, x: Tensor) -> bool | None:
    said = test(function, x)
    return None if said is None else bool(said)


def _layer_norm(x: Tensor) -> Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:])


def _next(x: Tensor) -> Tensor:
    return torch.cat((x[:, 1:], torch.zeros_like(x[:, :1])), dim=1)


@cases_of("own-test")
def own_test(draw: Draw) -> Iterator[Case]:
    """Two functions that are causal, then leaks that get harder to find."""
    B, T, d = draw.pick([1, 2, 3]), draw.pick([6, 7]), 8
    x = draw.normal(B, T, d).double()
    config = ModelConfig(d_model=d, n_heads=2)
    layer = draw.module(lambda: MultiHeadAttention(config)).double()

    def merged_wrong(x: Tensor) -> Tensor:
        heads = split_heads(x, 4)
        mixed, _ = scaled_dot_product_attention(
            heads, heads, heads, causal_mask(x.size(1))
        )
        return mixed.reshape(x.shape)

    def first_reads_last(x: Tensor) -> Tensor:
        return torch.cat((x[:, :1] + x[:, -1:], x[:, 1:]), dim=1)

    def one_reads_the_next(row: int) -> Rows:
        def function(x: Tensor) -> Tensor:
            alone = torch.arange(x.size(1)) == row
            return x + alone[:, None] * _next(x)

        return function

    def case(name: str, function: Rows, causal: bool, look: str) -> Case:
        return Case(name, (function, x), causal, look, _says)

    yield case(
        "a layer norm, each row alone",
        _layer_norm,
        True,
        "every row depends on itself here, and that is no leak.",
    )
    yield case(
        "causal attention",
        lambda x: layer(x, mask=causal_mask(x.size(1)))[0],
        True,
        "later rows do depend on earlier ones, and may. "
        "If you cut the text short, allow for rounding: `assert_close` does.",
    )
    yield case(
        "attention without a mask",
        lambda x: layer(x)[0],
        False,
        "every row reads every other one here. What does your test change, and what does it look at?",
    )
    yield case(
        "heads merged the wrong way",
        merged_wrong,
        False,
        "the mask is right here, and the outputs leak all the same.",
    )
    yield case(
        "a first row that reads the last",
        first_reads_last,
        False,
        "only the pair (0, T − 1) leaks: neighbours are not enough.",
    )
    yield case(
        "row 2 reading row 3, and nothing else",
        one_reads_the_next(2),
        False,
        "one pair in the middle leaks. Try every place at which the future can begin.",
    )
    yield case(
        f"row {T - 2} reading row {T - 1}, and nothing else",
        one_reads_the_next(T - 2),
        False,
        "the very last pair leaks. Where does your loop end?",
    )
    yield case(
        "a thousandth of the next row",
        lambda x: x + 1e-3 * _next(x),
        False,
        "the leak is small. How large a change do you let pass?",
    )
    yield case(
        "the next row, through a layer norm",
        lambda x: x + _layer_norm(_next(x)),
        False,
        "a layer norm takes away the mean of a row. Which change survives that?",
    )
