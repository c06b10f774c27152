"""The formulas of attention as pure functions.

A mask has one form in this package: a boolean tensor in which True means "this query
may look at this key". It is the form of
`torch.nn.functional.scaled_dot_product_attention`; `torch.nn.MultiheadAttention` uses
the opposite (True = blocked), so pass it `~mask`.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

# (…, queries, keys), True = may look. An axis of size 1 spreads; `check_mask` checks that.
Mask = Bool[Tensor, "... _ _"]


def causal_mask(
    length: int, device: torch.device | None = None, past: int = 0
) -> Bool[Tensor, "T S"]:
    """Row i is True at columns 0…past + i: itself, and what came before it.

    past: rows whose keys are kept in a cache; the mask has past + length columns.
    Source: Vaswani et al. 2017, section 3.2.3.
    """
    keys = past + length
    return torch.ones(length, keys, dtype=torch.bool, device=device).tril(past)


def padding_mask(ids: Int[Tensor, "B S"], pad_id: int) -> Bool[Tensor, "B 1 1 S"]:
    """True where a key is a real token; spreads over heads and queries."""
    return (ids != pad_id)[:, None, None, :]


def scaled_dot_product_attention(
    query: Float[Tensor, "*batch T d_k"],
    key: Float[Tensor, "*batch S d_k"],
    value: Float[Tensor, "*batch S d_v"],
    mask: Tensor | None = None,
    dropout: float = 0.0,
) -> tuple[Float[Tensor, "*batch T d_v"], Float[Tensor, "*batch T S"]]:
    """softmax(Q Kᵀ / √d_k) V: each query's mixture of the values, and its weights.

    mask must be boolean, broadcastable to (*batch, T, S), True = may look. A query that
    may look at nothing has weights and output 0, never NaN. dropout is the share of
    weights set to zero before they meet the values; the returned weights are those
    before dropout, so each row that may look anywhere sums to one.

    Raises TypeError for a mask that is not boolean, ValueError for a wrong shape.
    Source: Vaswani et al. 2017, equation 1.
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is None:
        weights = scores.softmax(dim=-1)
    else:
        check_mask(mask, scores.shape)
        # Not -inf but the lowest number: a row of nothing but -inf would become NaN.
        masked_scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
        weights = torch.where(mask, masked_scores.softmax(dim=-1), 0.0)
    return F.dropout(weights, dropout) @ value, weights


def check_mask(mask: Tensor, shape: torch.Size) -> None:
    """Raise unless mask is boolean and broadcasts to the scores' shape (*batch, T, S)."""
    if mask.dtype != torch.bool:
        raise TypeError(
            f"mask must be boolean with True = may look, got {mask.dtype}. "
            "From an additive mask (0 and -inf) make it with mask == 0."
        )
    sizes = zip(reversed(mask.shape), reversed(shape), strict=False)
    fits = mask.dim() <= len(shape) and all(m in (1, size) for m, size in sizes)
    if not fits:
        raise ValueError(
            f"mask of shape {tuple(mask.shape)} does not broadcast to the scores' {tuple(shape)}: "
            "the last two axes are queries (T) and keys (S), an axis of size 1 spreads."
        )


def split_heads(
    x: Float[Tensor, "B T d_model"], n_heads: int
) -> Float[Tensor, "B n_heads T d_head"]:
    """Give each head its own run of features, and put heads before positions."""
    batch, length, d_model = x.shape
    runs = (batch, length, n_heads, d_model // n_heads)
    return x.reshape(runs).transpose(1, 2)  # (B, n_heads, T, d_head)


def merge_heads(
    x: Float[Tensor, "B n_heads T d_head"],
) -> Float[Tensor, "B T d_model"]:
    """Undo split_heads: positions before heads, then the heads' features in one row."""
    batch, n_heads, length, d_head = x.shape
    return x.transpose(1, 2).reshape(batch, length, n_heads * d_head)  # (B, T, d_model)
