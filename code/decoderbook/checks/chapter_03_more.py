"""What the checks of chapter 03 try: layers that see the order of their rows, or do not."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import (
    causal_mask,
    scaled_dot_product_attention,
    sinusoidal_positional_encoding,
)


def _attention(x: Tensor) -> Tensor:
    return scaled_dot_product_attention(x, x, x)[0]


Layer = Callable[[Tensor], Tensor]


def says(
    answer: Callable[..., bool], layer: Layer, x: Tensor, trials: int
) -> list[bool]:
    """What it says each time: an answer may draw orders at random, the same ones in each check."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return [bool(answer(layer, x)) for _ in range(trials)]


def surely(answer: Callable[..., bool], layer: Layer, x: Tensor) -> bool:
    """Whether it says so each time."""
    return all(says(answer, layer, x, trials=2))


def ever(
    answer: Callable[..., bool], layer: Layer, x: Tensor, trials: int = 12
) -> bool:
    """Whether it says so in one of many trials, by luck."""
    return any(says(answer, layer, x, trials))


@cases_of("sees-order")
def sees_order(draw: Draw) -> Iterator[Case]:
    """Layers that are blind, then layers that see more and more hidden traces of the order."""
    T, d = 4, 2  # few rows have few orders, and a check must be quick
    W = draw.normal(d, d)
    encoding = sinusoidal_positional_encoding(torch.arange(T), d)
    last = torch.zeros(T, 1)
    last[-1] = 1

    def case(
        name: str,
        layer: Layer,
        blind: bool,
        look: str,
        rows: int = T,
        ask: Callable[..., bool] = surely,
    ) -> Case:
        arguments = (layer, draw.normal(rows, d))
        return Case(f"a layer that {name}", arguments, blind, look, ask)

    yield case(
        "maps each of two rows by itself",
        lambda x: x @ W,
        True,
        "the rows change places, and so must the rows of the output.",
        rows=2,
    )
    yield case(
        f"maps each of {T} rows by itself",
        lambda x: x @ W,
        True,
        "no row knows of the others here, so the output is shuffled as the input was.",
    )
    yield case(
        "is attention",
        _attention,
        True,
        "it adds the same numbers in another order: compare with a tolerance.",
        rows=5,
    )
    yield case(
        "gives every row the mean of all",
        lambda x: x.mean(dim=0).expand(T, d),
        True,
        "a mean does not know which row came first.",
    )
    yield case(
        "adds positions, and is attention then",
        lambda x: _attention(x + encoding),
        False,
        "the positions stay in place while the rows move: the output is another one.",
    )
    yield case(
        "is attention with a causal mask",
        lambda x: scaled_dot_product_attention(x, x, x, causal_mask(T))[0],
        False,
        "the first row may look at itself alone, whichever row that is.",
    )
    yield case(
        "adds 1 to its last row",
        lambda x: x + last,
        False,
        "most rows notice nothing; try orders in which the last row moves.",
    )
    ring = "adds to each row its neighbours in a ring"

    def neighbours(x: Tensor) -> Tensor:
        return x + x.roll(1, 0) + x.roll(-1, 0)

    yield case(
        ring,
        neighbours,
        False,
        "turning the ring, or reading it backwards, changes no neighbours: try every order.",
    )
    yield case(
        f"{ring}: whether it was called blind once in 12 trials",
        neighbours,
        False,
        "the answer must not hang on luck: try every order.",
        ask=ever,
    )

    def falls(x: Tensor) -> Tensor:
        return x + bool((x[1:, 0] < x[:-1, 0]).all())

    rising = draw.normal(5, d).sort(dim=0).values
    yield Case(
        "a layer that adds 1 where the first feature falls from row to row: "
        "whether it was called blind once in 5 trials",
        (falls, rising, 5),
        False,
        "one order of 120 gives it away. The answer must not hang on luck: try every order.",
        ever,
    )
