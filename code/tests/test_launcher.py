"""Ctrl-C is answered by one word, whenever it comes; so are a closed pipe and a full disk."""

import os
import signal
import subprocess
import sys
import time

import pytest
from test_commands import TINY, pairs  # noqa: F401  (a fixture)

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
LONG = ["--steps", "100000", "--warmup-steps", "3", "--d-model", "32"]


@pytest.fixture(autouse=True)
def ctrl_c_counts():
    """As at a terminal. A suite in the background ignores Ctrl-C, and so would what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def started(*arguments, options=(), unbuffered="1", **how):
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, *options, "-m", "tinydecoder", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, text=True, **how)


@POSIX
@pytest.mark.parametrize(
    "module", ["argparse", "torch._C", "torch.nn.modules", "sacrebleu", "tokenizers"]
)
def test_a_stop_while_modules_are_loaded(module, tmp_path):
    """Python says on stderr which modules it has loaded."""
    with started(
        *("train", "--out", tmp_path / "model"),
        options=["-X", "importtime"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        for line in process.stderr:
            if line.rpartition("|")[2].strip() == module:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130 and "Traceback" not in rest
    assert rest.splitlines()[-1] == "stopped"
    assert list(tmp_path.iterdir()) == []


@POSIX
@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.5])
def test_a_stop_while_the_data_are_made(seconds, tmp_path):
    with started(
        *("train", "--out", tmp_path / "model", *LONG),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert "making the corpus" in process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "stopped\n")
    assert list(tmp_path.iterdir()) == []


@POSIX
def test_a_stop_in_training_keeps_the_state_and_no_lock(pairs, tmp_path):  # noqa: F811
    out = tmp_path / "model"
    options = [*TINY, *LONG, "--checkpoint-every", "5"]
    with started(
        *("train", "--pairs", pairs, "--out", out, *options),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        while not (tmp_path / "model.state").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err
    assert err.splitlines()[-1] == "stopped"
    assert {path.name for path in tmp_path.iterdir()} == {"pairs.tsv", "model.state"}


@POSIX
@pytest.mark.parametrize("arguments", [["--help"], ["translate", "I ate", "I went"]])
def test_a_closed_pipe_and_a_full_disk_are_no_traceback(arguments):
    read, write = os.pipe()
    os.close(read)
    with started(
        *arguments, unbuffered="", stdout=write, stderr=subprocess.PIPE
    ) as process:
        os.close(write)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is full")  # noqa: PTH110
def test_a_full_disk_is_one_line():
    with (
        open("/dev/full", "w") as full,  # noqa: PTH123
        started(
            *("translate", "I ate"), unbuffered="", stdout=full, stderr=subprocess.PIPE
        ) as process,
    ):
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err == "error: [Errno 28] No space left on device\n"


def test_bytes_that_are_no_text_are_translated():
    lone = chr(0xDCFF if sys.platform != "win32" else 0xFFFD)
    with started("translate", f"{lone} I ate", stdout=-1, stderr=-1) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and out.count("\n") == 1
    assert err == "unknown to the model: \ufffd\n" or "\\ufffd" in err
    with subprocess.Popen(
        [sys.executable, "-m", "tinydecoder", "translate"],
        stdin=-1,
        stdout=-1,
        stderr=-1,
    ) as process:
        out, err = process.communicate(b"\xff I ate\r\n\r\nI\0ate\n", timeout=60)
    assert process.returncode == 0 and out.count(b"\n") == 3
    assert b"Traceback" not in err and err.count(b"unknown to the model") == 2
