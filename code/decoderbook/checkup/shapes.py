"""Any two lengths, any batch: what may change the shape and nothing else."""

from __future__ import annotations

import torch

from decoderbook.checkup.causality import NEVER, ROUNDING
from decoderbook.checkup.finding import Detector, Measured, Place
from decoderbook.checkup.padding import padded_source
from decoderbook.checkup.problem import NotApplicableError, one_line
from decoderbook.checkup.subject import Batch
from decoderbook.checkup.trial import Trial, change, told

PAIRS = ((1, 1), (1, 7), (7, 1), (4, 9), (9, 4), (12, 12))


def lengths(trial: Trial) -> Measured:
    """How many pairs of lengths it does not take."""
    pairs = [pair for pair in PAIRS if trial.fits(max(pair))]
    if not trial.has_source:
        pairs = [(length, 1) for length in sorted({target for target, _ in pairs})]
    failed, first = 0, ""
    for target, source in pairs:
        try:
            trial.logits(trial.batch(target, source))
        except NotApplicableError:
            raise
        except Exception as error:
            failed += 1
            shape = f"T = {target}" + (f", S = {source}" if trial.has_source else "")
            first = first or f"; with {shape} {one_line(error, 100)}"
    what = "pairs (T, S)" if trial.has_source else "lengths"
    return Measured(failed, f"{failed} of {len(pairs)} {what} fail{first}")


def company(trial: Trial) -> Measured:
    """How much a sentence changes alone, and when its neighbours become others."""
    batch = trial.batch(size=3)
    together = trial.logits(batch)
    alone = trial.logits(_rows(batch, [1]))
    ids = batch.target_ids.clone()
    ids[[0, 2]] = trial.other_targets(ids[[0, 2]])
    others = batch._replace(target_ids=ids)
    if batch.source_ids is not None:
        sources = batch.source_ids.clone()
        sources[[0, 2]] = trial.other_sources(sources[[0, 2]])
        others = others._replace(source_ids=sources)
    moved = change(trial.logits(others)[1:2], together[1:2])
    apart = change(alone, together[1:2])
    words = f"with other neighbours it changes by {told(moved)} spreads, alone by {told(apart)}"
    # Both in one number: the same shapes must give the very same.
    return Measured(apart if moved <= NEVER else max(moved, ROUNDING * 10), words)


def order(trial: Trial) -> Measured:
    """How far a batch in another order is from its results in that order."""
    batch = trial.batch(size=4)
    if trial.has_source and trial.subject.source_pad_id is not None:
        real = max(trial.lengths[1] - 2, 1)
        batch = padded_source(batch, real, trial.subject.source_pad_id, row=1)
    turned = [2, 0, 3, 1]
    found = change(trial.logits(_rows(batch, turned)), trial.logits(batch)[turned])
    return Measured(found, f"largest difference {told(found)} spreads")


def _rows(batch: Batch, rows: list[int]) -> Batch:
    chosen = torch.tensor(rows)
    return Batch(*(None if part is None else part[chosen] for part in batch))


LENGTHS = Detector(
    "lengths",
    "Any two lengths",
    lengths,
    0,
    "target and source may each be of any length",
    "a length is read where another belongs, or stands fixed in the code",
    Place("08-cross-attention", "D7 · Must the two sentences have the same length?"),
    compares=False,
)
COMPANY = Detector(
    "batch-company",
    "Alone and in a batch",
    company,
    ROUNDING,
    "a sentence does not know with which others it is computed",
    "the sentences of a batch are mixed: one changes another",
    Place(
        "07-residuals-and-layer-norm",
        "Which axis? The features of one row, and no other",
    ),
)
ORDER = Detector(
    "batch-order",
    "Order of the batch",
    order,
    ROUNDING,
    "each sentence keeps its own result wherever it stands in the batch",
    "a sentence's result depends on its place in the batch",
    Place("02-tokens-and-batches", "A batch: padding and its mask"),
)
