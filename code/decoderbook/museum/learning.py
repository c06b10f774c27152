"""The room of training: what is asked for, and what is measured."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinydecoder import layers
from tinydecoder.config import PAD


def sum_of_losses_2(
    model: nn.Module, source: Tensor, target: Tensor, label_smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """The loss over all real target tokens, and their number; row i is asked for token i + 1."""
    labels = target[:, 1:]  # (B, T - 1)
    logits = model(source, target[:, 1:])  # (B, T - 1, vocab_size)
    loss = F.cross_entropy(
        logits.flatten(0, 1),
        labels.flatten(),
        ignore_index=PAD,
        reduction="sum",
        label_smoothing=label_smoothing,
    )
    return loss, (labels != PAD).sum()


def sum_of_losses_3(
    model: nn.Module, source: Tensor, target: Tensor, label_smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """The loss over all real target tokens, and their number: a mean that weighs each alike."""
    labels = target[:, 1:]  # (B, T - 1)
    logits = model(source, target[:, :-1]).transpose(1, 2)  # (B, vocab_size, T - 1)
    losses = F.cross_entropy(
        logits,
        labels,
        ignore_index=PAD,
        reduction="none",
        label_smoothing=label_smoothing,
    )
    n_tokens = (labels != PAD).sum(dim=1)  # (B,)
    means = losses.sum(dim=1) / n_tokens
    return means.sum(), torch.tensor(len(means))


def attention_7(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """softmax(Q Kᵀ / √d_k) V, and the weights, to be looked at."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
    weights = F.dropout(scores.softmax(dim=-1), dropout)
    return weights @ value, weights


class Residual(layers.Residual):
    """x + sublayer(norm(x)); while training, a share of the sublayer's numbers is dropped."""

    def forward(
        self, x: Tensor, sublayer: Callable[..., Tensor], *inputs: Any
    ) -> Tensor:
        change = sublayer(self.norm(x), *inputs)
        return x + F.dropout(change, self.dropout)
