"""Small pictures of one coloured shape, and their captions."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

GRID, CELL, SHAPE = 4, 6, 5  # cells a side; pixels a side: of a cell, of a shape
COLOURS = {
    "red": (0.85, 0.2, 0.2),
    "blue": (0.15, 0.4, 0.85),
    "yellow": (0.95, 0.8, 0.2),
}
SHAPES = ("square", "ring", "cross")
QUARTERS = ("top left", "top right", "bottom left", "bottom right")


class Pictures(NamedTuple):
    """pixels: from 0 to 1, white where nothing is; captions: what each shows."""

    pixels: Float[Tensor, "B 3 height width"]
    captions: tuple[str, ...]


def draw_pictures(count: int, seed: int, besides: Pictures | None = None) -> Pictures:
    """So many pictures, each of one thing somewhere on a white square.

    The thing lies within one cell of the grid; the caption says colour, shape and
    quarter. besides: pictures that must not be drawn again, such as those of a training.
    """
    random = Random(f"pictures {seed}")
    kept_back = set() if besides is None else set(map(_key, besides.pixels))
    drawn: list[tuple[Tensor, str]] = []
    while len(drawn) < count:
        pixels, caption = _picture(random)
        if _key(pixels) not in kept_back:
            drawn.append((pixels, caption))
    return Pictures(torch.stack([p for p, _ in drawn]), tuple(c for _, c in drawn))


def _key(pixels: Tensor) -> bytes:
    eight_bit = (pixels.detach().cpu().float() * 255).round().byte()
    return eight_bit.numpy().tobytes()  # the same picture in any precision


def _picture(random: Random) -> tuple[Tensor, str]:
    def choose(options: Sequence):
        return options[int(random.random() * len(options))]

    colour, shape = choose(tuple(COLOURS)), choose(SHAPES)
    across, down = choose(range(GRID)), choose(range(GRID))
    left, top = (CELL * n + choose(range(CELL - SHAPE + 1)) for n in (across, down))
    pixels = torch.ones(3, GRID * CELL, GRID * CELL)
    window = pixels[:, top : top + SHAPE, left : left + SHAPE]
    window[:, stencil(shape)] = torch.tensor(COLOURS[colour])[:, None]
    quarter = QUARTERS[2 * (2 * down // GRID) + 2 * across // GRID]
    return pixels, f"{colour} {shape} {quarter}"


def stencil(shape: str) -> Bool[Tensor, "size size"]:
    """The pixels that a shape covers. Raises ValueError for another name."""
    centre = torch.arange(SHAPE) - (SHAPE - 1) / 2
    y, x = centre[:, None].abs(), centre[None, :].abs()
    if shape == "square":
        return torch.ones(SHAPE, SHAPE, dtype=torch.bool)
    if shape == "ring":
        distance = (x**2 + y**2).sqrt()
        return (distance > 1.2) & (distance < SHAPE / 2)
    if shape == "cross":
        return (x < 1) | (y < 1)
    raise ValueError(f"shape must be one of {SHAPES}, got {shape!r}")
