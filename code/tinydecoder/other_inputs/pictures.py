"""Small pictures of two coloured shapes, their captions, and their patches."""

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
    """So many pictures, each of two different things in two quarters of a white square.

    A thing lies within one cell of the grid. The caption begins with the quarter that one
    reads first. besides: pictures that must not be drawn again, such as those of a
    training.
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
    return pixels.numpy().tobytes()


def _picture(random: Random) -> tuple[Tensor, str]:
    def choose(options: Sequence):
        return options[int(random.random() * len(options))]

    things = [(colour, shape) for colour in COLOURS for shape in SHAPES]
    first = choose(things)
    second = choose([thing for thing in things if thing != first])
    where = choose(range(len(QUARTERS) - 1))
    quarters = where, choose(range(where + 1, len(QUARTERS)))
    pixels = torch.ones(3, GRID * CELL, GRID * CELL)
    for quarter, (colour, shape) in zip(quarters, (first, second), strict=True):
        corner = quarter // 2, quarter % 2
        top, left = (
            CELL * (GRID // 2 * n + choose(range(GRID // 2)))
            + choose(range(CELL - SHAPE + 1))
            for n in corner
        )
        window = pixels[:, top : top + SHAPE, left : left + SHAPE]
        window[:, stencil(shape)] = torch.tensor(COLOURS[colour])[:, None]
    parts = zip((first, second), quarters, strict=True)
    return pixels, " and ".join(f"{' '.join(t)} {QUARTERS[q]}" for t, q in parts)


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
