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
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from decoderbook.checks.answers import (
    FewLines,
    Outcome,
    TooSlowError,
    declared_answers,
    is_blank,
    own_settings,
    put,
    time_limit,
)
from decoderbook.checks.cases import CASES, SOLUTION, Case, CaseMaker, Draw
from decoderbook.checks.compare import same
from decoderbook.checks.items import Exercise, Variant
from decoderbook.checks.source import exercises
from decoderbook.checks.verdict import Verdict
from decoderbook.checks.words import is_of_another_kind, what_came

# An answer that takes longer is stopped, and so is the search for a known one that does the same; a verdict
# takes a fraction of a second.
SECONDS = 5.0


def check(name: str, *answers: Any, seed: int | None = None) -> Verdict:
    """Check the answers to the exercise `name`, such as `check("safe-softmax", my_softmax)`.

    Each call draws fresh numbers and shapes; `seed` repeats those of an earlier call. A wrong or
    blank answer gets a message, never an error. Raises ValueError for an exercise that is
    not there, or another number of answers than it asks for.
    """
    if not isinstance(name, str):
        raise ValueError(
            'the exercise comes first, in quotes: check("safe-softmax", my_softmax)'
        )
    known = exercises()
    if name not in known:
        bare = name.removeprefix("exercise-")
        near = [e.slug for e in known.values() if bare in (e.slug, e.label)]
        near = near or difflib.get_close_matches(name, known, n=3)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ValueError(f"there is no exercise {name!r}{hint}")
    exercise = known[name]
    if len(answers) != (count := len(exercise.answers)):
        call = f'check("{name}", {", ".join(exercise.answers)})'
        raise ValueError(
            f"{name} asks for {count} answer{'s' if count > 1 else ''}: {call}"
        )
    if seed is None:
        seed = secrets.randbelow(10_000)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise ValueError(f"seed must be a whole number from 0 on, got {seed!r}")
    return judge(exercise, answers, seed, seconds=SECONDS)


def judge(
    exercise: Exercise,
    answers: Sequence[Any],
    seed: int,
    seconds: float = SECONDS,
) -> Verdict:
    """The verdict on answers, with the cases that a seed draws. What takes over `seconds` is stopped."""
    with own_settings():
        if blank := untouched(exercise, answers):
            return Verdict(exercise, "blank", seed=seed, blank=blank)
        cases = list(cases_for(exercise)(Draw(seed)))
        rights = rights_of(exercise, cases)
        try:
            with (
                time_limit(seconds),
                contextlib.redirect_stdout(FewLines(sys.stdout)),
            ):
                outcomes = _put_all(answers, cases, rights)
        except TooSlowError:
            return too_slow(exercise, seed, seconds)
        return judge_outcomes(exercise, seed, cases, rights, outcomes, seconds)


def _put_all(
    answers: Sequence[Any], cases: Sequence[Case], rights: Sequence[Any]
) -> list[Outcome]:
    """What comes of each case; after the first that fails nothing is printed any more."""
    outcomes = []
    with contextlib.ExitStack() as silence:
        for case, right in zip(cases, rights, strict=True):
            outcomes.append(put(answers, case))
            if not outcomes[-1].is_right(right, case):
                silence.enter_context(contextlib.redirect_stdout(io.StringIO()))
    return outcomes


def too_slow(exercise: Exercise, seed: int, seconds: float) -> Verdict:
    """The verdict on an answer that was stopped."""
    return Verdict(
        exercise,
        "wrong",
        seed=seed,
        said=f"It took longer than {seconds:g} seconds, and was stopped. "
        "Is there a loop that does not end, or one that a product of matrices could replace?",
    )


def judge_outcomes(
    exercise: Exercise,
    seed: int,
    cases: Sequence[Case],
    rights: Sequence[Any],
    outcomes: Sequence[Outcome],
    seconds: float = SECONDS,
) -> Verdict:
    """The verdict on what came of all cases, wherever the answers ran."""
    tried = zip(cases, rights, outcomes, strict=True)
    wrong = (found for found in tried if not found[2].is_right(found[1], found[0]))
    if (failed := next(wrong, None)) is None:
        return Verdict(exercise, "right", seed=seed, tried=len(cases))
    case, right, outcome = failed
    twin = None
    with contextlib.suppress(TooSlowError), time_limit(seconds):
        twin = recognised(exercise, cases, outcomes)
    return Verdict(
        exercise,
        "wrong",
        seed=seed,
        case=case.name,
        said=what_came(outcome, right),
        look="" if twin or is_of_another_kind(outcome, right) else case.look,
        mistake=twin.name if twin else "",
        hint=twin.hint if twin else "",
    )


def cases_for(exercise: Exercise) -> CaseMaker:
    """The function that makes an exercise's cases."""
    import_module(f"decoderbook.checks.chapter_{exercise.chapter[:2]}")
    return CASES[exercise.slug]


def untouched(exercise: Exercise, answers: Sequence[Any]) -> tuple[str, ...]:
    """The names of the answers that are still what the starter left."""
    named = list(zip(exercise.answers, answers, strict=True))
    if blank := tuple(name for name, answer in named if is_blank(answer)):
        return blank
    if any(callable(answer) for answer in answers):
        return ()
    starter = declared_answers(exercise, exercise.starter, "starter")
    pairs = zip(answers, starter, strict=True)
    try:
        left = all(same(answer, begun) for answer, begun in pairs)
    except Exception:  # what cannot be compared was written by somebody
        left = False
    return exercise.answers if left else ()


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
