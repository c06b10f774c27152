"""Dots on a scale of powers of ten, and the drawing of two processes."""

import re

import pytest

from decoderbook import figures
from decoderbook.figures.powers_of_ten import in_words


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (174_604_259_328, "175 billion"),
        (712_832, "713 thousand"),
        (999_999, "1 million"),
        (1_310_000_000, "1.31 billion"),
        (12, "12"),
    ],
)
def test_a_size_in_words(size, said):
    assert in_words(size) == said


def test_each_dot_stands_at_its_size_and_its_label_inside_the_frame():
    figure = figures.model_sizes({"small": 1e6, "middle": 1e9, "large": 1e11})
    (dots,) = figure.data
    assert list(dots.x) == [1e6, 1e9, 1e11]
    assert [note.x for note in figure.layout.annotations] == [6, 9, 11]
    sides = [note.xanchor for note in figure.layout.annotations]
    assert (sides[0], sides[-1]) == ("left", "right")
    assert list(figure.layout.xaxis.ticktext) == ["1 million", "1 billion"]


@pytest.mark.parametrize("size", [0, -1, float("inf"), float("nan")])
def test_a_size_that_has_no_place_is_refused(size):
    with pytest.raises(ValueError, match="large must be finite and above 0"):
        figures.model_sizes({"large": size})


def test_the_two_processes_share_the_batch():
    picture = figures.two_processes([2, 5, 3, 4])
    assert "Process 0 has 5 tokens, process 1 has 9" in picture.words
    assert "5 + 9 = 14 tokens" in picture.svg
    squares = re.findall(r'height="11"', picture.svg)
    assert len(squares) == 14  # one for each token


@pytest.mark.parametrize("lengths", [[3], [3, 0], [3, 13]])
def test_what_two_processes_cannot_share_is_refused(lengths):
    with pytest.raises(ValueError, match="got"):
        figures.two_processes(lengths)
