"""Decoders for the check-up's tests: a right one, and its twins with one fault each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from decoderbook.checkup.adapters import tinydecoder_model
from decoderbook.checkup.subject import Batch, Step, Subject
from tinydecoder.cache import DecoderCache
from tinydecoder.config import PAD, ModelConfig
from tinydecoder.functional import causal_mask, padding_mask
from tinydecoder.model import Transformer


def right(n_heads: int = 2, n_layers: int = 2) -> Subject:
    """The course's own model, small."""
    config = ModelConfig(d_model=16, n_heads=n_heads, d_ff=32, n_layers=n_layers)
    return tinydecoder_model(Transformer(config, 11, 13), name="right")


@dataclass(frozen=True)
class Fault:
    """A wrong twin: what is replaced in the package while it is examined, or how the
    subject differs; and the detectors that must find it, no other.
    """

    found_by: frozenset[str]
    names: tuple[tuple[str, object], ...] = ()
    change: Callable[[Subject], Subject] = lambda subject: subject
    n_heads: int = 2
    n_layers: int = 2

    @contextmanager
    def subject(self) -> Iterator[Subject]:
        """The wrong subject; the fault is there inside the block only."""
        with ExitStack() as stack:
            for name, new in self.names:
                stack.enter_context(patch(f"tinydecoder.{name}", new))
            yield self.change(right(self.n_heads, self.n_layers))


def _model(subject: Subject) -> Transformer:
    assert isinstance(subject.module, Transformer)
    return subject.module


def _after(change: Callable[[Tensor, Batch], Tensor]) -> Callable[[Subject], Subject]:
    """The logits, changed afterwards. There is then no cache that could agree with them."""

    def changed(subject: Subject) -> Subject:
        logits = subject.logits
        return replace(
            subject, logits=lambda batch: change(logits(batch), batch), begin=None
        )

    return changed


# ---- functions that stand in for those of the package


def heads_not_turned_back(x: Tensor) -> Tensor:
    B, H, T, d_head = x.shape
    return x.reshape(B, T, H * d_head)


def one_too_many(
    length: int, device: torch.device | None = None, past: int = 0
) -> Tensor:
    return torch.ones(length, past + length, dtype=torch.bool, device=device).tril(
        past + 1
    )


def on_the_processor(
    length: int, device: torch.device | None = None, past: int = 0
) -> Tensor:
    return torch.ones(length, past + length, dtype=torch.bool).tril(past)


def no_padding_mask(ids: Tensor, pad_id: int) -> Tensor:
    return torch.ones_like(ids, dtype=torch.bool)[:, None, None, :]


def one_column_too_many(ids: Tensor, pad_id: int) -> Tensor:
    real = ids != pad_id
    return (real | real.roll(1, dims=1))[:, None, None, :]


def sentences_for_heads(ids: Tensor, pad_id: int) -> Tensor:
    """Right for any batch but one of as many sentences as there are heads."""
    mask = (ids != pad_id)[:, None, None, :]
    return mask.transpose(0, 1).expand(-1, 4, -1, -1) if len(ids) == 4 else mask


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: float = 0.0,
    root: bool = True,
    hide: Callable[[Tensor, Tensor], Tensor] | None = None,
    softmax: Callable[[Tensor], Tensor] = lambda scores: scores.softmax(-1),
) -> tuple[Tensor, Tensor]:
    scores = query @ key.transpose(-2, -1)
    scores = scores / math.sqrt(query.size(-1)) if root else scores
    if mask is not None:
        lowest = torch.finfo(scores.dtype).min
        scores = hide(scores, mask) if hide else scores.masked_fill(~mask, lowest)
    weights = softmax(scores)
    return weights @ value, weights


def no_root(*inputs: Tensor) -> tuple[Tensor, Tensor]:
    return _attention(*inputs, root=False)


def minus_ten_thousand(*inputs: Tensor) -> tuple[Tensor, Tensor]:
    return _attention(*inputs, hide=lambda scores, mask: scores - 1e4 * ~mask)


