"""Does writing with a cache give what one pass over the whole gives?"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from decoderbook.checkup.causality import ROUNDING
from decoderbook.checkup.finding import Detector, Measured, Place
from decoderbook.checkup.padding import padded_source
from decoderbook.checkup.problem import NotApplicableError
from decoderbook.checkup.subject import Batch, Step
from decoderbook.checkup.trial import Trial, change, told, worst


def cache(trial: Trial) -> Measured:
    """How far logits made step by step are from those of one pass, in steps of one and of two."""
    begin = trial.subject.begin
    if begin is None:
        raise NotApplicableError("it offers no step with a cache (give `begin`)")
    batch, found = trial.batch(), []
    if trial.has_source and trial.subject.source_pad_id is not None:
        real = max(trial.lengths[1] - 2, 1)
        batch = padded_source(batch, real, trial.subject.source_pad_id)
    whole = trial.logits(batch)
    found.append(change(_written(trial, begin, batch, 1), whole))
    more = ""
    try:
        pairs = _written(trial, begin, batch, 2)
    except NotApplicableError:
        raise
    except Exception:
        more = "; it takes one token at a time"
    else:
        found.append(change(pairs, whole))
    value = worst(found)
    return Measured(value, f"largest difference {told(value)} spreads{more}")


@torch.no_grad()
def _written(
    trial: Trial, begin: Callable[[Batch], Step], batch: Batch, size: int
) -> Tensor:
    """The logits of all steps, of so many tokens each."""
    parts = []
    with trial.in_time():
        step = begin(batch.copied())
    for new in batch.target_ids.split(size, dim=1):
        with trial.in_time():
            parts.append(step(new.clone(memory_format=torch.contiguous_format)))
        if parts[-1].shape[:2] != new.shape:
            raise ValueError(
                f"a step gives the logits of its {size} new tokens, got the shape "
                f"{tuple(parts[-1].shape)}"
            )
    return torch.cat(parts, dim=1)


CACHE = Detector(
    "cache",
    "Cache = no cache",
    cache,
    ROUNDING,
    "kept keys and values give the same logits as computing them again",
    "with the cache it writes something else than without: a position or a key is wrong",
    Place("11-inference", "The key–value cache"),
)
