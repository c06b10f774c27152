"""May a row see what comes later? Asked of the outputs, of the gradients, of a prefix."""

from __future__ import annotations

import torch
from torch import Tensor

from decoderbook.checkup.finding import Detector, Measured, Place
from decoderbook.checkup.problem import NotApplicableError
from decoderbook.checkup.rows import read_rows
from decoderbook.checkup.subject import louder
from decoderbook.checkup.trial import Trial, change, spread, told, worst

NEVER = 1e-6  # of two runs with the same shapes: what is masked changes nothing at all
ROUNDING = 1e-4  # of two runs with other shapes: rounding differs


def influence_of_targets(trial: Trial) -> Tensor:
    """(T, T): the largest change of row i when token j becomes another one."""
    batch = trial.batch()
    before = trial.logits(batch)
    columns = []
    for j in range(batch.target_ids.size(1)):
        ids = batch.target_ids.clone()
        ids[:, j] = trial.other_targets(ids[:, j])
        after = trial.logits(batch._replace(target_ids=ids))
        columns.append((after - before).abs().amax(dim=(0, 2)))
    return torch.stack(columns, dim=1) / spread(before)


def outputs(trial: Trial) -> Measured:
    """A row's largest change by a later token, with the weights as they are and louder."""
    found, more = influence_of_targets(trial), ""
    if (module := trial.subject.module) is not None:
        with louder(module):
            loud = influence_of_targets(trial)
        if loud.isfinite().all() and _later(loud).max() > _later(found).max():
            if _later(found).max() <= NEVER:
                more = (
                    ", only with weights × 300: the mask is too weak for large scores"
                )
            found = loud
    return _told(found, "change with a later token", "spreads", more)


def gradients(trial: Trial) -> Measured:
    """The largest gradient of a row with respect to a later token's row, as a share."""
    batch = trial.batch()
    with read_rows(trial.subject.module, batch.target_ids) as rows:
        logits = trial.logits_with_gradient(batch)
    if not rows:
        raise NotApplicableError(
            "no nn.Embedding was seen to read the target ids, so there is no row to ask"
        )
    if not logits.requires_grad:
        raise NotApplicableError("its logits carry no gradient")
    length = batch.target_ids.size(1)
    weights = torch.randn(logits.size(2), generator=trial.generator).to(logits)
    table = torch.zeros(length, length)
    for i in range(length):
        score = (logits[:, i] @ weights).sum()
        with trial.in_time():
            found = torch.autograd.grad(
                score, rows, retain_graph=True, allow_unused=True
            )
        for gradient in found:
            if gradient is not None:
                table[i] += gradient.abs().amax(dim=(0, 2)).float()
    if not table.any():
        raise NotApplicableError("no gradient flows from its logits to its rows")
    table = table / table.max()
    return _told(table, "have a gradient to a later token", "of the largest gradient")


def prefix(trial: Trial) -> Measured:
    """How far the rows of a prefix are from the same rows of the whole."""
    if trial.equal:
        raise NotApplicableError(
            "its target must be as long as its source, so no prefix can be run alone"
        )
    batch, found = trial.batch(), []
    whole = trial.logits(batch)
    for length in range(1, batch.target_ids.size(1)):
        first = batch._replace(
            target_ids=batch.target_ids[:, :length],
            target_real=batch.target_real[:, :length],
        )
        found.append(change(trial.logits(first), whole[:, :length]))
    return Measured(worst(found), f"largest difference {told(worst(found))} spreads")


def _later(table: Tensor) -> Tensor:
    return table.triu(diagonal=1)


def _told(table: Tensor, what: str, unit: str, more: str = "") -> Measured:
    later = _later(table)
    pairs = table.size(0) * (table.size(0) - 1) // 2
    leaks = (~(later <= NEVER)).nonzero().tolist()
    value = float(later.max())
    words = f"{len(leaks)} of {pairs} pairs {what}"
    if leaks:
        i, j = leaks[0]
        words += f", first row {i} with token {j}; at most {told(value)} {unit}{more}"
    return Measured(value, words)


OUTPUTS = Detector(
    "causal-outputs",
    "Causality, outputs",
    outputs,
    NEVER,
    "no row knows what comes after it",
    "a row knows tokens after it: in training it can copy the answer, and when it "
    "writes there is none to copy",
    Place("06-masked-self-attention", "A test for look-ahead"),
)
GRADIENTS = Detector(
    "causal-gradients",
    "Causality, gradients",
    gradients,
    NEVER,
    "no row can learn from what comes after it",
    "the loss of a row reaches tokens after it, so training teaches it to look ahead",
    Place("06-masked-self-attention", "A test, not a proof"),
    compares=False,
)
PREFIX = Detector(
    "prefix",
    "A prefix alone",
    prefix,
    ROUNDING,
    "one pass over the whole gives the rows that writing token by token gives",
    "the rows depend on how many tokens follow, so writing differs from training",
    Place("11-inference", "The picture: one token at a time"),
)
