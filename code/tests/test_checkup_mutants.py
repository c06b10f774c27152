"""Each detector is broken on purpose, and must then fail its own test."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from wrong_decoders import FAULTS, right

import decoderbook.checkup
from decoderbook.checkup.detectors import DETECTORS
from decoderbook.checkup.finding import BROKEN, HOLDS, Detector, Measured
from decoderbook.checkup.report import examine

FOLDER = Path(decoderbook.checkup.__file__).parent


def passes_its_test(detector: Detector, faults: list[str]) -> bool:
    """Whether a detector passes the right decoder and finds each of the faults."""
    torch.manual_seed(0)

    def verdict(subject):
        (found,) = examine(subject, detectors=(detector,)).findings
        return found.verdict

    if verdict(right()) != HOLDS:
        return False
    for name in faults:
        with FAULTS[name].subject() as subject:
            if verdict(subject) != BROKEN:
                return False
    return True


def faults_of(name: str) -> list[str]:
    return [fault for fault, what in FAULTS.items() if name in what.found_by]


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_a_detector_passes_its_test(detector):
    assert passes_its_test(detector, faults_of(detector.name))


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_a_detector_that_tolerates_or_sees_or_condemns_everything_fails(detector):
    faults = faults_of(detector.name)
    all_right, all_wrong = (
        (-math.inf, math.inf) if detector.above else (math.inf, -math.inf)
    )
    nothing = 1e9 if detector.above else 0.0
    for mutant in (
        replace(detector, limit=all_right),
        replace(detector, limit=all_wrong),
        replace(detector, above=not detector.above),
        replace(detector, measure=lambda trial: Measured(nothing, "nothing compared")),
    ):
        assert not passes_its_test(mutant, faults)


# (file, detector, what stands there, what is put in its place, the faults that then escape)
MUTANTS = [
    ("causality", "OUTPUTS", "diagonal=1", "diagonal=2", "mask one column too wide"),
    ("causality", "OUTPUTS", "with louder(module):", "if True:", "mask of -10,000"),
    ("causality", "OUTPUTS", "found = loud", "pass", "mask of -10,000"),
    ("causality", "OUTPUTS", "return table.triu", "return table.tril", ""),
    ("causality", "GRADIENTS", "diagonal=1", "diagonal=2", "mask one column too wide"),
    ("causality", "GRADIENTS", "logits[:, i]", "logits.detach()[:, i]", ""),
    (
        "causality",
        "GRADIENTS",
        "logits[:, i] @",
        "logits[:, -1] @",
        "gradient through later rows",
    ),
    (
        "causality",
        "PREFIX",
        "trial.logits(first)",
        "whole[:, :length]",
        "positions from the end",
    ),
    ("padding", "SOURCE", "if pad_source:", "if False:", "no padding mask"),
    (
        "padding",
        "SOURCE",
        "[:1, :rows].detach(), ask(alone)",
        "[:1, :rows].detach(), ask(batch)[:1, :rows]",
        "no padding mask",
    ),
    (
        "padding",
        "SOURCE",
        "SIZES = (2, 4, 8)",
        "SIZES = (2,)",
        "sentences taken for heads",
    ),
    ("padding", "SOURCE", "ids[row, real:]", "ids[row, real + 1 :]", ""),
    ("padding", "TARGET", "if pad_target:", "if False:", "scaled by the padding"),
    (
        "shapes",
        "LENGTHS",
        "PAIRS = (",
        "PAIRS = ((1, 1), (5, 5)) or (",
        "length of the encoder",
    ),
    ("shapes", "LENGTHS", "failed += 1", "pass", "length of the encoder"),
    (
        "shapes",
        "COMPANY",
        "alone = trial.logits(_rows(batch, [1]))",
        "alone = together[1:2]",
        "place in the batch",
    ),
    (
        "shapes",
        "COMPANY",
        "apart if moved <= NEVER else max(moved, ROUNDING * 10)",
        "moved",
        "place in the batch",
    ),
    (
        "shapes",
        "ORDER",
        "turned = [2, 0, 3, 1]",
        "turned = [0, 1, 2, 3]",
        "place in the batch",
    ),
    (
        "shapes",
        "ORDER",
        "batch = padded_source(",
        "padded_source(",
        "sentences taken for heads",
    ),
    (
        "order",
        "TARGET_ORDER",
        "after[:, -1], before[:, -1]",
        "after, before",
        "no positions",
    ),
    ("order", "TARGET_ORDER", "[1, 0]", "[0, 1]", ""),
    ("order", "SOURCE_ORDER", "[1, 0]", "[0, 1]", ""),
    (
        "order",
        "SOURCE_ORDER",
        "_swapped(ids)",
        "trial.other_sources(ids)",
        "no positions in the source",
    ),
    (
        "order",
        "SOURCE_USED",
        "float(table.min()),",
        "float(table.max()),",
        "last source token hidden",
    ),
    (
        "order",
        "SOURCE_USED",
        "range(batch.source_ids.size(1))",
        "range(1)",
        "last source token hidden",
    ),
    (
        "twins",
        "EQUAL",
        "(output.detach(), *gradients)",
        "(output.detach(),)",
        "values without gradient",
    ),
    ("twins", "EQUAL", "(output.detach(), *gradients)", "gradients", "output lifted"),
    (
        "steps",
        "CACHE",
        "batch = padded_source(",
        "padded_source(",
        "padding unmasked in steps",
    ),
    (
        "steps",
        "CACHE",
        "found.append(change(pairs, whole))",
        "pass",
        "steps of two unmasked",
    ),
    (
        "steps",
        "CACHE",
        "batch, 1), whole",
        "batch, 1), trial.logits(batch) * 0",
        "",
    ),
    ("start", "LOSS", "abs(loss - even)", "loss - loss", "wide table"),
    (
        "start",
        "LOSS",
        "scatter(2, read, False)",
        "float()",
        "the course's own model",
    ),
    ("start", "LOGITS", "(logits >= 0)", "(logits < 0)", "softmax twice"),
    (
        "start",
        "GRADIENT",
        "gradient is None or (weight.dim() > 1 and not gradient.any())",
        "gradient is not None and weight.dim() > 1 and not gradient.any()",
        "memory cut off",
    ),
    ("start", "GRADIENT", "not gradient.any()", "False", "table times 0"),
    ("numbers", "DETERMINISTIC", "in (1, 2)", "in (1, 1)", "dropout always on"),
    (
        "numbers",
        "FINITE",
        "with louder(subject.module):",
        "if True:",
        "softmax of plain powers",
    ),
    (
        "numbers",
        "FINITE",
        "padded_source(batch, 0,",
        "padded_source(batch, 1,",
        "source mask of -inf",
    ),
    (
        "numbers",
        "FINITE",
        "padded_target(batch, 0,",
        "padded_target(batch, 1,",
        "target mask of -inf",
    ),
    (
        "numbers",
        "FOLLOWS",
        "torch.float64)):",
        "torch.float32)):",
        "matrix in float32",
    ),
    (
        "numbers",
        "FOLLOWS",
        ", ids_at_tables(module):",
        ":",
        "positions on the processor",
    ),
    ("numbers", "FOLLOWS", 'part.to("meta")', "part", ""),
    (
        "numbers",
        "FOLLOWS",
        "if MISPLACED.search(fault):",
        "if False:",
        "mask on the processor",
    ),
]


def mutated(file: str, name: str, old: str, new: str) -> Detector:
    """The detector of a file in which one piece of text is another."""
    source = (FOLDER / f"{file}.py").read_text("utf-8")
    assert old in source, f"{file}.py has no {old!r}"
    module = ModuleType(f"mutant_{file}")
    exec(compile(source.replace(old, new), f"<mutant of {file}>", "exec"), vars(module))
    return getattr(module, name)


@pytest.mark.parametrize(
    ("file", "name", "old", "new", "escapes"),
    MUTANTS,
    ids=[f"{file}-{name}-{old[:24]}" for file, name, old, *_ in MUTANTS],
)
def test_a_detector_with_a_line_changed_fails_its_test(file, name, old, new, escapes):
    detector = mutated(file, name, old, new)
    faults = [escapes] if escapes in FAULTS else faults_of(detector.name)
    assert not passes_its_test(detector, faults)
