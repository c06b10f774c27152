"""From texts to translations, and how good they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from tqdm import tqdm

from tinydecoder.batches import examples
from tinydecoder.checkpoint import Translator
from tinydecoder.corpus.clause import Sentence
from tinydecoder.corpus.tokenizers import KannadaTokenizer
from tinydecoder.corpus.tokenizers import texts as morpheme_texts
from tinydecoder.evaluation.accuracy import PositionAccuracy, token_accuracy_by_position
from tinydecoder.evaluation.alignment import (
    AlignmentScores,
    Head,
    cross_attention,
    head_scores,
)
from tinydecoder.evaluation.metrics import Score, bleu, chrf, exact_match
from tinydecoder.generation import Generation, beam_search, generate
from tinydecoder.sampling import Choose, greedy
from tinydecoder.text.parallel import Pair, normalise
from tinydecoder.text.tokenizer import END, START, Tokenizer

POSITIONS = 12  # that a report shows one by one


class Translation(NamedTuple):
    """The text of what was written, and the ids with their probability."""

    text: str
    generation: Generation


def translate(
    translator: Translator,
    texts: Sequence[str],
    choose: Choose = greedy,
    width: int = 1,
    length_penalty: float = 0.6,
    limit: int = 64,
    batch_size: int = 100,
    progress: bool = False,
) -> list[Translation]:
    """One translation for each text, in their order; of a text without words, none.

    choose: greedy or a sample; width: above 1 a beam of that width, which needs greedy.
    limit: tokens at most. progress: a bar on stderr.
    Raises ValueError for a beam together with a sample, or a width below 1.
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, which is greedy, got {width}")
    if width > 1 and choose is not greedy:
        raise ValueError("a beam follows the likeliest tokens: sample with width 1")
    encode = translator.source_tokenizer.encode
    spoken = [text for text in texts if encode(normalise(text))]
    found: list[Generation] = []
    with tqdm(total=len(spoken), disable=not progress, unit=" sentences") as bar:
        while len(found) < len(spoken):
            size = 1 if width > 1 else batch_size
            ids = translator.source_ids(spoken[len(found) : len(found) + size])
            if width > 1:
                best = beam_search(translator.model, ids, width, length_penalty, limit)
                found.append(best[0])
            else:
                found += generate(translator.model, ids, choose, limit)
            bar.update(len(ids))
    decode = translator.target_tokenizer.decode
    written = iter([Translation(decode(one.ids), one) for one in found])
    # Asked to translate nothing, the model would make up a sentence.
    nothing = Translation("", Generation((), 0.0, "end"))
    return [next(written) if encode(normalise(text)) else nothing for text in texts]


@dataclass(frozen=True)
class Evaluation:
    """Scores of a translator on held-out pairs, and what it wrote for each.

    pairs: normalised. positions: token accuracy by position, empty where the targets
    are words and the model's tokens are morphemes;
    heads: each head against the gold alignment, for sentences of the corpus only.
    """

    scores: tuple[Score, ...]
    pairs: list[Pair]
    translations: list[str]
    positions: list[PositionAccuracy]
    heads: dict[Head, AlignmentScores]


def evaluate(
    translator: Translator,
    pairs: Sequence[Pair],
    sentences: Sequence[Sentence] = (),
    width: int = 1,
    limit: int = 64,
    progress: bool = False,
) -> Evaluation:
    """Translate the sources and compare with the targets, both normalised.

    sentences: of the corpus, where the pairs are theirs. Raises ValueError for no pairs.
    """
    pairs = [Pair(*map(normalise, pair)) for pair in pairs]
    sources, references = ([pair[side] for pair in pairs] for side in (0, 1))
    found = translate(translator, sources, width=width, limit=limit, progress=progress)
    written = [normalise(text) for text, _ in found]
    scores = tuple(metric(written, references) for metric in (exact_match, chrf, bleu))
    tokenizers = translator.source_tokenizer, translator.target_tokenizer
    gold = examples(morpheme_texts(sentences) if sentences else pairs, *tokenizers)
    ids = [
        [*generation.ids, *([END] if generation.stopped == "end" else [])]
        for _, generation in found
    ]
    sides = [e.source for e in gold], [e.target for e in gold]
    positions = []
    if sentences or not isinstance(tokenizers[1], KannadaTokenizer):
        positions = token_accuracy_by_position(translator.model, *sides, ids)
    heads = head_scores(translator.model, *sides, sentences) if sentences else {}
    return Evaluation(scores, pairs, written, positions, heads)


def report(evaluation: Evaluation) -> str:
    """The evaluation as a table for people."""
    lines = [str(score) for score in evaluation.scores]
    if evaluation.positions:
        lines += ["", "right tokens at position    of  gold prefix  own prefix"]
    first, rest = evaluation.positions[:POSITIONS], evaluation.positions[POSITIONS:]
    rows = [(str(place.position), [place]) for place in first]
    rows += [(f"{POSITIONS} and later", rest)] if rest else []
    for name, places in rows:
        total = sum(place.total for place in places)
        forced = sum(place.teacher_forced_right for place in places) / total
        free = sum(place.free_running_right for place in places) / total
        lines.append(f"{name:>24}{total:6}{100 * forced:11.1f} %{100 * free:10.1f} %")
    if evaluation.heads:
        lines += [
            "",
            "cross-attention against gold  stems    all morphemes  error rate",
        ]
    for (layer, head), scores in evaluation.heads.items():
        lines.append(
            f"layer {layer}, head {head}{scores.stems.value:21.1f} %"
            f"{scores.morphemes.value:13.1f} %{scores.error_rate:12.3f}"
        )
    return "\n".join(lines)


def attention_table(translator: Translator, text: str, translation: Translation) -> str:
    """Cross-attention, a row for each token written, a column for each source token.

    The weights are those of the head that aligns best, or the last layer's mean where
    none is known. Row labels stand last: Kannada letters have no even width.
    """
    source = translator.source_ids([text])
    rows = list(translation.generation.ids)
    if translation.generation.stopped == "end":
        rows.append(END)
    written = [START, *rows[:-1]]
    weights = cross_attention(translator.model, source, torch.tensor([written]))[:, 0]
    if known := translator.made.get("alignment head"):
        layer, head = map(int, known.split(","))
        chosen, title = weights[layer, head], f"layer {layer}, head {head}"
    else:
        chosen, title = weights[-1].mean(dim=0), "mean over the last layer's heads"
    columns = _labels(translator.source_tokenizer, source[0].tolist())
    labels = _labels(translator.target_tokenizer, rows)
    widths = [max(4, len(column)) for column in columns]
    head_line = "  ".join(f"{c:>{w}}" for c, w in zip(columns, widths, strict=True))
    lines = [f"cross-attention, {title}; each row predicts the token at its end"]
    lines.append(head_line)
    for row, label in zip(chosen.tolist(), labels, strict=True):
        numbers = zip(row, widths, strict=True)
        lines.append("  ".join(f"{x:{w}.2f}" for x, w in numbers) + f"  {label}")
    return "\n".join(lines)


def _labels(vocabulary: Tokenizer, ids: list[int]) -> list[str]:
    return [vocabulary.tokens[id] for id in ids]
