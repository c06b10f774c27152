import functools
import json
import os
import subprocess
import sys

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from tinydecoder.batches import pad
from tinydecoder.text import bpe, tokenizer
from tinydecoder.text.tokenizer import (
    END,
    KINDS,
    PAD,
    START,
    UNK,
    UNKNOWN,
    BPETokenizer,
    CharacterTokenizer,
    GraphemeTokenizer,
    MorphemeTokenizer,
    WordTokenizer,
)

ZWNJ, ZWJ = "\u200c", "\u200d"
KANNADA = [
    "ನಾನು ಮನೆಗೆ ಹೋಗುತ್ತೇನೆ.",
    "ಅವಳು ಪುಸ್ತಕವನ್ನು ಓದಿದಳು, ಅವನು ಕ್ಷಮಿಸಿದನು!",
    f"ಈ ಸಾಫ್ಟ್{ZWNJ}ವೇರ್ ೨೦೨೫ರಲ್ಲಿ (2025) ಬಂತು: 50% ರಿಯಾಯಿತಿ?",
    f"ರ{ZWJ}್ಯಾಂಕ್ ಪಟ್ಟಿ “GPU-2” ಅಲ್ಲಿದೆ; ಸ್ತ್ರೀ, ಜ್ಞಾನ, ರಾಷ್ಟ್ರ.",
    "Tom's dog – 2 + 2 = 4, 2+2=4",
]
EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
WRITTEN = [kind for kind in KINDS.values() if kind is not MorphemeTokenizer]


@functools.cache
def fitted(kind):
    return kind.fit(KANNADA, 500 if kind is BPETokenizer else None)


def test_the_special_ids_are_0_to_3():
    assert (PAD, START, END, UNK) == (0, 1, 2, 3)
    assert fitted(CharacterTokenizer).tokens[:4] == list(tokenizer.SPECIAL)


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("text", KANNADA)
def test_kannada_comes_back_as_it_was(kind, text):
    fit = fitted(kind)
    ids = fit.encode(text)
    assert fit.decode(ids) == text
    assert UNK not in ids
    assert all(4 <= id < fit.vocab_size == len(fit.tokens) for id in ids)


@pytest.mark.parametrize("kind", WRITTEN)
@given(text=st.text())
def test_any_text_that_the_vocabulary_was_fitted_to_comes_back(kind, text):
    fit = kind.fit([text])
    assert fit.decode(fit.encode(text)) == text


@given(text=st.text(alphabet="aಕ್ಷ\u200c+'’,. \n\t\u00a0"))
def test_words_come_back_whatever_lies_between_them(text):
    fit = WordTokenizer.fit([text])
    assert fit.decode(fit.encode(text)) == text


@given(text=st.text())
def test_bpe_gives_back_any_text_at_all(text):
    fit = fitted(BPETokenizer)
    ids = fit.encode(text)
    assert fit.decode(ids) == text
    assert UNK not in ids


@EVERY_KIND
@given(text=st.text(alphabet=st.characters(exclude_categories=[])))
def test_no_text_makes_a_tokenizer_fail(kind, text):
    """Not even half a surrogate pair."""
    fit = fitted(kind)
    ids = fit.encode(text)
    assert all(3 <= id < fit.vocab_size for id in ids)
    fit.decode(ids).encode()


@EVERY_KIND
@given(text=st.text(alphabet=st.characters(exclude_categories=[])))
@example(text="ನಾನು\udcff \ud800")  # as Python reads bytes that are no text
def test_there_is_one_piece_for_each_id(kind, text):
    """Whoever names the unknown pieces pairs the two lists."""
    fit = fitted(kind)
    known = [fit.tokens[id] for id in fit.encode(text) if id != UNK]
    assert [piece for piece in fit.pieces(text) if piece in fit.tokens] == known
    assert len(fit.pieces(text)) == len(fit.encode(text))


def test_only_morphemes_normalise_spaces():
    text = " a  b "
    for kind in WRITTEN:
        fit = kind.fit([text], 500 if kind is BPETokenizer else None)
        assert fit.decode(fit.encode(text)) == text
    fit = MorphemeTokenizer.fit([text])
    assert fit.decode(fit.encode(text)) == "a b"
    assert "between morphemes all spaces are one" in tokenizer.__doc__


@EVERY_KIND
@given(ids=st.lists(st.integers(0, 33)))
def test_any_ids_have_a_text(kind, ids):
    """A model may generate them in any order; for BPE most of these are lone bytes."""
    fit = fitted(kind)
    text = fit.decode(ids)
    assert text.encode().decode() == text  # no half of a surrogate pair
    silent = {PAD, START, END}
    assert fit.decode([id for id in ids if id not in silent]) == text
    if UNK in ids:
        assert UNKNOWN in text
    if UNKNOWN not in text and kind in (BPETokenizer, CharacterTokenizer):
        assert fit.decode(fit.encode(text)) == text


