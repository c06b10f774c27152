"""Does it matter where a token stands, and what the source says?"""

from __future__ import annotations

import torch
from torch import Tensor

from decoderbook.checkup.causality import NEVER
from decoderbook.checkup.finding import Detector, Measured, Place
from decoderbook.checkup.problem import NotApplicableError
from decoderbook.checkup.trial import Trial, change, spread, told

SEEN = 1e-5  # more than rounding, of sums in another order


def target_order(trial: Trial) -> Measured:
    """How much the last row changes when two tokens before it are swapped."""
    batch = trial.batch()
    if batch.target_ids.size(1) < 3:
        raise NotApplicableError("it takes too few tokens to swap two")
    ids = batch.target_ids.clone()
    ids[:, 1] = trial.other_targets(ids[:, 0])
    before = trial.logits(batch._replace(target_ids=ids))
    after = trial.logits(batch._replace(target_ids=_swapped(ids)))
    found = change(after[:, -1], before[:, -1])
    same = trial.logits(batch._replace(target_ids=ids[:, :1].expand_as(ids)))
    alike = float((same - same[:, :1]).abs().max()) / spread(before)
    words = f"the last row changes by {told(found)} spreads"
    if alike <= SEEN < found:
        words += "; rows of one repeated token are all alike (no absolute position)"
    return Measured(found, words)


def source_order(trial: Trial) -> Measured:
    """How much the logits change when two source tokens are swapped."""
    trial.need_source()
    batch = trial.batch()
    assert batch.source_ids is not None
    if batch.source_ids.size(1) < 2:
        raise NotApplicableError("it takes too few source tokens to swap two")
    ids = batch.source_ids.clone()
    ids[:, 1] = trial.other_sources(ids[:, 0])
    before = trial.logits(batch._replace(source_ids=ids))
    after = trial.logits(batch._replace(source_ids=_swapped(ids)))
    found = change(after, before)
    return Measured(found, f"the rows change by up to {told(found)} spreads")


def source_used(trial: Trial) -> Measured:
    """The least change that any source token makes in any row."""
    trial.need_source()
    batch = trial.batch()
    assert batch.source_ids is not None
    before, columns = trial.logits(batch), []
    for j in range(batch.source_ids.size(1)):
        ids = batch.source_ids.clone()
        ids[:, j] = trial.other_sources(ids[:, j])
        after = trial.logits(batch._replace(source_ids=ids))
        columns.append((after - before).abs().amax(dim=(0, 2)))
    table = torch.stack(columns, dim=1) / spread(before)  # (T, S)
    seen = int((table > NEVER).sum())
    words = f"{seen} of {table.numel()} pairs (row, source token) change"
    return Measured(
        float(table.min()), f"{words}, least {told(float(table.min()))} spreads"
    )


def _swapped(ids: Tensor) -> Tensor:
    """The first two columns exchanged."""
    return torch.cat([ids[:, [1, 0]], ids[:, 2:]], dim=1)


TARGET_ORDER = Detector(
    "target-order",
    "Position, target",
    target_order,
    SEEN,
    "the order of the tokens matters",
    "the last row sees a bag of tokens: their order changes nothing",
    Place("03-positional-encoding", "Attention does not see order"),
    above=True,
)
SOURCE_ORDER = Detector(
    "source-order",
    "Position, source",
    source_order,
    SEEN,
    "the order of the source matters",
    "the source is a bag of words: “dog bites man” reads as “man bites dog”",
    Place("03-positional-encoding", "Attention does not see order"),
    above=True,
)
SOURCE_USED = Detector(
    "source-used",
    "Cross-attention is used",
    source_used,
    NEVER,
    "each source token can change each row",
    "some row does not hear some source token: what it writes is not a translation of it",
    Place("08-cross-attention", "The picture: target rows read source columns"),
    above=True,
)
