"""From sentence pairs to padded batches, in an order that step and seed decide."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from tinydecoder.config import PAD
from tinydecoder.text.tokenizer import END, START, Tokenizer

POOL = 50  # batches; only within so many are sentences sorted by length


def pad(batch: Sequence[Sequence[int]]) -> Int[Tensor, "B T"]:
    """The lists of ids as rows, filled with PAD up to the longest of this batch.

    Raises ValueError for a batch of no rows.
    """
    if not batch:
        raise ValueError("a batch must have at least one row, got none")
    rows = [torch.tensor(ids, dtype=torch.long) for ids in batch]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)


class Example(NamedTuple):
    """A sentence pair as ids: source ends in END, target is START, …, END."""

    source: list[int]
    target: list[int]


def examples(
    pairs: Iterable[tuple[str, str]],
    source_tokenizer: Tokenizer,
    target_tokenizer: Tokenizer,
) -> list[Example]:
    """Each pair of sentences as an Example."""
    return [
        Example(
            [*source_tokenizer.encode(source), END],
            [START, *target_tokenizer.encode(target), END],
        )
        for source, target in pairs
    ]


def collate(batch: Sequence[Example]) -> tuple[Int[Tensor, "B S"], Int[Tensor, "B T"]]:
    """Source ids and target ids, each padded to the longest of this batch.

    Raises ValueError for a batch of no examples.
    """
    return pad([e.source for e in batch]), pad([e.target for e in batch])


class Batches:
    """Batches of examples of about the same length, so that little is padding.

    Each epoch shuffles the examples, sorts each pool of POOL batches by length, cuts
    the batches and shuffles them. Every example comes once an epoch; one batch of an
    epoch is smaller where batch_size does not divide their number.

    Raises ValueError if there are no examples, or for a batch_size below 1.
    """

    def __init__(self, examples: Sequence[Example], batch_size: int, seed: int = 0):
        if not examples:
            raise ValueError("there must be at least one example, got none")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.examples = examples
        self.batch_size = batch_size
        self.seed = seed
        self._epoch = -1
        self._batches: list[list[int]] = []

    def __len__(self) -> int:
        """Batches of one epoch."""
        return -(-len(self.examples) // self.batch_size)  # rounded up

    def batch(self, step: int) -> list[Example]:
        """The batch of a step, counted from 0 and over all epochs.

        It depends on step and seed alone, so a run that goes on needs no other state.
        """
        epoch, place = divmod(step, len(self))
        if epoch != self._epoch:
            self._batches, self._epoch = self._order(epoch), epoch
        return [self.examples[i] for i in self._batches[place]]

    def _order(self, epoch: int) -> list[list[int]]:
        """The batches of an epoch as places in self.examples."""
        random = Random(f"{self.seed} {epoch}")
        order = _shuffled(random, range(len(self.examples)))
        size = self.batch_size
        batches = []
        for start in range(0, len(order), POOL * size):
            pool = sorted(order[start : start + POOL * size], key=self._lengths)
            batches += [pool[i : i + size] for i in range(0, len(pool), size)]
        return _shuffled(random, batches)

    def _lengths(self, place: int) -> tuple[int, int]:
        source, target = self.examples[place]
        return len(target), len(source)


def _shuffled(random: Random, things: Sequence) -> list:
    # The one method that Python promises to keep the same from version to version.
    return sorted(things, key=lambda _: random.random())
