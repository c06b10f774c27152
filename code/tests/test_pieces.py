"""Pieces of written Kannada words: how they sound, and how much of the word they cover."""

import pytest

from tinydecoder.corpus.kannada import join, transliterate
from tinydecoder.corpus.pieces import piece_latin, written_spans
from tinydecoder.corpus.samples import SAMPLES
from tinydecoder.text.tokenizer import GraphemeTokenizer


@pytest.mark.parametrize(
    ("piece", "latin"),
    [("ನಾ", "nā"), ("ಾ", "ā"), ("್", "−a"), ("ೆಗೆ", "ege"), (" ಹೋ", "␣hō"), ("ತ್", "t")],
)
def test_a_piece_sounds_as_it_is_written(piece, latin):
    assert piece_latin(piece) == latin


def test_clusters_sound_together_like_their_word():
    for sentence in SAMPLES.values():
        for word in sentence.kannada:
            clusters = GraphemeTokenizer().pieces(word)
            assert "".join(map(piece_latin, clusters)) == transliterate(word)


@pytest.mark.parametrize(
    ("morphemes", "spans"),
    [
        (["ನಾನು"], [4]),
        (["ಶಾಲೆ", "-ಗೆ"], [4, 2]),
        (["ಹೋಗು", "-ಉತ್ತ್", "-ಇದ್ದೇನೆ"], [4, 3, 7]),
        (["ಪುಸ್ತಕ", "-ಅನ್ನು"], [6, 5]),
    ],
)
def test_spans_cover_the_written_word(morphemes, spans):
    assert written_spans(morphemes) == spans
    assert sum(spans) == len(join(morphemes))
