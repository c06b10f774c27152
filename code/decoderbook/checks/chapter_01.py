"""What the checks of chapter 01 try: the whole decoder, its shapes and its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import (
    END,
    PAD,
    START,
    DecoderLayer,
    ModelConfig,
    MultiHeadAttention,
    Transformer,
    causal_mask,
    generate,
    trace,
)  # fmt: skip

LAYER = ["masked self-attention", "cross-attention", "feed-forward"]
BOXES = ["token embedding", "+ position", *LAYER, "last layer norm", "output layer"]


def _model(draw: Draw, source: int = 23, target: int = 17, **more: Any) -> Transformer:
    config = ModelConfig(draw.pick([8, 12, 16]), 2, d_ff=20, **more)
    return draw.module(lambda: Transformer(config, source, target))


def _ids(found: Any) -> Any:
    """A list of whole numbers, whatever they came in; None stays what it is."""
    return found if found is None else torch.as_tensor(found).flatten().tolist()


@cases_of("decoder-in-order")
def decoder_in_order(draw: Draw) -> Iterator[Case]:
    """All boxes, the beginning, the layer, the end, and the layer between both."""

    def case(name: str, right: Any, look: str, ask: Callable) -> Case:
        return Case(name, (), right, look, lambda order: ask(list(order)))

    look = "all seven, each once, spelled as in the starter."
    yield case("the names of the boxes, sorted", sorted(BOXES), look, sorted)
    look = "an id is no place to add something to."
    yield case("the two boxes that make rows of ids", BOXES[:2], look, lambda o: o[:2])
    look = "its own sentence, the memory, itself alone."
    inside = "the three sublayers, in their order"
    yield case(inside, LAYER, look, lambda o: [box for box in o if box in LAYER])
    look = "logits are what comes out."
    yield case("what stands last", BOXES[-1], look, lambda o: o[-1])
    look = "it stands behind all layers."
    last = "the place of the last norm, counted from 0"
    yield case(last, 5, look, lambda o: o.index("last layer norm"))


@cases_of("weights-shape")
def weights_shape(draw: Draw) -> Iterator[Case]:
    """One head and one sentence, then heads, then a batch: what the package's attention makes."""
    T, S, h, B = draw.some([3, 4, 5, 6, 7], 4)

    def case(name: str, h: int, B: int, look: str) -> Case:
        config = ModelConfig(16 * h, h, d_ff=8)
        x, memory = draw.normal(B, T, 16 * h), draw.normal(B, S, 16 * h)
        _, weights = draw.module(lambda: MultiHeadAttention(config))(x, memory)
        ids = draw.whole(3, 9, B, S), draw.whole(3, 9, B, T)
        name = f"{name}, S = {S} and T = {T}"
        return Case(name, (config, *ids), weights.shape, look)

    yield case("one sentence, one head", 1, 1, "who asks, and who is read?")
    yield case(f"one sentence, {h} heads", h, 1, "each head has its own table.")
    yield case(f"{B} sentences, {h} heads", h, B, "the batch is the first axis.")


@cases_of("target-rows")
def target_rows(draw: Draw) -> Iterator[Case]:
    """START alone, one sentence, a batch: what enters the decoder's first layer."""
    model = _model(draw, n_layers=1)
    B, T = draw.sizes(2, 3, 7)

    def case(name: str, target_ids: Tensor, look: str) -> Case:
        ids = draw.whole(3, 17, len(target_ids), 4)
        rows = trace(model, ids, target_ids)["decoder.layers.0.x"].value
        return Case(name, (target_ids,), rows, look, lambda rows, ids: rows(model, ids))

    yield case(
        "START alone",
        torch.tensor([[START]]),
        "the row of the target's table, scaled; place 0 has the pattern 0, 1, 0, 1.",
    )
    yield case(f"{T} tokens", draw.whole(3, 17, 1, T), "each *place* has a pattern.")
    yield case(
        f"a batch of {B}",
        draw.whole(3, 17, B, T),
        "one sentence was right: count axes from the end.",
    )


