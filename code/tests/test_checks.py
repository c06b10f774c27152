"""The engine of the checks: what it accepts, what it says, and that nothing a learner writes breaks it."""

import contextlib
import copy
import io
import random
import re
import sys
import time

import numpy as np
import pytest
import torch

from decoderbook.checks import check, engine
from decoderbook.checks.answers import (
    TooSlowError,
    declared_answers,
    is_blank,
    time_limit,
)
from decoderbook.checks.cases import Draw
from decoderbook.checks.compare import same
from decoderbook.checks.differences import difference
from decoderbook.checks.source import exercises
from decoderbook.checks.verdict import as_html, as_text

LAYER = torch.nn.Linear(2, 3)


class Plain:
    def __init__(self, held):
        self.held = held


def right_softmax(scores, temperature=1.0):
    return torch.softmax(scores / temperature, dim=-1)


def test_a_right_answer_passes_with_any_seed():
    verdict = check("safe-softmax", right_softmax)
    assert verdict.passed and verdict.points == verdict.exercise.points
    assert str(verdict).startswith("✓ Right · 5.2")


def test_fresh_numbers_each_time_and_the_same_for_a_seed():
    seeds = {check("safe-softmax", right_softmax).seed for _ in range(20)}
    assert len(seeds) > 10
    shapes = []

    def noting(scores, temperature=1.0):
        shapes.append(tuple(scores.shape))
        return right_softmax(scores, temperature)

    check("safe-softmax", noting, seed=7)
    first = list(shapes)
    shapes.clear()
    check("safe-softmax", noting, seed=7)
    assert shapes == first
    shapes.clear()
    check("safe-softmax", noting, seed=8)
    assert shapes != first


def blank_function(scores, temperature=1.0): ...


def blank_with_docstring(scores, temperature=1.0):
    """Mine."""


def blank_return(scores, temperature=1.0):
    return None


class BlankClass:
    def forward(self, x): ...


@pytest.mark.parametrize(
    "answer",
    [
        None,
        ...,
        blank_function,
        blank_with_docstring,
        blank_return,
        BlankClass,
        [...],
        {"a": ...},
    ],
)
def test_what_is_blank(answer):
    assert is_blank(answer)


@pytest.mark.parametrize(
    "answer", [0, False, [], {}, "", right_softmax, len, torch.zeros(2)]
)
def test_what_is_not_blank(answer):
    assert not is_blank(answer)


def test_a_blank_answer_gets_a_kind_word():
    verdict = check("safe-softmax", blank_function)
    assert verdict.kind == "blank" and not verdict.passed and verdict.points == 0
    assert "Nothing to check yet. Write my_softmax above" in str(verdict)


def test_a_forgotten_return_is_no_blank():
    def forgot(scores, temperature=1.0):
        right_softmax(scores, temperature)

    assert "Is a `return` missing" in check("safe-softmax", forgot).said


def test_an_error_is_a_message_with_the_learners_line():
    def broken(scores, temperature=1.0):
        return scores @ undefined  # noqa: F821

    verdict = check("safe-softmax", broken)
    assert "NameError: name 'undefined' is not defined" in verdict.said
    assert "of broken: `return scores @ undefined" in verdict.said


@pytest.mark.parametrize(
    "error", [SystemExit, RecursionError, MemoryError, ZeroDivisionError]
)
def test_no_error_gets_out(error):
    def raising(scores, temperature=1.0):
        raise error

    assert error.__name__ in check("safe-softmax", raising).said


def test_a_changed_input_is_noticed():
    def in_place(scores, temperature=1.0):
        scores /= temperature
        scores -= scores.amax(dim=-1, keepdim=True)
        return scores.softmax(dim=-1)

    assert "changes its input in place" in check("safe-softmax", in_place).said


def test_an_endless_loop_is_stopped(monkeypatch):
    monkeypatch.setattr(engine, "SECONDS", 0.3)

    def endless(scores, temperature=1.0):
        while True:
            pass

    begun = time.monotonic()
    assert "longer than 0.3 seconds" in check("safe-softmax", endless).said
    assert time.monotonic() - begun < 10  # far below for ever


