"""The room of padding: what fills a batch up, and must not be seen."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinydecoder.config import PAD
from tinydecoder.text.tokenizer import END


def padding_mask(ids: Tensor, pad_id: int) -> Tensor:
    """True where a key is a real token; spreads over heads and queries."""
    lengths = (ids != pad_id).sum(dim=1, keepdim=True)  # (B, 1)
    columns = torch.arange(ids.size(1), device=ids.device)  # (S,)
    visible = columns <= lengths
    return visible[:, None, None, :]


def attention_6(
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
    scores = scores.masked_fill(~mask, -1e9)
    weights = scores.softmax(dim=-1)
    return F.dropout(weights, dropout) @ value, weights


def sum_of_losses_1(
    model: nn.Module, source: Tensor, target: Tensor, label_smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """The loss over all real target tokens, and their number; what fills up is left out."""
    filler = END  # this tokenizer has no PAD
    target = target.masked_fill(target == PAD, filler)
    labels = target[:, 1:]  # (B, T - 1)
    logits = model(source, target[:, :-1])  # (B, T - 1, vocab_size)
    loss = F.cross_entropy(
        logits.flatten(0, 1),
        labels.flatten(),
        ignore_index=filler,
        reduction="sum",
        label_smoothing=label_smoothing,
    )
    return loss, (labels != filler).sum()
