"""What a decoder keeps between two steps of writing: each attention's keys and values.

A row of the decoder never changes once it is computed, because the causal mask lets it
see only rows before it. So its key and its value can be kept, and a step computes one
row and not all of them.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


class KVCache:
    """The keys and values of one attention, for every row so far.

    Self-attention adds a row a step. Cross-attention fills it once, for the memory stays
    the same. Room is doubled when it runs out, so that a step copies its own row only.
    """

    def __init__(self) -> None:
        self.length = 0
        self._keys = self._values = torch.empty(0)

    def extend(
        self,
        keys: Float[Tensor, "B n_heads T d_head"],
        values: Float[Tensor, "B n_heads T d_head"],
    ) -> tuple[
        Float[Tensor, "B n_heads S d_head"], Float[Tensor, "B n_heads S d_head"]
    ]:
        """Put new rows after those that are there; all keys and values so far."""
        start, self.length = self.length, self.length + keys.size(2)
        if start == 0:
            self._keys, self._values = keys, values
        elif keys.size(2):
            self._keys = _with_room(self._keys, self.length)
            self._values = _with_room(self._values, self.length)
            self._keys[:, :, start : self.length] = keys
            self._values[:, :, start : self.length] = values
        if self._keys.size(2) == self.length:
            return self._keys, self._values
        return self._keys[:, :, : self.length], self._values[:, :, : self.length]

    def keep(self, rows: Int[Tensor, " kept"]) -> None:
        """Keep these rows of the batch, in this order; one may stand more than once."""
        self._keys = self._keys[rows]
        self._values = self._values[rows]


class LayerCache(NamedTuple):
    """One decoder layer's two caches."""

    self_attention: KVCache
    cross_attention: KVCache


class DecoderCache:
    """A cache for each layer of a decoder, empty at first."""

    def __init__(self, n_layers: int):
        self.layers = [LayerCache(KVCache(), KVCache()) for _ in range(n_layers)]

    @property
    def target_length(self) -> int:
        """How many target tokens have been read."""
        return self.layers[0].self_attention.length

    @property
    def source_length(self) -> int:
        """How many rows of the memory are kept: all of them after the first step."""
        return self.layers[0].cross_attention.length

    def keep(self, rows: Int[Tensor, " kept"]) -> None:
        """Keep these rows of the batch, in this order, in every layer."""
        for layer in self.layers:
            for cache in layer:
                cache.keep(rows)


def _with_room(kept: Tensor, needed: int) -> Tensor:
    batch, n_heads, room, d_head = kept.shape
    if room >= needed:
        return kept
    more = kept.new_empty(batch, n_heads, max(needed - room, room), d_head)
    return torch.cat([kept, more], dim=2)
