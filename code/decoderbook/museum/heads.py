"""The room of heads and layers: how rows are compared, mixed, and passed on."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinydecoder import attention, layers, model
from tinydecoder.cache import KVCache
from tinydecoder.config import ModelConfig
from tinydecoder.functional import (
    Mask,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)


def merge(x: Tensor) -> Tensor:
    """All heads' features of one position, side by side in its row."""
    batch, n_heads, length, d_head = x.shape
    return x.reshape(batch, length, n_heads * d_head)  # (B, T, d_model)


class MultiHeadAttention(attention.MultiHeadAttention):
    """Self-attention and cross-attention; no weight has a length in its shape."""

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        mask: Mask | None = None,
        cache: KVCache | None = None,
    ) -> tuple[Tensor, Tensor]:
        source = x if memory is None else memory
        batch, length, _ = source.shape
        runs = (batch, length, self.config.n_heads, self.config.d_head)
        query = self.query_projection(x).reshape(runs).transpose(1, 2)
        key = split_heads(self.key_projection(source), self.config.n_heads)
        value = split_heads(self.value_projection(source), self.config.n_heads)
        if cache is not None:
            key, value = cache.extend(key, value)
        dropout = self.config.dropout if self.training else 0.0
        heads, weights = scaled_dot_product_attention(query, key, value, mask, dropout)
        return self.output_projection(merge_heads(heads)), weights


def attention_3(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """softmax(Q Kᵀ / √d_k) V, and the weights; True in the mask = may look."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))  # (…, T, S)
    if mask is not None:
        scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
    weights = scores.softmax(dim=-2)
    return F.dropout(weights, dropout) @ value, weights


def attention_4(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """softmax(Q Kᵀ / √d_k) V, and the weights; True in the mask = may look."""
    scores = query @ key.transpose(-2, -1)  # (…, T, S)
    if mask is not None:
        scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
    weights = scores.softmax(dim=-1)
    return F.dropout(weights, dropout) @ value, weights


def attention_5(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """softmax(Q Kᵀ / √d_k) V, and the weights; True in the mask = may look."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))  # (…, T, S)
    if mask is not None:
        scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
    powers = scores.exp()
    weights = powers / powers.sum(dim=-1, keepdim=True)
    return F.dropout(weights, dropout) @ value, weights


class Decoder(model.Decoder):
    """N decoder layers with weights of their own."""

    def __init__(self, config: ModelConfig):
        super().__init__(config)
        stack = [model.DecoderLayer(config)] * config.n_layers
        self.layers = nn.ModuleList(stack)


class LayerNorm(nn.Module):
    """Each row less its mean, divided by its spread; then a gain and a shift a feature."""

    def __init__(self, d_model: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Tensor) -> Tensor:
        axes = (-2, -1)
        mean = x.mean(dim=axes, keepdim=True)
        variance = x.var(dim=axes, keepdim=True, correction=0)
        return (x - mean) / (variance + 1e-5).sqrt() * self.weight + self.bias


class Residual(layers.Residual):
    """norm(x + sublayer(x)), as in the paper: Vaswani et al. 2017, section 3.1."""

    def forward(
        self, x: Tensor, sublayer: Callable[..., Tensor], *inputs: Any
    ) -> Tensor:
        change = sublayer(self.norm(x), *inputs)
        return x + F.dropout(change, self.dropout, self.training)
