"""The model as many tutorials write it, which `bench` sets beside ours and torch's own.

It is made from a Transformer and is the same function of the same weights, so that only
speed and memory can differ.
"""

import math
from copy import deepcopy

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from tinydecoder.attention import MultiHeadAttention
from tinydecoder.embedding import sinusoidal_positional_encoding
from tinydecoder.functional import Mask
from tinydecoder.model import Transformer

LONGEST = 200  # rows of the tutorial's tables
BLOCKED = -1e9  # the score that the tutorial gives where a query must not look


class TutorialModel(nn.Module):
    """Our model as many tutorials write it: heads in a loop, tables of fixed length.

    What is not named here is ours: embedding tables, feed-forward networks, residuals.
    """

    def __init__(self, ours: Transformer):
        super().__init__()
        d_model = ours.config.d_model
        self.pad_id = ours.pad_id
        self.scale = math.sqrt(d_model)
        self.source_token = deepcopy(ours.source_embedding.token)
        self.target_token = deepcopy(ours.target_embedding.token)
        self.encoder = deepcopy(ours.encoder)
        self.decoder = deepcopy(ours.decoder)
        for layer in (*self.encoder.layers, *self.decoder.layers):
            for name, part in list(layer.named_children()):
                if isinstance(part, MultiHeadAttention):
                    setattr(layer, name, TutorialAttention(part))
        dtype = ours.output.weight.dtype
        positions = torch.arange(LONGEST)
        encoding = sinusoidal_positional_encoding(positions, d_model, dtype=dtype)
        self.register_buffer("encoding", encoding)
        causal = torch.ones(LONGEST, LONGEST, dtype=torch.bool).tril()
        self.register_buffer("causal", causal)

    def forward(
        self, source_ids: Int[Tensor, "B S"], target_ids: Int[Tensor, "B T"]
    ) -> Float[Tensor, "B T vocab_size"]:
        source_rows = self.source_token(source_ids) * self.scale
        target_rows = self.target_token(target_ids) * self.scale
        source_rows = source_rows + self.encoding[: source_ids.size(1)]
        target_rows = target_rows + self.encoding[: target_ids.size(1)]
        causal = self.causal[: target_ids.size(1), : target_ids.size(1)]
        source_mask, target_mask = self._padding(source_ids), self._padding(target_ids)
        memory = self.encoder(source_rows, source_mask)
        hidden = self.decoder(target_rows, memory, causal & target_mask, source_mask)
        return F.linear(hidden, self.target_token.weight)

    def _padding(self, ids: Int[Tensor, "B T"]) -> Bool[Tensor, "B 1 T"]:
        return (ids != self.pad_id)[:, None]


class TutorialAttention(nn.Module):
    """Three small linear layers for each head, and one head after the other."""

    def __init__(self, ours: MultiHeadAttention):
        super().__init__()
        n_heads = ours.config.n_heads
        self.queries = _one_for_each_head(ours.query_projection, n_heads)
        self.keys = _one_for_each_head(ours.key_projection, n_heads)
        self.values = _one_for_each_head(ours.value_projection, n_heads)
        self.output = deepcopy(ours.output_projection)

    def forward(
        self,
        x: Float[Tensor, "B T d_model"],
        memory: Float[Tensor, "B S d_model"] | None = None,
        mask: Mask | None = None,
        cache: None = None,
    ) -> tuple[Float[Tensor, "B T d_model"], None]:
        """The attended rows, and no weights; the names are MultiHeadAttention's."""
        source = x if memory is None else memory
        heads = []
        for query, key, value in zip(self.queries, self.keys, self.values, strict=True):
            queries, keys = query(x), key(source)
            scores = queries @ keys.transpose(1, 2) / math.sqrt(queries.size(-1))
            scores = scores.masked_fill(~mask, BLOCKED)
            heads.append(scores.softmax(dim=-1) @ value(source))
        return self.output(torch.cat(heads, dim=-1)), None

    attend = MultiHeadAttention.attend


@torch.no_grad()
def _one_for_each_head(ours: nn.Linear, n_heads: int) -> nn.ModuleList:
    parts = []
    weights, biases = ours.weight.chunk(n_heads), ours.bias.chunk(n_heads)
    for weight, bias in zip(weights, biases, strict=True):
        part = nn.Linear(*reversed(weight.shape), dtype=weight.dtype)
        part.weight.copy_(weight)
        part.bias.copy_(bias)
        parts.append(part)
    return nn.ModuleList(parts)
