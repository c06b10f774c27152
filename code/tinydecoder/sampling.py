"""Which token comes next, given how likely each is: the best, or one at random."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

# From the log-probabilities of the next token, (B, vocab_size), one id a row, (B,).
Choose = Callable[[Tensor], Tensor]


def greedy(log_probabilities: Float[Tensor, "B vocab_size"]) -> Int[Tensor, " B"]:
    """The most likely token of each row."""
    return log_probabilities.argmax(dim=-1)


def sample(
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float = 1.0,
    generator: torch.Generator | None = None,
) -> Choose:
    """A choice at random, each token as often as next_token_probabilities says."""
    _check(temperature, top_k, top_p)

    def choose(log_probabilities: Tensor) -> Tensor:
        chances = next_token_probabilities(log_probabilities, temperature, top_k, top_p)
        return torch.multinomial(chances, 1, generator=generator)[:, 0]

    return choose


def next_token_probabilities(
    logits: Float[Tensor, "B vocab_size"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float = 1.0,
) -> Float[Tensor, "B vocab_size"]:
    """softmax(logits / temperature) over the tokens that are let in; the others get 0.

    logits: or log-probabilities, which differ by a constant a row. temperature: above 0;
    below 1 sharpens, above 1 flattens. top_k: lets in the k most likely (Fan et al.
    2018). top_p: lets in the fewest tokens that together have at least this
    probability, from the most likely down (Holtzman et al. 2020, section 3.1).

    Raises ValueError for a value out of range.
    """
    _check(temperature, top_k, top_p)
    scaled, order = (logits / temperature).sort(dim=-1, descending=True, stable=True)
    if top_k is not None:
        scaled[:, top_k:] = -torch.inf
    chances = scaled.softmax(dim=-1)
    before = chances.cumsum(dim=-1) - chances  # what the more likely tokens have
    chances = chances.masked_fill(before >= top_p, 0.0)
    chances = chances / chances.sum(dim=-1, keepdim=True)
    return torch.zeros_like(chances).scatter(-1, order, chances)


def _check(temperature: float, top_k: int | None, top_p: float) -> None:
    if not temperature > 0:
        raise ValueError(
            f"temperature must be above 0, got {temperature}; greedy is its limit at 0"
        )
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k must be at least 1, got {top_k}")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}")
