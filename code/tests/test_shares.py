"""A model is right about what it writes itself, and each changed token counts once."""

import pytest
import torch

from tinydecoder.batches import Example
from tinydecoder.config import ModelConfig
from tinydecoder.evaluation.accuracy import teacher_forced_choices
from tinydecoder.evaluation.shares import shares_right, write_all
from tinydecoder.generation import generate
from tinydecoder.model import Transformer
from tinydecoder.text.tokenizer import END, START

SOURCES = [[5, 6, 7, END], [8, END]]
LIMIT = 6


@pytest.fixture(scope="module")
def model() -> Transformer:
    torch.manual_seed(0)
    return Transformer(ModelConfig(24, 3, 40, 1), 9, 11).eval()


def test_end_stands_where_the_model_stopped_of_itself(model: Transformer) -> None:
    for source, ids in zip(SOURCES, write_all(model, SOURCES, LIMIT), strict=True):
        (alone,) = generate(model, torch.tensor([source]), limit=LIMIT)
        ended = alone.stopped == "end"
        assert ids == [*alone.ids, *([END] if ended else [])]


def test_a_wrong_token_counts_once(model: Transformer) -> None:
    written = write_all(model, SOURCES, LIMIT)
    targets = [[START, *ids] for ids in written]
    right = [Example(s, t) for s, t in zip(SOURCES, targets, strict=True)]
    shares = shares_right(model, right, LIMIT)
    assert shares["own prefix"] == shares["exact"] == 1.0
    wrong = Example(SOURCES[1], [*targets[1][:-1], 4 if targets[1][-1] != 4 else 5])
    shares = shares_right(model, [right[0], wrong], LIMIT)
    total = sum(map(len, written))
    assert shares["own prefix"] == pytest.approx(1 - 1 / total)
    assert shares["exact"] == 0.5


def test_the_gold_prefix_is_what_a_teacher_would_see(model: Transformer) -> None:
    examples = [
        Example(SOURCES[0], [START, 4, 5, END]),
        Example(SOURCES[1], [START, 9]),
    ]
    targets = [example.target for example in examples]
    chosen = teacher_forced_choices(model, SOURCES, targets)
    hits = [c == t for row, ids in zip(chosen, targets, strict=True)
            for c, t in zip(row, ids[1:], strict=True)]  # fmt: skip
    taught = [[START, *row] for row in chosen]
    assert shares_right(model, examples, LIMIT)["gold prefix"] == sum(hits) / 4
    one = [Example(SOURCES[1], taught[1])]
    assert shares_right(model, one, LIMIT)["gold prefix"] == 1.0


def test_no_examples_are_refused(model: Transformer) -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        shares_right(model, [])
