"""Check an answer, and say what to look at. Two things are asked in turn:

1. Cases, the most isolating first. The first that fails says what is wrong at the latest there:
   with one row, say, neither a mask nor a softmax can be.
2. Whether the answer does on all cases what one of the exercise's known wrong answers does. Then
   its hint is given. That looks at what an answer does, not at how it is written.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import secrets
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from decoderbook.checks.answers import (
    ChangedInputError,
    Outcome,
    TooSlowError,
    declared_answers,
    is_blank,
    place_of,
    put,
    time_limit,
)
from decoderbook.checks.cases import CASES, SOLUTION, Case, CaseMaker, Draw
from decoderbook.checks.compare import same
from decoderbook.checks.differences import difference
from decoderbook.checks.items import Exercise, Variant
from decoderbook.checks.source import exercises
from decoderbook.checks.verdict import Verdict

SECONDS = (
    5.0  # an answer that takes longer is stopped; a verdict takes a fraction of one
)


def check(name: str, *answers: Any, seed: int | None = None) -> Verdict:
    """Check the answers to the exercise `name`, such as `check("safe-softmax", my_softmax)`.

    Each call draws fresh numbers and shapes; `seed` repeats those of an earlier call. A wrong or
    blank answer gets a message, never an error. Raises ValueError for an exercise that is
    not there, or another number of answers than it asks for.
    """
    known = exercises()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ValueError(f"there is no exercise {name!r}{hint}")
    exercise = known[name]
    if len(answers) != len(exercise.answers):
        call = f'check("{name}", {", ".join(exercise.answers)})'
        raise ValueError(f"{name} asks for {len(exercise.answers)} answers: {call}")
    return judge(exercise, answers, secrets.randbelow(10_000) if seed is None else seed)


def judge(
    exercise: Exercise, answers: Sequence[Any], seed: int, recognise: bool = True
) -> Verdict:
    """The verdict on answers, with the cases that a seed draws. Without `recognise` the known
    wrong answers are left out, and only the cases speak.
    """
    if is_untouched(exercise, answers):
        return Verdict(exercise, "blank", seed=seed)
    cases = list(cases_for(exercise)(Draw(seed)))
    rights = rights_of(exercise, cases)
    try:
        with time_limit(SECONDS):
            outcomes = []
            for case, right in zip(cases, rights, strict=True):
                outcomes.append(put(answers, case))
                if not outcomes[-1].is_right(right, case):
                    break
            else:
                return Verdict(exercise, "right", seed=seed, tried=len(cases))
            failed = len(outcomes) - 1
            with contextlib.redirect_stdout(io.StringIO()):
                outcomes += [put(answers, case) for case in cases[failed + 1 :]]
    except TooSlowError:
        return Verdict(
            exercise,
            "wrong",
            seed=seed,
            said=f"It took longer than {SECONDS:g} seconds, and was stopped. "
            "Is there a loop that does not end, or one that a product of matrices could replace?",
        )
    case, right, outcome = cases[failed], rights[failed], outcomes[failed]
    twin = None
    if recognise:
        with contextlib.suppress(TooSlowError), time_limit(SECONDS):
            twin = recognised(exercise, cases, outcomes)
    return Verdict(
        exercise,
        "wrong",
        seed=seed,
        case=case.name,
        said=what_came(outcome, right, answers),
        look="" if twin else case.look,
        mistake=twin.name if twin else "",
        hint=twin.hint if twin else "",
    )


def cases_for(exercise: Exercise) -> CaseMaker:
    """The function that makes an exercise's cases."""
    import_module(f"decoderbook.checks.chapter_{exercise.chapter[:2]}")
    return CASES[exercise.slug]


def is_untouched(exercise: Exercise, answers: Sequence[Any]) -> bool:
    """Whether one of the answers is still what the starter left."""
    if any(is_blank(answer) for answer in answers):
        return True
    if any(callable(answer) for answer in answers):
        return False
    starter = declared_answers(exercise, exercise.starter, "starter")
    return all(same(a, s) for a, s in zip(answers, starter, strict=True))


def rights_of(exercise: Exercise, cases: Sequence[Case]) -> list[Any]:
    """What must come out of each case; where a case leaves it open, what the solution gives."""
    solution: tuple[Any, ...] | None = None
    found = []
    for case in cases:
        if case.right is not SOLUTION:
            found.append(case.right)
            continue
        if solution is None:
            solution = declared_answers(exercise, exercise.solution, "solution")
        outcome = put(solution, case)
        if outcome.error is not None:
            raise outcome.error
        found.append(outcome.value)
    return found


def recognised(
    exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]
) -> Variant | None:
    """The known wrong answer that does the same on all cases, if there is one."""
    for wrong in exercise.wrong:
        if all(
            outcome.equals(put(answers, case), case)
            for answers in [declared_answers(exercise, wrong.code, wrong.name)]
            for case, outcome in zip(cases, outcomes, strict=True)
        ):
            return wrong
    return None


def what_came(outcome: Outcome, right: Any, answers: Sequence[Any]) -> str:
    """What was expected and what came, in words."""
    error = outcome.error
    if error is None and outcome.value is None:
        return f"{difference(None, right)} Is a `return` missing at the end?"
    if error is None:
        return difference(outcome.value, right)
    if isinstance(error, ChangedInputError):
        return (
            "What was handed in is not what it was: the code changes its input in place. "
            "Whoever called it still needs it; work on a copy, or make a new tensor."
        )
    place = place_of(error, answers)
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"{text}{f' ({place})' if place else ''}."
