"""Every figure function over all sizes: a right figure, or a ValueError that says what is wrong."""

import json
import math

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from decoderbook import figures
from decoderbook.figures.bars import _short_number
from tinydecoder import sinusoidal_positional_encoding

INFINITE, NAN = float("inf"), float("nan")
sizes = st.integers(1, 20)
shapes = st.tuples(sizes, sizes)


def names(count, letter="t"):
    return [f"{letter}{i} x" for i in range(count)]


def parts(figure):
    """The figure as a page gets it; JSON without NaN, every axis with an extent."""
    found = json.loads(
        figure.to_json(), parse_constant=lambda word: pytest.fail(f"{word} in a figure")
    )
    for name, axis in found["layout"].items():
        if name.startswith(("xaxis", "yaxis")) and "range" in axis:
            low, high = axis["range"]
            assert low != high, f"{name} is empty"
    for trace in found["data"]:
        assert "zmin" not in trace or trace["zmin"] < trace["zmax"]
    words = found["layout"]["meta"]["alt"]
    assert "nan" not in words.lower().split() and "inf" not in words.lower().split()
    return found


# What can be drawn


@given(shapes)
@example((1, 1))
@example((1, 20))
@example((20, 1))
def test_maps_take_any_sizes(shape):
    rows, columns = shape
    queries, keys = names(rows), names(columns, "s")
    weights = torch.rand(shape).softmax(-1)
    blocked = torch.where(torch.rand(shape) < 0.5, -INFINITE, torch.randn(shape))
    for figure in (
        figures.attention_map(weights, queries, keys, gold={(rows - 1, columns - 1)}),
        figures.score_map(blocked, queries, keys),
        figures.score_map(torch.zeros(shape), queries, keys),
        figures.influence_map(torch.zeros(shape), queries, keys),
        figures.influence_map(torch.rand(shape), queries, keys),
        figures.encoding_map(weights),
        figures.choice_map([keys] * rows, weights, queries, keys),
        figures.training_progress([1.0], [0.0, 0.0], weights, queries, keys),
    ):
        cells = next(t["z"] for t in parts(figure)["data"] if t["type"] == "heatmap")
        assert (len(cells), len(cells[0])) == shape


@given(shapes, sizes)
def test_matrices_and_steps_take_any_sizes(shape, d_head):
    parts(figures.attention_products(torch.rand(shape), d_head))
    steps = list(range(1, d_head + 1))
    parts(figures.computed_rows(steps, [1] * d_head))


@given(sizes, sizes)
def test_products_take_any_sizes(positions, half):
    encoding = sinusoidal_positional_encoding(torch.arange(positions), 2 * half)
    parts(figures.product_map(encoding @ encoding.T))
    parts(figures.product_map(torch.zeros(positions, positions)))
    parts(figures.clocks(encoding[-1], positions))


def test_product_map_reads_the_diagonals_below_the_main_one_too():
    uneven = torch.zeros(3, 3)
    uneven[1, 0] = 5.0
    assert "up to 5.00 apart" in figures.product_map(uneven).layout.meta["alt"]


def test_scores_that_are_all_masked_are_drawn_as_such():
    figure = figures.score_map(torch.full((2, 3), -INFINITE), names(2), names(3))
    assert "all 6 cells are minus infinity." in parts(figure)["layout"]["meta"]["alt"]
    assert len(figure.layout.annotations) == 6


@given(st.lists(st.floats(width=32), min_size=1, max_size=5), st.integers(1, 7))
@example([NAN], 1)
@example([INFINITE, 1.0], 7)
def test_a_curve_may_have_gaps_and_one_point(values, series):
    """A training that diverges is watched too."""
    told = {f"line {i}": values for i in range(series)}
    figure = figures.lines(range(len(values)), told, "step", "loss")
    drawn = json.loads(figure.to_json())["data"][0]["y"]
    gaps = [not math.isfinite(value) for value in values]
    assert [value is None for value in drawn] == gaps
    rates = [0.1] * len(values)
    one = torch.ones(1, 1)
    both = figures.training_progress(values, rates, one, ["q"], ["k"])
    assert all(math.isfinite(end) for end in both.layout.yaxis.range)


def test_where_a_curve_lies_is_told_without_its_gaps():
    alt = figures.lines([0, 1, 2, 3], {"a": [1, NAN, 9, 2]}, "x", "y").layout.meta
    assert "a from 1 to 2, between 1 and 9." in alt["alt"]


