"""A vector for each word, from counting which words stand near it; nothing is trained."""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def word_vectors(
    texts: Iterable[Sequence[str]], width: int, window: int = 3
) -> tuple[list[str], Float[Tensor, "V width"]]:
    """The words in order, and a row of length 1 for each.

    Counts the pairs of words at most window apart, takes the positive pointwise mutual
    information max(0, log p(a, b) / p(a) p(b)) and keeps the width strongest directions
    of that matrix. Raises ValueError for a width above the number of words.
    Source: Levy and Goldberg 2014, section 4.2 (SVD of the shifted PPMI matrix, shift 0).
    """
    texts = [list(text) for text in texts]
    words = sorted({word for text in texts for word in text})
    if not 1 <= width <= len(words):
        raise ValueError(f"width must be from 1 to {len(words)} words, got {width}")
    place = {word: i for i, word in enumerate(words)}
    pairs = [
        (place[text[i]], place[text[j]])
        for text in texts
        for i in range(len(text))
        for j in range(max(0, i - window), min(len(text), i + window + 1))
        if i != j
    ]
    counts = torch.zeros(len(words), len(words), dtype=torch.float64)
    at = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).T
    ones = torch.ones(at.size(1), dtype=torch.float64)
    counts.index_put_(tuple(at), ones, accumulate=True)
    expected = counts.sum(1, keepdim=True) * counts.sum(0) / max(counts.sum(), 1)
    information = (counts / expected.clamp(min=1e-12)).log().clamp(min=0)
    directions, strengths, _ = torch.linalg.svd(information)
    rows = directions[:, :width] * strengths[:width].sqrt()
    return words, torch.nn.functional.normalize(rows, dim=-1)
