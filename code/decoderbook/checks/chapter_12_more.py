"""What the checks of chapter 12 try, continued: times, places, and pictures."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import sinusoidal_positional_encoding
from tinydecoder.other_inputs.captioner import cut_patches


def as_numbers(answer: Callable[..., Any], *arguments: Any) -> Any:
    """What came back, a list as a tensor."""
    found = answer(*arguments)
    return torch.as_tensor(found) if isinstance(found, list | tuple) else found


@cases_of("nearest-moment")
def nearest_moment(draw: Draw) -> Iterator[Case]:
    """Many waves and whole seconds, moments within a unit, then one wave that turns."""
    wide = draw.pick([32, 40, 48])

    def case(
        name: str, places: list[float], unit: float, d_model: int, look: str
    ) -> Case:
        times = unit * torch.tensor(draw.some(places, len(places)), dtype=torch.float64)
        rows = sinusoidal_positional_encoding(
            times / unit, d_model, dtype=torch.float64
        ).tolist()
        right = [
            min(
                (j for j in range(len(rows)) if j != i),
                key=lambda j: math.dist(rows[i], rows[j]),
            )
            for i in range(len(rows))
        ]
        given = times.float(), unit, d_model
        return Case(name, given, torch.tensor(right), look, as_numbers)

    few = draw.random.uniform(0.0, 0.2)
    yield case(
        f"two moments, {wide} features",
        [few, few + 2],
        1.0,
        wide,
        "each has one other, so that is the nearest: its index, 0 or 1.",
    )
    yield case(
        f"six moments, a unit of 1, {wide} features",
        [few, few + 0.6, few + 2, few + 2.9, few + 5, few + 6.3],
        1.0,
        wide,
        "is the row itself left out, and is the smallest distance looked for?",
    )
    yield case(
        "moments within one unit",
        [0.55, 1.4, 1.6, 2.45, 5.3, 5.5],
        1.0,
        wide,
        "a position need not be a whole number.",
    )
    unit = draw.pick([1.5, 1.6, 2.5])  # where a slip with the unit shows
    turn = 2 * math.pi
    yield case(
        f"a unit of {unit:g}, 2 features",
        [0.1, 1.2, 2.9, turn + 0.15, turn + 1.3, turn + 2.7],
        unit,
        2,
        f"two features are one wave: a clock with one hand, which turns in {turn * unit:.2f} s.",
    )


@cases_of("film-places")
def film_places(draw: Draw) -> Iterator[Case]:
    """Only columns, only rows, only frames, a picture, a film."""
    frames, rows, columns = draw.sizes(3, 2, 5)
    d_model = draw.pick([12, 18, 24])

    def case(name: str, frames: int, rows: int, columns: int, look: str) -> Case:
        line = sinusoidal_positional_encoding(torch.arange(9), d_model // 3)
        right = [
            torch.cat([line[f], line[r], line[c]])
            for f in range(frames)
            for r in range(rows)
            for c in range(columns)
        ]
        return Case(name, (frames, rows, columns, d_model), torch.stack(right), look)

    yield case(
        f"one frame, one row, {columns} columns",
        1,
        1,
        columns,
        "only the last third of the features may change.",
    )
    yield case(
        f"one frame, {rows} rows, one column",
        1,
        rows,
        1,
        "only the second third may change.",
    )
    yield case(
        f"{frames} frames of one patch",
        frames,
        1,
        1,
        "only the first third may change.",
    )
    yield case(
        f"one frame of {rows} rows, {columns} columns",
        1,
        rows,
        columns,
        "one reads line by line: the column changes at every patch.",
    )
    yield case(
        f"{frames} frames of {rows} rows, {columns} columns",
        frames,
        rows,
        columns,
        "one frame was right: a whole frame comes before the next.",
    )


@cases_of("from-patches")
def from_patches(draw: Draw) -> Iterator[Case]:
    """One patch, a line, a column, a grid, a batch."""
    rows, columns, size = draw.sizes(3, 2, 5)
    B = draw.pick([2, 3])

    def case(name: str, B: int, rows: int, columns: int, look: str) -> Case:
        pixels = draw.normal(B, 3, rows * size, columns * size)
        return Case(
            name, (cut_patches(pixels, size), size, rows, columns), pixels, look
        )

    yield case(
        "one patch",
        1,
        1,
        1,
        "a row of numbers is `3, size, size`: all of one colour, line by line.",
    )
    yield case(
        f"one line of {columns} patches",
        1,
        1,
        columns,
        "a line of pixels goes through all patches of the line.",
    )
    yield case(
        f"{rows} patches, one below the other",
        1,
        rows,
        1,
        "the first patch is at the top.",
    )
    yield case(
        f"{rows} rows and {columns} columns",
        1,
        rows,
        columns,
        "patches come in reading order: the column changes fastest.",
    )
    yield case(
        f"a batch of {B}",
        B,
        rows,
        columns,
        "one picture was right: the batch stays the first axis.",
    )