@cases_of("who-notices")
def who_notices(draw: Draw) -> Iterator[Case]:
    """The last token, the first one, one in the middle. By the mask, not by a run."""
    model = _model(draw)
    T = draw.random.randint(6, 9)
    source_ids = draw.whole(3, 17, 1, T)
    looks = {
        T - 1: "which rows read the last one?",
        0: "which rows read START's row?",
        T // 2: "a row reads itself and the rows before it. So who reads this one?",
    }
    for place, look in looks.items():
        target_ids = draw.whole(3, 17, 1, T)
        new_id = 3 + (int(target_ids[0, place]) - 3 + draw.random.randint(1, 13)) % 14
        yield Case(
            f"{T} tokens, another one at place {place}",
            (source_ids, target_ids, place, new_id),
            list(range(place, T)),
            look,
            lambda changed, *rest: _ids(changed(model, *rest)),
        )


@cases_of("chat-layer")
def chat_layer(draw: Draw) -> Iterator[Case]:
    """One row, then more, then a batch."""
    B, T = draw.sizes(2, 3, 7)
    layer = draw.module(lambda: DecoderLayer(ModelConfig(12, 2, d_ff=20)))

    def case(name: str, B: int, T: int, look: str) -> Case:
        x, mask = draw.normal(B, T, 12, scale=2.0), causal_mask(T)
        attended = layer.residual_1(x, layer.self_attention.attend, None, mask)
        right = layer.residual_3(attended, layer.feed_forward)
        return Case(
            name, (x, mask), right, look, lambda chat, *rest: chat(layer, *rest)
        )

    yield case(
        "one row",
        1,
        1,
        "norm, sublayer, sum, twice. What does each sublayer read, and to what is it added?",
    )
    yield case(f"{T} rows", 1, T, "one row was right: look at the mask.")
    yield case(
        f"a batch of {B}", B, T, "one sentence was right: count axes from the end."
    )


class _Script:
    """Writes by a rule in place of a model: what comes next depends on all ids so far, at their places."""

    def __init__(self, length: int, start: int) -> None:
        self.length, self.start = length, start

    def encode(self, source_ids: Tensor) -> Tensor:
        return source_ids.sum(dim=1, keepdim=True).float()[..., None]

    def decode(self, target_ids: Tensor, memory: Tensor, *_: Any) -> Tensor:
        places = torch.arange(1, target_ids.size(1) + 1)
        so_far = (target_ids * places).cumsum(dim=1) + memory.long()[:, 0] + self.start
        next_ids = torch.where(places > self.length, END, 3 + so_far % 14)
        return F.one_hot(next_ids, 17).float()

    def __call__(self, source_ids: Tensor, target_ids: Tensor) -> Tensor:
        return self.decode(target_ids, self.encode(source_ids))


@cases_of("own-writer")
def own_writer(draw: Draw) -> Iterator[Case]:
    """By a rule: nothing, one token, several, more than allowed. Then a model, against `generate`."""
    length = draw.random.randint(4, 6)

    def case(name: str, model: Any, limit: int, right: Any, look: str) -> Case:
        ids = draw.whole(3, 17, 1, 5)
        right = right(ids) if callable(right) else right
        return Case(
            name, (ids, limit), right, look, lambda w, i, n: _ids(w(model, i, n))
        )

    def scripted(length: int, limit: int, look: str, name: str) -> Case:
        script = _Script(length, draw.random.randrange(14))

        def written(ids: Tensor) -> list[int]:
            found = [START]
            for _ in range(min(length, limit)):
                found.append(int(script(ids, torch.tensor([found]))[0, -1].argmax()))
            return found[1:]

        return case(name, script, limit, written, look)

    look = "END came at once, so nothing was written."
    yield scripted(0, 9, look, "a model that says END at once")
    look = "what does the decoder read at the first step?"
    yield scripted(1, 9, look, "a model that says one token and END")
    look = "each step reads *all* tokens so far."
    yield scripted(length, 20, look, f"a model that says {length} tokens and END")
    look = "no more tokens than that."
    yield scripted(9, length, look, f"a limit of {length} tokens, before END comes")
    model = _model(draw, n_layers=1, tie_weights=False)
    model.output.weight[[PAD, START]] = model.output.weight[3] / 2  # never the highest
    yield case(
        "a small Transformer with random weights, at most 6 tokens",
        model,
        6,
        lambda ids: list(generate(model, ids, limit=6)[0].ids),
        "the rules were right: is the memory that of these ids?",
    )
