"""The room of masks: who may look at whom."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def causal_mask(
    length: int, device: torch.device | None = None, past: int = 0
) -> Tensor:
    """Row i may look at columns 0…past + i: itself, and what came before it."""
    keys = past + length
    mask = torch.ones(length, keys, dtype=torch.bool, device=device)
    return mask.triu(past + 1)


def attention_1(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """softmax(Q Kᵀ / √d_k) V, and the weights; True in the mask = may look."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        batch, n_heads, length, keys = scores.shape
        mask = mask.expand(batch, 1, length, keys).flatten(0, 1)  # one a sentence
        mask = mask.repeat(n_heads, 1, 1)  # (B * H, T, S)
        lowest = torch.finfo(scores.dtype).min
        scores = torch.where(mask.reshape(scores.shape), scores, lowest)
    weights = scores.softmax(dim=-1)
    return F.dropout(weights, dropout) @ value, weights


def attention_2(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """softmax(Q Kᵀ / √d_k) V, and the weights; True in the mask = may look."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    return F.dropout(weights, dropout) @ value, weights
