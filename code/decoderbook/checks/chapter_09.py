"""What the checks of chapter 09 try: the decoder layer."""

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector

from decoderbook.checks import chapter_09_more as chapter_09_more
from decoderbook.checks.cases import Case, Draw, as_it_is, cases_of
from tinydecoder import DecoderLayer, ModelConfig
from tinydecoder.layers import EncoderLayer
from tinydecoder.parameters import parameters_in


def _answers(unit: Any, rows: Tensor) -> Any:
    weights = torch.as_tensor(unit, dtype=torch.float64).flatten()
    if len(weights) != 5:
        raise ValueError(
            f"a row has five features, and these are {len(weights)} weights"
        )
    found = rows.double() @ weights - 1 > 0
    return bool(found) if rows.dim() == 1 else found


@cases_of("and-not")
def and_not(draw: Draw) -> Iterator[Case]:
    """Single rows first, then every row that can be."""
    for name, features, look in (
        (
            "a row with a building and nothing else",
            [0, 0, 1, 0, 0],
            "the sum must be above 1 here.",
        ),
        (
            "a row with movement and a building",
            [0, 1, 1, 0, 0],
            "the sum must not be above 1: movement has to take something away.",
        ),
        (
            "a row with movement and nothing else",
            [0, 1, 0, 0, 0],
            "nothing is there to stand on.",
        ),
        (
            "a row with everything but movement",
            [1, 0, 1, 1, 1],
            "speaker, verb and *-ge* must make no difference.",
        ),
    ):
        row = torch.tensor(features)
        right = features[2] == 1 and features[1] == 0
        yield Case(f"{name} (is the unit above zero?)", (row,), right, look, _answers)
    every = torch.tensor(list(itertools.product([0, 1], repeat=5)))
    yield Case(
        "all 32 rows that there can be (is the unit above zero?)",
        (every,),
        (every[:, 2] == 1) & (every[:, 1] == 0),
        "which features may count, and which not?",
        _answers,
    )


def _moved(n_layers: int, T: int, layer: int, row: int | None) -> Tensor:
    """What follows from who reads whom, row by row and layer by layer."""
    other: set[int] = set()
    found = torch.zeros(n_layers, T, dtype=torch.bool)
    for n in range(n_layers):
        if n == layer:
            other = set(range(T)) if row is None else {row}
        other = {i for i in range(T) if other & set(range(i + 1))}
        found[n, sorted(other)] = True
    return found


@cases_of("what-moves")
def what_moves(draw: Draw) -> Iterator[Case]:
    """A row at the end, at the start and in the middle, then the memory of one layer."""
    n_layers, T = draw.pick([4, 5]), draw.pick([6, 7, 8])
    later, row = draw.pick([1, 2]), draw.pick([1, 2])

    def case(layer: int, row: int | None, look: str) -> Case:
        what = "another memory" if row is None else f"another row {row}"
        name = f"{n_layers} layers, {T} rows and {what} for layer {layer}"
        arguments = n_layers, T, layer, row
        return Case(name, arguments, _moved(*arguments), look)

    yield case(0, T - 1, "the last row is read by no other. Its own layers all change.")
    yield case(0, 0, "row 0 is read by every row, and layer 0 comes first.")
    yield case(later, row, "which rows read this one, and which layers come later?")
    yield case(0, None, "which rows read the memory?")
    yield case(
        later,
        None,
        "only this layer is handed another memory. Which layers read what it gives out?",
    )


@cases_of("equal-not-shared")
def equal_not_shared(draw: Draw) -> Iterator[Case]:
    """How many, which numbers, and where they lie; then one is changed."""
    times, d_ff = draw.pick([3, 4, 5]), draw.pick([6, 10, 12])
    layer = draw.module(lambda: DecoderLayer(ModelConfig(8, 2, d_ff, norm="post")))
    numbers, names = parameters_to_vector(layer.parameters()), list(layer.parameters())

    def case(
        name: str, look_at: Any, right: Any, look: str, then: Any = as_it_is
    ) -> Case:
        def ask(my_copies: Any, times: int) -> Any:
            own = copy.deepcopy(layer)
            return look_at(own, my_copies(own, times))

        named = f"{times} copies of a layer: {name}"
        return Case(named, (times,), right, look, ask, then)

    def before_and_after(own: nn.Module, copies: Any) -> tuple[list, list]:
        others = [own, *copies[1:]]
        before = [parameters_to_vector(c.parameters()) for c in others]
        for weight in copies[0].parameters():
            weight.data += 1
        return before, [parameters_to_vector(c.parameters()) for c in others]

    def alike(found: tuple[list, list]) -> list[bool]:
        return [torch.equal(a, b) for a, b in zip(*found, strict=True)]

    yield case(
        "how many there are", lambda _, copies: len(copies), times, "count the copies."
    )
    yield case(
        "whether each has the numbers of the layer",
        lambda _, copies: [parameters_to_vector(c.parameters()) for c in copies],
        [True] * times,
        "each copy begins with the numbers of `layer`.",
        lambda found: [torch.equal(copied, numbers) for copied in found],
    )
    yield case(
        "how many different layer objects they are",
        lambda _, copies: [id(c) for c in copies],
        times,
        "the same object stands in the list more than once.",
        lambda found: len(set(found)),
    )
    yield case(
        "how many places in memory their weights take",
        lambda _, copies: [w.data_ptr() for c in copies for w in c.parameters()],
        times * len(names),
        "equal numbers must not lie in the same place.",
        lambda found: len(set(found)),
    )
    yield case(
        "the weights that an optimizer finds",
        lambda _, copies: sum(w.numel() for w in copies.parameters()),
        times * numbers.numel(),
        "PyTorch looks for weights in modules, not in lists.",
    )
    yield case(
        "whether a change of the first leaves `layer` and the other copies alone",
        before_and_after,
        [True] * times,
        "training one must leave `layer` and the other copies alone.",
        alike,
    )


def _count(d: int, d_ff: int, n_layers: int, vocab_size: int) -> int:
    layer = EncoderLayer(ModelConfig(d, 1, d_ff, norm="pre"))
    return (
        vocab_size * d
        + n_layers * parameters_in(layer)
        + parameters_in(nn.LayerNorm(d))
    )


@cases_of("without-source")
def without_source(draw: Draw) -> Iterator[Case]:
    """No layer at all, then one without a vocabulary, then a whole model."""
    d, d_ff = 2 * draw.pick([3, 4, 6, 9]), draw.pick([30, 50, 70])
    n_layers, vocab_size = draw.pick([3, 4, 5]), draw.pick([11, 101, 159])
    for name, sizes, look in (
        (
            "no layer at all",
            (d, d_ff, 0, vocab_size),
            "what is left: the table, and one norm.",
        ),
        (
            "one layer, no vocabulary",
            (d, d_ff, 1, 0),
            "one attention, one feed-forward network, a norm for each, and the last norm.",
        ),
        (
            "some layers",
            (d, d_ff, n_layers, vocab_size),
            "one layer was right. What is there once?",
        ),
    ):
        d, d_ff, layers, tokens = sizes
        asked = f"{name}: d = {d}, d_ff = {d_ff}, n_layers = {layers}, vocab_size = {tokens}"
        yield Case(asked, sizes, _count(*sizes), look, rtol=1e-12)
