"""The training loop without what text needs: any model, any loss of a step."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from tinydecoder.config import TrainConfig
from tinydecoder.training import learning_rate


def fit(
    model: nn.Module, loss_of: Callable[[int], Tensor], config: TrainConfig
) -> list[float]:
    """The losses of all steps; the model comes back trained, in evaluation mode.

    loss_of: the loss of the batch of a step, counted from 0. Of config it takes steps,
    learning rate, warm-up, clipping, betas and weight decay.
    """
    weights = list(model.parameters())
    decay = config.weight_decay
    optimizer = AdamW(weights, betas=config.betas, weight_decay=decay, fused=True)
    losses = []
    model.train()
    for step in range(config.steps):
        loss = loss_of(step)
        optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(weights, config.clip_norm, error_if_nonfinite=True)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return losses


def batch_of(tensors: Sequence[Tensor], step: int, size: int) -> list[Tensor]:
    """The batch of a step: the next size rows of each tensor, and round again at the end."""
    places = torch.arange(step * size, (step + 1) * size) % len(tensors[0])
    return [tensor[places] for tensor in tensors]
