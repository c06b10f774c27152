"""What the checks of chapter 09 try, continued: a whole layer, and a stack of them."""

import itertools
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import Decoder, DecoderLayer, ModelConfig, causal_mask


def _refuse(*_: Any, **__: Any) -> Tensor:
    raise RuntimeError(
        "write the steps out: the layer and its residuals may not be called"
    )


class _Parts(DecoderLayer):
    """A layer that lends its parts, and will not do the work itself."""

    forward = _refuse


def _lent(layer: DecoderLayer) -> DecoderLayer:
    parts = _Parts(layer.self_attention.config).eval().requires_grad_(False)
    parts.load_state_dict(layer.state_dict())
    for residual in (parts.residual_1, parts.residual_2, parts.residual_3):
        residual.forward = _refuse
    return parts


@cases_of("pre-norm-layer")
def pre_norm_layer(draw: Draw) -> Iterator[Case]:
    """One sublayer at a time, the others silent; then all of them; then the mask."""
    B, T, S = draw.sizes(3, 3, 6)
    config = ModelConfig(12, draw.pick([2, 3]), 20, norm="pre")
    x, memory = draw.normal(B, T, 12, scale=2.0) + 0.5, draw.normal(B, S, 12)
    last_maps = "self_attention.output_projection cross_attention.output_projection feed_forward.contract"

    def case(
        name: str, silent: str, mask: Tensor, look: str, memory: Tensor = memory
    ) -> Case:
        layer = draw.module(lambda: DecoderLayer(config))
        for part in silent.split():
            for weight in layer.get_submodule(part).parameters():
                weight.zero_()

        parts = _lent(layer)

        def ask(my_pre_layer: Any, *inputs: Tensor) -> Tensor:
            return my_pre_layer(parts, *inputs)

        return Case(name, (x, memory, mask), layer(x, memory, mask), look, ask)

    looks, crosses, feeds = last_maps.split()
    open_mask = torch.ones(T, T, dtype=torch.bool)
    yield case(
        "a layer in which the feed-forward network alone adds something",
        f"{looks} {crosses}",
        open_mask,
        "the rows that come in, and to them what is made of the *normed* rows.",
    )
    yield case(
        "a layer in which self-attention alone adds something, every row open",
        f"{crosses} {feeds}",
        open_mask,
        "the third step was right. The first has the same form.",
    )
    yield case(
        "a layer in which cross-attention alone adds something",
        f"{looks} {feeds}",
        open_mask,
        "the rows are normed before they ask; the memory is read as it is.",
    )
    yield case(
        "a whole layer, every row open",
        "",
        open_mask,
        "each step was right alone. Does each go on from the one before it?",
    )
    yield case(
        "a whole layer with a causal mask",
        "",
        causal_mask(T),
        "who gets the mask? The rows of the target hide from one another, the source does not.",
    )
    yield case(
        "a whole layer, and as many source rows as target rows",
        "",
        causal_mask(T),
        "the source is known from its first word to its last: every row may read all of it.",
        draw.normal(B, T, 12),
    )


def _exits(decoder: Decoder, table: Tensor, sentences: list, mask: Tensor) -> tuple:
    """For each sentence and depth: the best probability, and its id."""
    found = []
    for rows, memory in sentences:
        x, depths = rows, []
        for layer in decoder.layers:
            x = layer(x, memory, mask)
            depths.append((decoder.norm(x)[0, -1] @ table.T).softmax(dim=-1))
        found.append(torch.stack(depths).max(dim=-1))
    return torch.stack([f.values for f in found]), torch.stack(
        [f.indices for f in found]
    )


def _said(id: Any, n_run: Any) -> str:
    return f"id {int(id)} after {int(n_run)} layer{'s' if int(n_run) != 1 else ''}"


@cases_of("early-exit")
def early_exit(draw: Draw) -> Iterator[Case]:
    """Sure at once, never sure, and something between."""
    (T, S), vocab_size = draw.sizes(2, 3, 6), draw.pick([31, 37, 43])
    config = ModelConfig(12, 2, 16, n_layers=3, norm="pre")
    decoder = draw.module(lambda: Decoder(config))
    for weight in decoder.parameters():
        weight *= 2.0 if weight.dim() == 2 else 1.0
    table, mask = draw.normal(vocab_size, 12, scale=0.5), causal_mask(T)
    sentences = [
        (draw.normal(1, T, 12, scale=2.0), draw.normal(1, S, 12)) for _ in range(5)
    ]
    best, ids = _exits(decoder, table, sentences, mask)
    n_layers = best.size(1)

    def depths(sure: float) -> list[int]:
        early = [[n for n in range(n_layers) if row[n] > sure] for row in best]
        return [(found or [n_layers - 1])[0] for found in early]

    def ask(my_early_exit: Any, rows: list, sure: float) -> list:
        found = [my_early_exit(decoder, table, x, m, mask, sure) for x, m in rows]
        return [
            _said(*pair) if isinstance(pair, list | tuple) else pair for pair in found
        ]

    def case(name: str, sure: float, look: str) -> Case:
        right = [_said(ids[i, n], n + 1) for i, n in enumerate(depths(sure))]
        return Case(name, (sentences, sure), right, look, ask)

    # The threshold at which the sentences differ most, away from every probability that occurs.
    levels = best.flatten().sort().values
    middles = [
        ((a + b) / 2).item() for a, b in itertools.pairwise(levels) if b - a > 1e-3
    ]
    between = max(middles, key=lambda sure: len(set(depths(sure))))
    yield case(
        "five sentences, sure = 0",
        0.0,
        "one layer is enough here. How is the last row read, and how many layers have run?",
    )
    yield case(
        "five sentences, sure = 1",
        1.0,
        "no probability is above 1, so all layers run, each on what the one before it wrote.",
    )
    yield case(
        f"five sentences, sure = {between:.2f}",
        between,
        "some stop early. What exactly is compared with `sure`, and after which layer?",
    )
