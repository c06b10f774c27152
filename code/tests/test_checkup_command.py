"""The command: what it recognises, its exit status, and what it says to bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from decoderbook.checkup import examples
from decoderbook.checkup.__main__ import main
from decoderbook.checkup.problem import adapter
from decoderbook.checkup.recognise import subject_of
from decoderbook.checkup.report import examine

EXAMPLES = "decoderbook.checkup.examples"
Written = Callable[[str], str]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """Writes a module into a folder and goes there; gives the module's name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def write(text: str, name: str = "theirs") -> str:
        head = (
            "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"
        )
        Path(f"{name}.py").write_text(head + textwrap.dedent(text), "utf-8")
        return name

    with torch.random.fork_rng():
        yield write
    for name in set(sys.modules) - before:
        if name in ("theirs", "other"):
            del sys.modules[name]


# A decoder that mixes by running means: causal, and small.
DECODER = """
class Mean(nn.Module):
    def __init__(self, vocab_size=9, d=8):
        super().__init__()
        self.table, self.out = nn.Embedding(vocab_size, d), nn.Linear(d, vocab_size)
    def rows(self, ids):
        x = self.table(ids)
        steps = torch.arange(1, ids.size(1) + 1, device=x.device)[:, None]
        return (x * steps.cos()).cumsum(1) / steps
"""


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return status, out, err


