"""One subject under examination: fresh ids of the lengths that it takes, and its logits."""

from __future__ import annotations

import torch
from torch import Tensor

from decoderbook.checkup.finding import NotApplicableError, one_line
from decoderbook.checkup.subject import Batch, Subject

T, S = 6, 5  # tokens of target and source, unless the subject cannot


class CannotRunError(Exception):
    """The subject gives no logits at all; the message says what it did instead."""


class Trial:
    """A subject and a seed. Asks for logits without gradient, and checks their shape.

    lengths: (T, S) of most batches. equal: whether both sides must be equally long, as
    far as the first tries tell.
    """

    def __init__(self, subject: Subject, seed: int = 0):
        self.subject, self.seed = subject, seed
        self.generator = torch.Generator().manual_seed(seed)
        self.equal = False
        self.lengths = self._usable_lengths()

    def batch(self, target: int = 0, source: int = 0, size: int = 2) -> Batch:
        """Random tokens without padding; 0 stands for the usual length."""
        subject = self.subject
        target, source = target or self.lengths[0], source or self.lengths[1]
        target_ids = self.ids(
            subject.target_vocab_size, subject.target_pad_id, (size, target)
        )
        source_ids = None
        if subject.source_vocab_size is not None:
            source_ids = self.ids(
                subject.source_vocab_size, subject.source_pad_id, (size, source)
            )
        return with_masks(target_ids, source_ids)

    def ids(
        self, vocab_size: int, pad_id: int | None, shape: tuple[int, ...]
    ) -> Tensor:
        """Random ids, never that of padding."""
        allowed = torch.tensor([i for i in range(vocab_size) if i != pad_id])
        picks = torch.randint(len(allowed), shape, generator=self.generator)
        return allowed[picks]

    def other(self, ids: Tensor, vocab_size: int, pad_id: int | None) -> Tensor:
        """For each id another one."""
        allowed = torch.tensor([i for i in range(vocab_size) if i != pad_id])
        if len(allowed) < 2:
            raise NotApplicableError("the vocabulary has only one token")
        places = torch.searchsorted(allowed, ids.contiguous())
        shift = torch.randint(1, len(allowed), ids.shape, generator=self.generator)
        return allowed[(places + shift) % len(allowed)]

    def other_targets(self, ids: Tensor) -> Tensor:
        """For each target id another one."""
        subject = self.subject
        return self.other(ids, subject.target_vocab_size, subject.target_pad_id)

    def other_sources(self, ids: Tensor) -> Tensor:
        """For each source id another one."""
        subject = self.subject
        assert subject.source_vocab_size is not None
        return self.other(ids, subject.source_vocab_size, subject.source_pad_id)

    @torch.no_grad()
    def logits(self, batch: Batch) -> Tensor:
        """(B, T, vocabulary); raises ValueError for another shape."""
        return self.logits_with_gradient(batch)

    def logits_with_gradient(self, batch: Batch) -> Tensor:
        """The same, to go backward from."""
        found = self.subject.logits(batch)
        if not isinstance(found, Tensor):
            raise TypeError(f"logits must be a tensor, got {type(found).__name__}")
        due = tuple(batch.target_ids.shape)
        if found.dim() != 3 or tuple(found.shape[:2]) != due:
            raise ValueError(
                f"logits must have the shape (B, T, vocabulary) with (B, T) = {due}, "
                f"got {tuple(found.shape)}"
            )
        return found

    def spread(self, logits: Tensor) -> float:
        """The logits' standard deviation: changes are told as shares of it."""
        return max(float(logits.std()), 1e-30)

    def need_source(self) -> None:
        """Raise unless there is a source."""
        if self.subject.source_vocab_size is None:
            raise NotApplicableError("it reads no source")

    def _usable_lengths(self) -> tuple[int, int]:
        most = self.subject.max_length
        tries = [(T, S), (T, T), (most, most)]
        if self.subject.source_vocab_size is None:
            tries = [(T, 1), (most, 1)]
        if most is not None and most < T:
            tries = [(most, max(most - 1, 1)), (most, most)]
        first = None
        for target, source in tries:
            if target is None or source is None:
                continue
            try:
                self.logits(self.batch(target, source))
            except Exception as error:
                first = first or error
                continue
            self.equal = self.subject.source_vocab_size is not None and target == source
            return target, source
        assert first is not None
        raise CannotRunError(one_line(first)) from first


def with_masks(target_ids: Tensor, source_ids: Tensor | None) -> Batch:
    """A batch in which every id is a real token."""
    source_real = None
    if source_ids is not None:
        source_real = torch.ones_like(source_ids, dtype=torch.bool)
    target_real = torch.ones_like(target_ids, dtype=torch.bool)
    return Batch(target_ids, source_ids, target_real, source_real)
