"""What the check-up looks at: one decoder, behind the same few functions whatever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Batch(NamedTuple):
    """Ids of both sides, and which of them are real tokens (the rest is padding).

    target_ids, target_real: (B, T); source_ids, source_real: (B, S), None where the
    subject has no source. Padding is already in the ids; a subject that wants it as a
    mask too takes it from the booleans (True = a real token).
    """

    target_ids: Tensor
    source_ids: Tensor | None
    target_real: Tensor
    source_real: Tensor | None

    def copied(self) -> Batch:
        """The same in tensors of their own, each contiguous: it may be viewed as another
        shape, and written into.
        """
        parts = [
            None if part is None else part.clone(memory_format=torch.contiguous_format)
            for part in self
        ]
        return Batch(*parts)


def with_masks(target_ids: Tensor, source_ids: Tensor | None) -> Batch:
    """A batch in which every id is a real token."""
    source_real = None
    if source_ids is not None:
        source_real = torch.ones_like(source_ids, dtype=torch.bool)
    target_real = torch.ones_like(target_ids, dtype=torch.bool)
    return Batch(target_ids, source_ids, target_real, source_real)


class Twin(NamedTuple):
    """A piece of the subject and torch's own with the same weights; both take the rows.

    name: what is compared. inputs: rows for both. mine and torchs: functions of them.
    """

    name: str
    inputs: tuple[Tensor, ...]
    mine: Callable[..., Tensor]
    torchs: Callable[..., Tensor]


# Logits (B, n, vocabulary) of the next n target tokens (B, n); what came before is kept.
Step = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Subject:
    """One decoder, as the detectors see it. What it leaves out is “not applicable”.

    logits: (B, T, vocabulary) for a batch, one row for each target position, before any
    softmax. name: how the report calls it. target_vocab_size, source_vocab_size: ids
    run from 0 to one below; None where there is no source. target_pad_id,
    source_pad_id: the id that stands where nothing stands; None where the subject knows
    no padding. max_length: tokens at most, None for any. module: where its weights are.
    begin: from a batch's sources to a step that keeps keys and values. twins: pieces
    that can be compared with torch's own, None for those that are recognised. fresh: the
    weights are as they were drawn, so nothing has been learnt.
    """

    logits: Callable[[Batch], Tensor]
    target_vocab_size: int
    name: str = "a decoder"
    source_vocab_size: int | None = None
    target_pad_id: int | None = None
    source_pad_id: int | None = None
    max_length: int | None = None
    module: nn.Module | None = None
    begin: Callable[[Batch], Step] | None = None
    twins: Callable[[], list[Twin]] | None = None
    fresh: bool = True

    def __post_init__(self) -> None:
        for side, size, pad_id in (
            ("target", self.target_vocab_size, self.target_pad_id),
            ("source", self.source_vocab_size, self.source_pad_id),
        ):
            if size is None and side == "source":
                continue
            if size is None or size < 2:
                raise ValueError(
                    f"the {side}'s vocabulary needs two tokens, got {size}"
                )
            if pad_id is not None and not 0 <= pad_id < size:
                raise ValueError(
                    f"the {side}'s id of padding must be from 0 to {size - 1}, got {pad_id}"
                )


@contextmanager
def other_weights(
    module: nn.Module, change: Callable[[Tensor], Tensor], buffers: bool = True
) -> Iterator[None]:
    """Inside the block every weight is replaced by change(weight); then all is as before.

    buffers: change those too. The tensors of the module are not touched, and weights
    that two parts share stay shared.
    """
    parts = list(module.modules())
    before = [(dict(part._parameters), dict(part._buffers)) for part in parts]
    made: dict[int, Tensor] = {}

    def changed(weight: Tensor) -> Tensor:
        if id(weight) not in made:
            made[id(weight)] = change(weight.detach())
        return made[id(weight)]

    try:
        for part in parts:
            for name, weight in part._parameters.items():
                if weight is not None:
                    new = changed(weight)
                    # The same object for a shared weight.
                    if not isinstance(new, nn.Parameter):
                        new = nn.Parameter(new, weight.requires_grad)
                        made[id(weight)] = new
                    part._parameters[name] = new
            for name, buffer in part._buffers.items():
                if buffer is not None and buffers:
                    part._buffers[name] = changed(buffer)
        yield
    finally:
        for part, (parameters, kept) in zip(parts, before, strict=True):
            part._parameters.clear()
            part._parameters.update(parameters)
            part._buffers.clear()
            part._buffers.update(kept)


def louder(module: nn.Module, factor: float = 300.0) -> AbstractContextManager[None]:
    """A context: all tables and matrices × factor, so scores × its square (10⁴ and more)."""
    return other_weights(
        module, lambda weight: weight * factor if weight.dim() > 1 else weight, False
    )
