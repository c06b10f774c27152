"""What a check puts to an answer: cases on fresh data, each made to isolate one thing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

T = TypeVar("T")


class _Solution:
    """Stands for what the exercise's own solution gives."""

    def __repr__(self) -> str:
        return "what the solution gives"


SOLUTION = _Solution()


def plain(*answers_and_arguments: Any) -> Any:
    """How a case asks unless it says otherwise: a function is called, a value is taken."""
    answer, *arguments = answers_and_arguments
    return answer(*arguments) if callable(answer) else answer


def as_it_is(value: Any) -> Any:
    """What most cases compare: what came, as it came."""
    return value


@dataclass(frozen=True)
class Case:
    """One question to an answer.

    `name` says what is put in, and fits behind “Tried with”; `arguments` are handed over as copies;
    `right` is what must come out, from an oracle where there is one; `look` says where to
    look if this case is the first that fails. `ask(*answers, *arguments)` gets what came out. A grader
    runs it where a student's code runs, so it may know nothing of `right`, and compares nothing: that is for
    `then`, which makes of what came what is compared, and runs where `right` is.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    right: Any = SOLUTION
    look: str = ""
    ask: Callable[..., Any] = plain
    then: Callable[[Any], Any] = as_it_is
    rtol: float = 1e-4
    atol: float = 1e-5


class Draw:
    """Fresh numbers for one call of a check. The same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape: int, scale: float = 1.0) -> torch.Tensor:
        """Numbers around 0, of float32."""
        return scale * torch.randn(*shape, generator=self.generator)

    def whole(self, low: int, high: int, *shape: int) -> torch.Tensor:
        """Whole numbers from low to high - 1."""
        return torch.randint(low, high, shape, generator=self.generator)

    def sizes(self, count: int, low: int = 2, high: int = 9) -> list[int]:
        """Different sizes, so that a swapped axis shows."""
        return self.random.sample(range(low, high + 1), count)

    def pick(self, values: Sequence[T]) -> T:
        """One of the values."""
        return self.random.choice(values)

    def some(self, values: Sequence[T], count: int) -> list[T]:
        """Some of the values, each at most once, in random order."""
        return self.random.sample(list(values), count)

    def module(self, make: Callable[[], torch.nn.Module]) -> torch.nn.Module:
        """A module with fresh weights that are not trivial: no bias is 0, no gain is 1."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            made = make()
            with torch.no_grad():
                for weight in made.parameters():
                    if weight.dim() == 1:
                        weight += 0.3 * torch.randn(weight.shape)
        return made.eval().requires_grad_(False)


CaseMaker = Callable[[Draw], Iterator[Case]]
CASES: dict[str, CaseMaker] = {}


def cases_of(slug: str) -> Callable[[CaseMaker], CaseMaker]:
    """Register a function that yields the cases of an exercise, the most isolating first."""

    def register(maker: CaseMaker) -> CaseMaker:
        assert slug not in CASES, f"two functions make the cases of {slug}"
        CASES[slug] = maker
        return maker

    return register
