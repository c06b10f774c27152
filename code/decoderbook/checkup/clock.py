"""How long code of others may run: a call that never returns is ended too."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from decoderbook.checks.answers import time_limit

LONGEST = 1e6  # seconds; no timer takes infinity
CALLS = 120  # forward passes that all questions need together, and a few more


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TooSlowError inside the block after so many seconds, where a timer can be
    set. An exit() in it is an error like any other.
    """
    try:
        with time_limit(min(seconds, LONGEST)):
            yield
    except SystemExit as error:
        raise RuntimeError(f"it called exit({error.code})") from error


def enough(seconds: float, calls: int) -> int:
    """Seconds for all questions, where so many calls took these; one digit and zeros."""
    needed = max(2 * seconds, CALLS * seconds / max(calls, 1), 1)
    unit = 10 ** math.floor(math.log10(needed))
    return math.ceil(needed / unit) * unit
