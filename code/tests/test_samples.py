"""The sample sentences show what they are there for, and the trained model knows them."""

from collections import Counter

from tinydecoder.checkpoint import load_pretrained
from tinydecoder.corpus.samples import SAMPLES
from tinydecoder.evaluation.held_out import translate


def test_the_first_is_the_running_example():
    first = next(iter(SAMPLES))
    assert first == "I am going to school"
    assert SAMPLES[first].transliteration == ("nānu", "śālege", "hōguttiddēne")


def test_they_have_links_of_every_kind():
    """One to many, many to one, none, and links that cross."""
    for sentence in SAMPLES.values():
        order = [j for i, j in sentence.alignment if i in sentence.stems]
        assert order != sorted(order)  # the verb goes last
    links = [sentence.alignment for sentence in SAMPLES.values()]
    for side in (0, 1):
        assert any(max(Counter(p[side] for p in pairs).values()) > 1 for pairs in links)
    lengths = [len(sentence.morphemes) for sentence in SAMPLES.values()]
    linked = [len({i for i, _ in pairs}) for pairs in links]
    assert any(a < b for a, b in zip(linked, lengths, strict=True))


def test_the_trained_model_translates_each():
    found = [text for text, _ in translate(load_pretrained(), list(SAMPLES))]
    assert found == [" ".join(sentence.kannada) for sentence in SAMPLES.values()]
