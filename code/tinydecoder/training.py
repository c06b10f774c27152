"""Training: the loss of a batch, the learning rate of a step, and the loop over both."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from tinydecoder.batches import Example
from tinydecoder.config import PAD, TrainConfig
from tinydecoder.model import Transformer
from tinydecoder.training_run import TrainingRun
from tinydecoder.training_state import History


def learning_rate(step: int, config: TrainConfig) -> float:
    """Linear warm-up to the peak at step w = warmup_steps, cosine decay to 0 at steps.

    peak · (step + 1) / (w + 1) before step w,
    peak · (1 + cos(π (step - w) / (steps - w))) / 2 from step w on.
    Source: Loshchilov and Hutter 2017 for the cosine.
    """
    warmup = config.warmup_steps
    if step < warmup:
        return config.learning_rate * (step + 1) / (warmup + 1)
    progress = (step - warmup) / (config.steps - warmup)
    return config.learning_rate * (1 + math.cos(math.pi * progress)) / 2


def sum_of_losses(
    model: nn.Module,
    source: Int[Tensor, "B S"],
    target: Int[Tensor, "B T"],
    label_smoothing: float = 0.0,
) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
    """The cross-entropy summed over the real target tokens, in nats, and their number.

    Teacher forcing: the model reads target[:, :-1], and row i is asked for token i + 1.
    A sum, because a mean of the means of unequal batches would weigh tokens unequally.
    """
    labels = target[:, 1:]  # (B, T - 1)
    logits = model(source, target[:, :-1])  # (B, T - 1, vocab_size)
    loss = F.cross_entropy(
        logits.flatten(0, 1),
        labels.flatten(),
        ignore_index=PAD,
        reduction="sum",
        label_smoothing=label_smoothing,
    )
    return loss, (labels != PAD).sum()


def train(
    model: Transformer,
    examples: Sequence[Example],
    config: TrainConfig,
    *,
    state_path: str | Path | None = None,
    progress: bool = True,
    on_step: Callable[[int, float], object] | None = None,
) -> History:
    """Train the model where it is, CPU or GPU; it comes back in evaluation mode.

    state_path: where the state is saved; a state that is there already is gone on with,
    and the result is the same as without the break. None saves nothing.
    progress: a bar on stderr. on_step: called with step and loss after each step.
    What several processes, a GPU and a saved state need stands in `TrainingRun`. Raises
    ValueError for no examples or a state that does not fit, RuntimeError for a gradient
    that is not finite.
    """
    weights = list(model.parameters())
    optimizer = AdamW(
        weights, betas=config.betas, weight_decay=config.weight_decay, fused=True
    )
    run = TrainingRun(model, optimizer, examples, config, state_path)
    for step in run.steps(progress):
        model.train()
        source, target = run.batch(step)  # (B, S), (B, T)
        loss, n_tokens = run.forward(sum_of_losses, source, target)
        mean_loss = run.mean(loss, n_tokens)
        optimizer.zero_grad()
        mean_loss.backward()
        norm = clip_grad_norm_(weights, config.clip_norm, error_if_nonfinite=True)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        optimizer.step()
        run.finish(step, norm)
        if on_step is not None:
            on_step(step, run.history.loss[-1])
    model.eval()
    return run.history
