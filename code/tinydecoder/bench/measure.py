"""Works timed in turns, with the number of threads that suits them.

A work takes longer when others keep the machine busy, never shorter. So a round in which
a work took far longer than in its fastest round is measured again, and what is still
disturbed in the end is said.
"""

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from statistics import median, quantiles
from time import perf_counter

import torch
from tqdm import tqdm

from tinydecoder.config import ModelConfig

Work = Callable[[], object]
Round = dict[str, float]

DISTURBED = 1.25  # times as long as in the fastest round
GAIN = 1.2  # how much faster more threads must be to be taken


@dataclass(frozen=True)
class Timing:
    """The seconds of each work in each round, and how many rounds were repeated.

    Every number comes from the ratios inside a round and the median seconds of the first
    work, so no two of them can say opposite things.
    """

    rounds: list[Round]
    repeated: int = 0

    def ratio(self, name: str) -> float:
        """How many times as long as the first work: the median over the rounds."""
        return median(self._ratios(name))

    def spread(self, name: str) -> tuple[float, float]:
        """The quartiles of that ratio."""
        low, _, high = quantiles(self._ratios(name), n=4, method="inclusive")
        return low, high

    def seconds(self, name: str) -> float:
        """Of one run of the work: the first work's median times the ratio."""
        return median(one[self._first] for one in self.rounds) * self.ratio(name)

    @cached_property
    def slowdowns(self) -> list[float]:
        """For each round, the greatest of its works' seconds over their fewest."""
        fewest = {
            name: min(one[name] for one in self.rounds) for name in self.rounds[0]
        }
        return [max(one[name] / fewest[name] for name in one) for one in self.rounds]

    @property
    def disturbed(self) -> int:
        """Rounds that were still disturbed when no more were repeated."""
        return sum(slowdown > DISTURBED for slowdown in self.slowdowns)

    def __str__(self) -> str:
        text = str(len(self.rounds))
        if self.repeated:
            text += f", {self.repeated} repeated"
        return text + (f", {self.disturbed} disturbed" if self.disturbed else "")

    @property
    def _first(self) -> str:
        return next(iter(self.rounds[0]))

    def _ratios(self, name: str) -> list[float]:
        return [one[name] / one[self._first] for one in self.rounds]


def in_turns(works: dict[str, Work], rounds: int, text: str) -> Timing:
    """The timing of works that do the same in every round.

    The works take turns, so a machine that is slower for a while is so for all of them,
    and the ratio of two works is taken inside a round. One round more at the start is
    not counted. Then the most disturbed round is measured again as long as there is one,
    at most half as many times as there are rounds. rounds: 2 at least.
    """
    gc.collect()
    with tqdm(total=(rounds + 1) * len(works), desc=text, leave=False) as bar:

        def one_round() -> Round:
            seconds = {}
            for name, work in works.items():
                seconds[name] = _seconds(work)
                bar.update()
            return seconds

        one_round()  # warms up
        timing = Timing([one_round() for _ in range(rounds)])
        while timing.disturbed and timing.repeated < rounds // 2:
            bar.total += len(works)
            worst = timing.slowdowns.index(max(timing.slowdowns))
            again = [*timing.rounds[:worst], one_round(), *timing.rounds[worst + 1 :]]
            timing = Timing(again, timing.repeated + 1)
    return timing


def suitable_threads(work: Work, text: str, rounds: int = 3) -> int:
    """1, or all threads of torch if the work is clearly faster with them.

    The two take turns. Clearly: GAIN times as fast in every round, because threads wait
    for one another, and lose most when something else takes one of the cores.
    """
    every = torch.get_num_threads()
    if every == 1:
        return 1

    def with_threads(number: int) -> None:
        with torch_threads(number):
            work()

    works = {"one": partial(with_threads, 1), "all": partial(with_threads, every)}
    timing = in_turns(works, rounds, f"{text}, threads")
    faster = all(one["one"] > GAIN * one["all"] for one in timing.rounds)
    return every if faster else 1


@contextmanager
def torch_threads(number: int) -> Iterator[None]:
    """So many threads of torch inside; as many as before after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def exponent(lengths: tuple[int, int], seconds: tuple[float, float]) -> float:
    """The p of seconds ∝ length^p: the slope between two points in log-log axes."""
    return math.log(seconds[1] / seconds[0]) / math.log(lengths[1] / lengths[0])


def matmul_peak(sizes: Sequence[int], threads: int, rounds: int = 15) -> float:
    """FLOP/s of the fastest product of two square float32 matrices of these sizes."""
    best = 0.0
    with torch_threads(threads):
        for size in sizes:
            a, b = torch.randn(size, size), torch.randn(size, size)
            times = [_seconds(lambda a=a, b=b: a @ b) for _ in range(rounds + 1)]
            best = max(best, 2 * size**3 / min(times[1:]))
    return best


def step_flops(
    config: ModelConfig, vocab_size: int, batch: int, source: int, target: int
) -> int:
    """Operations in the matrix products of one training step.

    Forward, each row of a linear layer costs its weights in multiply-adds, and two
    products of attention cost queries × keys × d_model each. A multiply-add is two
    operations. Backward has two products for each one, so a step costs three times the
    forward pass: 6 × the multiply-adds. Padding counts, for it is computed. Norms,
    softmax, ReLU and the optimizer do not, so the share of the peak is a lower bound.
    """
    square, feed_forward = config.d_model**2, 2 * config.d_model * config.d_ff
    encoder = source * (4 * square + feed_forward)
    decoder = target * (6 * square + feed_forward) + source * 2 * square
    pairs = source * source + target * target + target * source
    layer = encoder + decoder + 2 * pairs * config.d_model
    output = target * config.d_model * vocab_size
    return 6 * batch * (config.n_layers * layer + output)


def _seconds(work: Work) -> float:
    gc.disable()
    try:
        start = perf_counter()
        work()
        return perf_counter() - start
    finally:
        gc.enable()
