"""What the checks of chapter 00 try: shapes, norms, shares, losses and slopes."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of


@cases_of("shape-of-product")
def shape_of_product(draw: Draw) -> Iterator[Case]:
    """A pair that fits, pairs that do not, a square table, a batch."""
    B, T, d, k = draw.sizes(4, 2, 12)

    def case(name: str, left: tuple, right: tuple, look: str) -> Case:
        try:
            shape = tuple((torch.zeros(left) @ torch.zeros(right)).shape)
        except RuntimeError:
            shape = None
        return Case(f"{name}, {left} and {right}", (left, right), shape, look)

    yield case(
        "two tables",
        (T, d),
        (d, k),
        f"a row of {d} numbers meets a column of {d}. How many rows are there, how many columns?",
    )
    yield case(
        "the same two the other way round",
        (d, k),
        (T, d),
        f"a row of the left table has {k} numbers, a column of the right one {T}: they cannot meet.",
    )
    yield case(
        "two of one shape",
        (T, d),
        (T, d),
        f"a row of the left table has {d} numbers, a column of the right one {T}.",
    )
    yield case(
        "shares and a sentence", (T, T), (T, d), "this is the product that mixes rows."
    )
    yield case(
        f"a batch of {B}",
        (B, T, d),
        (d, k),
        "`@` works on the last two axes, and leaves those in front alone.",
    )


def _or_none(value: Any, use: Callable[[Any], Any]) -> Any:
    return None if value is None else use(value)


def _theirs(x: Tensor) -> Tensor:
    return (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True)


@cases_of("torch-var")
def torch_var(draw: Draw) -> Iterator[Case]:
    """What becomes of rows that were normed with the wrong variance."""
    wide = draw.pick([64, 128, 512])
    for d in (2, draw.random.randint(3, 7), wide):
        x = draw.normal(4, d)
        yield Case(
            f"rows of {d} numbers",
            (x,),
            F.layer_norm(x, (d,), eps=0.0),
            f"the sum of squares was divided by {d - 1}, and should have been by {d}; a norm takes the root.",
            lambda factor, x: _or_none(factor(x.size(-1)), lambda by: by * _theirs(x)),
        )


@cases_of("mean-so-far")
def mean_so_far(draw: Draw) -> Iterator[Case]:
    """The rows that come of it: one, two, more."""
    T, d = draw.sizes(2, 3, 8)

    def case(name: str, T: int, look: str) -> Case:
        X = draw.normal(T, d)
        so_far = X.cumsum(dim=0) / torch.arange(1, T + 1)[:, None]

        def ask(mixer: Any, X: Tensor) -> Any:
            return _or_none(mixer(len(X)), lambda A: torch.as_tensor(A).to(X) @ X)

        return Case(name, (X,), so_far, look, ask)

    yield case(
        "a sentence of one word",
        1,
        "its mean is the word itself, so the table is [[1]].",
    )
    yield case("two words", 2, "row 0 keeps to itself, row 1 takes half of each.")
    yield case(f"{T} words", T, "row i has i + 1 shares that are not 0, all equal.")


@cases_of("loss-of-a-thousand")
def loss_of_a_thousand(draw: Draw) -> Iterator[Case]:
    """Equal scores, any scores, then large and distant ones."""
    n = draw.random.randint(3, 8)
    scores = draw.normal(n)
    far = torch.tensor([1000.0, 0.0])

    def case(name: str, scores: Tensor, right: int, look: str) -> Case:
        loss = F.cross_entropy(scores, torch.tensor(right))
        return Case(name, (scores, right), loss, look)

    yield case(
        f"{n} scores of 0",
        torch.zeros(n),
        draw.random.randrange(n),
        f"each share is 1 / {n}; the loss is minus its logarithm.",
    )
    lowest = int(scores.argmin())
    yield case(
        f"{n} scores, the lowest one right",
        scores,
        lowest,
        "the share, then minus its logarithm.",
    )
    yield case(
        "the same scores and 1,000 more",
        scores + 1000,
        lowest,
        "`exp` overflows above 88 in float32. What may be subtracted from all scores?",
    )
    yield case("(1000, 0), the first right", far, 0, "a share of 1 has no loss.")
    yield case(
        "(1000, 0), the second right",
        far,
        1,
        "the share is too small to be stored, but its logarithm is not. Take it on paper.",
    )


@cases_of("slopes-by-nudging")
def slopes_by_nudging(draw: Draw) -> Iterator[Case]:
    """A line of one number, of several, then curves."""
    n = draw.random.randint(3, 6)
    steep, table = draw.normal(n).double(), draw.normal(n, n).double()
    x, hot = draw.normal(n).double(), draw.random.randrange(n)
    three = 3 * steep[:1].sign()

    def loss(x: Tensor) -> Tensor:
        return -x.softmax(dim=-1)[hot].log()

    def ask(slopes: Any, *given: Any) -> Any:
        found = slopes(*given)
        listed = isinstance(found, list | tuple)
        return torch.stack([torch.as_tensor(v) for v in found]) if listed else found

    def case(
        name: str, f: Any, x: Tensor, nudge: float, right: Tensor, look: str
    ) -> Case:
        return Case(f"{name}, nudged by {nudge:.5g}", (f, x, nudge), right, look, ask)

    look = "the change of `f`, divided by how far you went from one side to the other."
    name = "a straight line of one number"
    yield case(name, lambda x: (three * x).sum(), x[:1], 0.5, three, look)
    look = "nudge one number, and leave the others as they are."
    name = f"a straight line of {n} numbers"
    yield case(name, lambda x: (steep * x).sum(), x, 0.25, steep, look)
    look = "nudge both ways, and from a fresh `x` each time."
    right = (table + table.T) @ x
    yield case("a curve", lambda x: x @ table @ x, x, 0.5, right, look)
    look = "a line and a square were right: does the code keep float64?"
    right = x.softmax(dim=-1) - F.one_hot(torch.tensor(hot), n)
    yield case("the loss of a softmax", loss, x, 1e-5, right, look)


@cases_of("downhill")
def downhill(draw: Draw) -> Iterator[Case]:
    """No step, one step, then several."""
    n = draw.random.randint(3, 6)
    scores, right = draw.normal(n), draw.random.randrange(1, n)
    rate, steps = draw.pick([0.3, 0.5, 2.0]), draw.random.randint(4, 7)

    def case(name: str, right: int, rate: float, steps: int, look: str) -> Case:
        there = scores
        for _ in range(steps):
            at = there.clone().requires_grad_()
            with torch.enable_grad():
                loss = F.cross_entropy(at, torch.tensor(right))
            there = there - rate * torch.autograd.grad(loss, at)[0]
        return Case(name, (scores, right, rate, steps), there, look)

    yield case(
        "one step at rate 1, the first word right",
        0,
        1.0,
        1,
        "this is the step of the chapter: the scores minus the gradient.",
    )
    yield case(
        f"one step, word {right} right",
        right,
        1.0,
        1,
        "is the loss that of word `right`?",
    )
    yield case(
        f"one step at rate {rate:g}",
        right,
        rate,
        1,
        "the rate multiplies the gradient.",
    )
    yield case("no step", right, rate, 0, "with no step the scores stay as they are.")
    yield case(
        f"{steps} steps",
        right,
        rate,
        steps,
        "one step was right: is the gradient found anew in each, and nothing left of the one before?",
    )
