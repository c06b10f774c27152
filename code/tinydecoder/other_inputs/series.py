"""Waves of two variables, measured at uneven times: the data of the forecaster."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

PAST, FUTURE = 16, 6  # points that are known, and points to be forecast
SHORT, LONG = (0.1, 0.3), (0.8, 1.6)  # seconds from one point to the next
SHARE = 0.6  # of the gaps that are short
PERIODS = (4.0, 6.5, 9.0)  # one wave's between the first two, the other's above
LEAD = 1.5  # seconds by which the second variable runs ahead of the first


class Series(NamedTuple):
    """times: in seconds, when each point was measured; values: what was found there."""

    times: Float[Tensor, "B N"]
    values: Float[Tensor, "B N n_vars"]

    def past(self) -> "Series":
        """The first PAST points, which are known."""
        return Series(self.times[:, :PAST], self.values[:, :PAST])

    def future(self) -> "Series":
        """The points after them, to be forecast."""
        return Series(self.times[:, PAST:], self.values[:, PAST:])

    def counted(self) -> "Series":
        """The same values at even times, as if only their order were known.

        The step is the mean gap, and the last known point is at time 0, as in draw_series.
        """
        gap = SHARE * sum(SHORT) / 2 + (1 - SHARE) * sum(LONG) / 2
        places = torch.arange(self.times.size(1)) - (PAST - 1)
        return Series((places.to(self.times) * gap).expand_as(self.times), self.values)


def draw_series(count: int, seed: int) -> Series:
    """So many series of PAST + FUTURE points, each the sum of two sines.

    In float64. The last known point is at time 0. Gaps are short or long, so points come in
    bursts. Each series has periods, phases and amplitudes of its own; the second
    variable shows now what the first shows LEAD seconds later.
    """
    random = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        share = torch.rand(shape, generator=random, dtype=torch.float64)
        return low + (high - low) * share

    shape = count, PAST + FUTURE
    is_short = uniform(0.0, 1.0, *shape) < SHARE
    gaps = torch.where(is_short, uniform(*SHORT, *shape), uniform(*LONG, *shape))
    times = gaps.cumsum(dim=1)
    times = times - times[:, PAST - 1 : PAST]
    waves = [uniform(*PERIODS[:2], count), uniform(*PERIODS[1:], count)]
    speeds = 2 * math.pi / torch.stack(waves, dim=1)[:, None, None]  # (B, 1, 1, 2)
    phases = uniform(0.0, 2 * math.pi, count, 1, 1, 2)
    amplitudes = uniform(0.5, 1.0, count, 1, 1, 2)
    clocks = torch.stack([times, times + LEAD], dim=-1)[..., None]  # (B, N, n_vars, 1)
    return Series(times, ((clocks * speeds + phases).sin() * amplitudes).sum(dim=-1))
