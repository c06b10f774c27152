"""The shares of tokens that a model gets right, with a teacher and without."""

from collections.abc import Sequence

from tinydecoder.batches import Example, pad
from tinydecoder.evaluation.accuracy import token_accuracy_by_position
from tinydecoder.generation import generate
from tinydecoder.model import Transformer
from tinydecoder.text.tokenizer import END, START


def write_all(
    model: Transformer, sources: Sequence[Sequence[int]], limit: int = 64
) -> list[list[int]]:
    """What the model writes greedily for each source, with END where it stopped of
    itself. limit: tokens at most.
    """
    found = generate(model, pad(sources), limit=limit)
    return [[*one.ids, *([END] if one.stopped == "end" else [])] for one in found]


def shares_right(
    model: Transformer, examples: Sequence[Example], limit: int = 64
) -> dict[str, float]:
    """Shares from 0 to 1: of right tokens after the gold prefix and after the model's
    own, END counted, and of sentences that are right as a whole.

    Raises ValueError for no examples.
    """
    sources, targets = [e.source for e in examples], [e.target for e in examples]
    own = write_all(model, sources, limit) if sources else []
    places = token_accuracy_by_position(model, sources, targets, own)
    total = sum(place.total for place in places)
    both = zip(own, targets, strict=True)
    return {
        "gold prefix": sum(p.teacher_forced_right for p in places) / total,
        "own prefix": sum(p.free_running_right for p in places) / total,
        "exact": sum([START, *ids] == target for ids, target in both) / len(targets),
    }
