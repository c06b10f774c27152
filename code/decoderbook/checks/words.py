"""What came of a case, in words: a value, an error, or a slip of Python's."""

from __future__ import annotations

import inspect
from typing import Any

from decoderbook.checks.answers import ChangedInputError, Outcome
from decoderbook.checks.differences import difference, type_differs

LONG = 300  # characters of an error


def what_came(outcome: Outcome, right: Any) -> str:
    """What was expected and what came, in words."""
    error = outcome.error
    if error is None:
        return what_value_came(outcome.value, right)
    if isinstance(error, ChangedInputError):
        return (
            "What was handed in is not what it was: the code changes its input in place. "
            "Whoever called it still needs it; work on a copy, or make a new tensor."
        )
    place = outcome.place
    try:
        text = f"{type(error).__name__}: {error}".rstrip(": ")
    except Exception:  # its own words cannot be made
        text = type(error).__name__
    if len(text) > LONG:
        text = f"{text[:LONG]}…"
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        return (
            f"{text}{f' ({place})' if place else ''}. Run the cells above "
            "(*Run → Run All Above Selected Cell*), or import it."
        )
    return f"{text}{f' ({place})' if place else ''}."


def is_of_another_kind(outcome: Outcome, right: Any) -> bool:
    """Whether what came is no attempt at the right kind of thing, so that a hint on its numbers
    would only mislead.
    """
    if outcome.error is not None:
        return isinstance(outcome.error, NameError | ImportError | ChangedInputError)
    return (
        outcome.value is None
        or outcome.value is ...
        or type_differs(outcome.value, right)
    )


def what_value_came(value: Any, right: Any) -> str:
    """What is different, or what kind of thing came in its place."""
    if value is None:
        return f"{difference(None, right)} Is a `return` missing at the end?"
    if value is ...:
        return (
            "`...` came back: it stands there until you write something in its place."
        )
    if inspect.iscoroutine(value):
        return "It is an `async def`, so a call only prepares the work. Write `def`."
    if inspect.isgenerator(value):
        return "A generator came back: `yield` makes one. Write `return`, once, with all of it."
    try:
        return difference(value, right)
    except Exception:
        kind = type(value).__name__
        return f"A {kind} came back, which cannot be compared with what was expected."
