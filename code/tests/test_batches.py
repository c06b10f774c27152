"""What a batch holds: every example once an epoch, in an order of step and seed alone."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_training import tiny_examples

from tinydecoder.batches import Batches, Example, collate, examples
from tinydecoder.text.tokenizer import END, PAD, START, WordTokenizer

sizes = st.fixed_dictionaries(
    {
        "count": st.integers(1, 40),
        "batch_size": st.integers(1, 12),
        "seed": st.integers(-9, 9),
    }
)


def batches_of(size):
    return Batches(tiny_examples(size["count"]), size["batch_size"], size["seed"])


def test_an_example_has_its_start_and_its_ends():
    english, kannada = WordTokenizer(["go", "home"]), WordTokenizer(["ಮನೆಗೆ", "ಹೋಗು"])
    found = examples([("go home", "ಮನೆಗೆ ಹೋಗು"), ("go", "ಹೋಗು")], english, kannada)
    assert found == [
        Example([4, 5, END], [START, 4, 5, END]),
        Example([4, END], [START, 5, END]),
    ]


def test_a_batch_is_padded_to_its_own_length():
    batch = [Example([4, END], [START, 5, 6, END]), Example([4, 5, END], [START, END])]
    source, target = collate(batch)
    assert source.tolist() == [[4, END, PAD], [4, 5, END]]
    assert target.tolist() == [[START, 5, 6, END], [START, END, PAD, PAD]]
    assert source.dtype == target.dtype == torch.int64


@given(sizes, st.integers(0, 3))
def test_every_example_comes_once_an_epoch(size, epoch):
    batches = batches_of(size)
    steps = range(epoch * len(batches), (epoch + 1) * len(batches))
    found = [batches.batch(step) for step in steps]
    assert Counter(str(e) for batch in found for e in batch) == Counter(
        map(str, batches.examples)
    )
    rest = size["count"] % size["batch_size"]
    smaller = [len(b) for b in found if len(b) != size["batch_size"]]
    assert smaller == ([rest] if rest else [])


@given(sizes, st.lists(st.integers(0, 99), min_size=1, max_size=9))
def test_a_batch_depends_on_the_step_alone(size, steps):
    batches = batches_of(size)
    for step in steps:
        assert batches.batch(step) == batches_of(size).batch(step)


def test_epochs_and_seeds_have_orders_of_their_own():
    data = tiny_examples(40)
    batches, other = Batches(data, 4, seed=0), Batches(data, 4, seed=1)
    first = [batches.batch(step) for step in range(10)]
    assert first != [batches.batch(step) for step in range(10, 20)]
    assert first != [other.batch(step) for step in range(10)]


def test_batches_of_like_lengths_have_less_padding():
    data, size = tiny_examples(400), 8

    def padding(batches):
        return sum((ids == PAD).sum().item() for b in batches for ids in collate(b))

    unsorted = [data[i : i + size] for i in range(0, len(data), size)]
    batches = Batches(data, size)
    found = [batches.batch(step) for step in range(len(batches))]
    assert padding(found) < padding(unsorted) / 5
    # Short and long batches come in turn, not one after the other.
    lengths = [len(batch[0].target) for batch in found]
    assert lengths != sorted(lengths) and lengths != sorted(lengths, reverse=True)


def test_what_cannot_be_a_batch_is_refused():
    with pytest.raises(ValueError, match="at least one example, got none"):
        Batches([], 4)
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        Batches(tiny_examples(3), 0)
    with pytest.raises(ValueError, match="at least one row, got none"):
        collate([])
