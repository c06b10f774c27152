"""What the checks of chapter 10 try, continued: gradients in pieces, and a leak."""

import copy
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import END, START, ModelConfig, Transformer, pad, sum_of_losses
from tinydecoder import model as decoding


class _Small(nn.Module):
    """A translator of three weights: enough to have gradients, and quick."""

    def __init__(self) -> None:
        super().__init__()
        self.source, self.target = nn.Embedding(20, 5), nn.Embedding(30, 5)
        self.output = nn.Linear(5, 30)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        return self.output(
            self.target(target) + self.source(source).mean(1, keepdim=True)
        )


def _gradient(model: nn.Module) -> Tensor:
    found = [weight.grad for weight in model.parameters()]
    if any(gradient is None for gradient in found):
        raise RuntimeError(
            "a weight has no gradient, as if `backward()` had never been called"
        )
    return torch.cat([gradient.flatten() for gradient in found])


@cases_of("in-pieces")
def in_pieces(draw: Draw) -> Iterator[Case]:
    """One piece, old gradients, two pieces of different size, padding."""
    made = draw.module(_Small).double()

    def piece(*lengths: int) -> tuple[Tensor, Tensor]:
        source = pad([draw.whole(3, 20, n + 1).tolist() for n in lengths])
        target = pad([[START, *draw.whole(3, 30, n).tolist(), END] for n in lengths])
        return source, target

    def case(name: str, batches: list, look: str, old: float | None = None) -> Case:
        def ask(my_gradients: Any, batches: list) -> tuple[Tensor, list[Tensor]]:
            model = copy.deepcopy(made).requires_grad_(True)
            if old is not None:
                for weight in model.parameters():
                    weight.grad = torch.full_like(weight, old)
            my_gradients(model, batches)
            return _gradient(model), [w.detach() for w in model.parameters()]

        def then(found: tuple[Tensor, list[Tensor]]) -> Tensor:
            gradient, weights = found
            pairs = zip(weights, made.parameters(), strict=True)
            if not all(torch.equal(ours, before) for ours, before in pairs):
                raise RuntimeError(
                    "the weights have changed, and no step was asked for"
                )
            return gradient

        model = copy.deepcopy(made).requires_grad_(True)
        sums, counts = zip(*(sum_of_losses(model, *b) for b in batches), strict=True)
        (sum(sums) / sum(counts)).backward()
        return Case(name, (batches,), _gradient(model), look, ask, then)

    short, long = draw.sizes(2, 2, 4)[0], draw.pick([7, 8, 9])
    yield case(
        f"one piece of {short + 1} tokens",
        [piece(short)],
        "one piece is one batch: the gradient of its mean loss.",
    )
    yield case(
        "one piece, and an old gradient of 3 in every weight",
        [piece(short)],
        "what lay in `.grad` before must be gone.",
        3.0,
    )
    yield case(
        f"two pieces of {short + 1} and {long + 1} tokens",
        [piece(short), piece(long)],
        "one piece was right. Does every token of the larger piece count as much as one of the smaller?",
    )
    yield case(
        "two pieces with padding",
        [piece(short, long), piece(long - 2)],
        "PAD is no token, and START is nobody's label.",
    )


def _table_model(
    draw: Draw, T: int, reads: Tensor, small: Tensor | None = None
) -> Callable:
    """A model whose row i sees the token j as much as `reads[i, j]` says, and what is in
    `small` a thousand times less.
    """
    table = draw.normal(12, 12)
    seen = reads.float() + (0.001 * small.float() if small is not None else 0.0)

    def model(source: Tensor, target: Tensor) -> Tensor:
        length = target.size(1)
        mixed = seen[:length, :length] @ table[target]  # (B, T, vocab_size)
        return mixed + table[source].mean(dim=1, keepdim=True)

    return model


@cases_of("looks-ahead")
def looks_ahead(draw: Draw) -> Iterator[Case]:
    """Honest models first, then leaks that are ever harder to find."""
    B, T, S = draw.sizes(3, 4, 6)
    honest = torch.ones(T, T).tril()
    one_place, near, far = torch.zeros(3, T, T)
    one_place[:-1, 1:] = torch.eye(T - 1)
    near[0, 2] = far[1, -1] = 1.0
    package = draw.module(lambda: Transformer(ModelConfig(8, 2, 12, 1), 12, 12))

    def open_mask(length: int, device: Any = None, past: int = 0) -> Tensor:
        return torch.ones(length, past + length, dtype=torch.bool, device=device)

    def without_mask(*ids: Tensor) -> Tensor:
        with patch.object(decoding, "causal_mask", open_mask):
            return package(*ids)

    def table(reads: Tensor, small: Tensor | None = None) -> Callable:
        return _table_model(draw, T, reads, small)

    accused = (
        "a row may read its own token and those before it. Which rows are compared?"
    )
    label, every = (
        "row i must not see token i + 1, its label.",
        "any row may look, at any later token.",
    )
    models = [
        (
            "a model in which each row reads all before it",
            table(honest),
            False,
            accused,
        ),
        (
            "a model that never reads a row's own token",
            table(honest.tril(-1)),
            False,
            accused,
        ),
        ("the package's decoder", package, False, accused),
        ("the package's decoder without its causal mask", without_mask, True, every),
        (
            "a mask that lets one row too many through",
            table(honest + one_place),
            True,
            label,
        ),
        (
            "a model in which row 0 alone sees row 2",
            table(honest + near),
            True,
            every,
        ),
        (
            "a model in which row 1 alone sees the last row",
            table(honest + far),
            True,
            every,
        ),
        (
            "a model that sees its labels faintly",
            table(honest, one_place),
            True,
            "small is not none.",
        ),
    ]
    arguments = draw.whole(3, 12, B, S), draw.whole(3, 12, B, T)
    for name, model, right, look in models:

        def ask(my_looks_ahead: Any, *ids: Tensor, model: Callable = model) -> Any:
            return my_looks_ahead(model, *ids)

        yield Case(name, arguments, right, look, ask)
