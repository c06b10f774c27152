"""What a visitor would see: the same short training with a bug and without it.

Forty-five trainings take some minutes, so they are recorded: `python -m decoderbook.museum`
writes the record, and a test runs the beginning of each kind again.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from decoderbook.museum.catalogue import NUMBERS
from tinydecoder import datasets, model, training
from tinydecoder.config import ModelConfig, TrainConfig
from tinydecoder.datasets import Dataset
from tinydecoder.evaluation.shares import shares_right

RECORD = Path(__file__).parent / "runs.json"
SMALL = ModelConfig(d_model=32, n_heads=4, d_ff=64, n_layers=2)
SHORT = TrainConfig(
    steps=150, batch_size=32, learning_rate=1e-2, warmup_steps=15, label_smoothing=0.0
)
SEEDS = (0, 1, 2)
EVERY = 4  # of the steps, one that is recorded
LAST = 20  # steps, over which the last loss is taken
RIGHT = "right"
# Bugs that change what is learned, and let a training run to its end.
TRAINED = (
    *("upside-down", "crossed-axes", "scrambled-heads", "other-axis", "unscaled"),
    *("one-for-all", "mixed-norm", "parity", "doubled", "drowned", "one-too-many"),
    *("endless", "unshifted", "mean-of-means"),
)


@dataclass(frozen=True)
class Run:
    """One training. losses: of every fourth step. last_loss: the mean of the last twenty.
    own_prefix: share of right tokens of held-out sentences when the model writes by
    itself.
    """

    losses: tuple[float, ...]
    last_loss: float
    own_prefix: float


@cache
def data() -> Dataset:
    """Three thousand sentence pairs of the course's corpus, and a hundred held out."""
    return datasets.corpus_dataset(train=3000, validation=1, held_out=100)


def train(
    seed: int, on_step: Callable[[int, float], object] | None = None
) -> tuple[model.Transformer, list[float]]:
    """Train the package as it is now, in float64, so that every machine gets the same."""
    sizes = (data().source_tokenizer.vocab_size, data().target_tokenizer.vocab_size)
    torch.manual_seed(seed)
    subject = model.Transformer(SMALL, *sizes).double()
    history = training.train(
        subject, data().train, SHORT, progress=False, on_step=on_step
    )
    return subject, history.loss


def run(seed: int) -> Run:
    """One training of the package as it is now, and what its model writes."""
    subject, losses = train(seed)
    right = shares_right(subject, data().held_out.examples, limit=20)
    return Run(
        tuple(round(loss, 3) for loss in losses[::EVERY]),
        round(sum(losses[-LAST:]) / LAST, 3),
        round(right["own prefix"], 3),
    )


def recorded() -> dict[str, list[Run]]:
    """The runs of every seed, by exhibit, and those of the right model first."""
    stored = json.loads(RECORD.read_text("utf-8"))
    return {
        slug: [Run(tuple(losses), *rest) for losses, *rest in runs]
        for slug, runs in stored.items()
    }


def beside(
    measure: str,
) -> tuple[dict[int, list[float]], list[int], list[int], list[int]]:
    """What the runs measured, by the exhibit's number, 0 for the right model; then the
    exhibits that lie below the right model with every seed, those above it, and the rest.
    """
    values = {
        NUMBERS.get(slug, 0): [getattr(run, measure) for run in runs]
        for slug, runs in recorded().items()
    }
    right = values[0]
    below = [n for n, three in values.items() if max(three) < min(right)]
    above = [n for n, three in values.items() if min(three) > max(right)]
    rest = [n for n in values if n and n not in below + above]
    return values, below, above, rest


def edges(slug: str) -> tuple[list[float], list[float]]:
    """The lowest and the highest loss of an exhibit's runs, at each recorded step."""
    steps = list(zip(*(run.losses for run in recorded()[slug]), strict=True))
    return list(map(min, steps)), list(map(max, steps))
