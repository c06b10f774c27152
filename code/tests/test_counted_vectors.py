"""Vectors from counts: words with the same neighbours get the same row."""

import pytest
import torch

from tinydecoder.text.counted_vectors import word_vectors

TEXTS = [text.split() for text in ("a cat eats", "a dog eats", "the sun is hot")]


def test_a_row_of_length_one_for_each_word():
    words, rows = word_vectors(TEXTS, 3)
    assert words == sorted({word for text in TEXTS for word in text})
    torch.testing.assert_close(rows.norm(dim=-1), torch.ones(len(words)).double())


def test_words_with_the_same_neighbours_have_the_same_row():
    words, rows = word_vectors(TEXTS, 4)
    close = rows @ rows.T
    cat, dog, sun = map(words.index, ("cat", "dog", "sun"))
    assert close[cat, dog] > 0.999 and close[cat, sun] < 0.1


def test_words_further_apart_than_the_window_do_not_count():
    near, far = (word_vectors([list("axxxxb"), list("cd")], 2, w)[1] for w in (1, 5))
    assert not torch.allclose(near.abs(), far.abs())


def test_a_width_that_the_words_cannot_give_is_refused():
    with pytest.raises(ValueError, match="width"):
        word_vectors(TEXTS, 99)
