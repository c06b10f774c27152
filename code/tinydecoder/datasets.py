"""What a run trains on and is measured on: the course's corpus, or a reader's own pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tinydecoder.corpus.clause import Sentence
from tinydecoder.corpus.generator import compositional_split
from tinydecoder.corpus.tokenizers import EnglishTokenizer, KannadaTokenizer, texts
from tinydecoder.text.parallel import Pair
from tinydecoder.text.tokenizer import KINDS, Tokenizer


@dataclass(frozen=True)
class Dataset:
    """Pairs to learn from, pairs kept back, and tokenizers fitted on the first only.

    train: as the tokenizers take them. held_out: as people write them.
    sentences: the held-out sentences of the corpus, with their gold alignment; none for
    other data.
    """

    train: list[Pair]
    held_out: list[Pair]
    source_tokenizer: Tokenizer
    target_tokenizer: Tokenizer
    sentences: tuple[Sentence, ...] = ()


def corpus_dataset(
    seed: int = 0, train: int = 40_000, held_out: int = 1_000
) -> Dataset:
    """The course's corpus in a compositional split; see `corpus.compositional_split`."""
    split = compositional_split(seed, train, validation=0, held_out=held_out)
    pairs = [Pair(*pair) for pair in texts(split.train)]
    return Dataset(
        pairs,
        written_pairs(split.held_out),
        EnglishTokenizer.fit(source for source, _ in pairs),
        KannadaTokenizer.fit(target for _, target in pairs),
        split.held_out,
    )


def written_pairs(sentences: Sequence[Sentence]) -> list[Pair]:
    """The sentences as people write them: English words, Kannada words."""
    return [Pair(" ".join(s.english), " ".join(s.kannada)) for s in sentences]


def pairs_dataset(
    pairs: Sequence[Pair],
    kind: str = "bpe",
    vocab_size: int | None = None,
    held_out: int | None = None,
    seed: int = 0,
) -> Dataset:
    """A reader's own pairs, some of them drawn at random and kept back.

    kind: of both tokenizers, one of tokenizer.KINDS. vocab_size: of each of them.
    held_out: pairs to keep back; None for a tenth, at most 1000.
    A pair that shares its source or its target with one of them is left out, so that
    nothing that is kept back was learned from. Raises ValueError for too few pairs.
    """
    count = min(1000, len(pairs) // 10) if held_out is None else held_out
    if not 0 < count < len(pairs):
        raise ValueError(
            f"at least 1 pair must be kept back and 1 be left, got {count} to keep back "
            f"of {len(pairs)}"
        )
    order = list(pairs)
    Random(seed).shuffle(order)
    kept, rest = order[:count], order[count:]
    sources, targets = ({pair[side] for pair in kept} for side in (0, 1))
    train = [p for p in rest if p.source not in sources and p.target not in targets]
    if not train:
        raise ValueError("no pair is left to learn from: keep back fewer")
    tokenizers = [
        KINDS[kind].fit((pair[side] for pair in train), vocab_size) for side in (0, 1)
    ]
    return Dataset(train, kept, *tokenizers)
