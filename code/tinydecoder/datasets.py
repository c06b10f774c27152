"""What a run trains on, chooses by and is measured on: the course's corpus, or one's own pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tinydecoder.batches import Example, examples
from tinydecoder.corpus.clause import Sentence
from tinydecoder.corpus.generator import compositional_split
from tinydecoder.corpus.tokenizers import EnglishTokenizer, KannadaTokenizer, texts
from tinydecoder.text.parallel import Pair, normalise
from tinydecoder.text.tokenizer import KINDS, Tokenizer


@dataclass(frozen=True)
class HeldOut:
    """Pairs that a model has not learned from; entry n of each part is the same pair.

    pairs: as people write them, normalised.
    examples: as ids; none where the model's tokens cannot be read off written text.
    sentences: with their gold alignment; none for other data than the course's corpus.
    """

    pairs: tuple[Pair, ...] = ()
    examples: tuple[Example, ...] = ()
    sentences: tuple[Sentence, ...] = ()

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True)
class Dataset:
    """Examples to learn from, two sets kept back, and tokenizers fitted on the first only.

    validation: what a choice is made by, such as of a head. held_out: what the result is
    measured on, once. No sentence of either was learned from.
    """

    train: list[Example]
    validation: HeldOut
    held_out: HeldOut
    source_tokenizer: Tokenizer
    target_tokenizer: Tokenizer


def corpus_dataset(
    seed: int = 0, train: int = 40_000, validation: int = 1_000, held_out: int = 1_000
) -> Dataset:
    """The course's corpus in a compositional split; see `compositional_split`."""
    split = compositional_split(seed, train, validation, held_out)
    cut = texts(split.train)
    source = EnglishTokenizer.fit(english for english, _ in cut)
    target = KannadaTokenizer.fit(kannada for _, kannada in cut)
    kept_back = (
        held_out_sentences(part, source, target)
        for part in (split.validation, split.held_out)
    )
    return Dataset(examples(cut, source, target), *kept_back, source, target)


def corpus_held_out(
    source_tokenizer: Tokenizer, target_tokenizer: Tokenizer, seed: int = 0
) -> HeldOut:
    """The corpus's held-out sentences for a model that is there, without the others.

    Raises ValueError for tokenizers of other data.
    """
    kinds = source_tokenizer.kind, target_tokenizer.kind
    if kinds != (EnglishTokenizer.kind, KannadaTokenizer.kind):
        raise ValueError(
            f"the model was trained on other data than the course's corpus (its tokenizers "
            f"are {kinds[0]} and {kinds[1]}): give it sentence pairs to be judged by"
        )
    split = compositional_split(seed, train=0, validation=0)
    return held_out_sentences(split.held_out, source_tokenizer, target_tokenizer)


def held_out_sentences(
    sentences: Sequence[Sentence],
    source_tokenizer: Tokenizer,
    target_tokenizer: Tokenizer,
) -> HeldOut:
    """Sentences of the corpus, with the ids that these tokenizers give their morphemes."""
    written = [(" ".join(s.english), " ".join(s.kannada)) for s in sentences]
    ids = examples(texts(sentences), source_tokenizer, target_tokenizer)
    return HeldOut(_normalised(written), tuple(ids), tuple(sentences))


def held_out_pairs(
    pairs: Sequence[tuple[str, str]],
    source_tokenizer: Tokenizer,
    target_tokenizer: Tokenizer,
) -> HeldOut:
    """A reader's pairs, with ids where these tokenizers take written text."""
    written = _normalised(pairs)
    if not target_tokenizer.takes_written_text:
        return HeldOut(written)
    return HeldOut(
        written, tuple(examples(written, source_tokenizer, target_tokenizer))
    )


def pairs_dataset(
    pairs: Sequence[tuple[str, str]],
    kind: str = "bpe",
    vocab_size: int | None = None,
    held_out: int | None = None,
    seed: int = 0,
) -> Dataset:
    """A reader's own pairs, some of them drawn at random and kept back.

    kind: of both tokenizers, one of tokenizer.KINDS. vocab_size: of each of them.
    held_out: pairs to keep back; None for a tenth, at most 1000. validation is empty:
    nothing is chosen by it.
    A pair that shares its source or its target with one of them is left out, so that
    nothing that is kept back was learned from. Raises ValueError for too few pairs.
    """
    count = min(1000, len(pairs) // 10) if held_out is None else held_out
    if not 0 < count < len(pairs):
        raise ValueError(
            f"at least 1 pair must be kept back and 1 be left, got {count} to keep back "
            f"of {len(pairs)}"
        )
    order = [Pair(*pair) for pair in pairs]
    Random(seed).shuffle(order)
    kept_back, rest = order[:count], order[count:]
    sources, targets = ({pair[side] for pair in kept_back} for side in (0, 1))
    train = [p for p in rest if p.source not in sources and p.target not in targets]
    if not train:
        raise ValueError("no pair is left to learn from: keep back fewer")
    source, target = (
        KINDS[kind].fit((pair[side] for pair in train), vocab_size) for side in (0, 1)
    )
    return Dataset(
        examples(train, source, target),
        HeldOut(),
        held_out_pairs(kept_back, source, target),
        source,
        target,
    )


def _normalised(pairs: Sequence[tuple[str, str]]) -> tuple[Pair, ...]:
    return tuple(Pair(*map(normalise, pair)) for pair in pairs)
