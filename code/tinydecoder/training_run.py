"""What stands around the training loop: processes, precision, the saved state, the record."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import torch
import torch.distributed as dist
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer
from tqdm import tqdm

from tinydecoder.batches import Batches, Example, collate
from tinydecoder.config import PAD, TrainConfig
from tinydecoder.distributed import rank_and_world
from tinydecoder.model import Transformer
from tinydecoder.text.tokenizer import START
from tinydecoder.training_state import History, fingerprint, load_state, save_state

# (model, source, target, label_smoothing) → the summed loss and the number of tokens.
LossFunction = Callable[[nn.Module, Tensor, Tensor, float], tuple[Tensor, Tensor]]


class TrainingRun:
    """One run of `train`, in this process and perhaps in others.

    On a GPU the products are in bfloat16, the weights are not. Inside `process_group()`
    each process takes its share of the same batches, and the sums over all of them
    decide: the number of processes changes only rounding and dropout's choices, even
    between two parts of a run. All must see state_path; the first one writes. torch's
    random numbers are seeded anew at each step, so a run that goes on draws what the
    whole one would have drawn.
    """

    def __init__(
        self,
        model: Transformer,
        optimizer: Optimizer,
        examples: Sequence[Example],
        config: TrainConfig,
        state_path: str | Path | None,
    ):
        self.model, self.optimizer, self.config = model, optimizer, config
        self.state_path = state_path
        self.rank, self.world = rank_and_world()
        self.device = next(model.parameters()).device
        self.batches = Batches(examples, config.batch_size, config.seed)
        self.data, self.history = fingerprint(examples), History()
        if state_path is not None and Path(state_path).exists():
            self.history = load_state(state_path, model, optimizer, config, self.data)
        self._losses: nn.Module = _Losses(model, config.label_smoothing)
        if self.world > 1:
            self._losses = DistributedDataParallel(self._losses)
        self._bar: tqdm | None = None
        # Of the step at hand, from mean() to finish().
        self._whole_loss = self._whole_tokens = torch.zeros(())

    def steps(self, progress: bool = True) -> Iterator[int]:
        """The steps that are left, each with its own seed; progress: a bar on stderr."""
        steps = range(len(self.history.loss), self.config.steps)
        quiet = not progress or self.rank > 0
        total = self.config.steps
        with tqdm(steps, initial=steps.start, total=total, disable=quiet) as self._bar:
            for step in self._bar:
                seed = Random(f"{self.config.seed} {step} {self.rank}").getrandbits(63)
                torch.manual_seed(seed)
                yield step

    def batch(self, step: int) -> tuple[Int[Tensor, "B S"], Int[Tensor, "B T"]]:
        """This process's share of the batch of a step, where the model is."""
        part = share(self.batches.batch(step), self.rank, self.world)
        source, target = collate(part)
        return source.to(self.device), target.to(self.device)

    def forward(
        self,
        function: LossFunction,
        source: Int[Tensor, "B S"],
        target: Int[Tensor, "B T"],
    ) -> tuple[Float[Tensor, ""], Int[Tensor, ""]]:
        """What function gives for the model: the summed loss and the number of tokens."""
        mixed = self.device.type == "cuda"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=mixed):
            return self._losses(function, source, target)

    def mean(
        self, loss: Float[Tensor, ""], n_tokens: Int[Tensor, ""]
    ) -> Float[Tensor, ""]:
        """The mean over the tokens of all processes, to go backward from.

        The processes' gradients are averaged, and their mean must be the gradient of
        the whole batch's mean loss: hence × the number of processes.
        """
        totals = torch.stack((loss.detach(), n_tokens.to(loss)))
        if self.world > 1:
            dist.all_reduce(totals)
        self._whole_loss, self._whole_tokens = totals
        return loss * self.world / self._whole_tokens

    def finish(self, step: int, gradient_norm: Tensor) -> None:
        """Write the step down, and save the state when it is due."""
        loss = (self._whole_loss / self._whole_tokens).item()
        self.history.loss.append(loss)
        self.history.learning_rate.append(self.optimizer.param_groups[0]["lr"])
        self.history.gradient_norm.append(gradient_norm.item())
        self.history.tokens.append(int(self._whole_tokens))
        if self._bar is not None:
            self._bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        done, every = step + 1, self.config.checkpoint_every
        due = done == self.config.steps or (every > 0 and done % every == 0)
        if self.state_path is not None and self.rank == 0 and due:
            save_state(
                self.state_path,
                self.model,
                self.optimizer,
                self.history,
                self.config,
                self.data,
            )


class _Losses(nn.Module):
    """A loss as a module, because DistributedDataParallel wraps a forward."""

    def __init__(self, model: nn.Module, label_smoothing: float):
        super().__init__()
        self.model = model
        self.label_smoothing = label_smoothing

    def forward(
        self, function: LossFunction, source: Tensor, target: Tensor
    ) -> tuple[Tensor, Tensor]:
        return function(self.model, source, target, self.label_smoothing)


def share(batch: Sequence[Example], rank: int, world: int) -> Sequence[Example]:
    """The part of a batch that one of several processes works on.

    A process without an example gets one that has nothing to predict: all must take
    part in the exchange of gradients, and this one adds 0.
    """
    return batch[rank::world] or [Example(batch[0].source, [START, PAD])]
