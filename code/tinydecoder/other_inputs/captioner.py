"""The decoder on pictures: patches are the rows that the encoder makes a memory of."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from tinydecoder.config import ModelConfig
from tinydecoder.embedding import sinusoidal_positional_encoding
from tinydecoder.model import Transformer, evaluating
from tinydecoder.text.tokenizer import END, PAD, START


def cut_patches(
    pixels: Float[Tensor, "B 3 height width"], size: int
) -> Float[Tensor, "B N features"]:
    """Each picture as N patches of size × size pixels, in the order in which one reads.

    A patch is a row of features = 3 · size² numbers, all of one colour channel first.
    Raises ValueError where size does not divide height and width.
    Source: Dosovitskiy et al. 2021, section 3.1.
    """
    height, width = pixels.shape[2:]
    if size < 1 or height % size or width % size:
        raise ValueError(
            f"size must divide the picture's {height} × {width} pixels, got {size}"
        )
    cut = pixels.unfold(2, size, size).unfold(3, size, size)
    ordered = cut.permute(0, 2, 3, 1, 4, 5)  # (B, rows, columns, 3, size, size)
    return ordered.flatten(3).flatten(1, 2)  # (B, N, features)


def grid_positional_encoding(
    rows: int, columns: int, d_model: int, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "N d_model"]:
    """One row for each place of a grid, N = rows · columns, in the order in which one reads.

    The first half of the features encodes the place's row, the second half its column.
    d_model: a multiple of 4, or ValueError: each half is made of pairs.
    """
    if d_model < 4 or d_model % 4:
        raise ValueError(f"d_model must be a multiple of 4, got {d_model}")
    halves = (
        sinusoidal_positional_encoding(torch.arange(count), d_model // 2, dtype=dtype)
        for count in (rows, columns)
    )
    down, across = halves
    down = down.repeat_interleave(columns, dim=0)  # (N, d_model / 2)
    across = across.repeat(rows, 1)  # (N, d_model / 2)
    return torch.cat([down, across], dim=-1)


class PatchRows(nn.Module):
    """Linear(features, d_model) of each patch + the encoding of its place.

    placed: without it no place is added, and the patches are a bag. Raises ValueError
    for a d_model that is no multiple of 4, or as many patches as the grid has not.
    """

    def __init__(
        self, features: int, grid: tuple[int, int], d_model: int, placed: bool = True
    ):
        super().__init__()
        grid_positional_encoding(*grid, d_model)  # what cannot be is said at once
        self.linear = nn.Linear(features, d_model)
        self.grid, self.placed = grid, placed

    def forward(
        self, patches: Float[Tensor, "B N features"]
    ) -> Float[Tensor, "B N d_model"]:
        rows = self.linear(patches)
        if not self.placed:
            return rows
        places = grid_positional_encoding(*self.grid, rows.size(-1), rows.dtype)
        if len(places) != rows.size(1):
            raise ValueError(
                f"a grid of {self.grid} has {len(places)} patches, got {rows.size(1)}"
            )
        return rows + places.to(rows.device)


class Captioner(Transformer):
    """A Transformer whose source is a picture: only how its memory is made differs."""

    def __init__(self, config: ModelConfig, vocab_size: int, source_rows: nn.Module):
        super().__init__(config, source_vocab_size=1, target_vocab_size=vocab_size)
        self.source_embedding = source_rows  # the table of source tokens is not needed

    def forward(
        self, picture: Float[Tensor, "B N features"], target_ids: Int[Tensor, "B T"]
    ) -> Float[Tensor, "B T vocab_size"]:
        """Logits of the caption's tokens; no patch is padding."""
        return self.decode(target_ids, self.encode(picture))

    def encode(
        self, picture: Float[Tensor, "B N features"]
    ) -> Float[Tensor, "B N d_model"]:
        """The memory: one row for each patch."""
        return self.encoder(self._drop(self.source_embedding(picture)))


def caption_loss(
    model: Captioner, picture: Float[Tensor, "B N features"], ids: Int[Tensor, "B T"]
) -> Float[Tensor, ""]:
    """The mean cross-entropy of the real tokens after START, in nats (teacher forcing)."""
    logits = model(picture, ids[:, :-1])
    return F.cross_entropy(logits.mT, ids[:, 1:], ignore_index=PAD)


def write_captions(
    model: Captioner, pictures: Float[Tensor, "B N features"], limit: int = 16
) -> list[list[int]]:
    """The likeliest token, one after the other, for each picture: ids without START and END."""
    with evaluating(model), torch.inference_mode():
        memory = model.encode(pictures)
        ids = torch.full((len(pictures), 1), START, device=pictures.device)
        for _ in range(limit):
            logits = model.decode(ids, memory)[:, -1:]
            ids = torch.cat([ids, logits.argmax(dim=-1)], dim=1)
    rows = ids[:, 1:].tolist()
    return [row[: row.index(END)] if END in row else row for row in rows]
