"""From token ids to the rows of the first layer: what a token is, and where it stands."""

import math
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def sinusoidal_positional_encoding(
    positions: Float[Tensor, " T"] | Int[Tensor, " T"],
    d_model: int,
    base: float = 10_000.0,
    dtype: torch.dtype = torch.float32,
) -> Float[Tensor, "T d_model"]:
    """PE(p, 2i) = sin(p / base^(2i/d_model)), PE(p, 2i+1) = cos of the same angle.

    positions: one number a row, counted from 0; any real number will do, such as a time
    stamp.
    d_model: features of a row, an even number.
    base: sets the longest wavelength, 2π · base^((d_model - 2) / d_model) positions.

    Raises ValueError for an odd d_model. The angles are computed in float64 whatever
    dtype the result has, so that far positions stay exact.
    Source: Vaswani et al. 2017, section 3.5.
    """
    if d_model < 2 or d_model % 2:
        raise ValueError(f"d_model must be an even number of at least 2, got {d_model}")
    even_features = torch.arange(
        0, d_model, 2, dtype=torch.float64, device=positions.device
    )
    frequencies = base ** (-even_features / d_model)
    angles = positions.double()[:, None] * frequencies
    pairs = torch.stack((angles.sin(), angles.cos()), dim=-1)  # (T, d_model / 2, 2)
    return pairs.flatten(start_dim=1).to(dtype)  # (T, d_model)


@lru_cache(maxsize=8)
def _encoding_table(
    length: int, d_model: int, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """The encoding of the first positions, kept: a step of writing needs one row of it."""
    with torch.inference_mode(False):  # else a later training could not use it
        positions = torch.arange(length, device=device)
        return sinusoidal_positional_encoding(positions, d_model, dtype=dtype)


class Embedding(nn.Module):
    """Token embedding × √d_model + positional encoding.

    The table holds one row for each id of the vocabulary; the position is added, not
    learned, and nothing here knows a greatest length. The table starts with spread
    1/√d_model: × √d_model its rows have that of the encoding, and as an output layer it
    gives logits of spread 1. Source: Vaswani et al. 2017, sections 3.4 and 3.5.
    """

    def __init__(self, vocab_size: int, d_model: int):
        super().__init__()
        self.token = nn.Embedding(vocab_size, d_model)
        nn.init.normal_(self.token.weight, std=d_model**-0.5)
        self.d_model = d_model

    def forward(
        self, ids: Int[Tensor, "B T"], past: int = 0
    ) -> Float[Tensor, "B T d_model"]:
        """past: how many tokens stand before these, 0 at the start of a text."""
        rows = self.token(ids)  # (B, T, d_model)
        end = past + ids.size(1)
        # Tables of 1, 2, 4, 8 … rows: few of them, for any length.
        room = 1 << max(end - 1, 0).bit_length()
        table = _encoding_table(room, self.d_model, rows.dtype, rows.device)
        encoding = table[past:end]  # (T, d_model)
        return rows * math.sqrt(self.d_model) + encoding