def minus_infinity(of_source: bool) -> Callable[..., tuple[Tensor, Tensor]]:
    """-inf in masks of the source alone, which are one row; or in the target's alone."""

    def hide(scores: Tensor, mask: Tensor) -> Tensor:
        here = (mask.size(-2) == 1) == of_source
        lowest = -math.inf if here else torch.finfo(scores.dtype).min
        return scores.masked_fill(~mask, lowest)

    return lambda *inputs: _attention(*inputs, hide=hide)


def plain_exp(*inputs: Tensor) -> tuple[Tensor, Tensor]:
    """A row that may look at nothing stays a number; large scores do not."""

    def softmax(scores: Tensor) -> Tensor:
        return scores.exp() / scores.exp().sum(-1, keepdim=True).clamp(min=1e-30)

    return _attention(*inputs, softmax=softmax)


_dropout = F.dropout


def always_dropout(x: Tensor, p: float = 0.0, training: bool = True) -> Tensor:
    return _dropout(x, 0.1)


def no_table(
    length: int, d_model: int, dtype: torch.dtype, device: torch.device
) -> Tensor:
    return torch.zeros(length, d_model, dtype=dtype, device=device)


# ---- subjects that differ


def length_of_the_encoder(subject: Subject) -> Subject:
    """Cross-attention takes the number of its rows from the memory."""
    for layer in _model(subject).decoder.layers:
        cross = layer.cross_attention
        forward = cross.forward

        def read(
            x: Tensor, memory: Tensor, *more: object, forward: Callable = forward
        ) -> tuple[Tensor, Tensor]:
            found, weights = forward(x, memory, *more)
            B, S, d_model = memory.shape
            return found.reshape(B, S, d_model), weights

        cross.forward = read
    return replace(subject, begin=None, twins=None)


def norm_over_the_batch(subject: Subject) -> Subject:
    """The last norm runs over batch and features."""

    class Norm(nn.LayerNorm):
        def forward(self, x: Tensor) -> Tensor:
            mean = x.mean(dim=(0, 2), keepdim=True)
            deviation = x.std(dim=(0, 2), keepdim=True, unbiased=False)
            return (x - mean) / (deviation + 1e-5) * self.weight + self.bias

    model = _model(subject)
    model.decoder.norm = Norm(model.config.d_model)
    return replace(subject, begin=None)


def cut_off_memory(subject: Subject) -> Subject:
    """The decoder reads the memory, and nothing comes back to the encoder."""
    model = _model(subject)
    encode = model.encode
    model.encode = lambda ids: encode(ids).detach()
    return subject


def deaf(subject: Subject) -> Subject:
    """The last source token is hidden from the decoder, and from the encoder."""
    logits = subject.logits

    def heard(batch: Batch) -> Tensor:
        assert batch.source_ids is not None
        if batch.source_ids.size(1) == 1:
            return logits(batch)
        ids = batch.source_ids.clone()
        ids[:, -1] = PAD
        return logits(batch._replace(source_ids=ids))

    return replace(subject, logits=heard, begin=None)


def wide_table(subject: Subject) -> Subject:
    """nn.Embedding's own spread of 1, in a table that is also the output."""
    nn.init.normal_(_model(subject).target_embedding.token.weight)
    return subject


def position_from_0(subject: Subject) -> Subject:
    """With the cache every new token stands at position 0."""
    return replace(subject, begin=lambda batch: _begun(subject, batch, place=0))


def deaf_to_padding_in_steps(subject: Subject) -> Subject:
    """With the cache the source's padding is not masked."""
    return replace(subject, begin=lambda batch: _begun(subject, batch, mask=False))