@given(sizes, st.integers(1, 7))
def test_bars_take_any_sizes(rows, series):
    numbers = {f"part {i}": [0.0] * rows for i in range(series)}
    parts(figures.stacked_bars(numbers, names(rows), "things"))
    parts(figures.token_bars(names(rows), numbers))
    weights = [1.0] + [0.0] * (series - 1)
    parts(figures.writing_step(names(rows), [0.0] * rows, names(series), weights))
    ids = names(rows)
    parts(figures.teacher_forcing(ids, ids, ids, fed_back=True))
    shares = [(50.0, 0.0, 100.0)] * rows
    parts(figures.accuracy_by_position([1] * rows, shares, shares))


def test_a_beam_of_one_path_whose_token_is_a_space_is_drawn():
    figure = figures.beam_tree([[((2,), -0.1)]], [-0.1], ["START", "END", " "])
    assert "1 steps, 1 paths at the end" in parts(figure)["layout"]["meta"]["alt"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((0, "0"), (7, "7"), (999, "999"), (999.9, "1 k"), (1000, "1 k")),
        *((712_832, "713 k"), (999_499, "999 k"), (999_999, "1 M")),
        *((999_999_999, "1 B"), (12_345_678_901, "12.3 B"), (5e12, "5,000 B")),
    ],
)
def test_a_short_number_has_at_most_three_digits_before_its_letter(number, text):
    assert _short_number(number) == text


@given(st.floats(0, 1e13))
def test_a_short_number_is_never_in_powers_of_ten(number):
    text = _short_number(number)
    assert "e+" not in text
    letter = {"k": 1e3, "M": 1e6, "B": 1e9}.get(text[-1], 1)
    value = float(text.rstrip(" kMB").replace(",", "")) * letter
    assert value == pytest.approx(number, rel=0.0051)


# What cannot

