"""May a row see what comes later? Asked of the outputs, and of the gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from decoderbook.checkup.finding import Detector, Measured, NotApplicableError, Place
from decoderbook.checkup.rows import read_rows
from decoderbook.checkup.subject import other_weights
from decoderbook.checkup.trial import Trial

LOUDER = 30.0  # scores grow with its square: far above 88, where exp overflows


def changes(trial: Trial) -> Tensor:
    """(T, T): the largest change of row i when token j becomes another, by the spread."""
    batch = trial.batch()
    before = trial.logits(batch)
    columns = []
    for j in range(batch.target_ids.size(1)):
        ids = batch.target_ids.clone()
        ids[:, j] = trial.other_targets(ids[:, j])
        after = trial.logits(batch._replace(target_ids=ids))
        columns.append((after - before).abs().amax(dim=(0, 2)))
    return torch.stack(columns, dim=1) / trial.spread(before)


def outputs(trial: Trial) -> Measured:
    """The largest change of a row by a later token, with the weights as they are and louder."""
    found = changes(trial)
    words = ""
    module = trial.subject.module
    if module is not None:
        with other_weights(module, lambda weight: LOUDER * weight, buffers=False):
            louder = changes(trial)
        if louder.isfinite().all():
            quiet = found
            found = torch.maximum(quiet, louder)
            if not _later(quiet).any() and _later(louder).any():
                words = (
                    f", only once the weights are × {LOUDER:g}: the mask is too weak"
                )
    return _told(found, "changed with a later token", words)


def gradients(trial: Trial) -> Measured:
    """The largest gradient of a row with respect to a later token's row."""
    batch = trial.batch()
    with read_rows(trial.subject.module, batch.target_ids) as rows:
        logits = trial.logits_with_gradient(batch)
    if not rows:
        raise NotApplicableError(
            "no nn.Embedding of its was seen reading the target ids, so there is no row to ask"
        )
    if not logits.requires_grad:
        raise NotApplicableError("its logits carry no gradient")
    length = batch.target_ids.size(1)
    weights = torch.randn(logits.shape[-1], generator=trial.generator).to(logits)
    table = torch.zeros(length, length)
    for i in range(length):
        found = torch.autograd.grad(
            (logits[:, i] @ weights).sum(), rows, retain_graph=True, allow_unused=True
        )
        for gradient in found:
            if gradient is not None:
                table[i] += gradient.abs().amax(dim=(0, 2)).float()
    return _told(
        table / max(float(table.max()), 1e-30), "have a gradient to a later one"
    )


def _later(table: Tensor) -> Tensor:
    return table.triu(diagonal=1)


def _told(table: Tensor, what: str, more: str = "") -> Measured:
    later = _later(table)
    pairs = table.size(0) * (table.size(0) - 1) // 2
    leaks = (later > 0).nonzero().tolist()
    value = float(later.max())
    words = f"{len(leaks)} of {pairs} pairs {what}"
    if leaks:
        i, j = leaks[0]
        words += f" (row {i} with token {j}, at most {value:.2g} of the spread{more})"
    return Measured(value, words)


OUTPUTS = Detector(
    "causal-outputs",
    "Causality, outputs",
    outputs,
    1e-6,
    "No row knows what comes after it.",
    "A row knows tokens that come after it: in training it can copy the answer, and at "
    "the desk nothing is there to copy.",
    Place("06-masked-self-attention", "A test for look-ahead"),
)
GRADIENTS = Detector(
    "causal-gradients",
    "Causality, gradients",
    gradients,
    1e-6,
    "No row learns from what comes after it.",
    "A row's loss reaches tokens that come after it, so training teaches it to look ahead.",
    Place("06-masked-self-attention", "A test, not a proof"),
)
