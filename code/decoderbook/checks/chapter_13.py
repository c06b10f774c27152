"""What the checks of chapter 13 try: counts, costs, and gradients in shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import EncoderLayer, Example, ModelConfig, parameters_in


def _part(pair: Any, i: int) -> Any:
    return pair[i] if isinstance(pair, list | tuple) and len(pair) == 2 else pair


def _weights(pair: Any) -> Any:
    return 12 * pair[0] * pair[1] ** 2 if _part(pair, 0) is not pair else pair


@cases_of("deep-twin")
def deep_twin(draw: Draw) -> Iterator[Case]:
    """How many layers, and what their weights come to."""
    n_layers, d = draw.random.randint(3, 24), 8 * draw.random.randint(5, 64)
    yield Case(
        f"{n_layers} layers of width {d}: the layers of the twin",
        (n_layers, d),
        4 * n_layers,
        "four times as many, and they stand first in the pair.",
        lambda twin, *sizes: _part(twin(*sizes), 0),
    )
    yield Case(
        f"{n_layers} layers of width {d}: the twin's weights, 12 N d²",
        (n_layers, d),
        12 * n_layers * d**2,
        "both must have as many. The weights grow with the square of the width.",
        lambda twin, *sizes: _weights(twin(*sizes)),
    )


@cases_of("days-of-training")
def days_of_training(draw: Draw) -> Iterator[Case]:
    """One device at full speed, then many, then at a share of their speed."""
    n_parameters, n_tokens = (
        draw.random.randint(2, 90) * 1e8,
        draw.random.randint(2, 30) * 1e9,
    )
    n_devices, share = draw.random.randint(20, 900), draw.pick([0.25, 0.3, 0.35, 0.45])

    def case(name: str, n_devices: int, share: float, look: str) -> Case:
        days = n_parameters * n_tokens * 6 / 1e14 / 86_400 / n_devices / share
        given = n_parameters, n_tokens, n_devices, 1e14, share
        return Case(name, given, days, look, atol=0.0)

    yield case(
        "one device at full speed",
        1,
        1.0,
        "six operations a parameter and token; then the unit.",
    )
    yield case(
        f"{n_devices} devices at full speed",
        n_devices,
        1.0,
        "the devices share the work.",
    )
    yield case(
        f"{n_devices} devices at {share:g} of their speed",
        n_devices,
        share,
        "slower devices take longer.",
    )


@cases_of("level-point")
def level_point(draw: Draw) -> Iterator[Case]:
    """The usual width, then others: from the linear maps that the package's layer has."""
    d = 2 * draw.random.randint(4, 12)
    for d_ff in (4 * d, d, 2 * draw.random.randint(13, 40)):
        with torch.device("meta"):
            layer = EncoderLayer(ModelConfig(d, 2, d_ff=d_ff))
        maps = [m for m in layer.modules() if isinstance(m, torch.nn.Linear)]
        a_token = 2 * sum(m.weight.numel() for m in maps)  # operations in the maps
        yield Case(
            f"d = {d} and d_ff = {d_ff}",
            (d, d_ff),
            a_token / (4 * d),  # the pairs take 4 d for each row that a token reads
            "which maps has a layer, and how many weights has each? Two operations a weight and token.",
        )


@cases_of("readers")
def readers(draw: Draw) -> Iterator[Case]:
    """Room for some texts, nearly for one more; then a model that does not fit."""
    n_layers, T, texts = draw.some(range(5, 30), 3)
    d = 64 * draw.random.randint(5, 20)
    one_text = n_layers * T * 2 * d * 2  # bytes
    n_parameters = one_text * draw.random.randint(3, 9) // 2

    def case(name: str, memory: int, right: int, look: str) -> Case:
        return Case(name, (memory, n_parameters, n_layers, d, T), right, look)

    room = 2 * n_parameters + texts * one_text
    yield case(
        f"room for the weights and {texts} caches",
        room,
        texts,
        "a key and a value, of d numbers each, for each layer and token; two bytes a number.",
    )
    yield case(
        f"room for the weights and nearly {texts + 1} caches",
        room + one_text * 7 // 8,
        texts,
        "a part of a cache is of no use.",
    )
    yield case(
        "weights larger than the memory",
        n_parameters,
        0,
        "can there be fewer than none?",
    )


@cases_of("layer-of-today")
def layer_of_today(draw: Draw) -> Iterator[Case]:
    """As many heads of keys as of queries, then fewer: what PyTorch counts."""
    d_head, n_kv, times = draw.some([2, 3, 4, 5, 6, 7, 8], 3)
    n_heads = n_kv * times
    d, d_ff = d_head * n_heads, 10 * draw.random.randint(5, 90)

    def case(name: str, n_kv: int, look: str) -> Case:
        sizes = [(d, d), (d, d), (d, n_kv * d_head), (d, n_kv * d_head)]
        sizes += [(d, d_ff), (d, d_ff), (d_ff, d)]
        with torch.device("meta"):
            layer = torch.nn.ModuleList(
                torch.nn.Linear(*size, bias=False) for size in sizes
            )
            layer += [torch.nn.RMSNorm(d), torch.nn.RMSNorm(d)]
        name = f"d = {d}, d_ff = {d_ff}, {n_heads} heads and {name} of keys"
        right = parameters_in(layer)
        return Case(name, (d, d_ff, n_heads, n_kv), right, look, rtol=1e-9, atol=0.0)

    yield case(
        "as many",
        n_heads,
        "count matrix by matrix: four of attention, three of the network, two norms.",
    )
    yield case(
        f"{n_kv}",
        n_kv,
        f"a head has {d_head} features, and {n_kv} heads make the keys.",
    )


def _gradient(table: Tensor) -> Callable[..., Tensor]:
    """Stands for a model: each label adds its row to the gradient of the sum of the losses."""

    def gradient_of(
        examples: Sequence[Example], scale: Callable[[int], float]
    ) -> Tensor:
        labels = [i for example in examples for i in example.target[1:]]
        return table[labels].sum(dim=0) * scale(len(labels))

    return gradient_of


@cases_of("shared-gradient")
def shared_gradient(draw: Draw) -> Iterator[Case]:
    """One process, two equal shares, two unequal ones, then three."""
    gradient_of = _gradient(draw.normal(20, 6))

    def case(name: str, lengths: list[int], n_processes: int, look: str) -> Case:
        batch = [_example(draw, n) for n in lengths]
        right = gradient_of(batch, lambda n: 1 / n)
        return Case(name, (gradient_of, batch, n_processes), right, look)

    a, b, c = draw.some(range(2, 7), 3)
    yield case(
        "one process",
        [a, b, c],
        1,
        "with one process this is the mean over the batch's tokens.",
    )
    yield case(
        "two processes, shares of one length",
        [a, a, b, b],
        2,
        "sum, scale, then the mean over the two.",
    )
    yield case(
        "two processes, one with the long sentences",
        [a, a + 9, b, b + 9],
        2,
        "a token must count the same, whoever got it.",
    )
    yield case(
        "three processes",
        [a, b, c, a + 5, b + 2, c + 8],
        3,
        "which number makes up for the mean over processes?",
    )


def _example(draw: Draw, n_labels: int) -> Any:
    ids = [1, *draw.whole(3, 20, n_labels - 1).tolist(), 2]
    return Example(source=ids[1:], target=ids)
