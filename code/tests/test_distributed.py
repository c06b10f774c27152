"""Two processes train as one: the same losses, the same weights, one state for both."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from tiny_training import CONFIG, tiny_examples, tiny_model, train_until, weights

from tinydecoder.batches import Batches, collate
from tinydecoder.config import TrainConfig
from tinydecoder.distributed import process_group, rank_and_world
from tinydecoder.text.tokenizer import PAD
from tinydecoder.training import train
from tinydecoder.training_run import share

SCRIPT = Path(__file__).parent / "tiny_training.py"
EXACT = {"rel": 0.0, "abs": 1e-9}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The folder in which two processes left what they did."""
    folder = tmp_path_factory.mktemp("two")
    train_until(8, tiny_model(), CONFIG, folder / "from-one")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = subprocess.run(
        [*torchrun, "--nproc-per-node", "2", SCRIPT, folder],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("<?") == 3  # a bar begins so: one a run, not one a process
    return folder


def one_process(config=CONFIG, path=None):
    model = tiny_model()
    history = train(model, tiny_examples(), config, state_path=path, progress=False)
    return vars(history), weights(model)


def agree(left, right):
    assert left[0]["loss"] == pytest.approx(right[0]["loss"], **EXACT)
    assert left[0]["gradient_norm"] == pytest.approx(right[0]["gradient_norm"], **EXACT)
    assert left[0]["tokens"] == right[0]["tokens"]
    assert left[1].keys() == right[1].keys()
    for name in left[1]:
        torch.testing.assert_close(left[1][name], right[1][name], rtol=0.0, atol=1e-9)


def test_the_processes_shares_differ_in_length_and_padding():
    """Otherwise the equalities below would say little."""
    batches = Batches(tiny_examples(), CONFIG.batch_size, CONFIG.seed)
    shapes, padding = [], 0
    for step in range(CONFIG.steps):
        parts = [collate(share(batches.batch(step), rank, 2)) for rank in range(2)]
        shapes += [(a[1].shape[1], b[1].shape[1]) for a, b in [parts]]
        padding += sum((ids == PAD).sum().item() for part in parts for ids in part)
    assert padding > 0 and any(a != b for a, b in shapes)


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("whole", CONFIG),
        # Batches of one example: the second process has nothing to predict.
        ("small", TrainConfig(steps=6, batch_size=1, warmup_steps=0)),
        ("continued", CONFIG),  # the last 4 steps, from the state of one process
    ],
)
def test_two_processes_train_as_one(name, config, rank, two):
    report = json.loads((two / f"{name}-{rank}.json").read_text())
    assert report["world"] == 2
    found = safetensors.torch.load_file(two / f"{name}-{rank}")
    alone = one_process(config)
    agree((report, found), alone)
    if config.clip_norm < 1.0:  # the gradients were long enough for the clip to matter
        assert max(alone[0]["gradient_norm"]) > config.clip_norm


def test_one_process_goes_on_with_the_state_of_two(two):
    agree(one_process(path=two / "from-two"), one_process())


def test_both_processes_end_with_the_same_bits(two):
    for name in ("whole", "small", "continued"):
        first, second = (
            safetensors.torch.load_file(two / f"{name}-{rank}") for rank in (0, 1)
        )
        assert all(torch.equal(first[key], second[key]) for key in first)


def test_one_process_has_nothing_to_join():
    with process_group() as device:
        assert device.type == ("cuda" if torch.cuda.is_available() else "cpu")
        assert rank_and_world() == (0, 1)


def test_torchrun_without_a_group_is_refused(monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    with pytest.raises(RuntimeError, match="inside `with process_group"):
        train(tiny_model(), tiny_examples(), CONFIG, progress=False)
