"""Token accuracy by position: with the gold prefix, and with the model's own."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from tinydecoder.batches import pad
from tinydecoder.evaluation.metrics import Score, proportion
from tinydecoder.model import Transformer, evaluating
from tinydecoder.text.tokenizer import END, START


@dataclass(frozen=True)
class PositionAccuracy:
    """Of the total targets that reach this position, how many have the right token.

    position 0 is the first token after START.
    """

    position: int
    total: int
    teacher_forced_right: int
    free_running_right: int

    @property
    def teacher_forced(self) -> Score:
        """The share right after the gold prefix."""
        name = f"teacher forced, position {self.position}"
        return proportion(self.teacher_forced_right, self.total, name)

    @property
    def free_running(self) -> Score:
        """The share right after what the model itself has written."""
        name = f"free running, position {self.position}"
        return proportion(self.free_running_right, self.total, name)


def token_accuracy_by_position(
    model: Transformer,
    sources: Sequence[Sequence[int]],
    targets: Sequence[Sequence[int]],
    generated: Sequence[Sequence[int]],
    batch_size: int = 100,
) -> list[PositionAccuracy]:
    """One entry for each position of the longest target, END counted as a token.

    targets: gold ids from START to END. generated: a decoder's ids for the same
    sources, with END where it stopped of itself (`Generation.ids` leave it out: put it
    back where stopped is "end"); a START in front and what stands after END are passed
    over. A position that generated does not reach is wrong, one beyond the target's END
    is not counted.

    Raises ValueError for no pairs, unequal numbers, or a target without START.
    Source: Williams & Zipser 1989 (teacher forcing), Ranzato et al. 2016 (what a model
    does after its own mistakes: exposure bias).
    """
    if not len(sources) == len(targets) == len(generated):
        raise ValueError(
            "sources, targets and generated must be as many, got "
            f"{len(sources)}, {len(targets)} and {len(generated)}"
        )
    if not targets:
        raise ValueError("accuracy must have at least one pair, got none")
    for index, target in enumerate(targets):
        if len(target) < 2 or target[0] != START:
            raise ValueError(
                f"target {index} must be START (id {START}), then at least one token, "
                f"got {list(target)}"
            )
    forced = teacher_forced_choices(model, sources, targets, batch_size)
    n_positions = max(map(len, targets)) - 1
    totals, forced_right, free_right = ([0] * n_positions for _ in range(3))
    for target, choices, ids in zip(targets, forced, generated, strict=True):
        own = _written(ids)
        for position, token in enumerate(target[1:]):
            totals[position] += 1
            forced_right[position] += choices[position] == token
            free_right[position] += own[position : position + 1] == [token]
    counts = zip(totals, forced_right, free_right, strict=True)
    return [PositionAccuracy(position, *three) for position, three in enumerate(counts)]


@torch.no_grad()
def teacher_forced_choices(
    model: Transformer,
    sources: Sequence[Sequence[int]],
    targets: Sequence[Sequence[int]],
    batch_size: int = 100,
) -> list[list[int]]:
    """The likeliest token at each row, after the gold tokens before it.

    Choice i stands beside targets' token i + 1. The model is in eval mode meanwhile.
    """
    choices: list[list[int]] = []
    device = next(model.parameters()).device
    with evaluating(model):
        for first in range(0, len(targets), batch_size):
            gold = targets[first : first + batch_size]
            source_ids = pad(sources[first : first + batch_size]).to(device)
            target_ids = pad([target[:-1] for target in gold]).to(device)
            best = model(source_ids, target_ids).argmax(dim=-1).tolist()
            choices += [
                row[: len(ids) - 1] for row, ids in zip(best, gold, strict=True)
            ]
    return choices


def _written(ids: Sequence[int]) -> list[int]:
    """The ids after START, if it is there, up to the first END and with it."""
    own = list(ids)[1 if list(ids[:1]) == [START] else 0 :]
    return own[: own.index(END) + 1] if END in own else own
