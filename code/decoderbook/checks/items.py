"""The items that a chapter declares: exercises with the answers that are known, guesses and quizzes."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass


def answer_names(code: str) -> tuple[str, ...]:
    """What code defines at its outermost level under a name that begins with `my_`."""
    found: dict[str, None] = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = None
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (n for t in targets for n in ast.walk(t)):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    found[name.id] = None
    return tuple(name for name in found if name.startswith("my_"))


@dataclass(frozen=True)
class Place:
    """A section of the book: the chapter's number, and the section's heading."""

    chapter: str
    heading: str

    def __str__(self) -> str:
        return f"chapter {self.chapter}, “{self.heading}”"


@dataclass(frozen=True)
class Variant:
    """An answer in code, with a name; `hint` is what a wrong one must be told."""

    name: str
    code: str
    hint: str = ""


@dataclass(frozen=True)
class Exercise:
    """What is asked, where a learner begins, and the answers that are known."""

    slug: str
    chapter: str  # its notebook's stem
    number: int  # within the chapter, from 1
    title: str
    points: int
    minutes: int
    read: Place
    statement: str
    starter: str
    solution: str
    given: str = ""
    hints: tuple[str, ...] = ()
    also: tuple[Variant, ...] = ()
    wrong: tuple[Variant, ...] = ()

    @property
    def label(self) -> str:
        """Its number in the book, such as 5.1."""
        return f"{int(self.chapter[:2])}.{self.number}"

    @property
    def answers(self) -> tuple[str, ...]:
        """The names that a learner fills in: what the starter calls `my_…`, in order."""
        return answer_names(self.starter)


@dataclass(frozen=True)
class Choice:
    """One answer to choose, and what is said to whoever chose it."""

    label: str
    reply: str
    right: bool


@dataclass(frozen=True)
class Slider:
    """A number to guess: what may be set, and what counts as right."""

    low: float
    high: float
    step: float
    right: float
    within: float

    @classmethod
    def read(cls, span: str, right: str) -> Slider:
        """From "0 to 1 step 0.1" and "0.5 ± 0.1". Raises ValueError for one that cannot be set right."""
        number = r"(-?[0-9]+(?:\.[0-9]+)?)"
        found = re.fullmatch(f"{number} to {number} step {number}", span)
        goal = re.fullmatch(f"{number} ± {number}", right)
        if found is None or goal is None:
            raise ValueError(
                "a slider is written `0 to 1 step 0.1`, and right `0.5 ± 0.1`"
            )
        made = cls(*map(float, (*found.groups(), *goal.groups())))
        if made.low >= made.high or made.step <= 0:
            raise ValueError(f"it goes up, in steps above 0; got {span!r}")
        if not made.low <= made.right <= made.high or made.within < 0:
            raise ValueError(f"what is right, {right!r}, must lie within {span!r}")
        if not any(abs(x - made.right) <= made.within + 1e-9 for x in made.places()):
            raise ValueError(f"none of its steps is right: {span!r}, {right!r}")
        return made

    def places(self) -> list[float]:
        """The numbers that it can be set to."""
        count = int((self.high - self.low) / self.step + 1e-9)
        return [self.low + i * self.step for i in range(count + 1)]


@dataclass(frozen=True)
class Question:
    """A guess before something is seen, or a quiz: a question with its choices."""

    kind: str  # "guess" or "quiz"
    slug: str
    chapter: str
    title: str
    statement: str
    choices: tuple[Choice, ...]
    before: str = ""  # the cell that it stands before
    proof: str = ""  # the cell that asserts the answer
    corrects: tuple[int, ...] = ()
    slider: Slider | None = None


@dataclass(frozen=True)
class Declared:
    """All that one chapter declares."""

    chapter: str
    exercises: tuple[Exercise, ...] = ()
    questions: tuple[Question, ...] = ()
