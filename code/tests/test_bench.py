"""What makes the comparison honest: the rivals compute the same, and counts are right."""

import sys

import pytest
import torch
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from tinydecoder import ModelConfig
from tinydecoder.batches import Batches, collate
from tinydecoder.bench import tables
from tinydecoder.bench.measure import (
    exponent,
    in_turns,
    matmul_peak,
    memory_growth,
    ratio,
    step_flops,
)
from tinydecoder.bench.rivals import TutorialModel
from tinydecoder.bench.work import (
    KINDS,
    OURS,
    WAYS,
    count_targets,
    pad_to_fixed,
    trainers,
    write,
    write_in_turns,
)
from tinydecoder.datasets import corpus_dataset
from tinydecoder.model import Transformer
from tinydecoder.text.tokenizer import END, PAD
from tinydecoder.torch_twin import torch_model
from tinydecoder.training import sum_of_losses

CONFIG = ModelConfig(16, 2, d_ff=24, n_layers=2)
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def data():
    return corpus_dataset(train=40, held_out=5)


@pytest.fixture
def model(data):
    torch.manual_seed(1)
    sizes = [len(t.tokens) for t in (data.source_tokenizer, data.target_tokenizer)]
    made = Transformer(CONFIG, *sizes).double()
    with torch.no_grad():
        for parameter in made.parameters():  # also norms and biases, which start alike
            parameter.add_(torch.randn_like(parameter) / 5)
    return made


@pytest.fixture
def batch(data):
    """Twenty sentences, which differ in length on both sides."""
    pairs = data.train
    source, target = collate(pairs[:20])
    assert (source == PAD).any() and (target == PAD).any()
    return source, target


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != OURS])
def test_a_rival_has_our_loss_and_our_gradients(kind, model, batch):
    rival = KINDS[kind](model)
    theirs = pad_to_fixed(batch) if "padded" in kind else batch
    loss, n_tokens = sum_of_losses(model, *batch)
    their_loss, their_n_tokens = sum_of_losses(rival, *theirs)
    assert n_tokens == their_n_tokens == count_targets([batch])
    assert_close(their_loss, loss, atol=1e-9, rtol=1e-12)
    loss.backward()
    their_loss.backward()
    norms = [
        torch.stack([p.grad.square().sum() for p in m.parameters()]).sum().sqrt()
        for m in (model, rival)
    ]
    assert_close(norms[0], norms[1], atol=1e-9, rtol=1e-9)


def test_a_rival_has_as_many_weights_of_its_own(model):
    count, ours = sum(p.numel() for p in model.parameters()), set(model.parameters())
    for kind in (torch_model, TutorialModel):
        theirs = set(kind(model).parameters())
        assert sum(p.numel() for p in theirs) == count
        assert not theirs & ours


def test_the_trainers_take_the_same_steps(model, batch):
    made = trainers(model, list(KINDS), [[batch], [batch]])
    for _ in range(2):
        for trainer in made.values():
            trainer()
    losses = [sum_of_losses(trainer.model, *batch)[0] for trainer in made.values()]
    assert_close(losses, losses[:1] * len(losses), atol=1e-6, rtol=1e-7)
    again, _ = sum_of_losses(model, *batch)
    assert_close(again, losses[0])  # ours is the model itself


def test_the_operations_are_those_that_torch_counts(model, batch):
    source, target = batch
    with FlopCounterMode(display=False) as counter:
        sum_of_losses(model, source, target)[0].backward()
    vocab_size = model.output.out_features
    rows = (*source.shape, target.size(1) - 1)
    assert step_flops(CONFIG, vocab_size, *rows) == counter.get_total_flops()


def test_every_way_writes_the_same_to_the_full_length():
    """Without tied weights, for with them it writes one token over and over."""
    torch.manual_seed(1)
    config = ModelConfig(16, 2, d_ff=24, n_layers=2, tie_weights=False)
    model = Transformer(config, 12, 30).double().eval()
    source = torch.randint(END + 1, 12, (3, 5))
    found = [write(way, model, source, 24) for way in WAYS]
    assert found[0] == found[1] == found[2]
    assert [len(ids) for ids in found[0]] == [24] * 3
    assert len({token for ids in found[0] for token in ids}) > 3
    assert min(min(ids) for ids in found[0]) > END


def test_ways_that_differ_are_an_error(model, monkeypatch):
    monkeypatch.setattr(
        "tinydecoder.bench.work.write", lambda way, *rest: [[WAYS.index(way)]]
    )
    with pytest.raises(RuntimeError, match="do not agree"):
        write_in_turns(model, torch.tensor([[4, END]]), 3, 1)


def test_works_take_turns_and_the_first_round_is_not_counted():
    order = []
    works = {name: lambda name=name: order.append(name) for name in "ab"}
    seconds = in_turns(works, 3, "test")
    assert order == list("abababab")
    assert {name: len(times) for name, times in seconds.items()} == {"a": 3, "b": 3}
    order.clear()
    assert len(in_turns(works, 1, "test", warm_up=False)["a"]) == 1
    assert order == ["a", "b"]


def test_a_ratio_is_taken_inside_a_repetition():
    """One repetition fell into a slow minute, which touched both."""
    assert ratio({"a": [2.0, 60.0, 6.0], "b": [1.0, 20.0, 2.0]}, "a", "b") == 3.0


def test_the_exponent_is_the_slope():
    assert exponent((64, 256), (2.0 * 64**1.5, 2.0 * 256**1.5)) == pytest.approx(1.5)


def test_the_peak_is_a_speed():
    assert 1e7 < matmul_peak([64, 128]) < 1e15


def allocate(megabytes):
    """Ready to fill so much memory; what is at work before does not count."""
    before = torch.ones(20, MEGABYTE // 4)
    return lambda: before.sum() + torch.ones(megabytes, MEGABYTE // 4).sum()


@pytest.mark.skipif(sys.platform == "win32", reason="nothing there tells the peak")
def test_memory_is_that_of_the_work_alone():
    parent = torch.ones(300, MEGABYTE // 4)  # more than any of the works has
    growth = memory_growth([(allocate, 10), (allocate, 100), (allocate, 10)])
    assert parent[-1, -1] == 1
    for found, megabytes in zip(growth, (10, 100, 10), strict=True):
        assert found / MEGABYTE == pytest.approx(megabytes, abs=8)


def test_memory_that_cannot_be_measured(monkeypatch):
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    assert memory_growth([(allocate, 10)]) is None


def test_a_quick_run_prints_every_table(capsys):
    text = tables.run_bench(quick=True, threads=1)
    captured = capsys.readouterr()
    assert captured.out == text + "\n\n"
    assert "training, teaching" in captured.err
    assert "threads: 1," in text
    for name in (*KINDS, *WAYS):
        assert name in text
    shown = [part for part in text.split("\n\n") if part.startswith("|")]
    assert [table.count("\n") - 1 for table in shown] == [6, 6, 10, 7]
    for table in shown:
        assert len({line.count("|") for line in table.splitlines()}) == 1
    assert ("not measured" in text) == (sys.platform == "win32")


def test_the_number_of_threads_is_set_back(monkeypatch):
    monkeypatch.setattr(tables, "corpus_dataset", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tables.run_bench(quick=True, threads=2)
    assert torch.get_num_threads() == 1


def test_the_corpus_fits_the_fixed_length(data):
    pairs = data.train
    source, target = pad_to_fixed(collate(Batches(pairs, 8).batch(0)))
    assert source.shape == (8, 64) and target.shape == (8, 65)
    assert bool((source[:, -1] == PAD).all())