def _begun(
    subject: Subject, batch: Batch, place: int | None = None, mask: bool = True
) -> Step:
    model, cache = _model(subject), DecoderCache(2)
    memory = model.encode(batch.source_ids)

    def step(ids: Tensor) -> Tensor:
        past = cache.target_length
        rows = model.target_embedding(ids, past if place is None else place)
        look_back = causal_mask(ids.size(1), past=past)
        look_across = padding_mask(batch.source_ids, PAD) if mask else None
        new = memory[:, cache.source_length :]
        return model.output(model.decoder(rows, new, look_back, look_across, cache))

    return step


def a_pair_sees_itself_whole(subject: Subject) -> Subject:
    """Two new tokens at once are not masked from one another."""

    def begin(batch: Batch) -> Step:
        model, cache = _model(subject), DecoderCache(2)
        memory = model.encode(batch.source_ids)
        mask = padding_mask(batch.source_ids, PAD)

        def step(ids: Tensor) -> Tensor:
            rows = model.target_embedding(ids, cache.target_length)
            new = memory[:, cache.source_length :]
            return model.output(model.decoder(rows, new, None, mask, cache))

        return step

    return replace(subject, begin=begin)


def source_without_places(subject: Subject) -> Subject:
    """The source's rows are its tokens alone."""
    model = _model(subject)
    model.source_embedding.forward = lambda ids: 4 * model.source_embedding.token(ids)
    return subject


def looks_back_from_the_end(subject: Subject) -> Subject:
    """Positions are counted from the last token."""
    embedding = _model(subject).target_embedding
    forward = embedding.forward
    embedding.forward = lambda ids, past=0: forward(ids.flip(1), past).flip(1)
    return replace(subject, begin=None)


def gradient_through_later_rows(logits: Tensor, batch: Batch) -> Tensor:
    """A sum over all rows that is 0, and has a gradient that is not."""
    total = logits.sum(dim=1, keepdim=True)
    return logits + total - total.detach()


def half_gradient(subject: Subject) -> Subject:
    """An attention whose values carry no gradient."""
    for layer in _model(subject).decoder.layers:
        values = layer.self_attention.value_projection
        values.forward = lambda x, w=values: F.linear(x.detach(), w.weight, w.bias)
    return subject


def lifted(subject: Subject) -> Subject:
    """A layer whose output is 0.5 too high, with the right gradients."""
    contract = _model(subject).decoder.layers[0].feed_forward.contract
    contract.forward = lambda x: F.linear(x, contract.weight, contract.bias) + 0.5
    return subject


# Times 0 they are used, and learn nothing.
def muted_position_table(subject: Subject) -> Subject:
    """A learned table of positions, multiplied by 0."""
    embedding = _model(subject).target_embedding
    embedding.places = nn.Embedding(64, 16)
    forward = embedding.forward

    def rows(ids: Tensor, past: int = 0) -> Tensor:
        places = torch.arange(past, past + ids.size(1), device=ids.device)
        return forward(ids, past) + 0.0 * embedding.places(places)

    embedding.forward = rows
    return subject


def positions_on_the_processor(subject: Subject) -> Subject:
    """A learned table of positions, asked with ids that are made where torch makes them."""
    embedding = _model(subject).target_embedding
    embedding.places = nn.Embedding(64, 16)
    nn.init.normal_(embedding.places.weight, std=0.1)
    forward = embedding.forward

    def rows(ids: Tensor, past: int = 0) -> Tensor:
        return forward(ids, past) + embedding.places(
            torch.arange(past, past + ids.size(1))
        )

    embedding.forward = rows
    return subject


def matrix_in_float32(logits: Tensor, _: Batch) -> Tensor:
    """A matrix that is float32 whatever the weights are."""
    return logits @ torch.eye(logits.size(2), device=logits.device)


ATTENTION = "attention.scaled_dot_product_attention"
LEAK = ("causal-outputs", "causal-gradients", "prefix")


def _fault(
    *found_by: str, names: dict[str, object] | None = None, **more: object
) -> Fault:
    return Fault(frozenset(found_by), tuple((names or {}).items()), **more)