def test_the_timer_is_put_back():
    with pytest.raises(TooSlowError), time_limit(0.01):
        while True:
            pass
    with time_limit(0.05):
        pass
    time.sleep(0.1)  # nothing goes off any more


def test_a_wrong_answer_that_nobody_declared_is_told_where_it_failed():
    def strange(scores, temperature=1.0):
        return torch.full_like(scores, 0.5)

    verdict = check("safe-softmax", strange, seed=1)
    assert not verdict.mistake and verdict.look and verdict.case == "one row of scores"
    assert "Where to look: powers first" in str(verdict)


def test_what_is_printed_is_not_mixed_up_with_what_an_answer_prints(capsys):
    def loud(scores, temperature=1.0):
        print("scores", scores.shape)
        return scores

    verdict = check("safe-softmax", loud, seed=1)
    assert capsys.readouterr().out.count("scores") == 1, (
        "only the case that it is told of"
    )
    assert not verdict.passed


@pytest.mark.parametrize(
    ("got", "right"),
    [
        (torch.ones(3, dtype=torch.float64), torch.ones(3)),
        (torch.ones(3, requires_grad=True), torch.ones(3)),
        (torch.ones(3).numpy(), torch.ones(3)),
        (torch.tensor(2), 2),
        (2.0, torch.tensor(2.0)),
        ([1, 2], (1, 2)),
        (torch.Size([2, 3]), (2, 3)),
        (torch.tensor([1, 2]), torch.tensor([1.0, 2.0])),
        ({"a": 1.0}, {"a": 1.0 + 1e-9}),
        (float("nan"), float("nan")),
        (0.1 + 0.2, 0.3),
        (copy.deepcopy(LAYER), LAYER),
        (copy.deepcopy(Plain(LAYER)), Plain(LAYER)),
    ],
)
def test_what_is_the_same(got, right):
    assert same(got, right)


@pytest.mark.parametrize(
    ("got", "right"),
    [
        (torch.ones(3), torch.ones(1, 3)),
        (torch.ones(3), torch.ones(3, dtype=torch.bool)),
        (torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])),
        (torch.tensor([float("nan")]), torch.tensor([0.0])),
        (True, 1),
        (1, True),
        ("1", 1),
        (None, 0),
        ([1, 2], [2, 1]),
        ([1], [1, 2]),
        ({"a": 1}, {"b": 1}),
        (torch.ones(3), [1, 1, 1]),
        (torch.ones(2) * 1j, torch.ones(2)),
        (1.001, 1.0),
        (torch.nn.Linear(2, 3), LAYER),
        (Plain(1), Plain(2)),
    ],
)
def test_what_is_not_the_same(got, right):
    assert not same(got, right)


@pytest.mark.parametrize(
    ("got", "right", "said"),
    [
        (
            torch.ones(2, 4, 3),
            torch.ones(2, 3, 4),
            "another order: look at axes 1 and 2",
        ),
        (torch.ones(2, 5), torch.ones(2, 3), "Look at axis 1"),
        (torch.ones(6), torch.ones(2, 3), "cut into other axes"),
        (torch.ones(2), torch.ones(2, 3), "1 axis fewer"),
        (torch.eye(3) > 0, torch.eye(3) == 0, "opposite of what was expected"),
        (torch.eye(3), torch.eye(3) > 0, "type torch.bool"),
        (torch.ones(3), 5, "one number is left to make of it"),
        (torch.tensor([1.0, float("nan")]), torch.ones(2), "1 of 2 numbers are nan"),
        (torch.arange(1.0, 4), -torch.arange(1.0, 4), "Every sign"),
        (2 * torch.arange(1.0, 4), torch.arange(1.0, 4), "2 times what it should be"),
        (torch.arange(1.0, 4) + 1, torch.arange(1.0, 4), "off by +1"),
        (
            torch.arange(9.0).reshape(3, 3).T,
            torch.arange(9.0).reshape(3, 3),
            "two axes are swapped",
        ),
        (
            torch.tensor([2, 4]),
            torch.tensor([1, 2]),
            "2 of 2 entries are different, the",
        ),
        (torch.ones(2), [1, 2], "Expected a list, got a tensor of shape (2,)"),
        ([3, 2, 1], [1, 2, 3], "reverse order"),
        ([1, 5], [1, 2], "At entry 1"),
        ({"a": 1}, {"a": 1, "b": 2}, "missing: b"),
        ({"a": 1, "c": 2}, {"a": 1}, "not asked for: c"),
        (64, 8, "8 times too large"),
        (1 / 8, 1, "8 times too small"),
        (-3, 3, "Only the sign"),
        ("x", torch.ones(2), "Expected a tensor of shape (2,), got 'x' (str)"),
    ],
)
def test_a_difference_is_named(got, right, said):
    assert said in difference(got, right)


