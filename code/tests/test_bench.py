"""What makes the comparison honest: the rivals compute the same, and counts are right."""

import sys

import pytest
import torch
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from tinydecoder import ModelConfig
from tinydecoder.batches import Batches, collate
from tinydecoder.bench import measure, tables, work
from tinydecoder.bench.measure import (
    DISTURBED,
    Timing,
    exponent,
    in_turns,
    matmul_peak,
    step_flops,
    suitable_threads,
)
from tinydecoder.bench.memory import memory_growth
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
    made = trainers(model, list(KINDS), [batch])
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
        write_in_turns(model, torch.tensor([[4, END]]), 3, 2)


class Clock:
    """Time that passes only while a work runs: the seconds that each run is given."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(measure, "perf_counter", lambda: self.now)

    def work(self, *seconds):
        """Each run takes the next of these seconds; the last one for ever."""
        due = list(seconds)

        def run():
            self.now += due.pop(0) if len(due) > 1 else due[0]

        return run


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def test_works_take_turns_and_the_first_round_is_not_counted(clock):
    order = []
    slow_at_first = {"a": clock.work(9, 1), "b": clock.work(9, 2)}

    def noted(name):
        return lambda: (order.append(name), slow_at_first[name]())

    timing = in_turns({name: noted(name) for name in "ab"}, 3, "test")
    assert order == list("abababab")
    assert timing == Timing([{"a": 1.0, "b": 2.0}] * 3)
    assert str(timing) == "3"


@pytest.mark.parametrize("disturbed", "ab")
def test_a_disturbed_round_is_measured_again(disturbed, clock):
    """In the second round that counts, one of the works had to wait."""
    usual = {"a": 1.0, "b": 3.0}
    works = {name: clock.work(seconds) for name, seconds in usual.items()}
    seconds = usual[disturbed]
    late = seconds * DISTURBED * 1.01
    works[disturbed] = clock.work(seconds, seconds, late, seconds)
    timing = in_turns(works, 4, "test")
    assert (timing.repeated, timing.disturbed) == (1, 0)
    assert timing.ratio("b") == pytest.approx(3)
    assert timing.spread("b") == pytest.approx((3, 3))
    assert str(timing) == "4, 1 repeated"


def test_a_round_that_varies_a_little_is_not_repeated(clock):
    works = {"a": clock.work(1, 1, 0.99 * DISTURBED, 1.1)}
    assert str(in_turns(works, 3, "test")) == "3"


def test_the_most_disturbed_round_is_repeated_first(clock):
    """Two rounds of five may be repeated, three were disturbed: the least one stays."""
    timing = in_turns({"a": clock.work(1, 1, 2, 9, 5, 1)}, 5, "test")
    assert sorted(one["a"] for one in timing.rounds) == pytest.approx([1, 1, 1, 1, 2])
    assert str(timing) == "5, 2 repeated, 1 disturbed"


def test_a_work_that_is_always_disturbed_ends_and_is_marked(clock):
    """It takes twice as long each time; no two rounds agree."""
    timing = in_turns({"a": clock.work(*(2**n for n in range(99)))}, 6, "test")
    assert (len(timing.rounds), timing.repeated) == (6, 3)
    assert str(timing) == "6, 3 repeated, 5 disturbed"


def test_a_ratio_is_taken_inside_a_round():
    """One round fell into a slow minute, which touched both."""
    rounds = [{"b": 1.0, "a": 2.0}, {"b": 20.0, "a": 60.0}, {"b": 2.0, "a": 6.0}]
    timing = Timing(rounds)
    assert (timing.ratio("a"), timing.ratio("b")) == (3.0, 1.0)
    assert timing.spread("a") == (2.5, 3.0)


def test_speeds_and_ratios_cannot_say_opposite_things():
    """By their medians a is the faster one, by the ratio inside the rounds it is not."""
    rounds = [{"b": 10.0, "a": 11.0}, {"b": 1.0, "a": 1.1}, {"b": 9.0, "a": 1.0}]
    timing = Timing(rounds)
    assert timing.ratio("a") == pytest.approx(1.1)
    assert timing.seconds("b") == 9.0
    assert timing.seconds("a") == pytest.approx(9.0 * 1.1)


@pytest.fixture
def two_threads(monkeypatch):
    """Torch says that it has two and is never given them: a busy core would stop both."""
    threads = [2]
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads[-1])
    monkeypatch.setattr(torch, "set_num_threads", threads.append)


@pytest.mark.parametrize(("with_two", "suits"), [(0.5, 2), (0.95, 1), (1.5, 1)])
def test_more_threads_must_be_clearly_faster(with_two, suits, clock, two_threads):
    def work():
        clock.now += with_two if torch.get_num_threads() == 2 else 1.0

    assert suitable_threads(work, "test") == suits
    assert torch.get_num_threads() == 2


def test_a_disturbance_does_not_speak_for_more_threads(clock, two_threads):
    """Alone the work takes as long with one thread as with two, but it had to wait."""
    late = iter([1.0, 1.0, 4.0, 4.0])

    def work():
        clock.now += next(late, 1.0) if torch.get_num_threads() == 1 else 1.0

    assert suitable_threads(work, "test") == 1


def test_without_a_choice_of_threads_nothing_is_run():
    assert suitable_threads(lambda: 1 / 0, "test") == 1


def test_the_number_of_threads_is_set_back(two_threads):
    with pytest.raises(ZeroDivisionError):
        suitable_threads(lambda: 1 / 0, "test")
    assert torch.get_num_threads() == 2
    measure.matmul_peak([8], 1)
    assert torch.get_num_threads() == 2


def test_the_exponent_is_the_slope():
    assert exponent((64, 256), (2.0 * 64**1.5, 2.0 * 256**1.5)) == pytest.approx(1.5)


def test_the_peak_is_a_speed():
    assert 1e7 < matmul_peak([64, 128], 1) < 1e15


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


def test_a_quick_run_prints_every_table(capsys, monkeypatch, two_threads):
    """Where training suits two threads, and all else one."""
    used = {}

    def noted(works, rounds, text):
        used[text.split(",")[0]] = torch.get_num_threads()
        return in_turns(works, rounds, text)

    for module in (tables, work):
        monkeypatch.setattr(module, "in_turns", noted)
    monkeypatch.setattr(
        tables, "suitable_threads", lambda work, text: 1 + text.startswith("training")
    )
    tables.run_bench(quick=True)
    assert used == {"training": 2, "decoding": 1, "forward": 1}
    assert torch.get_num_threads() == 2
    text, progress = capsys.readouterr()
    assert "training, teaching" in progress
    for name in (*KINDS, *WAYS):
        assert name in text
    shown = [
        [[cell.strip() for cell in line.split("|")] for line in part.splitlines()]
        for part in text.split("\n\n")
        if part.startswith("|")
    ]
    assert [len(table) - 2 for table in shown] == [6, 6, 10, 7]
    for table in shown:
        assert len({len(line) for line in table}) == 1
    threads = [
        {line[table[0].index("threads")] for line in table[2:]} for table in shown
    ]
    assert threads == [{"2"}, {"1"}, {"1"}, {"1", "2"}]
    assert ("not measured" in text) == (sys.platform == "win32")


def test_the_corpus_fits_the_fixed_length(data):
    pairs = data.train
    source, target = pad_to_fixed(collate(Batches(pairs, 8).batch(0)))
    assert source.shape == (8, 64) and target.shape == (8, 65)
    assert bool((source[:, -1] == PAD).all())