@given(ids=st.lists(st.integers(4, 4 + 255)))
def test_bytes_show_as_the_text_that_they_are(ids):
    """What is no text in UTF-8 shows as unknown, as Python's own decoder has it."""
    data = bytes(id - 4 for id in ids)
    assert fitted(BPETokenizer).decode(ids) == data.decode(errors="replace")


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (CharacterTokenizer, "ನಾನು☃", "ನಾನು" + UNKNOWN),
        (GraphemeTokenizer, "ನಾನು ☃", f"ನಾನು {UNKNOWN}"),
        (WordTokenizer, "ನಾನು ☃ ಮನೆಗೆ", f"ನಾನು {UNKNOWN} ಮನೆಗೆ"),
        (MorphemeTokenizer, "ನಾನು +☃", f"ನಾನು {UNKNOWN}"),
    ],
)
def test_an_unknown_piece_is_one_unknown_token_and_shows(kind, text, shown):
    fit = fitted(kind)
    assert fit.encode(text).count(UNK) == 1
    assert fit.decode(fit.encode(text)) == shown


def test_bytes_that_are_no_text_show_as_unknown():
    fit = fitted(BPETokenizer)
    assert fit.decode([4 + 0xE0, 4 + 0xB2]) == UNKNOWN
    assert fit.decode([4 + byte for byte in "ಕ".encode()]) == "ಕ"


@EVERY_KIND
def test_padding_start_and_end_have_no_text(kind):
    fit = fitted(kind)
    ids = fit.encode(KANNADA[0])
    assert fit.decode([START, *ids, END, PAD, PAD]) == fit.decode(ids)


@EVERY_KIND
@pytest.mark.parametrize("name", tokenizer.SPECIAL)
def test_text_cannot_spell_a_special_token(kind, name):
    fit = kind.fit([f"ಕ {name}"])
    ids = fit.encode(name)
    assert min(ids) >= 4
    assert fit.decode(ids) == name


@EVERY_KIND
def test_joiners_are_kept(kind):
    text = f"ಸಾಫ್ಟ್{ZWNJ}ವೇರ್ ರ{ZWJ}್ಯಾಂಕ್"
    fit = kind.fit([text])
    assert fit.decode(fit.encode(text)) == text


def test_what_each_kind_takes_for_a_piece():
    text = f"ಕ್ಷಮೆ, ಸಾಫ್ಟ್{ZWNJ}ವೇರ್"
    assert CharacterTokenizer().pieces(text) == list(text)
    assert GraphemeTokenizer().pieces(text) == [
        *("ಕ್", "ಷ", "ಮೆ", ",", " "),
        *("ಸಾ", "ಫ್", "ಟ್" + ZWNJ, "ವೇ", "ರ್"),
    ]
    assert WordTokenizer().pieces(text) == ["ಕ್ಷಮೆ", "+,", f"ಸಾಫ್ಟ್{ZWNJ}ವೇರ್"]
    assert WordTokenizer().pieces("Tom's 2 + 2=4 \n") == [
        *("Tom's", "2", "+", "2", "+=", "+4", "+ \n"),
    ]
    assert MorphemeTokenizer().pieces("ಮನೆ +ಯಲ್ಲಿ ಇದೆ") == ["ಮನೆ", "+ಯಲ್ಲಿ", "ಇದೆ"]


morphemes = st.text(alphabet="ಕ್ಷಾ\u200cab", min_size=1)


@given(words=st.lists(st.lists(morphemes, min_size=1), min_size=1))
def test_morphemes_join_to_words_and_their_tokens_keep_the_cuts(words):
    cut = " ".join(" +".join(word) for word in words)
    fit = MorphemeTokenizer.fit([cut])
    ids = fit.encode(cut)
    assert fit.decode(ids) == " ".join("".join(word) for word in words)
    assert " ".join(fit.tokens[id] for id in ids) == cut


def test_bpe_joins_across_vowel_signs_and_never_across_words():
    fit = BPETokenizer.fit(["ಹೋಗುತ್ತೇನೆ ಹೋಗುತ್ತೇನೆ, ಮನೆ"] * 9, 500)
    assert fit.pieces("ಹೋಗುತ್ತೇನೆ ಹೋಗುತ್ತೇನೆ") == ["ಹೋಗುತ್ತೇನೆ", " ಹೋಗುತ್ತೇನೆ"]
    learned = fit.tokens[4 + 256 :]
    assert [token for token in learned if " " in token.strip(" ")] == []


def test_bpe_never_learns_the_name_of_a_byte():
    text = "<0x41> x<0xE0>"
    fit = BPETokenizer.fit([text] * 99, 600)
    assert fit.decode(fit.encode(text)) == text


@given(words=st.lists(st.sampled_from("abcde"), min_size=1))
def test_frequent_pieces_come_first_and_ties_in_order(words):
    tokens = WordTokenizer.fit([" ".join(words)]).tokens[4:]
    assert tokens == sorted(set(words), key=lambda word: (-words.count(word), word))


