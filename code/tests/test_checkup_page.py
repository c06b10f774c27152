"""The page on the check-up: its report is one, its adapter works, its numbers are counted."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import torch
from test_checkup_mutants import MUTANTS
from wrong_decoders import FAULTS

from decoderbook.checkup.__main__ import main
from decoderbook.checkup.detectors import DETECTORS
from decoderbook.checkup.finding import NOT_ASKED, SIGNS

TEXT = (Path(__file__).parents[2] / "book" / "checkup.md").read_text("utf-8")
EXAMPLE = "decoderbook.checkup.examples:LeakyGPT"
# One for masks, one for a cache.
EXAMPLES = re.findall(r"```python\n(.+?)```", TEXT, re.DOTALL)


def alike(report: str) -> str:
    """Without what differs from one run, or one processor, to another: the time, and what
    is next to nothing.
    """
    words = " ".join(report.split())
    words = re.sub(r"in [\d.]+ s\.", "in … s.", words)
    return re.sub(
        r"\bby (0|below 1e-\d+)(?=[ .])|\bdifference (0|below 1e-\d+)", "≈ 0", words
    )


def test_the_report_is_what_the_command_prints(capsys):
    with torch.random.fork_rng():
        assert main([EXAMPLE]) == 1
    command, stored = re.search(r"```console\n\$ (.+)\n((?:.|\n)+?)```", TEXT).groups()
    assert command == f"python -m decoderbook.checkup {EXAMPLE}"
    printed = capsys.readouterr().out
    assert alike(stored) == alike(printed), f"the page should have:\n{printed}"


MY_DECODER = """
from torch import nn
from tinydecoder.config import ModelConfig
from tinydecoder.embedding import Embedding
from tinydecoder.model import Decoder, Encoder


class MyDecoder(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        config = ModelConfig(16, 2, 32)
        self.source, self.target = Embedding(vocab_size, 16), Embedding(vocab_size, 16)
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.out = nn.Linear(16, vocab_size)

    def forward(self, source_ids, target_ids, source_mask, target_mask):
        memory = self.encoder(self.source(source_ids), source_mask)
        rows = self.target(target_ids)
        return self.out(self.decoder(rows, memory, target_mask, source_mask))
"""


def test_the_adapter_works_as_it_stands(tmp_path, monkeypatch, capsys):
    adapter = EXAMPLES[0]
    Path(tmp_path, "my_checkup.py").write_text(adapter, "utf-8")
    Path(tmp_path, "my_decoder.py").write_text(MY_DECODER, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with torch.random.fork_rng():
        assert main(["my_checkup:subject"]) == 0
        assert "17 ✓, 0 ✗, 2 not applicable" in capsys.readouterr().out
        # Were its mask all True, the fault would be found.
        open_mask = adapter.replace(".tril()", "")
        Path(tmp_path, "open_checkup.py").write_text(open_mask, "utf-8")
        assert main(["open_checkup:subject"]) == 1
    assert "✗ Causality, outputs" in capsys.readouterr().out
    for name in ("my_checkup", "my_decoder", "open_checkup"):
        del sys.modules[name]


MY_GPT = """
import torch
from torch import nn


class MyGPT(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.table, self.out = nn.Embedding(vocab_size, 16), nn.Linear(16, vocab_size)

    def empty_cache(self):
        return {"sum": 0, "length": 0}

    def forward(self, ids, cache=None):
        cache = cache or self.empty_cache()
        past, length = cache["length"], cache["length"] + ids.size(1)
        places = torch.arange(past + 1, length + 1, device=ids.device)[:, None]
        sums = (self.table(ids) * places.cos()).cumsum(1) + cache["sum"]
        cache.update(sum=sums[:, -1:], length=length)
        return self.out(sums / places)
"""


def test_the_example_with_a_cache_works_as_it_stands(tmp_path, monkeypatch, capsys):
    Path(tmp_path, "my_writer.py").write_text(EXAMPLES[1], "utf-8")
    Path(tmp_path, "my_gpt.py").write_text(MY_GPT, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert len(EXAMPLES) == 2
    with torch.random.fork_rng():
        assert main(["my_writer:subject"]) == 0
        assert "✓ Cache = no cache" in capsys.readouterr().out
        # A step that forgets what it has kept is found.
        forgets = EXAMPLES[1].replace("model(ids, cache)", "model(ids)")
        Path(tmp_path, "forgets.py").write_text(forgets, "utf-8")
        assert main(["forgets:subject"]) == 1
    assert "✗ Cache = no cache" in capsys.readouterr().out
    for name in ("my_writer", "my_gpt", "forgets"):
        del sys.modules[name]


def test_the_page_and_the_help_tell_every_status_and_every_sign(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    for text in (told, " ".join(TEXT.split())):
        assert "could not be examined, or not all of it in the time that there" in text
    assert "*not asked* (`?`)" in TEXT and SIGNS[NOT_ASKED] == "?"


def test_the_numbers_of_the_page_are_counted():
    assert len(DETECTORS) == 19 and TEXT.count("nineteen questions") == 2
    assert f"{len(FAULTS)} decoders with one fault each" in TEXT
    assert f"{len(MUTANTS)} times a single line" in TEXT


@pytest.mark.parametrize("option", re.findall(r"^\| `(--[\w-]+)", TEXT, re.MULTILINE))
def test_each_option_of_the_page_is_one(option, capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert option in capsys.readouterr().out
