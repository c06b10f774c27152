"""A checkpoint comes back bit for bit, or not at all; nothing in it is run."""

import errno
import json
import math
import os
from dataclasses import asdict
from pathlib import Path

import pytest
import safetensors.torch
import torch
from test_config import as_readers_run_it  # noqa: F401
from tiny_translator import SENTENCES, untrained

from tinydecoder import checkpoint
from tinydecoder.checkpoint import PRETRAINED, load, load_pretrained
from tinydecoder.cli.model_card import card_text
from tinydecoder.config import ModelConfig
from tinydecoder.corpus.generator import compositional_split
from tinydecoder.datasets import held_out_sentences
from tinydecoder.evaluation.alignment import best_head, head_scores
from tinydecoder.evaluation.held_out import translate
from tinydecoder.files import only_writer
from tinydecoder.model import Transformer
from tinydecoder.tensor_file import digest, pack, unpack
from tinydecoder.text.tokenizer import FORMAT, KINDS

TEXTS = [" ".join(sentence.english) for sentence in SENTENCES[:5]]
MADE = {"data": "ಕನ್ನಡ, 24 pairs", "score": "0 %"}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.safetensors"
    untrained(made=MADE).save(path)
    return path


@torch.no_grad()
def logits(translator):
    source = translator.source_ids(TEXTS)
    return translator.model(source, torch.arange(1, 9).expand(len(source), -1))