def test_the_same_texts_give_the_same_vocabularies_in_any_process():
    program = (
        "import json, sys; from tinydecoder.text.tokenizer import KINDS;"
        "texts = json.load(sys.stdin);"
        "fits = [kind.fit(texts, 330) for kind in KINDS.values()];"
        "print(json.dumps([[fit.tokens, fit.state()] for fit in fits]))"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(KANNADA),
            env={**os.environ, "PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, threads in [("1", "1"), ("2", "2")]
    ]
    assert outputs[0] == outputs[1]
    here = [kind.fit(KANNADA, 330).tokens for kind in KINDS.values()]
    assert [tokens for tokens, _ in json.loads(outputs[0])] == here


@EVERY_KIND
def test_vocab_size_is_a_limit(kind):
    whole = fitted(kind).vocab_size
    limit = 330 if kind is BPETokenizer else 15
    fit = kind.fit(KANNADA, limit)
    assert fit.vocab_size == limit < whole
    assert fit.tokens == fitted(kind).tokens[:limit]


@EVERY_KIND
def test_a_saved_tokenizer_loads_as_itself(kind, tmp_path):
    fit = fitted(kind)
    fit.save(tmp_path / "tokenizer.json")
    again = tokenizer.load(tmp_path / "tokenizer.json")
    assert type(again) is kind
    assert again.tokens == fit.tokens
    for text in [*KANNADA, "☃ unseen"]:
        assert again.encode(text) == fit.encode(text)
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.json"]


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    fitted(WordTokenizer).save(path)
    before = path.read_bytes()

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr(type(path), "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        fitted(CharacterTokenizer).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@EVERY_KIND
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_cut_file_is_refused(kind, share, tmp_path_factory):
    path = tmp_path_factory.mktemp("cut") / "tokenizer.json"
    fitted(kind).save(path)
    whole = path.read_bytes().rstrip()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"tokenizer.json is not a whole tokenizer"):
        tokenizer.load(path)


GOOD = {"format": tokenizer.FORMAT, "kind": "word", "tokens": ["a"]}


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ([], "TypeError"),
        ({}, "format"),
        ({**GOOD, "format": "tinydecoder tokenizer 2"}, "tokenizer 2"),
        ({**GOOD, "kind": "syllable"}, "syllable"),
        ({**GOOD, "tokens": ["a", "a"]}, "'a' stands twice"),
        ({**GOOD, "tokens": [1]}, "list of texts"),
        ({**GOOD, "tokens": "abc"}, "list of texts"),
        ({**GOOD, "tokens": None}, "list of texts"),
        ({**GOOD, "merges": []}, "merges"),
        ({**GOOD, "kind": ["word"]}, r"must be one of character, .*got \['word'\]"),
        (
            {**GOOD, "kind": "bpe", "tokens": bpe.BYTES},
            "must have format, kind, tokens, merges",
        ),
        ({"format": tokenizer.FORMAT, "kind": "word"}, "tokens"),
        ({**GOOD, "kind": "bpe"}, "first tokens must be <0x00>"),
        (
            {**GOOD, "kind": "bpe", "tokens": bpe.BYTES, "merges": [["a", "b"]]},
            "no tokens for the merge 'a'",
        ),
        (
            {**GOOD, "kind": "bpe", "tokens": bpe.BYTES, "merges": [["a"]]},
            "ValueError",
        ),
    ],
)
def test_another_file_is_refused(state, says, tmp_path):
    path = tmp_path / "other.json"
    path.write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        tokenizer.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.json"):
        tokenizer.load(tmp_path / "none.json")


@pytest.mark.parametrize("id", [-1, 5])
def test_an_id_outside_the_vocabulary_is_named(id):
    with pytest.raises(ValueError, match=f"from 0 to 4, got {id}"):
        WordTokenizer(["a"]).decode([id])


@EVERY_KIND
def test_one_text_in_place_of_many_is_refused(kind):
    with pytest.raises(TypeError, match=r"write \[text\]"):
        kind.fit("ಕನ್ನಡ")


def test_a_vocabulary_without_room_is_refused():
    with pytest.raises(ValueError, match="4 special tokens, got 4"):
        WordTokenizer.fit(KANNADA, 4)
    with pytest.raises(ValueError, match="the 2 characters of these texts are 258"):
        BPETokenizer.fit(["ab"], 261)


@given(batch=st.lists(st.lists(st.integers(4, 99)), min_size=1))
def test_a_batch_is_padded_to_its_own_length(batch):
    padded = pad(batch)
    assert padded.dtype == torch.long
    assert padded.shape == (len(batch), max(map(len, batch)))
    for row, ids in zip(padded.tolist(), batch, strict=True):
        assert row == ids + [PAD] * (len(row) - len(ids))


def test_an_empty_batch_is_refused():
    with pytest.raises(ValueError, match="at least one row"):
        pad([])