ONE, TWO = torch.ones(1, 1), torch.ones(2, 2)
EMPTY = torch.ones(0, 3)
SHARE = (50.0, 40.0, 60.0)
REFUSED = {
    "attention sizes": (
        lambda: figures.attention_map(TWO, names(2), names(3)),
        r"weights must have the shape \(2, 3\) of its labels, got \(2, 2\)",
    ),
    "attention empty": (
        lambda: figures.attention_map(EMPTY, [], names(3)),
        r"weights must have at least one row and one column, got \(0, 3\)",
    ),
    "attention without keys": (
        lambda: figures.attention_map(EMPTY.T, names(3), []),
        r"at least one row and one column, got \(3, 0\)",
    ),
    "attention nan": (
        lambda: figures.attention_map(NAN * TWO, names(2), names(2)),
        "weights must be numbers, got nan in row 0, column 0",
    ),
    "attention heads": (
        lambda: figures.attention_map(torch.ones(1, 2, 2), names(2), names(2)),
        r"weights must have the shape \(2, 2\) of its labels, got \(1, 2, 2\)",
    ),
    "gold outside": (
        lambda: figures.attention_map(ONE, ["q"], ["k"], gold={(0, 1)}),
        r"gold links \[\(0, 1\)\] lie outside the 1 rows and 1 columns",
    ),
    "scores infinite": (
        lambda: figures.score_map(INFINITE * ONE, ["q"], ["k"]),
        "scores must be numbers or minus infinity, got inf in row 0, column 0",
    ),
    "scores sizes": (
        lambda: figures.score_map(TWO, names(1), names(2)),
        r"scores must have the shape \(1, 2\)",
    ),
    "influence sizes": (
        lambda: figures.influence_map(TWO, names(2), names(1)),
        r"change must have the shape \(2, 1\)",
    ),
    "encoding empty": (
        lambda: figures.encoding_map(EMPTY),
        "encoding must have at least one row",
    ),
    "encoding of one position": (
        lambda: figures.encoding_map(torch.ones(4)),
        r"encoding must have two axes, got the shape \(4,\)",
    ),
    "products not square": (
        lambda: figures.product_map(torch.ones(2, 3)),
        r"products must be square, got the shape \(2, 3\)",
    ),
    "products nan": (
        lambda: figures.product_map(NAN * ONE),
        "products must be numbers, got nan",
    ),
    "choices": (
        lambda: figures.choice_map([["a"]], torch.ones(1, 2), ["r"], ["x", "y"]),
        "chosen must have 2 tokens in each of 1 rows",
    ),
    "choices' probabilities": (
        lambda: figures.choice_map([["a"]], TWO, ["r"], ["x"]),
        r"probabilities must have the shape \(1, 1\)",
    ),
    "clocks odd": (
        lambda: figures.clocks(torch.ones(3), 0),
        r"encoding must hold pairs in one axis, got the shape \(3,\)",
    ),
    "clocks empty": (
        lambda: figures.clocks(torch.ones(0), 0),
        r"encoding must hold pairs in one axis, got the shape \(0,\)",
    ),
    "lines empty": (
        lambda: figures.lines([], {"a": []}, "x", "y"),
        "x must have at least one value",
    ),
    "lines sizes": (
        lambda: figures.lines([0, 1], {"a": [1]}, "x", "y"),
        "a must have 2 values, got 1",
    ),
    "lines without one": (
        lambda: figures.lines([0], {}, "x", "y"),
        "series must have at least one value",
    ),
    "bars without rows": (
        lambda: figures.stacked_bars({"a": []}, [], "x"),
        "rows must have at least one value",
    ),
    "bars without parts": (
        lambda: figures.stacked_bars({}, ["r"], "x"),
        "parts must have at least one value",
    ),
    "bars nan": (
        lambda: figures.stacked_bars({"a": [NAN]}, ["r"], "x"),
        "a must be finite and at least 0, got nan",
    ),
    "bars below zero": (
        lambda: figures.stacked_bars({"a": [-1]}, ["r"], "x"),
        "a must be finite and at least 0, got -1",
    ),
    "tokens empty": (
        lambda: figures.token_bars([], {"p": []}),
        "tokens must have at least one value",
    ),
    "tokens sizes": (
        lambda: figures.token_bars(["a"], {"p": [0.5, 0.5]}),
        "p must have 1 values, got 2",
    ),
    "tokens without series": (
        lambda: figures.token_bars(["a"], {}),
        "series must have at least one value",
    ),
    "step without words": (
        lambda: figures.writing_step(["a"], [1.0], [], []),
        "words must have at least one value",
    ),
    "step sizes": (
        lambda: figures.writing_step(["a"], [1.0], ["I"], [0.5, 0.5]),
        "weights must have 1 values, got 2",
    ),
    "step without tokens": (
        lambda: figures.writing_step([], [], ["I"], [1.0]),
        "tokens must have at least one value",
    ),
    "beam without steps": (
        lambda: figures.beam_tree([], [], ["START"]),
        "steps must have at least one value",
    ),
    "beam without paths": (
        lambda: figures.beam_tree([[]], [], ["START"]),
        "the last step must have at least one value",
    ),
    "beam scores": (
        lambda: figures.beam_tree([[((0,), -1.0)]], [], ["START"]),
        "scores must have 1 values, got 0",
    ),
    "beam tokens": (
        lambda: figures.beam_tree([[((7,), -1.0)]], [-1.0], ["START"]),
        r"the path \(7,\) has an id that is none of the 1 tokens",
    ),
    "beam gap": (
        lambda: figures.beam_tree([[((0, 0), -1.0)]], [-1.0], ["START"]),
        r"the path \(0, 0\) does not extend one of the step before",
    ),
    "forcing sizes": (
        lambda: figures.teacher_forcing(["a"], [], ["b"], fed_back=False),
        "choices must have 1 values, got 0",
    ),
    "forcing empty": (
        lambda: figures.teacher_forcing([], [], [], fed_back=False),
        "inputs must have at least one value",
    ),
    "accuracy empty": (
        lambda: figures.accuracy_by_position([], [], []),
        "totals must have at least one value",
    ),
    "accuracy sizes": (
        lambda: figures.accuracy_by_position([1], [SHARE], []),
        "free must have 1 values, got 0",
    ),
    "progress past the end": (
        lambda: figures.training_progress([1.0, 1.0], [0.1], ONE, ["q"], ["k"]),
        "there are 2 losses and only 1 rates",
    ),
    "progress without rates": (
        lambda: figures.training_progress([], [], ONE, ["q"], ["k"]),
        "rates must have at least one value",
    ),
    "flow without a layer": (
        lambda: figures.decoder_flow({"logits": (1, 2, 3)}),
        "the trace has no tensor of a decoder layer",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_drawn_is_refused_in_one_line(case):
    draw, says = REFUSED[case]
    with pytest.raises(ValueError, match=says) as refused:
        draw()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("values", [[0.0, -1.0], [math.nan, math.inf]])
def test_a_logarithmic_axis_needs_a_number_above_zero(values):
    with pytest.raises(ValueError, match="above 0"):
        figures.lines([1, 2], {"a": values}, "x", "y", log=True)


def test_a_logarithmic_axis_names_powers_of_ten():
    figure = figures.lines([1, 10], {"a": [2e-7, 3e7]}, "x", "y", log=True)
    names = figure.layout.yaxis.ticktext
    assert names[0] == "10⁻⁷" and "100" in names and len(names) <= 9
    assert len(set(names)) == len(names) == len(figure.layout.yaxis.tickvals)
