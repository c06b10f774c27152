"""The check-up's detectors: right decoders pass, each wrong one gets the ✗ it deserves."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
import torch
from torch import nn
from wrong_decoders import FAULTS, right

from decoderbook.checks.answers import TooSlowError
from decoderbook.checkup import trial as trial_module
from decoderbook.checkup.clock import CALLS, enough
from decoderbook.checkup.detectors import DETECTORS
from decoderbook.checkup.examples import ForgetfulGPT, LeakyGPT, SmallGPT
from decoderbook.checkup.finding import BROKEN, HOLDS, NOT_APPLICABLE, NOT_ASKED
from decoderbook.checkup.recognise import subject_of
from decoderbook.checkup.report import examine
from decoderbook.checkup.subject import Batch, Step, Subject, louder, other_weights
from decoderbook.checkup.trial import CannotRunError, Trial, told, worst
from tinydecoder.config import ModelConfig
from tinydecoder.model import Transformer

BOOK = Path(__file__).parents[2] / "book"


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def verdicts(subject: Subject, seed: int = 0) -> dict[str, str]:
    return {f.detector: f.verdict for f in examine(subject, seed).findings}


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("tie_weights", [True, False])
def test_the_course_s_own_model_passes_every_detector(norm, tie_weights):
    config = ModelConfig(16, 2, 32, norm=norm, tie_weights=tie_weights, dropout=0.1)
    report = examine(subject_of(Transformer(config, 11, 13)))
    assert {found.verdict for found in report.findings} == {HOLDS}
    assert report.exit_status == 0
    print(f"{report.seconds:.1f} s")


@pytest.mark.parametrize("norm_first", [True, False])
def test_torch_s_own_gets_no_complaint(norm_first):
    whole = nn.Transformer(
        *(32, 4, 2, 2, 64),
        batch_first=True,
        norm_first=norm_first,
        custom_encoder=nn.TransformerEncoder(
            nn.TransformerEncoderLayer(
                32, 4, 64, batch_first=True, norm_first=norm_first
            ),
            num_layers=2,
            enable_nested_tensor=not norm_first,
        ),
    )
    for model in (whole, whole.decoder):
        report = examine(subject_of(model))
        assert report.broken() == []
        missing = [f.detector for f in report.findings if f.verdict == NOT_APPLICABLE]
        assert missing == ["equal-to-torch", "cache"]


def test_a_decoder_without_cross_attention_gets_no_complaint():
    report = examine(subject_of(SmallGPT(), target_pad_id=0))
    assert report.broken() == []
    missing = [f.detector for f in report.findings if f.verdict == NOT_APPLICABLE]
    assert missing == ["source-padding", "source-order", "source-used", "cache"]
    assert all(
        f.meaning.startswith("because")
        for f in report.findings
        if f.detector in missing
    )


def test_the_examples_have_the_faults_that_they_say():
    leaks = ["causal-outputs", "causal-gradients", "prefix", "equal-to-torch"]
    assert examine(subject_of(LeakyGPT())).broken() == leaks
    assert examine(subject_of(ForgetfulGPT())).broken() == ["gradient-reaches"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_decoder_gets_the_crosses_that_it_deserves_and_no_other(name):
    with FAULTS[name].subject() as subject:
        assert set(examine(subject).broken()) == FAULTS[name].found_by


def test_each_detector_has_a_fault_to_find():
    assert {d.name for d in DETECTORS} == set().union(
        *(f.found_by for f in FAULTS.values())
    )


def test_each_place_is_a_heading_of_its_chapter():
    for detector in DETECTORS:
        notebook = nbformat.read(BOOK / f"{detector.place.page}.ipynb", as_version=4)
        text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert detector.place.heading in headings, detector.name
    assert str(DETECTORS[0].place) == "chapter 06, “A test for look-ahead”"


def test_the_subject_is_left_as_it_was():
    model = Transformer(ModelConfig(d_model=16, n_heads=2, d_ff=32), 11, 13).train()
    model.encoder.eval()  # a mode of its own
    before = {name: (id(p), p.clone()) for name, p in model.named_parameters()}
    modes = [part.training for part in model.modules()]
    random = torch.get_rng_state()
    examine(subject_of(model))
    assert torch.equal(random, torch.get_rng_state())
    assert modes == [part.training for part in model.modules()]
    assert list(before) == [name for name, _ in model.named_parameters()]
    for name, weight in model.named_parameters():
        assert before[name][0] == id(weight) and torch.equal(before[name][1], weight)
        assert weight.grad is None
    assert model.output.weight is model.target_embedding.token.weight
    assert not any(part._forward_hooks for part in model.modules())


def test_weights_are_put_back_after_an_error_and_stay_shared_inside():
    model = Transformer(ModelConfig(d_model=16, n_heads=2, d_ff=32), 11, 13)
    weight = model.output.weight
    with pytest.raises(KeyError), louder(model, 2.0):
        assert torch.equal(model.output.weight, 2 * weight)
        assert model.output.weight is model.target_embedding.token.weight
        assert torch.equal(model.decoder.norm.weight, torch.ones(16))
        raise KeyError
    assert model.output.weight is weight
    norm = nn.BatchNorm1d(3)
    with other_weights(norm, lambda w: w + 1):
        assert torch.equal(norm.running_mean, torch.ones(3))
    assert torch.equal(norm.running_mean, torch.zeros(3))


def test_the_same_seed_measures_the_same_and_another_one_other_inputs():
    subject = right()
    one, same, other = (examine(subject, seed).findings for seed in (3, 3, 4))
    assert one == same
    values = {f.detector: f.value for f in one}
    assert values != {f.detector: f.value for f in other}
    # No detector's numbers depend on which others were asked before it.
    alone = examine(subject, 3, detectors=DETECTORS[-3:]).findings
    assert alone == one[-3:]


def test_half_precision_is_examined_in_float32_and_stays_half():
    subject = right()
    subject.module.bfloat16()
    assert examine(subject).broken() == []
    assert {weight.dtype for weight in subject.module.parameters()} == {torch.bfloat16}


def test_what_has_learnt_is_not_asked_for_its_first_loss():
    found = verdicts(replace(right(), fresh=False))
    assert found["loss-at-start"] == NOT_APPLICABLE


def test_a_subject_of_functions_alone_is_asked_what_can_be_asked():
    table = torch.randn(7, 5).double()

    def logits(batch: Batch) -> torch.Tensor:
        return table[batch.target_ids].cumsum(1) * torch.arange(1, 6)

    found = verdicts(Subject(logits, 7))
    assert [n for n, verdict in found.items() if verdict == BROKEN] == ["target-order"]
    # The ids reach beyond its logits, so no label can be left out for the first loss.
    for name in (
        *("causal-gradients", "gradient-reaches", "follows-weights", "cache"),
        "loss-at-start",
    ):
        assert found[name] == NOT_APPLICABLE


def test_one_length_only():
    """As in code with its length written into it: that is one fault and no more."""
    whole = right()

    def logits(batch: Batch) -> torch.Tensor:
        if batch.target_ids.shape[1] != 20 or batch.source_ids.shape[1] != 20:
            raise RuntimeError("shape '[2, 20, 16]' is invalid")
        return whole.logits(batch)

    fixed = replace(whole, logits=logits, max_length=20, begin=None)
    report = examine(fixed)
    assert report.broken() == ["lengths"]
    (found,) = [f for f in report.findings if f.verdict == BROKEN]
    assert found.value == 6 and "T = 1, S = 1 it raised RuntimeError" in found.measured


def test_no_more_tokens_than_the_subject_takes():
    whole, most = right(), 0

    def logits(batch: Batch) -> torch.Tensor:
        nonlocal most
        most = max(most, batch.target_ids.size(1), batch.source_ids.size(1))
        return whole.logits(batch)

    assert examine(replace(whole, logits=logits, max_length=5)).broken() == []
    assert most == 5


def test_an_error_in_the_middle_is_a_finding_with_the_error_in_one_line():
    whole = right()

    def logits(batch: Batch) -> torch.Tensor:
        if len(batch.target_ids) == 3:
            raise ValueError("three\nare too many")
        return whole.logits(batch)

    report = examine(replace(whole, logits=logits))
    found = {f.detector: f for f in report.findings if f.verdict == BROKEN}
    assert set(found) == {"batch-company", "finite"}
    assert found["batch-company"].measured == "it raised ValueError: three are too many"
    assert "open" in found["batch-company"].meaning


@pytest.mark.parametrize(
    "wrong",
    [
        lambda batch: torch.zeros(2, 3),
        lambda batch: torch.zeros(2, 1, 13),
        lambda batch: "logits",
        lambda batch: 1 / 0,
    ],
)
def test_what_gives_no_logits_cannot_be_examined(wrong):
    with pytest.raises(CannotRunError, match="it raised"):
        examine(replace(right(), logits=wrong))


def test_without_time_left_a_detector_says_so():
    whole = right()
    trial = Trial(whole, seconds=20)
    trial._deadline = -math.inf
    found = DETECTORS[0](trial)
    assert found.verdict == NOT_ASKED and found.meaning == "because the 20 s were over"


def test_a_report_counts_what_was_not_asked_and_says_how_long_it_would_take(
    monkeypatch,
):
    whole, now = right(), 0.0

    def slow(subject: Subject) -> Subject:
        def logits(batch: Batch) -> torch.Tensor:
            nonlocal now
            now += 1
            return subject.logits(batch)

        return replace(subject, logits=logits)

    monkeypatch.setattr(trial_module.time, "monotonic", lambda: now)
    report = examine(slow(whole), seconds=20)
    # 19 calls in 18 s: the last tenth is for what is under way.
    assert report.calls == 19 and report.broken() == []
    asked = [f.detector for f in report.findings if f.verdict == HOLDS]
    assert asked == ["causal-outputs", "causal-gradients"]
    assert len(report.not_asked()) == 17 and report.exit_status == 2
    text = " ".join(report.text().split())
    assert "2 ✓, 0 ✗, 0 not applicable, in " in text
    assert (
        "s. 17 not asked: the 20 s were over; --seconds 200 asks more. A test" in text
    )
    assert "? A prefix alone: not asked, because the 20 s were over." in text
    read = json.loads(report.as_json())
    assert read["not_asked"] == report.not_asked() and read["exit_status"] == 2
    assert read["findings"]["prefix"]["verdict"] == "not asked"
    # What is broken outweighs what was not asked.
    with FAULTS["mask of -10,000"].subject() as subject:
        assert examine(slow(subject), seconds=20).exit_status == 1


def test_the_seconds_that_are_named_are_enough():
    report = examine(right(), seconds=math.inf)
    assert report.calls <= CALLS and "not asked" not in report.text()
    assert [enough(20, 9), enough(20, 119), enough(0.1, 50)] == [300, 40, 1]
    assert enough(60, 0) == 8000


def test_a_call_that_never_returns_is_ended():
    whole = right()

    def logits(batch: Batch) -> torch.Tensor:
        while batch.target_ids.size(1) == 7:
            pass
        return whole.logits(batch)

    names = ("causal-outputs", "lengths", "batch-order")
    asked = tuple(d for d in DETECTORS if d.name in names)
    report = examine(replace(whole, logits=logits), 0, 4, detectors=asked)
    assert [f.verdict for f in report.findings] == [HOLDS, NOT_ASKED, NOT_ASKED]
    assert "before a call of it was" in report.findings[1].meaning
    assert report.exit_status == 2 and report.seconds < 8


@pytest.mark.parametrize("part", ["begin", "step", "pair", "twins"])
def test_steps_and_twins_are_ended_too(part):
    def forever(*_: object) -> None:
        while True:
            pass

    def pair(batch: Batch) -> Step:
        step = whole.begin(batch)
        return lambda ids: forever() if ids.size(1) == 2 else step(ids)

    whole = right()
    begin = {"begin": forever, "step": lambda batch: forever, "pair": pair}
    subject = replace(whole, begin=begin.get(part, whole.begin))
    if part == "twins":
        subject = replace(whole, twins=forever)
    name = "equal-to-torch" if part == "twins" else "cache"
    asked = tuple(d for d in DETECTORS if d.name == name)
    assert examine(subject, 0, 2, detectors=asked).not_asked() == [name]


@pytest.mark.parametrize("name", ["causal-gradients", "gradient-reaches"])
def test_a_backward_pass_is_in_time_too(name):
    whole = right()

    def slow(batch: Batch) -> torch.Tensor:
        logits = whole.logits(batch)
        if logits.requires_grad:
            logits.register_hook(lambda gradient: time.sleep(1.5))
        return logits

    asked = tuple(d for d in DETECTORS if d.name == name)
    report = examine(replace(whole, logits=slow), 0, 1, detectors=asked)
    assert report.not_asked() == [name] and report.seconds < 4


def test_a_first_call_that_never_returns_cannot_be_examined():
    def logits(batch: Batch) -> torch.Tensor:
        while True:
            pass

    with pytest.raises(TooSlowError):
        examine(replace(right(), logits=logits), seconds=1)


def test_an_exit_is_an_error_like_any_other():
    whole = right()

    def logits(batch: Batch) -> torch.Tensor:
        return exit(0) if len(batch.target_ids) == 3 else whole.logits(batch)

    report = examine(replace(whole, logits=logits))
    assert report.broken() == ["batch-company", "finite"]


def test_ids_may_be_viewed_as_another_shape_and_written_into():
    whole = right()

    def written(ids: torch.Tensor) -> torch.Tensor:
        kept = ids.clone()
        ids.view(-1).zero_()
        return kept

    def begin(batch: Batch) -> Step:
        step = whole.begin(Batch(*map(written, batch)))
        return lambda ids: step(written(ids))

    def logits(batch: Batch) -> torch.Tensor:
        return whole.logits(Batch(*map(written, batch)))

    report = examine(replace(whole, logits=logits, begin=begin))
    assert {f.verdict for f in report.findings} == {HOLDS}
    assert "it takes one token at a time" not in report.text()


def test_logits_made_float32_for_the_loss_are_no_fault():
    whole = right()
    report = examine(
        replace(whole, logits=lambda batch: whole.logits(batch).float()),
        detectors=DETECTORS[-1:],
    )
    (found,) = report.findings
    assert found.verdict == HOLDS
    assert (
        found.measured == "followed into float64, logits in float32, and another device"
    )


def test_what_switches_gradients_off_for_all_does_not_do_so_here():
    with torch.no_grad():
        assert examine(right()).broken() == []


def test_a_subject_with_impossible_numbers_says_so():
    for more, sentence in (
        ({"target_vocab_size": 1}, "the target's vocabulary needs two tokens, got 1"),
        ({"source_vocab_size": 0}, "the source's vocabulary needs two tokens, got 0"),
        ({"target_pad_id": 13}, "must be from 0 to 12, got 13"),
        ({"source_pad_id": -100}, "the source's id of padding must be from 0 to 10"),
    ):
        with pytest.raises(ValueError, match=sentence):
            replace(right(), **more)


def test_nan_is_never_taken_for_right():
    whole = right()
    report = examine(replace(whole, logits=lambda b: whole.logits(b) * math.nan))
    compared = [d.name for d in DETECTORS if d.compares and d.name != "equal-to-torch"]
    assert {"finite", "loss-at-start", *compared} <= {
        *report.broken(),
        "equal-to-torch",
    }
    assert math.isnan(worst([1.0, math.nan, 2.0]))


def test_numbers_are_told_so_that_every_processor_tells_the_same():
    assert [told(v) for v in (0.0, 3e-7, 0.0123456, 12.0)] == [
        "0",
        "below 1e-6",
        "0.012",
        "12",
    ]
    assert told(math.nan) == "nan"


def test_the_text_has_every_detector_with_number_meaning_and_place():
    report = examine(subject_of(LeakyGPT(), name="mine:Leaky"))
    text = re.sub(r"\s+", " ", report.text())
    assert text.startswith(
        "Check-up of mine:Leaky no source; 11 tokens; 28,224 weights; seed 0"
    )
    for found in report.findings:
        assert f"{found.sign} {found.title}: " in text
        if found.verdict != NOT_APPLICABLE:
            assert f"{found.measured}. " in text and f"See {found.place}." in text
    assert "10 ✓, 4 ✗, 5 not applicable" in text and "A test and no proof" in text
    assert max(map(len, report.text().splitlines())) <= 88


def test_the_json_has_the_same():
    report = examine(subject_of(LeakyGPT(), name="mine:Leaky"), seed=2)
    read = json.loads(report.as_json())
    assert read["seed"] == 2 and read["exit_status"] == 1 == report.exit_status
    assert read["broken"] == report.broken()
    assert list(read["findings"]) == [d.name for d in DETECTORS]
    for found in report.findings:
        entry = read["findings"][found.detector]
        assert entry["verdict"] == found.verdict and entry["value"] == found.value
        assert entry["page"] == found.place.page
