"""The command: what it recognises, its exit status, and what it says to bad input."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from decoderbook.checkup.__main__ import main
from decoderbook.checkup.problem import ADAPTER
from decoderbook.checkup.recognise import subject_of

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
            "        return x, F.cross_entropy(x.transpose(1, 2), targets)",
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
        "it gives a tensor of the shape (1, 4)",
    ),
    "last-row-only": (
        "theirs:Mean",
        DECODER + "    def forward(self, ids): return self.out(self.rows(ids))[:, -1:]",
        "logits must have the shape (B, T, vocabulary) with (B, T) = (2, 6), got (2, 1, 9)",
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
    status, out, err = run(capsys, target)
    assert status == 2 and out == ""
    assert err.startswith("error: ") and sentence in err


@pytest.mark.parametrize(
    "option", [("--seed", "-1"), ("--seconds", "0"), ("--seconds", "nan")]
)
def test_options_out_of_range_are_named(capsys, option):
    status, _, err = run(capsys, f"{EXAMPLES}:SmallGPT", *option)
    assert status == 2 and option[0] in err


def test_the_adapter_that_it_offers_works(capsys, written):
    """The text in the message, with its gaps filled in."""
    code = textwrap.dedent(ADAPTER.split("\n\n", 1)[1].rsplit("\n\n", 1)[0])
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