FAULTS = {
    "heads merged without going back": _fault(
        *LEAK,
        *("source-padding", "target-padding", "equal-to-torch", "cache"),
        names={"attention.merge_heads": heads_not_turned_back},
    ),
    "length of the encoder": _fault("lengths", change=length_of_the_encoder),
    "mask one column too wide": _fault(
        *LEAK,
        "cache",
        names={"model.causal_mask": one_too_many},
        n_layers=1,
    ),
    "no causal mask": _fault(
        *LEAK,
        "cache",
        names={
            "model.causal_mask": lambda n, device=None, past=0: torch.ones(
                n, n + past, dtype=torch.bool, device=device
            )
        },
    ),
    "mask of -10,000": _fault("causal-outputs", names={ATTENTION: minus_ten_thousand}),
    "gradient through later rows": _fault(
        "causal-gradients", change=_after(gradient_through_later_rows)
    ),
    "positions from the end": _fault(
        "prefix", "target-padding", change=looks_back_from_the_end
    ),
    "no padding mask": _fault(
        "source-padding", names={"model.padding_mask": no_padding_mask}
    ),
    "padding mask one too long": _fault(
        "source-padding", names={"model.padding_mask": one_column_too_many}
    ),
    "sentences taken for heads": _fault(
        "source-padding",
        "batch-order",
        names={"model.padding_mask": sentences_for_heads},
        n_heads=4,
    ),
    "scaled by the padding": _fault(
        "target-padding",
        change=_after(
            lambda logits, b: logits * (1 + (b.target_ids == PAD).sum(1)[:, None, None])
        ),
    ),
    "norm over the batch": _fault(
        *("batch-company", "source-padding", "target-padding"),
        change=norm_over_the_batch,
    ),
    "place in the batch": _fault(
        "batch-company",
        "batch-order",
        change=_after(
            lambda logits, _: (
                logits
                * (1 + 0.02 * torch.arange(len(logits), device=logits.device))[
                    :, None, None
                ]
            )
        ),
    ),
    "neighbours averaged in": _fault(
        *("batch-company", "source-padding", "target-padding"),
        change=_after(lambda logits, _: logits + 0.1 * logits.mean(0)),
    ),
    "no positions": _fault(
        "target-order",
        "source-order",
        names={"embedding._encoding_table": no_table},
        n_layers=1,
    ),
    "no positions in the source": _fault("source-order", change=source_without_places),
    "last source token hidden": _fault("source-used", "source-padding", change=deaf),
    "no root": _fault("equal-to-torch", names={ATTENTION: no_root}),
    "values without gradient": _fault("equal-to-torch", change=half_gradient),
    "output lifted": _fault("equal-to-torch", change=lifted),
    "position 0 in every step": _fault("cache", change=position_from_0),
    "padding unmasked in steps": _fault("cache", change=deaf_to_padding_in_steps),
    "steps of two unmasked": _fault("cache", change=a_pair_sees_itself_whole),
    "wide table": _fault("loss-at-start", change=wide_table),
    "softmax twice": _fault(
        "raw-logits", change=_after(lambda logits, _: logits.softmax(-1))
    ),
    "memory cut off": _fault("gradient-reaches", change=cut_off_memory),
    "table times 0": _fault("gradient-reaches", change=muted_position_table),
    "dropout always on": _fault(
        "deterministic", names={"layers.F.dropout": always_dropout}
    ),
    "softmax of plain powers": _fault("finite", names={ATTENTION: plain_exp}),
    "source mask of -inf": _fault("finite", names={ATTENTION: minus_infinity(True)}),
    "target mask of -inf": _fault("finite", names={ATTENTION: minus_infinity(False)}),
    "mask on the processor": _fault(
        "follows-weights", names={"model.causal_mask": on_the_processor}
    ),
    "positions on the processor": _fault(
        "follows-weights", change=positions_on_the_processor
    ),
    "matrix in float32": _fault("follows-weights", change=_after(matrix_in_float32)),
}