CONFIGS = {
    "tied": ModelConfig(32, 2, 64, 1),
    "untied": ModelConfig(32, 2, 64, 1, tie_weights=False),
    "other": ModelConfig(12, 3, 20, 2, norm="post", dropout=0.3),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_a_saved_translator_loads_as_itself(config, tmp_path):
    saved = untrained(config, made=MADE)
    saved.save(tmp_path / "model")
    torch.manual_seed(99)
    loaded = load(str(tmp_path / "model"))
    assert torch.equal(logits(loaded), logits(saved))
    assert loaded.model.config == config and not loaded.model.training
    for side in ("source_tokenizer", "target_tokenizer"):
        ours, theirs = getattr(saved, side), getattr(loaded, side)
        assert type(ours) is type(theirs) and ours.state() == theirs.state()
    assert loaded.made == MADE
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_kind_of_tokenizer_comes_back(kind, tmp_path):
    side = kind.fit(["ನಾನು ಮನೆಗೆ ಹೋದೆ", "I went home"])
    model = Transformer(CONFIGS["tied"], side.vocab_size, side.vocab_size)
    checkpoint.Translator(model, side, side).save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.source_tokenizer.state() == loaded.target_tokenizer.state()
    assert loaded.target_tokenizer.state() == side.state()


def test_tied_weights_stay_tied(path):
    model = load(path).model
    before = sum(parameter.numel() for parameter in untrained().model.parameters())
    assert sum(parameter.numel() for parameter in model.parameters()) == before


def test_texts_become_ids_with_an_end(path):
    translator = load(path)
    ids = translator.source_ids(["The  boy ate.", ""])
    assert ids.shape == (2, 4) and ids[0, 3] == ids[1, 0] == 2
    assert translator.unknown("The zebra,  I zebra.") == ["zebra,", "zebra"]
    # e and an acute accent: the model reads one letter, so that is what is unknown.
    assert translator.unknown("cafe\u0301") == ["caf\u00e9"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_bytes_that_are_no_text_are_read_as_one_sign(kind):
    """Python passes on what is not UTF-8 as halves of surrogate pairs."""
    side = kind.fit(["I went"])
    model = Transformer(CONFIGS["tied"], side.vocab_size, side.vocab_size)
    translator = checkpoint.Translator(model, side, side)
    lone, sign = translator.source_ids(["\udcff"]), translator.source_ids(["\ufffd"])
    assert torch.equal(lone, sign)
    known = kind is KINDS["bpe"]
    assert translator.unknown("\udcff") == ([] if known else ["\ufffd"])


# What is refused


@pytest.mark.parametrize(
    "share", [0.0, 0.0001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0]
)
def test_a_cut_file_is_refused(share, path):
    whole = path.read_bytes()
    path.write_bytes(whole[: min(int(share * len(whole)), len(whole) - 1)])
    with pytest.raises(ValueError, match=r"model\.safetensors is not a whole check"):
        load(path)


def test_a_cut_anywhere_near_the_header_is_refused(path):
    whole = path.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    for size in [*range(20), *range(length - 5, length + 20), len(whole) - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="is not a whole checkpoint"):
            load(path)


def test_a_flipped_bit_in_the_weights_is_refused(path):
    whole = path.read_bytes()
    start = 8 + int.from_bytes(whole[:8], "little")
    for place in (start, (start + len(whole)) // 2, len(whole) - 1):
        for bit in (1, 128):
            changed = bytearray(whole)
            changed[place] ^= bit
            path.write_bytes(changed)
            with pytest.raises(ValueError, match="not what was saved"):
                load(path)


def test_a_flipped_bit_in_the_header_is_never_another_error(path):
    whole = path.read_bytes()
    start = 8 + int.from_bytes(whole[:8], "little")
    refused = 0
    for place in range(0, start, 61):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 7
        path.write_bytes(changed)
        try:
            load(path)
        except ValueError as error:
            refused += 1
            assert "is not a whole checkpoint" in str(error)
    assert refused > 0


def rewritten(path, **changes):
    """The same file with another document and its right sum; None takes a key away."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    tensors = safetensors.torch.load(content)
    document = json.loads(metadata["checkpoint"])
    del document["sha256"]
    document = {k: v for k, v in (document | changes).items() if v is not None}
    if "sha256" not in changes:
        document["sha256"] = digest(document, tensors)
    metadata = {"checkpoint": json.dumps(document)}
    path.write_bytes(safetensors.torch.save(tensors, metadata))


WORDS = {"format": FORMAT, "kind": "word"}
SIZES = asdict(CONFIGS["tied"])
DOCUMENTS = {
    "no format": ({"format": None}, "format must be"),
    "a later format": ({"format": "tinydecoder checkpoint 2"}, "got 'tinydecoder"),
    "no sum": ({"sha256": None}, "SHA-256 differs"),
    "a wrong sum": ({"sha256": "0" * 64}, "SHA-256 differs"),
    "no config": ({"config": None}, "wrong: .'config'"),
    "one more": ({"code": "print()"}, "wrong: .'code'"),
    "a layer too many": ({"config": SIZES | {"n_layers": 2}}, "2, with weights of 1"),
    "many layers": ({"config": SIZES | {"n_layers": 10**7}}, "n_layers is 10000000"),
    "a wrong size": (
        {"config": SIZES | {"d_ff": 65}},
        r"mismatch.*be float32 \(32, 65\)",
    ),
    "wide": ({"config": SIZES | {"d_model": 10**12}}, "d_model is 1000000000000"),
    "wide inside": ({"config": SIZES | {"d_ff": 10**30}}, "d_ff is 1000000000"),
    "wide, and heads": (
        {"config": SIZES | {"d_model": 10**12, "n_heads": 7}},
        "n_heads must divide d_model",
    ),
    "untied": ({"config": SIZES | {"tie_weights": False}}, "missing: .'output.weight"),
    "post-norm": ({"config": SIZES | {"norm": "post"}}, "unknown: .'decoder.norm"),
    "an unknown size": ({"config": SIZES | {"depth": 3}}, "depth"),
    "a size less": ({"config": {"d_model": 32}}, "d_ff"),
    "no sizes": ({"config": []}, "must be a mapping"),
    "odd": ({"config": SIZES | {"d_model": 7}}, "d_model must be an even"),
    "a text": ({"config": SIZES | {"d_model": "32"}}, "a whole number, got '32'"),
    "a float": ({"config": SIZES | {"d_model": 32.0}}, "a whole number, got 32.0"),
    "a truth": ({"config": SIZES | {"n_layers": True}}, "a whole number, got True"),
    "no number": ({"config": SIZES | {"dropout": math.nan}}, "below 1, got nan"),
    "made a list": ({"made": ["x"]}, "made must be a mapping of texts"),
    "made of numbers": ({"made": {"steps": 3}}, "made must be a mapping of texts"),
    "no such head": ({"made": {"alignment head": "1,0"}}, "alignment head must be"),
    "no head": ({"made": {"alignment head": "a"}}, "alignment head must be"),
    "a token twice": (
        {"source_tokenizer": WORDS | {"tokens": ["a", "a"]}},
        "'a' stands twice",
    ),
    "another vocabulary": (
        {"source_tokenizer": WORDS | {"tokens": ["a"]}},
        r"source_embedding.*must be float32 \(5, 32\)",
    ),
    "no tokenizer": ({"source_tokenizer": {}}, "format"),
    "a list for a tokenizer": ({"source_tokenizer": [1]}, "TypeError"),
    "another kind": ({"target_tokenizer": {"format": "x", "kind": "y"}}, "format must"),
}


@pytest.mark.parametrize(("changes", "says"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
@pytest.mark.usefixtures("as_readers_run_it")
def test_a_document_that_does_not_fit_is_refused(changes, says, path):
    rewritten(path, **changes)
    with pytest.raises(ValueError, match=rf"(?s)is not a whole checkpoint.*{says}"):
        load(path)


ZERO = torch.zeros(1)
WEIGHTS = {
    "one less": (lambda old: {"weight": ZERO}, "weights missing|size mismatch"),
    "one more": (lambda old: {**old, "more": ZERO}, r"unknown: \['more'\]"),
    "whole numbers": (
        lambda old: {**old, EMBEDDING: old[EMBEDDING].long()},
        "source_embedding.* is int64",
    ),
    "infinite": (
        lambda old: {**old, EMBEDDING: old[EMBEDDING] / 0},
        "source_embedding.* not finite",
    ),
    "none": (lambda old: {}, "size mismatch"),
}
EMBEDDING = "source_embedding.token.weight"


@pytest.mark.parametrize(("change", "says"), WEIGHTS.values(), ids=WEIGHTS.keys())
def test_weights_that_do_not_fit_are_refused(change, says, path):
    document, tensors = unpack("checkpoint", checkpoint.FORMAT, path.read_bytes())
    path.write_bytes(pack("checkpoint", document, change(tensors)))
    with pytest.raises(ValueError, match=rf"is not a whole checkpoint.*({says})"):
        load(path)


@pytest.mark.parametrize("length", [0, 1, 7, 2**31, 2**63, 2**64 - 1])
def test_a_header_that_lies_about_its_length_is_refused(length, path):
    path.write_bytes(length.to_bytes(8, "little") + path.read_bytes()[8:])
    with pytest.raises(ValueError, match="is not a whole checkpoint"):
        load(path)


def test_brackets_without_end_are_refused(path):
    nested = {"checkpoint": "[" * 100_000}
    path.write_bytes(safetensors.torch.save(WEIGHT, nested))
    with pytest.raises(ValueError, match="is not a whole checkpoint"):
        load(path)


@pytest.mark.parametrize("key", ["config", "source_tokenizer", "made"])
def test_a_changed_letter_is_noticed(key, path):
    content = path.read_bytes()
    place = content.index(f'\\"{key}\\"'.encode()) + len(key) + 12
    letter = next(i for i in range(place, place + 99) if 97 <= content[i] <= 122)
    changed = bytearray(content)
    changed[letter] = content[letter] - 32  # a capital
    path.write_bytes(changed)
    with pytest.raises(ValueError, match="is not a whole checkpoint"):
        load(path)


def test_two_files_of_one_model_are_equal(path, tmp_path):
    load(path).save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


WEIGHT = {"weight": torch.ones(2)}
FOREIGN = {
    "text": "ಇದು ಪಠ್ಯ: not a model at all, but a text of some length\n".encode(),
    "safetensors": safetensors.torch.save(WEIGHT),
    "another format": safetensors.torch.save(WEIGHT, {"format": "pt"}),
    "zip": b"PK\x03\x04" + bytes(99),
    "zeros": bytes(999),
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_file_is_refused_and_kept(content, tmp_path):
    path = tmp_path / "model"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="model is not a whole checkpoint"):
        load(path)
    assert path.read_bytes() == content


class Trap:
    """Whoever unpickles it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_is_refused_and_nothing_in_it_runs(zipped, tmp_path):
    path, sign = tmp_path / "model.pt", tmp_path / "it ran"
    content = {"weight": torch.ones(2), "trap": Trap(sign)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"model\.pt is not a whole checkpoint"):
        load(path)
    assert not sign.exists()
    torch.load(path, weights_only=False)
    assert sign.exists(), "the trap was to work where it is unpickled"


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        load(tmp_path / "none")
    with pytest.raises(OSError, match=tmp_path.name):
        load(tmp_path)


@pytest.mark.parametrize("place", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_alone(place, path, monkeypatch):
    before = path.read_bytes()

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os if place == "fsync" else Path, place, full)
    with pytest.raises(OSError, match="No space left"):
        untrained(seed=2).save(path)
    assert list(path.parent.iterdir()) == [path] and path.read_bytes() == before


def test_a_half_written_part_is_not_taken_for_the_file(path):
    before = path.read_bytes()
    part = path.with_name(f".{path.name}.{'0a' * 8}.part")
    part.write_bytes(before[:999])
    assert load(path).made == MADE
    with only_writer(path):
        untrained(made={"data": "another"}).save(path)
    assert load(path).made == {"data": "another"} and not part.exists()


# The model that comes with the package


def test_without_the_asset_the_error_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "PRETRAINED", tmp_path / "none.safetensors")
    with pytest.raises(
        FileNotFoundError, match=r"none\.safeten.*missing.*`make train`"
    ):
        load_pretrained()


def test_the_asset_is_small_enough_to_come_with_the_package():
    assert PRETRAINED.name == "english-kannada.safetensors"
    assert PRETRAINED.stat().st_size <= 5_000_000


def test_the_assets_card_is_its_own():
    card = PRETRAINED.with_suffix(".md").read_text(encoding="utf-8")
    assert card == card_text(load_pretrained(), PRETRAINED.name)


@pytest.mark.parametrize("end", ["", "."])
def test_the_asset_translates(end):
    found = translate(
        load_pretrained(), [text.capitalize() + end for text in TEXTS[:3]]
    )
    assert [text for text, _ in found] == [
        " ".join(sentence.kannada) for sentence in SENTENCES[:3]
    ]


def test_the_card_names_the_head_that_the_validation_part_chooses():
    """And of it measures what the held-out part says, to the digit that it prints."""
    translator = load_pretrained()
    data = compositional_split(0, train=40_000, validation=1_000, held_out=1_000)
    last = translator.model.config.n_layers - 1
    scores = []
    for sentences in (data.validation, data.held_out):
        sides = translator.source_tokenizer, translator.target_tokenizer
        part = held_out_sentences(sentences, *sides)
        ids = [e.source for e in part.examples], [e.target for e in part.examples]
        found = head_scores(translator.model, *ids, sentences)
        scores.append({head: s for head, s in found.items() if head[0] == last})
    chosen = best_head(scores[0])
    assert translator.made["alignment head"] == "{},{}".format(*chosen)
    measured = f"{scores[1][chosen].stems.value:.1f} %"
    assert translator.made["stems aligned, that head"] == measured
