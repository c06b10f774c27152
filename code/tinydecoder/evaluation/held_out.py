"""How good a translator is on pairs that it has not learned from."""

from dataclasses import dataclass

from tinydecoder.checkpoint import Translator
from tinydecoder.datasets import HeldOut
from tinydecoder.evaluation.accuracy import PositionAccuracy, token_accuracy_by_position
from tinydecoder.evaluation.alignment import AlignmentScores, Head, head_scores
from tinydecoder.evaluation.metrics import Score, bleu, chrf, exact_match
from tinydecoder.text.parallel import normalise
from tinydecoder.text.tokenizer import END
from tinydecoder.translation import translate


@dataclass(frozen=True)
class Evaluation:
    """Scores of a translator on held-out pairs, and what it wrote for each.

    translations: normalised. positions: token accuracy by position, where the held-out
    pairs have ids. heads: each head against the gold alignment, for sentences of the
    corpus only.
    """

    scores: tuple[Score, ...]
    translations: list[str]
    positions: list[PositionAccuracy]
    heads: dict[Head, AlignmentScores]


def evaluate(
    translator: Translator,
    held_out: HeldOut,
    width: int = 1,
    limit: int = 64,
    progress: bool = False,
) -> Evaluation:
    """Translate the sources and compare with the targets.

    width: of the beam, 1 is greedy. Raises ValueError for no pairs.
    """
    sources, references = ([pair[side] for pair in held_out.pairs] for side in (0, 1))
    found = translate(translator, sources, width=width, limit=limit, progress=progress)
    texts = [normalise(text) for text, _ in found]
    scores = tuple(metric(texts, references) for metric in (exact_match, chrf, bleu))
    ids = [
        [*generation.ids, *([END] if generation.stopped == "end" else [])]
        for _, generation in found
    ]
    gold = held_out.examples
    sides = [e.source for e in gold], [e.target for e in gold]
    positions: list[PositionAccuracy] = []
    heads: dict[Head, AlignmentScores] = {}
    if gold:
        positions = token_accuracy_by_position(translator.model, *sides, ids)
    if held_out.sentences:
        heads = head_scores(translator.model, *sides, held_out.sentences)
    return Evaluation(scores, texts, positions, heads)