def test_it_runs_as_a_module_and_its_status_tells_what_came_of_it():
    command = [sys.executable, "-m", "decoderbook.checkup", f"{EXAMPLES}:LeakyGPT"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert done.stdout.startswith(f"Check-up of {EXAMPLES}:LeakyGPT\n")
    assert "✗ Causality, outputs" in done.stdout


def test_the_json_alone_is_on_the_standard_output(capsys, written):
    name = written(
        DECODER + "    def forward(self, ids):\n        print('hm')\n"
        "        return self.out(self.rows(ids))\nprint('imported')\n"
    )
    status, out, err = run(capsys, f"{name}:Mean", "--json", "--seed", "5")
    assert (
        json.loads(out)["seed"] == 5 and json.loads(out)["exit_status"] == status == 0
    )
    assert "imported" in err and "hm" in err


@pytest.mark.parametrize(
    ("forward", "has_source"),
    [
        ("def forward(self, idx): return self.out(self.rows(idx))", False),
        # One row only without targets, as in GPT code that is made for writing.
        (
            "def forward(self, idx, targets=None):\n"
            "        x = self.out(self.rows(idx))\n"
            "        if targets is None: return x[:, -1:], None\n"
            "        x, targets = x.flatten(0, 1), targets.view(-1)\n"
            "        return x.unflatten(0, idx.shape), F.cross_entropy(x, targets)",
            False,
        ),
        # All rows without targets, and flattened ones with them.
        (
            "def forward(self, idx, targets=None):\n"
            "        x = self.out(self.rows(idx))\n"
            "        if targets is None: return x, None\n"
            "        x = x.flatten(0, 1)\n"
            "        return x, F.cross_entropy(x, targets.view(-1))",
            False,
        ),
        ("def forward(self, ids): return {'logits': self.out(self.rows(ids))}", False),
        (
            "def forward(self, src, tgt):\n"
            "        return self.out(self.rows(tgt) + self.rows(src)[:, -1:])",
            True,
        ),
        (
            "def forward(self, y, x): return self.out(self.rows(y) + self.rows(x)[:, -1:])",
            True,
        ),
        # The names of a well-known library: a mask of 1 and 0, and an object with logits.
        (
            "pad_token_id = 0\n"
            "    def forward(self, input_ids=None, attention_mask=None, decoder_input_ids=None):\n"
            "        memory = self.rows(input_ids) * attention_mask[..., None]\n"
            "        found = self.rows(decoder_input_ids) + memory.sum(1, keepdim=True)\n"
            "        return type('Output', (), {'logits': self.out(found)})()",
            True,
        ),
    ],
)
def test_common_signatures_are_recognised(capsys, written, forward, has_source):
    name = written(f"{DECODER}    {forward}\n")
    status, out, _ = run(capsys, f"{name}:Mean", "--json")
    read = json.loads(out)
    assert status == 0, read["broken"]
    found = read["findings"]["source-used"]["verdict"]
    assert found == ("holds" if has_source else "not applicable")


def test_what_a_model_says_of_itself_is_found():
    class Own(torch.nn.Module):
        src_pad_idx, trg_pad_idx, block_size = 1, 2, 40

        def __init__(self):
            super().__init__()
            self.a, self.b = torch.nn.Embedding(9, 4), torch.nn.Embedding(7, 4)

        def forward(self, src, trg):
            return self.b(trg) + self.a(src).mean(1, keepdim=True)

    subject = subject_of(Own())
    assert (subject.source_vocab_size, subject.target_vocab_size) == (9, 7)
    assert (subject.source_pad_id, subject.target_pad_id) == (1, 2)
    assert subject.max_length == 40 and subject.name == "Own"
    assert subject_of(Own(), target_pad_id=3, name="x").target_pad_id == 3
    assert subject_of(subject) is subject


def test_functions_objects_subjects_and_files_may_be_named(capsys, written):
    name = written(
        DECODER + "    def forward(self, ids): return self.out(self.rows(ids))\n"
        "def small(): return Mean(vocab_size=5)\n"
        "ready = Mean()\n"
        "from decoderbook.checkup.subject import Subject\n"
        "def subject(): return Subject(lambda b: ready(b.target_ids), 9, name='own name')\n"
        "class Inside: small = staticmethod(small)\n"
    )
    for target, tokens in (
        (f"{name}:small", "5 tokens"),
        (f"{name}:ready", "9 tokens"),
        (f"{name}.py:Mean", "9 tokens"),
        (f"{name}:Inside.small", "5 tokens"),
    ):
        status, out, _ = run(capsys, target)
        assert status == 0 and f"Check-up of {target}\nno source; {tokens}" in out
    assert "Check-up of own name" in run(capsys, f"{name}:subject")[1]


def test_options_reach_the_detectors(capsys):
    target = f"{EXAMPLES}:SmallGPT"
    found = json.loads(run(capsys, target, "--json", "--pad-id", "0")[1])["findings"]
    assert found["target-padding"]["verdict"] == "holds"
    found = json.loads(run(capsys, target, "--json", "--trained")[1])["findings"]
    assert found["loss-at-start"]["verdict"] == "not applicable"


BAD = {
    "no-colon": ("theirs", "", "write module:Name"),
    "no-module": ("nowhere:Name", "", "no module nowhere that Python finds"),
    "no-file": ("nowhere.py:Name", "", "there is no file nowhere.py"),
    "no-name": ("theirs:Meen", DECODER, "theirs has no Meen; it has Mean."),
    "import-missing": (
        "theirs:X",
        "import not_there",
        "imports not_there, which is not",
    ),
    "syntax": ("theirs:X", "def f(:", "cannot be imported: it raised SyntaxError"),
    "exits": (
        "theirs:X",
        "raise SystemExit(3)",
        "cannot be imported: it raised SystemExit",
    ),
    "not-callable": ("theirs:X", "X = 3", "it gives an int; an nn.Module or a Subject"),
    "wrong-result": ("theirs:f", "def f(): return []", "it gives a list; an nn.Module"),
    "arguments": (
        "theirs:f",
        "def f(size, *, depth): ...",
        "it needs arguments (size, depth). Write a function",
    ),
    "building": ("theirs:f", "def f(): 1 / 0", "building it failed: it raised ZeroDiv"),
    "masks": (
        "theirs:M",
        "class M(nn.Module):\n    def forward(self, src, tgt, src_mask): ...",
        "what src_mask should be cannot be guessed",
    ),
    "more": (
        "theirs:M",
        "class M(nn.Module):\n    def forward(self, ids, depth): ...",
        "its forward wants ids, depth, and what depth should be cannot be guessed",
    ),
    "nothing-by-name": (
        "theirs:M",
        "class M(nn.Module):\n    def forward(self, *all): ...",
        "takes nothing by name",
    ),
    "raises": (
        "theirs:M",
        "class M(nn.Module):\n    def forward(self, ids):\n        raise KeyError('ಕ')",
        "it raised KeyError: 'ಕ'. That was in line 6 of forward.",
    ),
    "no-logits": (
        "theirs:M",
        "class M(nn.Module):\n    def forward(self, ids): return ids.float()",
        "for (B, T) = (1, 4) it gives a tensor (1, 4).",
    ),
    "last-row-only": (
        "theirs:Mean",
        DECODER + "    def forward(self, ids): return self.out(self.rows(ids))[:, -1:]",
        "for (B, T) = (1, 4) it gives a tensor (1, 1, 9).",
    ),
    "flat-rows": (
        "theirs:Mean",
        DECODER + "    def forward(self, idx, targets=None):\n"
        "        if targets is None: return self.out(self.rows(idx))[:, -1:]\n"
        "        return self.out(self.rows(idx)).flatten(0, 1), targets.sum()",
        "it gives a tuple of a tensor (4, 9) and a tensor ().",
    ),
    "many-parts": (
        "theirs:M",
        "class M(nn.Module):\n    def forward(self, ids): return {1: ids, 2: [], 3: None, 4: 5}",
        "it gives a dict of a tensor (1, 4) and a list and a NoneType and ….",
    ),
    "exits-when-called": (
        "theirs:M",
        "class M(nn.Module):\n    def forward(self, ids): exit(0)",
        "it raised SystemExit: 0. That was in line 5 of forward.",
    ),
    "import-never-ends": (
        "theirs:M",
        "while True: pass",
        "was not over in 1 s: it may",
    ),
    "building-never-ends": (
        "theirs:f",
        "def f():\n    while True: pass",
        "was not over in 1 s: it may",
    ),
    "call-never-ends": (
        "theirs:M",
        "class M(nn.Module):\n    def forward(self, ids):\n        while True: pass",
        "was not over in 1 s: it may",
    ),
    "subject-never-ends": (
        "theirs:s",
        "from decoderbook.checkup.subject import Subject\n"
        "def f(batch):\n    while True: pass\ns = Subject(f, 9)",
        "was not over in 1 s: it may",
    ),
    "one-token": (
        "theirs:s",
        "from decoderbook.checkup.subject import Subject\ndef s(): return Subject(None, 1)",
        "the target's vocabulary needs two tokens, got 1",
    ),
    "compiled": (
        "theirs:f",
        "class M(nn.Module): forward = type\ndef f(): return M()",
        "takes nothing by name",
    ),
    "source-without-table": (
        "theirs:M",
        "class M(nn.Module):\n    def forward(self, src, tgt): return F.one_hot(tgt, 5).float()",
        "no nn.Embedding was seen to read the source's ids",
    ),
    "batch-last": (
        "theirs:f",
        "def f():\n    layer = nn.TransformerDecoderLayer(8, 2)\n"
        "    return nn.TransformerDecoder(layer, 1)",
        "batch_first=True",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_sentence_that_says_what_to_do(capsys, written, case):
    target, text, sentence = BAD[case]
    written(text)
    seconds = ("--seconds", "1") if "never-ends" in case else ()
    status, out, err = run(capsys, target, *seconds)
    assert status == 2 and out == ""
    assert err.startswith("error: ") and sentence in err


@pytest.mark.parametrize(
    "case", ["more", "no-logits", "flat-rows", "raises", "exits-when-called"]
)
def test_without_a_source_no_source_is_asked_for(capsys, written, case):
    target, text, _ = BAD[case]
    written(text)
    err = run(capsys, target)[2]
    assert adapter(has_source=False) in err and "source" not in err


def test_what_fails_as_a_subject_is_shown_the_template_of_its_kind(capsys, written):
    name = written(
        "from decoderbook.checkup.subject import Subject\n"
        "def one(): return Subject(lambda batch: 1 / 0, 9)\n"
        "def two(): return Subject(lambda batch: 1 / 0, 9, source_vocab_size=9)\n"
    )
    assert "source" not in run(capsys, f"{name}:one")[2]
    assert adapter() in run(capsys, f"{name}:two")[2]


def test_targets_are_handed_over_only_if_it_takes_them_to_get_all_rows():
    """That is decided once, and not by the length of a batch."""

    class Own(torch.nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.table, self.rows, self.given = torch.nn.Embedding(9, 9), rows, []

        def forward(self, ids, targets=None):
            self.given.append(targets is not None)
            found = self.table(ids)
            return found if targets is not None else found[:, -self.rows :]

    for rows, needed in ((99, False), (1, True)):
        model = Own(rows)
        subject = subject_of(model)
        model.given.clear()
        examine(subject)
        assert set(model.given) == {needed}


def test_in_too_little_time_it_says_so_and_the_status_is_2(capsys, written):
    name = written(
        "import time\n" + DECODER + "    def forward(self, ids):\n"
        "        time.sleep(0.2)\n        return self.out(self.rows(ids))\n"
    )
    status, out, err = run(capsys, f"{name}:Mean", "--seconds", "3")
    assert status == 2 and "0 ✗" in out and "not asked: the 3 s were over" in out
    assert err == ""  # no bar: it is no terminal


def test_a_number_that_is_no_id_of_padding_is_not_taken_for_one(capsys):
    status, _, err = run(capsys, f"{EXAMPLES}:SmallGPT", "--pad-id", "11")
    assert status == 2
    assert "the target's id of padding must be from 0 to 10, got 11" in err

    class Own(torch.nn.Module):
        pad_token_id = 9

        def __init__(self):
            super().__init__()
            self.table = torch.nn.Embedding(9, 9)

        def forward(self, ids):
            return self.table(ids)

    assert subject_of(Own()).target_pad_id is None


def test_a_file_may_have_the_name_of_a_module_that_others_need(capsys, written):
    import random

    written(DECODER + "    def forward(self, ids): return self.out(self.rows(ids))\n")
    Path("theirs.py").rename("random.py")
    status, out, _ = run(capsys, "random.py:Mean")
    assert status == 0 and "9 tokens" in out
    assert sys.modules["random"] is random


def test_it_runs_anywhere_and_whatever_the_pipe_takes(tmp_path):
    """From another folder, into a pipe that knows ASCII alone, and into one that is closed."""
    target = f"{Path(examples.__file__)}:LeakyGPT"
    command = [sys.executable, "-m", "decoderbook.checkup", target]
    code = str(Path(examples.__file__).parents[2])
    more = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": code}
    where = {"cwd": tmp_path, "env": os.environ | more}
    done = subprocess.run([*command, "--json"], capture_output=True, **where)
    assert (
        json.loads(done.stdout.decode("ascii"))["exit_status"] == done.returncode == 1
    )
    assert done.stderr == b""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **where
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b"" and process.wait() == 1


@pytest.mark.parametrize(
    "option", [("--seed", "-1"), ("--seconds", "0"), ("--seconds", "nan")]
)
def test_options_out_of_range_are_named(capsys, option):
    status, _, err = run(capsys, f"{EXAMPLES}:SmallGPT", *option)
    assert status == 2 and option[0] in err


def test_the_adapter_that_it_offers_works(capsys, written):
    """The text in the message, with its gaps filled in."""
    code = textwrap.dedent(adapter().split("\n\n", 1)[1].rsplit("\n\n", 1)[0])
    code = code.replace("model = …", "model = Pair(Mean(), Mean())")
    code = code.replace("target_vocab_size=…", "target_vocab_size=9")
    code = code.replace("source_vocab_size=…", "source_vocab_size=9")
    pair = """
class Pair(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.a, self.b = a, b
    def forward(self, this, that):
        real = (this != 0)[..., None]
        return self.b.out(self.b.rows(that) + (self.a.rows(this) * real).sum(1, keepdim=True))
"""
    status, out, _ = run(capsys, f"{written(DECODER + pair + code)}:subject", "--json")
    # Its `a.out` and its padding: two faults that this pair does have.
    assert json.loads(out)["broken"] == ["gradient-reaches"] and status == 1


def test_the_adapter_for_a_model_without_a_source_works(capsys, written):
    code = textwrap.dedent(adapter(False).split("\n\n", 1)[1].rsplit("\n\n", 1)[0])
    code = code.replace("model = …", "model = Mean()")
    code = code.replace("target_vocab_size=…", "target_vocab_size=9")
    theirs = DECODER + "    def forward(self, ids): return self.out(self.rows(ids))\n"
    status, out, _ = run(capsys, f"{written(theirs + code)}:subject", "--json")
    assert json.loads(out)["broken"] == [] and status == 0
