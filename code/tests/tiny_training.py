"""A training run of seconds for the tests; as a script, one process of such a run.

A task that a model can learn: the source backwards. Lengths differ, so batches pad.

tiny_training.py OUT STEPS   train with the state in OUT, a line a step, then the weights
tiny_training.py OUT         under torchrun: the runs of test_distributed, into OUT
"""

import json
import sys
from pathlib import Path
from random import Random

import safetensors.torch
import torch

from tinydecoder.batches import Example
from tinydecoder.config import ModelConfig, TrainConfig
from tinydecoder.distributed import process_group, rank_and_world
from tinydecoder.files import only_writer
from tinydecoder.model import Transformer
from tinydecoder.text.tokenizer import END, START
from tinydecoder.training import train

VOCABULARY = 12
CONFIG = TrainConfig(
    steps=12,
    batch_size=5,
    learning_rate=5e-3,
    warmup_steps=3,
    label_smoothing=0.1,
    clip_norm=0.5,
    seed=3,
    checkpoint_every=4,
)


class Stop(Exception):
    """What ends a run early, as an error in the middle of it would."""


def tiny_examples(count=32, seed=1):
    random = Random(seed)
    found = []
    for _ in range(count):
        length = random.randint(1, 7)
        words = [random.randrange(4, VOCABULARY) for _ in range(length)]
        found.append(Example([*words, END], [START, *reversed(words), END]))
    return found


def tiny_model(dropout=0.0, seed=2):
    torch.manual_seed(seed)
    config = ModelConfig(16, 2, 32, 1, dropout=dropout)
    return Transformer(config, VOCABULARY, VOCABULARY).double()


def weights(model):
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def stop_after(done):
    def on_step(step, loss):
        if step + 1 == done:
            raise Stop

    return on_step


def train_until(done, model, config, state_path):
    """A run that breaks off after so many steps."""
    try:
        train(
            model,
            tiny_examples(),
            config,
            state_path=state_path,
            progress=False,
            on_step=stop_after(done),
        )
    except Stop:
        return
    raise AssertionError("the run was to break off")


def one_process(folder, steps):
    """A state at every step, so that a kill can fall into the writing of one."""
    config = TrainConfig(steps=steps, batch_size=5, warmup_steps=3, checkpoint_every=1)
    model = tiny_model(dropout=0.2)
    with only_writer(folder / "state"):
        train(
            model,
            tiny_examples(),
            config,
            state_path=folder / "state",
            on_step=lambda step, loss: print(step, flush=True),
        )
    safetensors.torch.save_file(weights(model), folder / "weights")


def all_processes(folder):
    small = TrainConfig(steps=6, batch_size=1, warmup_steps=0)
    with process_group() as device:
        assert device.type == "cpu"
        rank, world = rank_and_world()
        runs = {
            "whole": (CONFIG, None),
            "small": (small, None),
            "continued": (CONFIG, folder / "from-one"),
        }
        for name, (config, path) in runs.items():
            model = tiny_model(seed=2 + rank)  # the first process's weights count
            history = train(model, tiny_examples(), config, state_path=path)
            safetensors.torch.save_file(weights(model), folder / f"{name}-{rank}")
            report = {"world": world, **vars(history)}
            (folder / f"{name}-{rank}.json").write_text(json.dumps(report))
        train_until(8, tiny_model(), CONFIG, folder / "from-two")


if __name__ == "__main__":
    torch.set_num_threads(1)
    out = Path(sys.argv[1])
    if sys.argv[2:]:
        one_process(out, int(sys.argv[2]))
    else:
        all_processes(out)
