"""How much of its attention a row gives to one place: a mean over many rows, head by head."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def mean_share(
    weights: Float[Tensor, "n_layers B n_heads T S"],
    columns: Int[Tensor, "B T"],
    rows: Bool[Tensor, "B T"],
) -> Float[Tensor, "n_layers n_heads"]:
    """Each head's mean weight on the column that `columns` names for a row.

    weights: as `cross_attention` and `self_attention` give them. rows: which count.
    Raises ValueError where no row counts.
    """
    if not rows.any():
        raise ValueError("rows must have at least one row that counts, got none")
    n_layers, _, n_heads, _, _ = weights.shape
    picked = columns[None, :, None, :, None].expand(n_layers, -1, n_heads, -1, 1)
    shares = torch.gather(weights, -1, picked)[..., 0]  # (n_layers, B, n_heads, T)
    return shares.transpose(1, 2)[..., rows].mean(dim=-1)
