"""Decoders to try the check-up on: a small GPT without a fault, and two with one each."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """Causal self-attention and a feed-forward network, each inside a residual."""

    def __init__(self, attention: nn.Module, d_model: int):
        super().__init__()
        self.attention = attention
        self.norm_1, self.norm_2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) → the same shape."""
        x = x + self.attention(self.norm_1(x))
        return x + self.feed_forward(self.norm_2(x))


class Attention(nn.Module):
    """Each row mixes the rows up to itself, in every head."""

    def __init__(self, d_model: int, n_heads: int):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) → the same shape."""
        B, T, d_model = x.shape
        cut = (B, T, self.n_heads, d_model // self.n_heads)
        query, key, value = (
            part.view(cut).transpose(1, 2) for part in self.qkv(x).chunk(3, -1)
        )
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
        later = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        weights = scores.masked_fill(later, -math.inf).softmax(-1)
        return self.out(self.merged(weights @ value))

    def merged(self, heads: Tensor) -> Tensor:
        """(B, n_heads, T, d_head) → (B, T, d_model)."""
        B, _, T, _ = heads.shape
        return heads.transpose(1, 2).reshape(B, T, -1)


class LeakyAttention(Attention):
    """Its heads are merged without turning the axes back."""

    def merged(self, heads: Tensor) -> Tensor:
        """The right shape, and the wrong numbers in it."""
        B, _, T, _ = heads.shape
        return heads.reshape(B, T, -1)


class SmallGPT(nn.Module):
    """A decoder without cross-attention: token and position tables, pre-norm blocks."""

    attention = Attention

    def __init__(self, vocab_size: int = 11, d_model: int = 32, n_heads: int = 4):
        super().__init__()
        self.max_length = 64
        self.tokens = nn.Embedding(vocab_size, d_model)
        self.places = nn.Embedding(self.max_length, d_model)
        self.blocks = nn.ModuleList(
            Block(self.attention(d_model, n_heads), d_model) for _ in range(2)
        )
        self.norm = nn.LayerNorm(d_model)
        self.output = nn.Linear(d_model, vocab_size, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, T) → (B, T, vocabulary)."""
        x = self.tokens(ids) + self.places(torch.arange(ids.size(1), device=ids.device))
        for block in self.blocks:
            x = block(x)
        return self.output(self.norm(x))


class LeakyGPT(SmallGPT):
    """SmallGPT with that attention."""

    attention = LeakyAttention


class ForgetfulGPT(SmallGPT):
    """Its position table is built and never added."""

    def forward(self, ids: Tensor) -> Tensor:
        """As SmallGPT, without places."""
        x = self.tokens(ids)
        for block in self.blocks:
            x = block(x)
        return self.output(self.norm(x))
