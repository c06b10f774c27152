"""A broken run goes on bit for bit, whatever broke it; a wrong state is refused."""

import errno
import os
import random
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from tiny_training import (
    CONFIG,
    one_process,
    tiny_examples,
    tiny_model,
    train_until,
    weights,
)

from tinydecoder.config import ModelConfig
from tinydecoder.files import only_writer, write_atomically
from tinydecoder.model import Transformer
from tinydecoder.tensor_file import pack, unpack
from tinydecoder.training import train
from tinydecoder.training_state import (
    FORMAT,
    History,
    fingerprint,
    load_state,
    save_state,
)

SCRIPT = Path(__file__).parent / "tiny_training.py"


def same(left, right):
    return left.keys() == right.keys() and all(
        torch.equal(left[name], right[name]) for name in left
    )


def run(model=None, config=CONFIG, data=None, path=None):
    model, data = model or tiny_model(dropout=0.2), data or tiny_examples()
    history = train(model, data, config, state_path=path, progress=False)
    return history, weights(model)


@pytest.fixture
def state(tmp_path):
    """The state at step 4 of a run that broke off after 6 steps."""
    path = tmp_path / "state"
    train_until(6, tiny_model(dropout=0.2), CONFIG, path)
    return path


# Files


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "file"
    for data in (b"first", b"second", b""):
        write_atomically(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def leftover(path):
    """As a killed writer leaves it."""
    found = path.with_name(f".{path.name}.{'0a' * 8}.part")
    found.write_bytes(b"the half of a much longer file")
    return found


def test_the_leftover_of_a_killed_write_is_removed_by_the_next_run(tmp_path):
    path = tmp_path / "file"
    kept = [tmp_path / "file.part", leftover(tmp_path / "file.state")]
    kept[0].write_bytes(b"a reader's own")
    leftover(path)
    with only_writer(path):
        write_atomically(path, b"whole")
        assert path.read_bytes() == b"whole"
    assert sorted(tmp_path.iterdir()) == sorted([path, *kept])


def test_a_file_is_written_with_the_mode_that_open_gives_it(tmp_path):
    ordinary, path = tmp_path / "ordinary", tmp_path / "file"
    ordinary.touch()
    write_atomically(path, b"new")
    assert path.stat().st_mode == ordinary.stat().st_mode
    path.chmod(0o444)
    write_atomically(path, b"newer")
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "folder" / "file", tmp_path / "link"
    target.parent.mkdir()
    link.symlink_to(target)
    for data in (b"first", b"second"):
        write_atomically(link, data)
        assert link.is_symlink() and target.read_bytes() == data


def test_a_reader_never_sees_half_of_what_several_write(tmp_path):
    """Each writes one letter, in a length that is the letter's own."""
    path, done = tmp_path / "file", threading.Event()
    contents = [letter.encode() * (10_000 + 7 * ord(letter)) for letter in "abcd"]
    errors, seen = [], Counter()

    def write(data):
        try:
            for _ in range(40):
                write_atomically(path, data)
        except PermissionError as error:
            if sys.platform != "win32":  # which replaces no file that is being read
                errors.append(error)
        except BaseException as error:
            errors.append(error)

    def read():
        while not done.is_set():
            try:
                seen[path.read_bytes()] += 1
            except PermissionError:
                assert sys.platform == "win32"

    write_atomically(path, contents[0])
    writers = [threading.Thread(target=write, args=(data,)) for data in contents]
    reader = threading.Thread(target=read)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert errors == [] and seen and set(seen) <= set(contents)
    assert list(tmp_path.iterdir()) == [path]


HOLDER = """
import sys, time
from tinydecoder.files import only_writer
with only_writer(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_refused_until_the_first_has_ended(tmp_path):
    path = tmp_path / "file"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().strip() == b"held"
        with pytest.raises(
            BlockingIOError, match=r"another run is writing .*file: wait"
        ):
            only_writer(path).__enter__()
        with only_writer(tmp_path / "other"):
            pass
        process.kill()
    # What the killed one left does not count.
    with only_writer(path), pytest.raises(BlockingIOError, match="another run"):
        only_writer(path).__enter__()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_state_alone(place, state, monkeypatch):
    before = state.read_bytes()

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os if place == "fsync" else Path, place, full)
    with pytest.raises(OSError, match="No space left"):
        run(path=state)
    assert list(state.parent.iterdir()) == [state] and state.read_bytes() == before


# Going on


@pytest.mark.parametrize("broken_after", [5, 8, 11])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_resumed_run_is_the_unbroken_one(broken_after, dtype, tmp_path):
    path = tmp_path / "state"
    train_until(broken_after, tiny_model(dropout=0.2).to(dtype), CONFIG, path)
    # Another start: all that counts must come from the state.
    history, resumed = run(tiny_model(dropout=0.2, seed=99).to(dtype), path=path)
    whole, unbroken = run(tiny_model(dropout=0.2).to(dtype))
    assert history == whole and same(resumed, unbroken)
    assert list(tmp_path.iterdir()) == [path]


def test_a_finished_run_is_only_loaded(tmp_path):
    history, trained = run(path=tmp_path / "state")
    written = (tmp_path / "state").stat().st_mtime_ns
    again, loaded = run(tiny_model(dropout=0.2, seed=99), path=tmp_path / "state")
    assert history == again and same(trained, loaded)
    assert (tmp_path / "state").stat().st_mtime_ns == written


@pytest.mark.parametrize(("every", "states"), [(0, [12]), (5, [5, 10, 12])])
def test_a_state_is_saved_when_it_is_due(every, states, tmp_path):
    path, seen = tmp_path / "state", {}

    def look(step, loss):
        if path.exists():
            seen.setdefault(path.stat().st_mtime_ns, step + 1)

    config = replace(CONFIG, checkpoint_every=every)
    data = tiny_examples()
    train(tiny_model(), data, config, state_path=path, progress=False, on_step=look)
    assert list(seen.values()) == states


def test_untied_weights_and_weights_without_a_gradient_come_back(tmp_path):
    def model_of(seed):
        torch.manual_seed(seed)
        config = ModelConfig(8, 2, 8, 1, tie_weights=False)
        model = Transformer(config, 12, 12)
        model.source_embedding.requires_grad_(False)
        return model

    path = tmp_path / "state"
    train_until(6, model_of(0), CONFIG, path)
    assert same(run(model_of(1), path=path)[1], run(model_of(0))[1])


def test_a_killed_run_goes_on_bit_for_bit(tmp_path):
    """Killed three times with SIGKILL, while it writes a state at every step."""
    steps, done, kills = 60, 0, []
    moment = random.Random(5)
    while True:
        with subprocess.Popen(
            [sys.executable, SCRIPT, tmp_path, str(steps)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            if len(kills) == 3:
                out, err = process.communicate(timeout=60)
                assert process.returncode == 0, err
                assert int(out.split()[0]) >= kills[-1]
                break
            target = done + moment.randint(3, 12)
            for line in process.stdout:
                done = int(line) + 1
                if done >= target:
                    break
            assert (tmp_path / "state").exists()
            time.sleep(moment.uniform(0.0, 0.02))
            process.kill()
            # The lines that were written before the kill arrived.
            done = max(
                [done, *(int(line) + 1 for line in process.stdout if line.strip())]
            )
        assert process.returncode != 0
        kills.append(done)
    assert kills[-1] < steps
    assert {file.name for file in tmp_path.iterdir()} == {"state", "weights"}
    whole = tmp_path / "whole"
    whole.mkdir()
    one_process(whole, steps)
    broken, unbroken = (
        safetensors.torch.load_file(folder / "weights") for folder in (tmp_path, whole)
    )
    assert same(broken, unbroken)


# What is refused


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"config": replace(CONFIG, seed=4)}, r"run \(seed was 3, now 4\): go on with"),
        (
            {"config": replace(CONFIG, betas=(0.9, 0.99), steps=13)},
            r"\(steps was 12, now 13; betas was \[0\.9, 0\.98\], now \[0\.9, 0\.99\]\)",
        ),
        ({"data": tiny_examples(31)}, r"examples was 32, SHA-256 \w+, now 31, SHA-256"),
        ({"data": tiny_examples(seed=7)}, "examples was 32, SHA-256 .*, now 32"),
        ({"model": tiny_model()}, r"\(dropout was 0\.2, now 0\.0\)"),
        (
            {"model": Transformer(tiny_model(0.2).config, 12, 13).double()},
            r"model\.target_embedding\.token\.weight was float64 \(12, 16\), now float64 "
            r"\(13, 16\)",
        ),
        ({"model": tiny_model(0.2).float()}, r"was float64 \(12, 16\), now float32"),
        (
            {"model": Transformer(ModelConfig(16, 2, 32, 2, dropout=0.2), 12, 12)},
            r"n_layers was 1, now 2.*layers\.1.*was missing",
        ),
    ],
)
def test_the_state_of_another_run_is_refused(other, says, state):
    model = other.setdefault("model", tiny_model(0.2, seed=99))
    before, content = weights(model), state.read_bytes()
    with pytest.raises(ValueError, match=rf"state is the state of another.*{says}"):
        run(path=state, **other)
    assert same(weights(model), before) and state.read_bytes() == content


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.999])
def test_a_cut_state_is_refused(share, state):
    whole = state.read_bytes()
    state.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"state is not a whole .* state.*: remove"):
        run(path=state)


WEIGHT = "encoder.norm.weight"
OLD = {"format": "tinydecoder training state 1", "settings": "{}"}
CHANGES = {
    "a moment less": (lambda t: t.pop(f"exp_avg.{WEIGHT}"), "was missing"),
    "a step less": (lambda t: t.pop(f"step.{WEIGHT}"), "step.*was missing"),
    "a name": (
        lambda t: t.update({"exp_avg.other": t.pop(f"exp_avg.{WEIGHT}")}),
        "exp_avg.*1 more",
    ),
    "a short moment": (
        lambda t: t.update({f"exp_avg_sq.{WEIGHT}": torch.zeros(1).double()}),
        r"exp_avg_sq.* was float64 \(1,\), must be float64 \(16,\)",
    ),
    "another type": (
        lambda t: t.update({f"exp_avg.{WEIGHT}": torch.zeros(16).half()}),
        r"was float16 \(16,\), must be float64",
    ),
    "a step of its own": (
        lambda t: t.update({f"step.{WEIGHT}": torch.tensor(3.0)}),
        "step.* is 3.0, the history has 4 steps",
    ),
    "a column less": (lambda t: t.pop("history.loss"), "history.loss was missing"),
    "a short column": (
        lambda t: t.update({"history.tokens": torch.zeros(3, dtype=torch.int64)}),
        r"history.tokens was int64 \(3,\), must be int64 \(4,\)",
    ),
    "a column of texts": (
        lambda t: t.update({"history.loss": torch.zeros(4, dtype=torch.int64)}),
        "history.loss was int64",
    ),
    "no number": (
        lambda t: t[f"exp_avg.{WEIGHT}"].fill_(torch.nan),
        "exp_avg.* not finite",
    ),
    "an infinite weight": (
        lambda t: t[f"model.{WEIGHT}"].fill_(torch.inf),
        "model.* not finite",
    ),
}


def refused(path, says):
    """Nothing is changed by what is refused."""
    model = tiny_model(dropout=0.2, seed=99)
    optimizer = torch.optim.AdamW(model.parameters())
    before, data = weights(model), fingerprint(tiny_examples())
    with pytest.raises(ValueError, match=f"state is not a whole .*{says}.*: remove"):
        load_state(path, model, optimizer, CONFIG, data)
    assert same(weights(model), before) and not optimizer.state


@pytest.mark.parametrize(("change", "says"), CHANGES.values(), ids=CHANGES.keys())
def test_a_state_with_wrong_tensors_is_refused(change, says, state):
    document, tensors = unpack("state", FORMAT, state.read_bytes())
    change(tensors)
    state.write_bytes(pack("state", document, tensors))
    refused(state, says)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"step": 13}, "at step 13, the run has 12"),
        ({"step": 5}, r"was .*must be .*\(5,\)"),
        ({"step": "4"}, "must have settings and a step"),
        ({"settings": []}, "must have settings and a step"),
    ],
)
def test_a_state_with_a_wrong_document_is_refused(changes, says, state):
    document, tensors = unpack("state", FORMAT, state.read_bytes())
    state.write_bytes(pack("state", {**document, **changes}, tensors))
    refused(state, says)


def test_a_changed_byte_of_a_state_is_refused(state):
    whole = state.read_bytes()
    start = 8 + int.from_bytes(whole[:8], "little")
    for place in (start, (start + len(whole)) // 2, len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        state.write_bytes(changed)
        refused(state, "SHA-256 differs")


def test_a_state_of_the_format_before_is_refused(tmp_path):
    path = tmp_path / "state"
    path.write_bytes(safetensors.torch.save({"weight": torch.ones(2)}, OLD))
    refused(path, "must be 'tinydecoder training state 2', got '.* 1'")


def test_how_often_a_state_is_saved_may_change(state):
    other = replace(CONFIG, checkpoint_every=1)
    assert run(config=other, path=state)[0] == run()[0]


FOREIGN = {
    "text": b"not a state at all, but a text of some length",
    "safetensors": safetensors.torch.save({"weight": torch.ones(2)}),
    "another format": safetensors.torch.save(
        {"weight": torch.ones(2)}, {"format": "pt"}
    ),
    "zip": b"PK\x03\x04" + bytes(99),
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_file_is_refused_and_kept(content, tmp_path):
    path = tmp_path / "state"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="state is not a whole training state"):
        run(path=path)
    assert path.read_bytes() == content


def test_a_missing_state_is_named(tmp_path):
    model = tiny_model()
    optimizer = torch.optim.AdamW(model.parameters())
    with pytest.raises(FileNotFoundError, match="none"):
        load_state(tmp_path / "none", model, optimizer, CONFIG, "")


def test_a_state_before_the_first_step_comes_back(tmp_path):
    model, other = tiny_model(), tiny_model(seed=99)
    optimizers = [torch.optim.AdamW(m.parameters()) for m in (model, other)]
    data = fingerprint(tiny_examples())
    save_state(tmp_path / "state", model, optimizers[0], History(), CONFIG, data)
    found = load_state(tmp_path / "state", other, optimizers[1], CONFIG, data)
    assert found == History() and same(weights(model), weights(other))
