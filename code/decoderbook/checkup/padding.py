"""Does padding change anything? On the source's side, and on the target's."""

from __future__ import annotations

from torch import Tensor

from decoderbook.checkup.causality import ROUNDING
from decoderbook.checkup.finding import Detector, Measured, Place
from decoderbook.checkup.problem import NotApplicableError
from decoderbook.checkup.subject import Batch
from decoderbook.checkup.trial import Trial, change, told, worst

PADS = 3
# One of them is often the number of heads, where two axes can be mixed up.
SIZES = (2, 4, 8)


def source(trial: Trial) -> Measured:
    """How much a sentence's logits change once its source is padded, beside a longer one."""
    trial.need_source()
    pad_id = _known(trial.subject.source_pad_id)
    target, length = trial.lengths
    longer = target + PADS if trial.equal else target
    _need(trial, longer, length + PADS)
    return _compared(trial, longer, length + PADS, pad_id, trial.equal)


def target(trial: Trial) -> Measured:
    """The same for its target."""
    pad_id = _known(trial.subject.target_pad_id)
    if trial.equal:
        raise NotApplicableError(
            "its target must be as long as its source, so it cannot be padded alone"
        )
    length, source_length = trial.lengths
    _need(trial, length + PADS, source_length)
    return _compared(trial, length + PADS, source_length, pad_id, True, False)


def _compared(
    trial: Trial,
    target: int,
    source: int,
    pad_id: int,
    pad_target: bool,
    pad_source: bool = True,
) -> Measured:
    """The first sentence, alone and unpadded, against the same in a batch of longer ones.

    In training mode of autograd and without: torch computes the two in different ways.
    """
    rows, found = trial.lengths[0], []
    for size in SIZES:
        batch = trial.batch(target, source, size)
        alone = _first(batch, trial.lengths[0], trial.lengths[1])
        if pad_source:
            batch = padded_source(batch, trial.lengths[1], pad_id)
        if pad_target:
            target_pad_id = trial.subject.target_pad_id
            batch = padded_target(
                batch, rows, pad_id if target_pad_id is None else target_pad_id
            )
        for ask in (trial.logits, trial.logits_with_gradient):
            found.append(change(ask(batch)[:1, :rows].detach(), ask(alone).detach()))
    value = worst(found)
    return Measured(value, f"{PADS} × PAD behind it change it by {told(value)} spreads")


def padded_source(batch: Batch, real: int, pad_id: int, row: int = 0) -> Batch:
    """The same with one row's source padded after its first tokens."""
    assert batch.source_ids is not None and batch.source_real is not None
    ids, mask = _padded(batch.source_ids, batch.source_real, real, pad_id, row)
    return batch._replace(source_ids=ids, source_real=mask)


def padded_target(batch: Batch, real: int, pad_id: int, row: int = 0) -> Batch:
    """The same for the target."""
    ids, mask = _padded(batch.target_ids, batch.target_real, real, pad_id, row)
    return batch._replace(target_ids=ids, target_real=mask)


def _padded(
    ids: Tensor, mask: Tensor, real: int, pad_id: int, row: int
) -> tuple[Tensor, Tensor]:
    ids, mask = ids.clone(), mask.clone()
    ids[row, real:] = pad_id
    mask[row, real:] = False
    return ids, mask


def _first(batch: Batch, target: int, source: int) -> Batch:
    """The first sentence alone, cut to its lengths."""
    lengths = (target, source, target, source)
    parts = [
        None if part is None else part[:1, :length]
        for part, length in zip(batch, lengths, strict=True)
    ]
    return Batch(*parts)


def _known(pad_id: int | None) -> int:
    if pad_id is None:
        raise NotApplicableError("no id of padding is known; --pad-id names it")
    return pad_id


def _need(trial: Trial, target: int, source: int) -> None:
    if not (trial.fits(max(target, source)) and trial.takes(target, source)):
        raise NotApplicableError(
            f"it does not take {target} tokens of target beside {source} of source"
        )


SOURCE = Detector(
    "source-padding",
    "Padding, source",
    source,
    ROUNDING,
    "a sentence means the same in a batch with longer ones",
    "padding is read as if it were words, so a translation depends on its neighbours' length",
    Place("08-cross-attention", "Padding is another matter"),
)
TARGET = Detector(
    "target-padding",
    "Padding, target",
    target,
    ROUNDING,
    "what stands behind the last token changes no row before it",
    "PAD behind the last token changes the rows before it",
    Place("06-masked-self-attention", "Causal and padding together"),
)
