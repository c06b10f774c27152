"""Before the first step: what the loss is, what the logits are, what the gradient reaches."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from decoderbook.checkup.finding import Detector, Measured, Place
from decoderbook.checkup.problem import NotApplicableError
from decoderbook.checkup.trial import Trial


def loss_at_start(trial: Trial) -> Measured:
    """How far the loss is from log V, in nats; the mean over all labels that there can be.

    The token that a row has just read is left out, as label and as choice: where the
    output is the table used the other way, fresh weights favour it, and rightly so.
    """
    if not trial.subject.fresh:
        raise NotApplicableError("it is no longer as it was at the start")
    batch = trial.batch(size=8)
    logits, read = trial.logits(batch).float(), batch.target_ids[..., None]
    size = logits.size(2)
    if size < 3 or int(read.max()) >= size:
        raise NotApplicableError(f"its logits are of {size} tokens, too few to tell")
    others = torch.ones_like(logits, dtype=torch.bool).scatter(2, read, False)
    log_shares = logits.masked_fill(~others, -math.inf).log_softmax(dim=-1)
    loss, even = -float(log_shares[others].mean()), math.log(size - 1)
    words = (
        f"loss {loss:.2f} nats, log {size - 1:,} = {even:.2f} "
        "(without the token just read)"
    )
    return Measured(abs(loss - even), words)


def probabilities(trial: Trial) -> Measured:
    """The share of rows that are already probabilities: none negative, sum 1."""
    logits = trial.logits(trial.batch())
    sums_to_one = (logits.sum(dim=-1) - 1).abs() < 1e-3
    found = float((sums_to_one & (logits >= 0).all(dim=-1)).float().mean())
    return Measured(found, f"{found:.0%} of the rows sum to 1 with nothing negative")


def gradient_reaches(trial: Trial) -> Measured:
    """How many weights get no gradient from the loss."""
    module = trial.subject.module
    if module is None:
        raise NotApplicableError("its weights are not shown (give `module`)")
    weights = {n: p for n, p in module.named_parameters() if p.requires_grad}
    if not weights:
        raise NotApplicableError("it has no weight that can be trained")
    logits = trial.logits_with_gradient(trial.batch(size=4))
    if not logits.requires_grad:
        return Measured(len(weights), "the logits carry no gradient at all")
    loss = _loss(trial, logits)
    with trial.in_time():
        found = torch.autograd.grad(loss, list(weights.values()), allow_unused=True)
    lost = [
        name
        for (name, weight), gradient in zip(weights.items(), found, strict=True)
        if gradient is None or (weight.dim() > 1 and not gradient.any())
    ]
    words = f"{len(lost)} of {len(weights)} weights get none"
    if lost:
        words += ": " + ", ".join(lost[:3]) + (", …" if len(lost) > 3 else "")
    return Measured(len(lost), words)


def _loss(trial: Trial, logits: Tensor) -> Tensor:
    """Cross-entropy with labels that have nothing to do with the input."""
    shape = logits.shape[:2]
    labels = torch.randint(logits.size(2), shape, generator=trial.generator)
    return F.cross_entropy(logits.flatten(0, 1).float(), labels.flatten())


LOSS = Detector(
    "loss-at-start",
    "Loss at the start",
    loss_at_start,
    1.0,
    "fresh weights hold every token about equally likely",
    "fresh weights already have firm opinions: the spread of a table or of the last "
    "layer does not fit",
    Place("10-training", "The loss, by hand"),
    compares=False,
)
LOGITS = Detector(
    "raw-logits",
    "Scores, not shares",
    probabilities,
    0.0,
    "the softmax is left to the loss",
    "a softmax was already taken; the loss takes another one, and training crawls",
    Place("09-decoder-layer", "From rows to words: the logits"),
    compares=False,
)
GRADIENT = Detector(
    "gradient-reaches",
    "Gradient everywhere",
    gradient_reaches,
    0,
    "each weight can learn",
    "a weight is never used, or cut off from the loss, and stays as it was drawn",
    Place("09-decoder-layer", "Where the parameters are"),
    compares=False,
)
