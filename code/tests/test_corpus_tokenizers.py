import json

import pytest

from tinydecoder.corpus.generator import random_sentences
from tinydecoder.corpus.tokenizers import (
    KINDS,
    EnglishTokenizer,
    KannadaTokenizer,
    texts,
)
from tinydecoder.text import tokenizer
from tinydecoder.text.tokenizer import UNK, UNKNOWN, from_state

SENTENCES = random_sentences(600, seed=3)
PAIRS = texts(SENTENCES)
ENGLISH = EnglishTokenizer.fit(source for source, _ in PAIRS)
KANNADA = KannadaTokenizer.fit(target for _, target in PAIRS)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The boy ate.", "the boy ate"),
        ("DID THE BOY EAT?", "did the boy eat"),
        ("I ate .", "I ate"),
        ("do i eat ?", "do I eat"),
        ("It is in India.I eat", "it is in india I eat"),
        ("  the\tboy\n ate...", "the boy ate"),
        ("?!", "!"),
        (" . ", ""),
        ("", ""),
    ],
)
def test_english_as_people_write_it_becomes_the_words_of_the_corpus(text, pieces):
    assert EnglishTokenizer().pieces(text) == pieces.split()


def test_the_corpus_already_stands_in_its_tokens():
    for sentence, (source, target) in zip(SENTENCES, PAIRS, strict=True):
        assert tuple(ENGLISH.pieces(source)) == sentence.english
        assert tuple(KANNADA.pieces(target)) == sentence.morphemes


def test_people_may_write_a_sentence_with_a_capital_and_a_full_stop():
    for source, _ in PAIRS:
        written = source[0].upper() + source[1:]
        for end in ("", ".", " .", "?"):
            assert ENGLISH.encode(written + end) == ENGLISH.encode(source)


def test_english_comes_back():
    for source, _ in PAIRS:
        assert ENGLISH.decode(ENGLISH.encode(source)) == source
    assert ENGLISH.decode(ENGLISH.encode("Did I eat?")) == "did I eat"


def test_kannada_is_joined_by_sandhi_into_the_sentences_own_words():
    joined = 0
    for sentence, (_, target) in zip(SENTENCES, PAIRS, strict=True):
        ids = KANNADA.encode(target)
        assert UNK not in ids
        assert KANNADA.decode(ids) == " ".join(sentence.kannada)
        joined += len(sentence.morphemes) > len(sentence.kannada)
    assert joined > 500


@pytest.mark.parametrize(
    ("cut", "written"),
    [
        ("ಮನೆ -ಗೆ", "ಮನೆಗೆ"),
        ("ಮನೆ -ಅಲ್ಲಿ", "ಮನೆಯಲ್ಲಿ"),
        ("ನಾನು ಮನೆ -ಗೆ", "ನಾನು ಮನೆಗೆ"),
        ("-ಗೆ ಮನೆ", "ಗೆ ಮನೆ"),
        ("", ""),
    ],
)
def test_endings_are_joined_to_what_stands_before_them(cut, written):
    fit = KannadaTokenizer.fit([cut])
    assert fit.decode(fit.encode(cut)) == written


def test_an_unknown_word_is_one_unknown_token_and_shows():
    ids = ENGLISH.encode("The zebra slept.")
    assert [id == UNK for id in ids] == [False, True, False]
    assert ENGLISH.decode(ids) == f"the {UNKNOWN} slept"
    fit = KannadaTokenizer.fit(["ಮನೆ -ಗೆ"])
    assert fit.decode(fit.encode("ಶಾಲೆ -ಗೆ")).startswith(UNKNOWN)
    assert fit.encode("ಶಾಲೆ -ಗೆ")[0] == UNK


def test_any_ids_have_a_text():
    """A model may write an ending first, or after an unknown word."""
    for first in range(KANNADA.vocab_size):
        for second in range(0, KANNADA.vocab_size, 7):
            text = KANNADA.decode([first, second, UNK, first])
            assert text.encode().decode() == text
            assert text.count(UNKNOWN) == 1 + 2 * (first == UNK) + (second == UNK)
            assert not any(name in text for name in (" -", "[", "<")), text


@pytest.mark.parametrize("fit", [ENGLISH, KANNADA], ids=["English", "Kannada"])
def test_a_saved_state_gives_the_same_tokenizer(fit):
    again = from_state(json.loads(json.dumps(fit.state())), KINDS)
    assert type(again) is type(fit)
    assert again.tokens == fit.tokens
    for pair in PAIRS[:50]:
        for text in (*pair, "The zebra?"):
            assert again.encode(text) == fit.encode(text)
            assert again.decode(fit.encode(text)) == fit.decode(fit.encode(text))


def test_a_checkpoint_may_have_the_general_kinds_too():
    assert tokenizer.KINDS.items() <= KINDS.items()
    assert KINDS.keys() - tokenizer.KINDS.keys() == {"corpus English", "corpus Kannada"}
    with pytest.raises(ValueError, match=r"must be one of .*got 'corpus English'"):
        from_state(ENGLISH.state())
