"""The influence map: which outputs of a model change when one input changes."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


@torch.no_grad()
def influence(
    function: Callable[[Tensor], Tensor], x: Float[Tensor, "T d"], nudge: float = 1.0
) -> Float[Tensor, "T_out T"]:
    """Entry [i, j]: the largest change in output row i when input row j is nudged.

    function maps a batch (B, T, d) to (B, T_out, d_out) and must treat the batch's
    members alone and the same way each time (switch dropout off with eval()). A causal
    function has zeros above the diagonal. A zero says that this nudge, at this x, had
    no effect: a proof that something leaks needs one number, a proof that nothing does
    needs the mask's algebra as well.
    """
    length, features = x.shape
    # Not the same number in every feature: a layer norm would not see that.
    direction = torch.linspace(-nudge, nudge, features, dtype=x.dtype, device=x.device)
    before = function(x[None])[0]  # (T_out, d_out)
    columns = []
    for j in range(length):
        nudged = x.clone()
        nudged[j] += direction
        # A batch of one, as before: another size may round differently.
        after = function(nudged[None])[0]
        columns.append((after - before).abs().amax(dim=-1))
    return torch.stack(columns, dim=1)


def leaks(
    change: Float[Tensor, "T T"], tolerance: float = 0.0
) -> list[tuple[int, int]]:
    """Every (output, input) pair in which an output changed with a later input."""
    later = torch.triu(change > tolerance, diagonal=1)
    return [(int(i), int(j)) for i, j in later.nonzero()]