def test_a_difference_below_the_usual_tolerance_is_named():
    text = difference(torch.tensor([1.0, 1 + 1e-6]), torch.ones(2))
    assert text.startswith(
        "1 of 2 entries are different, the first at [1]: expected 1, got 1.0000"
    )


def test_only_some_rows_are_different():
    got, right = torch.zeros(4, 3), torch.zeros(4, 3)
    got[3] = 1.0
    text = difference(got, right)
    assert "3 of 12 entries" in text and "Along axis 0 only index 3 differ" in text


def test_the_drawn_numbers():
    draw = Draw(5)
    sizes = draw.sizes(4, 2, 9)
    assert len(set(sizes)) == 4 and all(2 <= size <= 9 for size in sizes)
    layer = draw.module(lambda: torch.nn.LayerNorm(5))
    assert layer.weight.std() > 0 and layer.bias.abs().min() > 0
    assert torch.equal(Draw(5).normal(3), Draw(5).normal(3))
    state = torch.random.get_rng_state()
    Draw(1).module(lambda: torch.nn.Linear(2, 2))
    assert torch.equal(torch.random.get_rng_state(), state), (
        "a learner's own draws stay"
    )


def test_code_in_a_message_stays_as_it_was_written():
    assert as_text("**Not** `x**.5` *yet*") == "Not x**.5 yet"


def test_a_message_as_html_shows_what_was_typed():
    text = as_html("`a < b` **bold** *it* <script> 2*3*4 \0")
    assert text.startswith(
        "<code>a &lt; b</code> <strong>bold</strong> <em>it</em> &lt;script&gt;"
    )
    assert "2*3*4" in text


def test_a_verdict_in_a_notebook_says_in_words_what_its_colour_says():
    page = check("safe-softmax", right_softmax)._repr_html_()
    assert "✓ Right" in page and 'role="status"' in page
    wrong = check("safe-softmax", lambda s, temperature=1.0: s)._repr_html_()
    assert "✗ Not yet" in wrong and "Read again: chapter 05" in wrong


# ---- Whatever comes, it is answered in words ---------------------------------------------


class Unfinished(torch.nn.Module):
    def __init__(self):
        pass  # without super().__init__()


class Silent:
    def __repr__(self):
        raise RuntimeError("no words")


def itself():
    held = []
    held.append(held)
    return held


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Unfinished, "Expected a tensor"),
        (lambda: Silent(), "cannot be shown"),
        (lambda: np.array(["a"]), "got array(['a']"),
        (lambda: np.array([None, 1]), "got array("),
        (lambda: torch.ones(3, dtype=torch.complex64), "Expected"),
        (lambda: torch.ones(3, 3).to_sparse(), "got (3, 3)"),
        (lambda: 10**400, "(401 digits)"),
        (itself, "came back"),
        (lambda: ..., "stands there until you write"),
    ],
)
def test_a_value_of_any_kind_is_answered(value, said):
    verdict = check("safe-softmax", lambda *_, **__: value(), seed=1)
    assert verdict.kind == "wrong" and verdict.said
    assert said in verdict.said and len(verdict.said) < 500
    assert verdict._repr_html_() and str(verdict)


def test_numbers_of_numpy_in_any_order_are_numbers():
    assert same(np.arange(3)[::-1], torch.tensor([2, 1, 0]))
    assert same(np.float64(3), 3.0) and same(np.array(3.0), 3.0)


