"""A detector, and what it found: a number, a verdict, one sentence and a place to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from decoderbook.checkup.problem import NotApplicableError, NotAskedError, one_line
from decoderbook.checkup.trial import Trial

HOLDS, BROKEN = "holds", "broken"
# Nothing to look at; nothing looked at, for lack of time.
NOT_APPLICABLE, NOT_ASKED = "not applicable", "not asked"
SIGNS = {HOLDS: "✓", BROKEN: "✗", NOT_APPLICABLE: "–", NOT_ASKED: "?"}


FAILED = (
    "it fails on an input that it should take, so the question itself is still open: "
    "put that input in by hand, and read the whole error"
)


class Measured(NamedTuple):
    """What a detector measured: the number that decides, and all of it in words."""

    value: float
    words: str


class Place(NamedTuple):
    """Where the book explains it: a file of book/ without its ending, and a heading."""

    page: str
    heading: str

    def __str__(self) -> str:
        return f"chapter {self.page[:2]}, “{self.heading}”"


@dataclass(frozen=True)
class Detector:
    """One question to a decoder.

    measure: from a trial to a number. It holds when the number is at most `limit`, or
    with `above` when it is more than that; NaN never holds. right and wrong: one
    sentence for each verdict. compares: it takes the difference of two runs, which says
    nothing of a subject that is random.
    """

    name: str
    title: str
    measure: Callable[[Trial], Measured]
    limit: float
    right: str
    wrong: str
    place: Place
    above: bool = False
    compares: bool = True

    def __call__(self, trial: Trial) -> Finding:
        """Ask. An error that the subject raises is a finding too."""
        try:
            if self.compares and trial.is_random:
                raise NotApplicableError("two runs with the same input already differ")
            value, words = self.measure(trial)
        except NotAskedError as reason:
            return self._finding(NOT_ASKED, None, "", f"because {reason}")
        except NotApplicableError as reason:
            return self._finding(NOT_APPLICABLE, None, "", f"because {reason}")
        except Exception as error:
            return self._finding(BROKEN, None, one_line(error), FAILED)
        holds = value > self.limit if self.above else value <= self.limit
        verdict = HOLDS if holds else BROKEN
        return self._finding(verdict, value, words, self.right if holds else self.wrong)

    def _finding(
        self, verdict: str, value: float | None, measured: str, meaning: str
    ) -> Finding:
        return Finding(
            self.name, self.title, verdict, value, measured, meaning, self.place
        )


@dataclass(frozen=True)
class Finding:
    """What a detector says of one subject.

    verdict: HOLDS, BROKEN, NOT_APPLICABLE or NOT_ASKED. value: the number that decided,
    None where none was measured. measured: the same in words. meaning: one sentence;
    for what is not applicable or not asked, why.
    """

    detector: str
    title: str
    verdict: str
    value: float | None
    measured: str
    meaning: str
    place: Place

    @property
    def sign(self) -> str:
        """✓, ✗, – or ?."""
        return SIGNS[self.verdict]
