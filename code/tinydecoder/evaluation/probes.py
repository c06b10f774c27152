"""A linear probe: what a single matrix can read off rows."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot


def probe_accuracy(rows: Float[Tensor, "n d"], labels: Sequence[str]) -> float:
    """The share, from 0 to 1, of labels that a matrix reads off the second half of the
    rows, after it was fitted on the first half.

    The fit is least squares to one-hot labels, by features of mean 0 and deviation 1;
    one added to the diagonal (ridge) keeps it solvable and its numbers small. Raises
    ValueError unless there is a label for each of at least four rows.
    """
    if not len(rows) == len(labels) >= 4:
        raise ValueError(f"{len(rows)} rows, at least 4, and {len(labels)} labels")
    names = sorted({*labels})
    y = torch.tensor([names.index(label) for label in labels])
    half = len(rows) // 2
    first = rows[:half]
    x = (rows - first.mean(0)) / first.std(0).clamp(min=1e-9)
    a, b = x[:half], one_hot(y[:half], len(names)).to(x)
    ridge = torch.eye(a.size(1)).to(x)
    matrix = torch.linalg.solve(a.T @ a + ridge, a.T @ b)  # (d, labels)
    return ((x[half:] @ matrix).argmax(1) == y[half:]).double().mean().item()
