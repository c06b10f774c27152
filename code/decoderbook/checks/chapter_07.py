"""What the checks of chapter 07 try: residuals and layer norm."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from decoderbook.checks import chapter_07_more  # noqa: F401, its cases are registered too
from decoderbook.checks.cases import Case, Draw, cases_of


@cases_of("norm-of-another")
def norm_of_another(draw: Draw) -> Iterator[Case]:
    """The one row that is asked for."""
    row = 7 - 10 * torch.tensor([1.0, 2.0, 3.0, 6.0])
    yield Case(
        "what PyTorch's layer norm makes of it",
        right=F.layer_norm(row, (4,)),
        look="what is left of the 7 after the mean is gone, and of the −10 after the size is gone?",
        rtol=1e-3,
        atol=1e-3,
    )


@cases_of("rows-grow")
def rows_grow(draw: Draw) -> Iterator[Case]:
    """Terms at right angles, so that nothing is left to chance: added, and measured."""

    def case(n: int, change: float, look: str) -> Case:
        d_model = 64
        apart = torch.linalg.qr(draw.normal(d_model, n + 1).double()).Q * d_model**0.5
        row = apart[:, 0] + change * apart[:, 1:].sum(dim=1)
        size = row.square().mean().sqrt().item()
        some = f"{n} sublayer{'s' if n > 1 else ''}"
        return Case(f"{some} and changes of size {change:g}", (n, change), size, look)

    n, many = draw.pick([5, 6, 7]), draw.pick([40, 44, 46])
    yield case(n, 0.0, "nothing is added: the size stays 1.")
    yield case(1, 1.0, "two independent terms of size 1. Their mean squares add up.")
    yield case(many, 1.0, "each sublayer adds the same to the mean square.")
    yield case(
        n, draw.pick([0.3, 0.5, 2.0]), "the square of `change` is what is added."
    )


@cases_of("own-layer-norm")
def own_layer_norm(draw: Draw) -> Iterator[Case]:
    """One row plain, then gain and bias, then more axes, then rows of almost equal numbers."""
    B, T, d = draw.sizes(3, 3, 8)
    gain, bias = 1 + 0.5 * draw.normal(d), draw.normal(d)
    plain = torch.ones(d), torch.zeros(d)

    def case(
        name: str,
        x: Tensor,
        look: str,
        learned: tuple[Tensor, Tensor] = (gain, bias),
        atol: float = 2e-3,
    ) -> Case:
        return Case(
            name, (x, *learned), F.layer_norm(x, (d,), *learned), look, atol=atol
        )

    yield case(
        "one row, gain 1 and bias 0",
        2 + 2 * draw.normal(d),
        "mean 0, and the mean of the squares 1. Write the axis as -1.",
        plain,
    )
    yield case(
        "one row with gain and bias",
        2 * draw.normal(d),
        "first the gain multiplies, then the bias is added.",
    )
    table = 2 * draw.normal(T, d) * torch.arange(1, T + 1)[:, None] + draw.normal(T, 1)
    yield case(
        f"{T} rows", table, "each row has its own mean and variance. Is the axis kept?"
    )
    yield case(
        "three axes",
        2 * draw.normal(B, T, d) + draw.normal(B, T, 1),
        "write the axis as -1.",
    )
    yield case(
        "a row of equal numbers",
        torch.full((d,), 0.5),
        "its variance is 0: what is left to divide by?",
        atol=1e-5,
    )
    yield case(
        "a row of almost equal numbers",
        1e-3 * draw.normal(d),
        "ε stands under the root, beside the variance.",
        atol=1e-5,
    )