def test_words_for_what_python_makes_of_a_slip():
    async def coroutine(scores, temperature=1.0):
        return right_softmax(scores, temperature)

    def generator(scores, temperature=1.0):
        yield right_softmax(scores, temperature)

    def half(scores, temperature=1.0):
        return right_softmax(scores, temperature).half()

    def wordless(scores, temperature=1.0):
        raise ValueError("\0 5 \x005\0" + 100_000 * "long")

    assert "`async def`" in check("safe-softmax", coroutine).said
    assert "`yield` makes one" in check("safe-softmax", generator).said
    assert "Only the precision differs" in check("safe-softmax", half).said
    verdict = check("safe-softmax", wordless)
    assert len(verdict.said) < 500 and verdict._repr_html_()


async def blank_async(scores, temperature=1.0): ...


def blank_with_an_error(scores, temperature=1.0):
    raise NotImplementedError


@pytest.mark.parametrize("answer", [blank_async, blank_with_an_error])
def test_other_ways_to_leave_it_blank(answer):
    assert is_blank(answer)


def test_only_what_is_still_to_write_is_named():
    name, exercise = next(
        (slug, e) for slug, e in exercises().items() if len(e.answers) > 1
    )
    first, *others = exercise.answers
    verdict = check(name, right_softmax, *[...] * len(others))
    assert verdict.kind == "blank" and verdict.blank == tuple(others)
    assert f"`{first}`" not in verdict.lines()[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((right_softmax, "safe-softmax"), "comes first, in quotes"),
        (("5.2", right_softmax), "did you mean 'safe-softmax'"),
        (("exercise-safe-softmax", right_softmax), "did you mean 'safe-softmax'"),
        (("safe-softmax",), "asks for 1 answer: check"),
    ],
)
def test_a_call_that_cannot_be_meant_says_how_it_goes(arguments, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        check(*arguments)


@pytest.mark.parametrize("seed", ["a", 1.5, True, -1, 2**70])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match="seed must be a whole number"):
        check("safe-softmax", right_softmax, seed=seed)


def test_an_answer_that_swallows_errors_is_stopped(monkeypatch):
    monkeypatch.setattr(engine, "SECONDS", 0.3)

    def stubborn(scores, temperature=1.0):
        while True:
            with contextlib.suppress(Exception):
                scores[None, 0, 99, 99, 99]

    begun = time.monotonic()
    assert "took longer" in check("safe-softmax", stubborn).said
    assert time.monotonic() - begun < 3


def test_a_limit_that_was_swallowed_counts():
    with (
        pytest.raises(TooSlowError),
        time_limit(0.05),
        contextlib.suppress(BaseException),
    ):
        time.sleep(0.2)


def test_what_is_printed_is_cut(capsys):
    def chatty(scores, temperature=1.0):
        for i in range(1000):
            print("line", i)
        return right_softmax(scores, temperature)

    assert check("safe-softmax", chatty).passed
    printed = capsys.readouterr().out
    assert printed.startswith("line 0\n") and printed.endswith("(it prints more)\n")
    assert printed.count("\n") < 60


SETTINGS = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "meta": lambda: torch.device("meta"),
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("slug", ["table-gradient", "in-pieces", "safe-softmax"])
def test_the_settings_of_a_notebook_change_no_verdict(setting, slug):
    exercise = exercises()[slug]
    answers = declared_answers(exercise, exercise.solution, "solution")
    with SETTINGS[setting]():
        assert check(slug, *answers).passed


def test_an_answer_leaves_settings_and_chance_as_they_were():
    def meddling(scores, temperature=1.0):
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.manual_seed(random.randrange(10))
        return right_softmax(scores, temperature)

    torch.manual_seed(1)
    random.seed(1)
    due = torch.rand(2), random.random()
    torch.manual_seed(1)
    random.seed(1)
    threads = torch.get_num_threads()
    assert check("safe-softmax", meddling, seed=3).passed
    assert torch.get_default_dtype() == torch.float32 and torch.is_grad_enabled()
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.rand(2), due[0]) and random.random() == due[1]


def test_a_terminal_that_knows_no_signs_gets_words(monkeypatch):
    verdict = check("safe-softmax", right_softmax)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert str(verdict).startswith("? Right")
