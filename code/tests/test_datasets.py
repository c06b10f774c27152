import pytest

from tinydecoder.batches import examples
from tinydecoder.corpus.generator import compositional_split
from tinydecoder.corpus.tokenizers import EnglishTokenizer, KannadaTokenizer, texts
from tinydecoder.datasets import (
    HeldOut,
    corpus_dataset,
    corpus_held_out,
    held_out_pairs,
    pairs_dataset,
)
from tinydecoder.text.parallel import Pair
from tinydecoder.text.tokenizer import KINDS, UNK

# The last hundred share their sources with the first, and ten targets are shared, too.
PAIRS = [Pair(f"source {i}", f"target {i}") for i in range(200)]
PAIRS += [Pair(f"source {i}", f"other {i % 90}") for i in range(100)]


@pytest.fixture(scope="module")
def corpus():
    return corpus_dataset(seed=4, train=300, validation=40, held_out=60)


def learned_pairs(dataset):
    """The examples to learn from as text again."""
    decode = dataset.source_tokenizer.decode, dataset.target_tokenizer.decode
    return [
        Pair(*(d(ids) for d, ids in zip(decode, e, strict=True))) for e in dataset.train
    ]


def test_the_corpus_is_its_compositional_split(corpus):
    split = compositional_split(4, 300, validation=40, held_out=60)
    sides = corpus.source_tokenizer, corpus.target_tokenizer
    assert corpus.train == examples(texts(split.train), *sides)
    assert len(corpus.train) == 300
    learned = {tuple(e.source) for e in corpus.train}
    parts = ((corpus.validation, split.validation), (corpus.held_out, split.held_out))
    for part, sentences in parts:
        assert len(part) == len(part.examples) == len(part.sentences) > 0
        assert part.sentences == sentences
        for pair, example, sentence in zip(
            part.pairs, part.examples, sentences, strict=True
        ):
            assert pair == (" ".join(sentence.english), " ".join(sentence.kannada))
            assert len(example.target) == len(sentence.morphemes) + 2
            if UNK not in example.target:
                assert sides[1].decode(example.target) == pair.target
        assert learned.isdisjoint(tuple(e.source) for e in part.examples)
    assert not set(corpus.validation.pairs) & set(corpus.held_out.pairs)


def test_how_much_is_kept_back_changes_nothing_else(corpus):
    """So a chapter that trains on fewer has the same first sentences."""
    other = corpus_dataset(seed=4, train=300, validation=0, held_out=20)
    assert other.train == corpus.train and other.validation == HeldOut()
    assert other.held_out.pairs == corpus.held_out.pairs[:20]


def test_held_out_sentences_for_a_model_that_is_there():
    small = corpus_dataset(seed=0, train=300, validation=0, held_out=5)
    sides = small.source_tokenizer, small.target_tokenizer
    found = corpus_held_out(*sides)
    assert len(found) == 1000 and found.pairs[:5] == small.held_out.pairs
    assert found.examples[:5] == small.held_out.examples
    own = pairs_dataset(PAIRS, "word")
    with pytest.raises(ValueError, match=r"other data .* are word and word\)"):
        corpus_held_out(own.source_tokenizer, own.target_tokenizer)


def test_written_text_has_ids_where_the_tokenizers_take_it(corpus):
    written = [("the boy  ate", "ಹುಡುಗ ತಿಂದನು ")]
    found = held_out_pairs(written, corpus.source_tokenizer, corpus.target_tokenizer)
    assert found.pairs == (Pair("the boy ate", "ಹುಡುಗ ತಿಂದನು"),)
    assert found.examples == found.sentences == ()
    words = pairs_dataset(PAIRS, "word")
    sides = words.source_tokenizer, words.target_tokenizer
    found = held_out_pairs(PAIRS, *sides)
    assert list(found.examples) == examples(PAIRS, *sides) and len(found) == len(PAIRS)


