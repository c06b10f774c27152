"""Word alignment read out of cross-attention, and how near it comes to the gold links.

A link is a (morpheme index, English word index) pair, as in `Sentence.alignment`. Row i
of the decoder has read START and the morphemes before i, and predicts morpheme i: that
row's weights are the ones that stand for morpheme i.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from tinydecoder.batches import pad
from tinydecoder.corpus.clause import Sentence
from tinydecoder.evaluation.metrics import Score, proportion
from tinydecoder.model import Transformer
from tinydecoder.tracing import cross_attention

Link = tuple[int, int]
Head = tuple[int, int]  # layer and head, both from 0


@dataclass(frozen=True)
class AlignmentScores:
    """One head against the gold alignment.

    stems: the share of stems whose largest weight is on one of their gold words.
    morphemes: the same share of all morphemes that have a gold word.
    error_rate: the alignment error rate, from 0 (equal) to 1.
    """

    stems: Score
    morphemes: Score
    error_rate: float


def links(
    weights: Float[Tensor, "T S"], n_morphemes: int, n_words: int, end: bool = True
) -> set[Link]:
    """Each morpheme linked with the word that has its row's largest weight.

    weights: one head's; columns: n_words words, END, padding. Neither padding nor rows
    past the morphemes are looked at. A morpheme with its largest weight on END has no
    link; with end=False the END column is left out, and each morpheme has one. Of equal
    weights the first word's counts.

    Raises ValueError for a sentence that the weights are too small for.
    """
    n_rows, n_columns = weights.shape
    if n_rows < n_morphemes or n_columns < n_words + end or n_words < 1:
        raise ValueError(
            f"weights for {n_morphemes} morphemes and {n_words} words must have at least "
            f"{n_morphemes} rows and {max(n_words, 1) + end} columns, got {n_rows} and {n_columns}"
        )
    largest = weights[:n_morphemes, : n_words + end].argmax(dim=-1)  # (n_morphemes,)
    return {(i, j) for i, j in enumerate(largest.tolist()) if j < n_words}


def alignment_error_rate(
    predicted: Sequence[Set[Link]],
    sure: Sequence[Set[Link]],
    possible: Sequence[Set[Link]] | None = None,
) -> float:
    """1 − (|A ∩ S| + |A ∩ P|) / (|A| + |S|), the counts summed over the sentences.

    A predicted, S sure, P possible links, one set a sentence; P holds S, and is S if
    None, which makes it 1 − F₁. Raises ValueError for unequal numbers of sentences, a
    sure link that is not possible, or no links at all.
    Source: Och & Ney 2003, section "Evaluation Methodology".
    """
    possible = sure if possible is None else possible
    if not len(predicted) == len(sure) == len(possible):
        raise ValueError(
            "predicted, sure and possible must be as many sentences, got "
            f"{len(predicted)}, {len(sure)} and {len(possible)}"
        )
    agreed = total = 0
    for index, (a, s, p) in enumerate(zip(predicted, sure, possible, strict=True)):
        if not s <= p:
            raise ValueError(
                f"sentence {index}: a sure link must also be possible, got {sorted(s - p)}"
            )
        agreed += len(a & s) + len(a & p)
        total += len(a) + len(s)
    if total == 0:
        raise ValueError("the alignment error rate must have a link to count, got none")
    return 1 - agreed / total


def alignment_scores(
    weights: Sequence[Tensor], sentences: Sequence[Sentence], end: bool = True
) -> AlignmentScores:
    """The scores of one head over these sentences; every gold link is sure.

    weights: a (T, S) tensor a sentence, as for `links`. One link a morpheme is not
    enough for an error rate of 0 where gold gives a morpheme two words, or none.

    Raises ValueError for unequal numbers, or sentences without gold links.
    """
    if len(weights) != len(sentences):
        raise ValueError(
            f"each sentence must have its weights, got {len(weights)} weights and "
            f"{len(sentences)} sentences"
        )
    predicted, gold = [], []
    stems: list[bool] = []
    morphemes: list[bool] = []
    for matrix, sentence in zip(weights, sentences, strict=True):
        n_morphemes, n_words = len(sentence.morphemes), len(sentence.english)
        predicted.append(links(matrix, n_morphemes, n_words, end))
        gold.append(set(sentence.alignment))
        hit = {i for i, _ in predicted[-1] & gold[-1]}
        stems += [i in hit for i in sentence.stems]
        morphemes += [i in hit for i in {i for i, _ in gold[-1]}]
    return AlignmentScores(
        proportion(sum(stems), len(stems), "stems aligned"),
        proportion(sum(morphemes), len(morphemes), "morphemes aligned"),
        alignment_error_rate(predicted, gold),
    )


def head_scores(
    model: Transformer,
    sources: Sequence[Sequence[int]],
    targets: Sequence[Sequence[int]],
    sentences: Sequence[Sentence],
    end: bool = True,
    batch_size: int = 100,
) -> dict[Head, AlignmentScores]:
    """The scores of every head of the decoder, layer by layer.

    sources: an id for each English word, then END. targets: START, an id for each
    morpheme, END. Raises ValueError where ids and sentences do not fit.
    """
    if not len(sources) == len(targets) == len(sentences):
        raise ValueError(
            "sources, targets and sentences must be as many, got "
            f"{len(sources)}, {len(targets)} and {len(sentences)}"
        )
    for index, parts in enumerate(zip(sources, targets, sentences, strict=True)):
        source, target, sentence = parts
        expected = len(sentence.english) + 1, len(sentence.morphemes) + 2
        if (len(source), len(target)) != expected:
            raise ValueError(
                f"sentence {index} must have {expected[0]} source and {expected[1]} "
                f"target ids, got {len(source)} and {len(target)}"
            )
    heads = range(model.config.n_heads)
    table = [(layer, head) for layer in range(model.config.n_layers) for head in heads]
    device = next(model.parameters()).device
    weights: dict[Head, list[Tensor]] = {place: [] for place in table}
    for first in range(0, len(sentences), batch_size):
        source_ids = pad(sources[first : first + batch_size]).to(device)
        gold = targets[first : first + batch_size]
        target_ids = pad([target[:-1] for target in gold]).to(device)
        batch = cross_attention(model, source_ids, target_ids).cpu()
        for layer, head in table:
            weights[layer, head] += batch[layer, :, head].unbind()  # (T, S) each
    return {place: alignment_scores(weights[place], sentences, end) for place in table}


def best_head(scores: dict[Head, AlignmentScores]) -> Head:
    """The (layer, head) with the largest share of stems, the first of equals.

    Choose it on other sentences than those it is then measured on: the best of many
    heads is in part the luckiest. Raises ValueError for no heads.
    """
    if not scores:
        raise ValueError("there must be at least one head to choose from, got none")
    return max(scores, key=lambda place: scores[place].stems.value)
