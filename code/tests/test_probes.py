"""A linear probe finds what the rows hold, and nothing where they hold nothing."""

import pytest
import torch

from tinydecoder.evaluation.probes import probe_accuracy

LABELS = ["I", "they", "she"] * 100


def rows_that_hold(labels, strength):
    """Rows of noise, (n, 8), with a number of its own direction added for each label."""
    draw = torch.Generator().manual_seed(0)
    noise = torch.randn(len(labels), 8, generator=draw, dtype=torch.float64)
    names = sorted({*labels})
    place = torch.tensor([names.index(label) for label in labels])
    return noise + strength * torch.eye(8, dtype=torch.float64)[place]


def test_what_the_rows_hold_is_found():
    assert probe_accuracy(rows_that_hold(LABELS, 20.0), LABELS) == 1.0


def test_where_they_hold_nothing_it_guesses():
    assert 0.2 < probe_accuracy(rows_that_hold(LABELS, 0.0), LABELS) < 0.47


def test_the_second_half_is_not_seen_while_it_is_fitted():
    """Labels that change there change the score alone, not what is read."""
    labels = ["I", "they"] * 100
    rows = rows_that_hold(labels, 1.0)
    found = probe_accuracy(rows, labels)
    swapped = labels[:100] + ["they", "I"] * 50
    assert 0.6 < found < 1
    assert probe_accuracy(rows, swapped) == pytest.approx(1 - found)


def test_the_size_of_a_feature_does_not_count():
    rows = rows_that_hold(LABELS, 2.0)
    scaled = torch.cat([1e3 * rows + 5, torch.ones(len(rows), 1).double()], dim=1)
    assert probe_accuracy(scaled, LABELS) == probe_accuracy(rows, LABELS)


@pytest.mark.parametrize(("n_rows", "n_labels"), [(6, 5), (3, 3)])
def test_rows_and_labels_that_do_not_fit_are_refused(n_rows, n_labels):
    with pytest.raises(ValueError, match=f"{n_rows} rows"):
        probe_accuracy(torch.randn(n_rows, 2), ["a"] * n_labels)
