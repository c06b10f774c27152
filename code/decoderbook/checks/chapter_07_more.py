"""What the checks of chapter 07 try, second half: the way back, the sum, and what follows a norm."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import ModelConfig, Residual


@cases_of("way-back")
def way_back(draw: Draw) -> Iterator[Case]:
    """Real sublayers, and what autograd says of the whole stack."""
    d = draw.pick([3, 4, 5])

    def case(name: str, n: int, look: str) -> Case:
        maps = [draw.normal(d, d, scale=0.7) for _ in range(n)]
        row, jacobians = draw.normal(d, scale=0.5), []

        def stack(row: Tensor) -> Tensor:
            for W in maps:
                row = row + torch.tanh(W @ row)
            return row

        whole, at = torch.autograd.functional.jacobian(stack, row), row
        for W in maps:
            jacobians.append((1 - torch.tanh(W @ at).square())[:, None] * W)
            at = at + torch.tanh(W @ at)
        return Case(name, (jacobians,), whole, look)

    yield case(
        "one sublayer",
        1,
        "the identity and the sublayer's own derivative: `torch.eye(d) + J`.",
    )
    yield case(
        "two sublayers",
        2,
        "one after the other: multiply the two `I + J`. Which stands on the right?",
    )
    yield case("four sublayers", 4, "each has an identity of its own.")


@cases_of("sum-of-terms")
def sum_of_terms(draw: Draw) -> Iterator[Case]:
    """No sublayer, one, and more; the package's Residual says what is added."""
    T, half = draw.sizes(2, 3, 6)
    d = 2 * half
    x = 1 + 2 * draw.normal(T, d)

    def case(name: str, n: int, look: str, plain: bool = False) -> Case:
        frames = draw.module(
            lambda: nn.ModuleList(
                Residual(ModelConfig(d, 1, norm="pre")) for _ in range(n)
            )
        )
        maps = [draw.normal(d, d, scale=1 / d**0.5) for _ in range(n)]
        sublayers = [lambda rows, W=W: torch.tanh(rows @ W) + 0.5 for W in maps]
        norms = [lambda rows, norm=frame.norm: norm(rows) for frame in frames]
        if plain:
            norms = [lambda rows: rows] * n
        terms, rows = [x], x
        for frame, sublayer in zip(frames, sublayers, strict=True):
            if plain:
                frame.norm = nn.Identity()
            after = frame(rows[None], sublayer)[0]
            terms.append(after - rows)
            rows = after
        return Case(name, (x, sublayers, norms), terms, look, atol=1e-4)

    yield case("no sublayer", 0, "one term is there all the same: what went in.")
    yield case(
        "one sublayer, and a norm that does nothing",
        1,
        "first what went in, then what was added: what the sublayer says to what went in.",
        True,
    )
    yield case(
        "two sublayers, and norms that do nothing",
        2,
        "the second one reads the sum of both terms.",
        True,
    )
    yield case(
        "one sublayer", 1, "the norm stands before the sublayer, and nowhere else."
    )
    yield case("four sublayers", 4, "each reads the sum so far, through its own norm.")


@cases_of("fold-the-gain")
def fold_the_gain(draw: Draw) -> Iterator[Case]:
    """A square map, with one thing after the other to take over; then one that is not square."""
    n, d, out = draw.sizes(3, 3, 8)

    def asked(fold: object, rows: Tensor, *weights: Tensor) -> Tensor:
        pair, W = fold(*weights), weights[0]
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError("my_fold returns two tensors, (W2, c2)")
        W2, c2 = pair
        if W2.shape != W.shape:
            raise ValueError(f"W2 has shape {tuple(W2.shape)}; W had {tuple(W.shape)}")
        return F.linear(rows, W2, c2)

    def case(
        name: str, d_out: int, c: float, gain: float, bias: float, look: str
    ) -> Case:
        W, rows = draw.normal(d_out, d), 2 * draw.normal(n, d) + 1
        learned = 1 + gain * draw.normal(d).abs(), bias * draw.normal(d)
        weights = W, c * draw.normal(d_out), *learned
        right = F.linear(F.layer_norm(rows, (d,), *learned), *weights[:2])
        return Case(
            name, (F.layer_norm(rows, (d,)), *weights), right, look, asked, atol=1e-4
        )

    yield case(
        "gain 1 and bias 0",
        d,
        1,
        0,
        0,
        "nothing to take over: the map stays as it is, its constant too.",
    )
    yield case(
        "a gain, no bias and no constant",
        d,
        0,
        1,
        0,
        "the gain multiplies features that go in: the last axis of `W`.",
    )
    yield case(
        "a gain and a constant, no bias",
        d,
        1,
        1,
        0,
        "does the constant depend on the row, so that the gain could meet it?",
    )
    yield case(
        "a bias, gain 1 and no constant",
        d,
        0,
        0,
        1,
        "what does the map make of the bias alone?",
    )
    yield case(
        "gain, bias and constant",
        d,
        1,
        1,
        1,
        "the bias comes after the gain. Which `W` does it go through?",
    )
    yield case(
        f"a map from {d} to {out} features",
        out,
        1,
        1,
        1,
        "`W` is (out, in); gain and bias have a number for each feature that goes in.",
    )
