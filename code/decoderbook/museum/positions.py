"""The room of positions: where a token stands."""

import torch
from torch import Tensor, nn

from tinydecoder import embedding
from tinydecoder.embedding import sinusoidal_positional_encoding


def encoding_1(
    positions: Tensor,
    d_model: int,
    base: float = 10_000.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Sine where the index is even, cosine where it is odd; one frequency a pair."""
    features = torch.arange(d_model, dtype=torch.float64, device=positions.device)
    frequencies = base ** -(features // 2 * 2 / d_model)
    angles = positions.double()[:, None] * frequencies  # (T, d_model)
    even = positions[:, None] % 2 == 0
    return torch.where(even, angles.sin(), angles.cos()).to(dtype)


def encoding_2(
    positions: Tensor,
    d_model: int,
    base: float = 10_000.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """PE(p, 2i) = sin(p / base^(2i / d_model)), PE(p, 2i + 1) = cos of the same angle."""
    place = positions.double()[:, None]  # (T, 1)
    i = torch.arange(0, d_model, 2, dtype=torch.float64, device=positions.device)
    sines = torch.sin(place / base ** (2 * i / d_model))
    cosines = torch.cos(place / base ** (2 * (i + 1) / d_model))
    return torch.stack((sines, cosines), dim=-1).flatten(start_dim=1).to(dtype)


class Embedding(embedding.Embedding):
    """Token embedding and positional encoding, added."""

    def __init__(self, vocab_size: int, d_model: int):
        super().__init__(vocab_size, d_model)
        nn.init.xavier_uniform_(self.token.weight)

    def forward(self, ids: Tensor, past: int = 0) -> Tensor:
        rows = self.token(ids)  # (B, T, d_model)
        positions = torch.arange(past, past + ids.size(1), device=ids.device)
        encoding = sinusoidal_positional_encoding(
            positions, self.d_model, dtype=rows.dtype
        )
        return rows + encoding
