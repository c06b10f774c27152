"""One subject under examination: fresh ids of the lengths that it takes, and its logits."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property

import torch
from torch import Tensor

from decoderbook.checks.answers import TooSlowError
from decoderbook.checkup.clock import at_most
from decoderbook.checkup.problem import NotApplicableError, NotAskedError, one_line
from decoderbook.checkup.subject import Batch, Subject, with_masks

T, S = 6, 5  # tokens of target and source, unless the subject cannot


class CannotRunError(Exception):
    """The subject gives no logits at all; the message says what it did instead."""


class Trial:
    """A subject, a seed and a deadline. Every detector asks the subject through it.

    lengths: (T, S) of most batches. equal: both sides have to be equally long, as far
    as the first tries tell. calls: how often the subject was asked for logits.
    """

    def __init__(self, subject: Subject, seed: int = 0, seconds: float = 20.0):
        self.subject, self.seed, self.seconds = subject, seed, seconds
        self._deadline, self.calls = time.monotonic() + seconds, 0
        self.restart()
        self.lengths = self._usable_lengths()
        self.equal = self.has_source and self.lengths[0] == self.lengths[1]

    @property
    def has_source(self) -> bool:
        """Whether the subject reads a source."""
        return self.subject.source_vocab_size is not None

    @cached_property
    def is_random(self) -> bool:
        """Whether two runs with the same input differ."""
        batch, found = self.batch(), []
        for seed in (1, 2):
            torch.manual_seed(seed)
            found.append(self.logits(batch))
        self.restart()
        return bool((found[0] - found[1]).abs().max() > 1e-6 * spread(found[0]))

    def restart(self) -> None:
        """Draw the same ids again from here on, so that no detector depends on another."""
        self.generator = torch.Generator().manual_seed(self.seed)

    def batch(self, target: int = 0, source: int = 0, size: int = 2) -> Batch:
        """Random tokens without padding; 0 stands for the usual length."""
        target, source = target or self.lengths[0], source or self.lengths[1]
        target_ids = self._draw(self._target_tokens(), (size, target))
        source_ids = None
        if self.has_source:
            source_ids = self._draw(self._source_tokens(), (size, source))
        return with_masks(target_ids, source_ids)

    def other_targets(self, ids: Tensor) -> Tensor:
        """For each target id another one, never that of padding."""
        return self._other(self._target_tokens(), ids)

    def other_sources(self, ids: Tensor) -> Tensor:
        """For each source id another one, never that of padding."""
        return self._other(self._source_tokens(), ids)

    @torch.no_grad()
    def logits(self, batch: Batch) -> Tensor:
        """(B, T, vocabulary). Raises ValueError for another shape."""
        return self.logits_with_gradient(batch)

    def logits_with_gradient(self, batch: Batch) -> Tensor:
        """The same, to go backward from."""
        with self.in_time():
            found = self.subject.logits(batch.copied())
        self.calls += 1
        if not isinstance(found, Tensor):
            raise TypeError(f"logits must be a tensor, got {type(found).__name__}")
        due = tuple(batch.target_ids.shape)
        if found.dim() != 3 or tuple(found.shape[:2]) != due:
            raise ValueError(
                f"logits must have the shape (B, T, vocabulary) with (B, T) = {due}, "
                f"got {tuple(found.shape)}"
            )
        return found

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """Inside the block the subject's code runs, and no longer than there is time."""
        left = self._deadline - time.monotonic()
        if left < 0.1 * self.seconds:  # the last tenth is for what is under way
            raise NotAskedError(f"the {self.seconds:g} s were over")
        try:
            with at_most(left):
                yield
        except TooSlowError as error:
            raise NotAskedError(
                f"the {self.seconds:g} s were over before a call of it was"
            ) from error

    def takes(self, target: int, source: int) -> bool:
        """Whether the subject gives logits for these lengths."""
        try:
            self.logits(self.batch(target, source))
        except NotApplicableError:
            raise
        except Exception:
            return False
        return True

    def fits(self, length: int) -> bool:
        """Whether the subject says that it takes so many tokens."""
        most = self.subject.max_length
        return most is None or length <= most

    def need_source(self) -> None:
        """Raise unless there is a source."""
        if not self.has_source:
            raise NotApplicableError("it reads no source")

    def _target_tokens(self) -> Tensor:
        return _tokens(self.subject.target_vocab_size, self.subject.target_pad_id)

    def _source_tokens(self) -> Tensor:
        assert self.subject.source_vocab_size is not None
        return _tokens(self.subject.source_vocab_size, self.subject.source_pad_id)

    def _draw(self, tokens: Tensor, shape: tuple[int, ...]) -> Tensor:
        return tokens[torch.randint(len(tokens), shape, generator=self.generator)]

    def _other(self, tokens: Tensor, ids: Tensor) -> Tensor:
        if len(tokens) < 2:
            raise NotApplicableError("a vocabulary of it has only one token")
        places = torch.searchsorted(tokens, ids.contiguous())
        step = torch.randint(1, len(tokens), ids.shape, generator=self.generator)
        return tokens[(places + step) % len(tokens)]

    def _usable_lengths(self) -> tuple[int, int]:
        most, first = self.subject.max_length, None
        tries = [(T, S), (T, T)]
        if most is not None:
            short = min(T, most)
            tries = [(short, max(short - 1, 1)), (short, short), (most, most)]
        for target, source in tries:
            try:
                self.logits(self.batch(target, source))
            except NotAskedError as error:
                raise TooSlowError(str(error)) from error
            except Exception as error:
                first = first or error
            else:
                return target, source
        assert first is not None
        raise CannotRunError(one_line(first)) from first


def change(after: Tensor, before: Tensor) -> float:
    """The largest difference, as a share of the spread (standard deviation) of before."""
    return float((after - before).abs().max()) / spread(before)


def worst(values: Iterable[float]) -> float:
    """The largest; NaN if one of them is NaN."""
    return float(torch.tensor([0.0, *values]).max())


def told(value: float) -> str:
    """A number of a few digits; what is next to nothing by its power of ten."""
    if not 0 < value < 1e-3:
        return f"{value:.2g}"
    return f"below 1e{math.floor(math.log10(value)) + 1}"


def spread(logits: Tensor) -> float:
    """The logits' standard deviation, never 0."""
    return max(float(logits.std()), 1e-30)


def _tokens(vocab_size: int, pad_id: int | None) -> Tensor:
    return torch.tensor([i for i in range(vocab_size) if i != pad_id])
