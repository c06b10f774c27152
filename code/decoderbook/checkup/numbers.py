"""The same twice, finite on hard input, in the precision and place of the weights."""

from __future__ import annotations

import re
from collections.abc import Iterator

import torch
from torch import Tensor

from decoderbook.checkup.causality import NEVER
from decoderbook.checkup.finding import Detector, Measured, Place
from decoderbook.checkup.padding import padded_source, padded_target
from decoderbook.checkup.problem import NotApplicableError, one_line
from decoderbook.checkup.rows import ids_at_tables
from decoderbook.checkup.subject import Batch, louder, other_weights
from decoderbook.checkup.trial import Trial, change, told

# What torch says of tensors that do not lie together. Other errors only come of the device
# without numbers, and tell nothing.
MISPLACED = re.compile(
    "expected device|same device|two devices|out of meta|the logits are"
)


def deterministic(trial: Trial) -> Measured:
    """The difference of two runs with the same input and other random numbers."""
    batch, found = trial.batch(), []
    for seed in (1, 2):
        torch.manual_seed(seed)
        found.append(trial.logits(batch))
    value = change(found[1], found[0])
    return Measured(value, f"largest difference of two runs {told(value)} spreads")


def finite(trial: Trial) -> Measured:
    """How many hard inputs give NaN or infinity, as training computes them."""
    bad, asked = [], []
    for name, logits in _hard(trial):
        asked.append(name)
        if not logits.isfinite().all():
            bad.append(name)
    words = f"{len(bad)} of {len(asked)} hard inputs give NaN or ∞"
    words += f" ({', '.join(bad or asked)})"
    return Measured(len(bad), words)


def _hard(trial: Trial) -> Iterator[tuple[str, Tensor]]:
    subject, batch = trial.subject, trial.batch(size=3)
    if subject.module is not None:
        with louder(subject.module):
            yield "scores of thousands", trial.logits_with_gradient(batch)
    if trial.has_source and subject.source_pad_id is not None:
        padded = padded_source(batch, 0, subject.source_pad_id)
        yield "a source of PAD alone", trial.logits_with_gradient(padded)
    if subject.target_pad_id is not None:
        padded = padded_target(batch, 0, subject.target_pad_id)
        yield "a target of PAD alone", trial.logits_with_gradient(padded)


def follows(trial: Trial) -> Measured:
    """How often the logits are not in the precision, or not at the place, of the weights."""
    module = trial.subject.module
    if module is None:
        raise NotApplicableError("its weights are not shown (give `module`)")
    if not any(True for _ in module.parameters()):
        raise NotApplicableError("it has no weights")
    batch, faults, at_the_end = trial.batch(), [], ""
    with other_weights(module, lambda weight: _moved(weight, torch.float64)):
        fault, found = _tried(trial, batch)
    if fault:
        faults.append(f"in float64 {fault}")
    if found is not None and found.dtype != torch.float64:
        # Many make them so for the loss, on purpose.
        at_the_end = f", logits in {str(found.dtype).removeprefix('torch.')},"
    # Without numbers, so that it works where there is no other device.
    away = Batch(*(None if part is None else part.to("meta") for part in batch))
    with other_weights(module, lambda weight: weight.to("meta")), ids_at_tables(module):
        fault, found = _tried(trial, away)
    if found is not None and found.device != torch.device("meta"):
        fault = f"the logits are {found.device}"
    if MISPLACED.search(fault):
        faults.append(f"on another device {fault}")
    tried = not fault or bool(MISPLACED.search(fault))
    right = " and another device" if tried else "; no other device was tried"
    right = f"followed into float64{at_the_end}{right}"
    return Measured(len(faults), "; ".join(faults) or right)


def _tried(trial: Trial, batch: Batch) -> tuple[str, Tensor | None]:
    """What went wrong, and the logits if nothing did."""
    try:
        return "", trial.logits(batch)
    except NotApplicableError:
        raise
    except Exception as error:
        return one_line(error, 110), None


def _moved(weight: Tensor, dtype: torch.dtype) -> Tensor:
    return weight.to(dtype) if weight.is_floating_point() else weight


DETERMINISTIC = Detector(
    "deterministic",
    "The same twice",
    deterministic,
    NEVER,
    "in eval() nothing is random",
    "in eval() something is still random: dropout that does not ask for the mode",
    Place(
        "08-cross-attention",
        "D5 · Is there no look-ahead mask in cross-attention, in training too?",
    ),
    compares=False,
)
FINITE = Detector(
    "finite",
    "Finite on hard input",
    finite,
    0,
    "large scores and rows with nothing to look at stay numbers",
    "one such row makes the loss NaN, and after one step all weights with it",
    Place("06-masked-self-attention", "A row that may look at nothing"),
    compares=False,
)
FOLLOWS = Detector(
    "follows-weights",
    "Precision and device",
    follows,
    0,
    "what it makes itself is made where, and as, its weights are",
    "a tensor of its own stays behind when the model is moved: it fails on a GPU or in "
    "another precision",
    Place("06-masked-self-attention", "The mask"),
    compares=False,
)
