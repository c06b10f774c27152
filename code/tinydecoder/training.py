"""Training: the loss of a batch, the learning rate of a step, and the loop over both."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import torch
import torch.distributed as dist
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from tqdm import tqdm

from tinydecoder.batches import Batches, Example, collate
from tinydecoder.config import TrainConfig
from tinydecoder.distributed import rank_and_world
from tinydecoder.model import Transformer
from tinydecoder.text.tokenizer import PAD, START
from tinydecoder.training_state import History, fingerprint, load_state, save_state


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


class SumOfLosses(nn.Module):
    """sum_of_losses as a module, because DistributedDataParallel wraps a forward."""

    def __init__(self, model: nn.Module, label_smoothing: float):
        super().__init__()
        self.model = model
        self.label_smoothing = label_smoothing

    def forward(
        self, source: Int[Tensor, "B S"], target: Int[Tensor, "B T"]
    ) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
        return sum_of_losses(self.model, source, target, self.label_smoothing)


def share(batch: Sequence[Example], rank: int, world: int) -> Sequence[Example]:
    """The part of a batch that one of several processes works on.

    A process without an example gets one that has nothing to predict: all must take
    part in the exchange of gradients, and this one adds 0.
    """
    return batch[rank::world] or [Example(batch[0].source, [START, PAD])]


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
    progress: a bar on stderr.
    on_step: called with step and loss after each step, in every process.

    On a GPU the products are in bfloat16, the weights are not. Inside `process_group()`
    each process takes its share of the same batches, and the sums over all of them
    decide: the number of processes changes only rounding and dropout's choices, even
    between two parts of a run. All must see state_path; the first one writes. torch's
    random numbers are seeded anew at each step. Raises ValueError for no examples or a
    state that does not fit, RuntimeError for a gradient that is not finite.
    """
    rank, world = rank_and_world()
    device = next(model.parameters()).device
    batches = Batches(examples, config.batch_size, config.seed)
    optimizer = AdamW(
        model.parameters(),
        betas=config.betas,
        weight_decay=config.weight_decay,
        fused=True,
    )
    data, history = fingerprint(examples), History()
    if state_path is not None and Path(state_path).exists():
        history = load_state(state_path, model, optimizer, config, data)
    loss_of: nn.Module = SumOfLosses(model, config.label_smoothing)
    if world > 1:
        loss_of = DistributedDataParallel(loss_of)

    steps = range(len(history.loss), config.steps)
    quiet = not progress or rank > 0
    bar = tqdm(steps, initial=steps.start, total=config.steps, disable=quiet)
    for step in bar:
        torch.manual_seed(Random(f"{config.seed} {step} {rank}").getrandbits(63))
        rate = learning_rate(step, config)
        for group in optimizer.param_groups:
            group["lr"] = rate
        model.train()
        part = collate(share(batches.batch(step), rank, world))
        source, target = (ids.to(device) for ids in part)
        mixed = device.type == "cuda"
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=mixed):
            loss, n_tokens = loss_of(source, target)
        totals = torch.stack((loss.detach(), n_tokens.to(loss)))
        if world > 1:
            dist.all_reduce(totals)
        optimizer.zero_grad()
        # The processes' gradients are averaged, and their mean must be the gradient of
        # the whole batch's mean loss.
        (loss * world / totals[1]).backward()
        norm = clip_grad_norm_(
            model.parameters(), config.clip_norm, error_if_nonfinite=True
        )
        optimizer.step()

        history.loss.append((totals[0] / totals[1]).item())
        history.learning_rate.append(rate)
        history.gradient_norm.append(norm.item())
        history.tokens.append(int(totals[1]))
        bar.set_postfix(loss=f"{history.loss[-1]:.3f}", refresh=False)
        done = step + 1
        every = config.checkpoint_every
        due = done == config.steps or (every > 0 and done % every == 0)
        if state_path is not None and rank == 0 and due:
            save_state(state_path, model, optimizer, history, config, data)
        if on_step is not None:
            on_step(step, history.loss[-1])
    model.eval()
    return history