def test_the_corpus_tokenizers_know_the_training_text_only(corpus):
    sides = corpus.source_tokenizer, corpus.target_tokenizer
    assert tuple(map(type, sides)) == (EnglishTokenizer, KannadaTokenizer)
    for side, tokenizer in enumerate(sides):
        used = {id for example in corpus.train for id in example[side]}
        assert UNK not in used
        assert set(range(4, tokenizer.vocab_size)) <= used


def test_the_same_seed_gives_the_same_corpus(corpus):
    again, other = (corpus_dataset(seed, 300, 40, 60) for seed in (4, 5))
    assert again.train == corpus.train and again.held_out == corpus.held_out
    assert again.source_tokenizer.tokens == corpus.source_tokenizer.tokens
    assert other.train != corpus.train


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("held_out", [1, 30, None, 150])
def test_nothing_that_is_kept_back_is_learned_from(seed, held_out):
    found = pairs_dataset(PAIRS, "word", held_out=held_out, seed=seed)
    assert len(found.held_out) == (30 if held_out is None else held_out)
    for side in (0, 1):
        kept = {pair[side] for pair in found.held_out.pairs}
        assert kept.isdisjoint(pair[side] for pair in learned_pairs(found))
    learned, kept = set(learned_pairs(found)), set(found.held_out.pairs)
    assert learned | kept <= set(PAIRS)
    # Nothing goes without a reason.
    sources, targets = ({pair[side] for pair in kept} for side in (0, 1))
    for pair in set(PAIRS) - learned - kept:
        assert pair.source in sources or pair.target in targets
    assert found.held_out.sentences == () and found.validation == HeldOut()


def test_at_most_a_thousand_are_kept_back():
    many = [Pair(f"s{i}", f"t{i}") for i in range(12_000)]
    found = pairs_dataset(many, "word", vocab_size=50)
    assert len(found.held_out) == 1000 and len(found.train) == 11_000


@pytest.mark.parametrize("kind", KINDS)
def test_the_tokenizers_know_the_training_text_only(kind):
    text = "\N{CYRILLIC SMALL LETTER A}"  # in one pair alone
    pairs = [*PAIRS[:100], Pair(f"{text} source", f"{text} target")]
    for seed in range(99):
        found = pairs_dataset(pairs, kind, 400, held_out=50, seed=seed)
        if pairs[-1] in found.held_out.pairs:
            break
    for side, tokenizer in enumerate((found.source_tokenizer, found.target_tokenizer)):
        assert type(tokenizer) is KINDS[kind]
        assert not any(text in token for token in tokenizer.tokens)
        fitted = KINDS[kind].fit((pair[side] for pair in learned_pairs(found)), 400)
        assert fitted.state() == tokenizer.state()


def test_the_seed_decides_what_is_kept_back():
    first, again, other = (pairs_dataset(PAIRS, "word", seed=s) for s in (1, 1, 2))
    assert first.train == again.train and first.held_out == again.held_out
    assert first.source_tokenizer.tokens == again.source_tokenizer.tokens
    assert first.held_out != other.held_out


def test_the_readers_list_is_left_as_it_was():
    pairs = list(PAIRS)
    pairs_dataset(pairs, "word")
    assert pairs == PAIRS


@pytest.mark.parametrize(
    ("pairs", "held_out", "says"),
    [
        ([], None, "got 0 to keep back of 0"),
        (PAIRS[:9], None, "got 0 to keep back of 9"),
        (PAIRS[:9], 0, "got 0 to keep back of 9"),
        (PAIRS[:9], 9, "got 9 to keep back of 9"),
        (PAIRS[:9], -1, "got -1 to keep back"),
        (
            [Pair("the same", f"{i}") for i in range(20)],
            None,
            "no pair is left to learn",
        ),
    ],
)
def test_too_few_pairs_are_refused(pairs, held_out, says):
    with pytest.raises(ValueError, match=says):
        pairs_dataset(pairs, "word", held_out=held_out)


def test_a_vocabulary_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="vocab_size must be above"):
        pairs_dataset(PAIRS, "word", vocab_size=4)
