"""Does writing with a cache give what one pass over the whole gives?"""

from __future__ import annotations

import torch

from decoderbook.checkup.causality import ROUNDING
from decoderbook.checkup.finding import Detector, Measured, NotApplicableError, Place
from decoderbook.checkup.padding import padded_source
from decoderbook.checkup.trial import Trial, change, told, worst


def cache(trial: Trial) -> Measured:
    """How far logits made step by step are from those of one pass, in steps of 1 and of 2."""
    begin = trial.subject.begin
    if begin is None:
        raise NotApplicableError("it offers no step with a cache (give `begin`)")
    batch, found = trial.batch(), []
    if trial.has_source and trial.subject.source_pad_id is not None:
        real = max(trial.lengths[1] - 2, 1)
        batch = padded_source(batch, real, trial.subject.source_pad_id)
    whole = trial.logits(batch)
    for size in (1, 2):
        with torch.no_grad():
            step = begin(batch)
            parts = [step(ids) for ids in batch.target_ids.split(size, dim=1)]
        found.append(change(torch.cat(parts, dim=1), whole))
    return Measured(worst(found), f"largest difference {told(worst(found))} spreads")


CACHE = Detector(
    "cache",
    "Cache = no cache",
    cache,
    ROUNDING,
    "kept keys and values give the same logits as computing them again",
    "with the cache it writes something else than without: a position or a key is wrong",
    Place("11-inference", "The key–value cache"),
)
