"""What a grader runs on an answer: the check, with seeds that the learner never saw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from decoderbook.checks import source
from decoderbook.checks.engine import judge
from decoderbook.checks.verdict import Verdict, as_text

PATIENCE = 60.0  # seconds for a verdict: a grader's machine may be slow, or busy


def require(slug: str, *answers: Any, seeds: Iterable[int]) -> None:
    """Do nothing if the answers are right with every seed.

    Raises AssertionError with what the check says, and ValueError for an exercise that this version
    of the course does not have.
    """
    known = source.exercises()
    if slug not in known:
        raise ValueError(
            f"this version of the course has no exercise {slug!r}: install the one that the "
            "assignment was made with"
        )
    for seed in seeds:
        verdict = judge(known[slug], answers, seed, seconds=PATIENCE)
        if not verdict.passed:
            raise AssertionError(message(verdict))


def message(verdict: Verdict) -> str:
    """What the check says, but for the seed, with which the numbers could be drawn again."""
    lines = verdict.lines()
    if verdict.kind == "wrong":
        lines[-1] = f"Read again: {verdict.exercise.read}."
    elif verdict.kind == "blank":
        lines[-1] = f"{' and '.join(verdict.blank)}: nothing is written there."
    return "\n".join(as_text(line) for line in lines)
