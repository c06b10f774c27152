"""What `bench` measures with: a plan, works in turns, operations counted, peak memory."""

import gc
import math
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import torch
from tqdm import tqdm

from tinydecoder.config import ModelConfig

Work = Callable[[], object]
Seconds = dict[str, list[float]]

TEACHING = ModelConfig.teaching()
BASE = ModelConfig(512, 8, d_ff=2048, n_layers=6)  # the paper's sizes, but pre-norm
TINY = ModelConfig(16, 2, d_ff=32, n_layers=1)


@dataclass(frozen=True)
class Plan:
    """How much one run measures.

    blocks: rounds that count, and the training steps of a model in each. source: tokens
    of each source that is translated. lengths: of targets. pass_lengths: of the inputs
    of a forward pass.
    """

    teaching: ModelConfig = TEACHING
    base: ModelConfig = BASE
    pairs: int = 4000
    batch_size: int = 64
    teaching_blocks: tuple[int, int] = (11, 8)
    base_blocks: tuple[int, int] = (5, 1)
    source: int = 16
    writing_batches: tuple[int, int] = (1, 32)
    lengths: tuple[int, int, int] = (16, 64, 256)
    most_repetitions: int = 7
    pass_lengths: tuple[int, int, int] = (64, 256, 512)
    pass_batch: int = 4
    peak_sizes: tuple[int, ...] = (512, 1024, 2048)


QUICK = Plan(
    teaching=TINY,
    base=TINY,
    pairs=64,
    batch_size=8,
    teaching_blocks=(2, 1),
    base_blocks=(1, 1),
    source=4,
    writing_batches=(1, 2),
    lengths=(2, 4, 8),
    most_repetitions=2,
    pass_lengths=(8, 16, 32),
    peak_sizes=(64,),
)


def in_turns(
    works: dict[str, Work], repetitions: int, text: str, warm_up: bool = True
) -> Seconds:
    """Seconds of each work, one number for each repetition.

    The works take turns, so a machine that is slower for a while is so for all of them,
    and the ratio of two works is taken inside a repetition. warm_up: one more round at
    the start, which is not counted.
    """
    seconds: Seconds = {name: [] for name in works}
    rounds = repetitions + warm_up
    gc.collect()
    with tqdm(total=rounds * len(works), desc=text, leave=False) as bar:
        for number in range(rounds):
            for name, work in works.items():
                took = _seconds(work)
                if number >= warm_up:
                    seconds[name].append(took)
                bar.update()
    return seconds


def ratio(seconds: Seconds, slow: str, fast: str) -> float:
    """How many times as long slow takes as fast: the median over the repetitions."""
    pairs = zip(seconds[slow], seconds[fast], strict=True)
    return median(a / b for a, b in pairs)


def exponent(lengths: tuple[int, int], seconds: tuple[float, float]) -> float:
    """The p of seconds ∝ length^p: the slope between two points in log-log axes."""
    return math.log(seconds[1] / seconds[0]) / math.log(lengths[1] / lengths[0])


def matmul_peak(sizes: Sequence[int], repetitions: int = 5) -> float:
    """FLOP/s of the fastest product of two square float32 matrices of these sizes."""
    best = 0.0
    for size in sizes:
        a, b = torch.randn(size, size), torch.randn(size, size)
        times = [_seconds(lambda a=a, b=b: a @ b) for _ in range(repetitions + 1)]
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


def memory_growth(works: Sequence[tuple]) -> list[int] | None:
    """Bytes by which each work raises its process's peak; None where nothing tells.

    works: (function, its arguments) to be run in a new process each; function makes
    ready, and returns what is then run and measured.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return None
    # Not a child of this process: Linux would count our peak as the child's from the
    # start. The server is small and has loaded the code; each work has a fork of it.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, works[0][0].__module__])
    with context.Pool(1, maxtasksperchild=1) as pool:
        return pool.map(_growth, works, chunksize=1)


def _growth(work: tuple) -> int:
    prepare, *arguments = work
    run = prepare(*arguments)
    before = _peak_memory()
    run()
    return _peak_memory() - before


def _peak_memory() -> int:
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes


def _seconds(work: Work) -> float:
    gc.disable()
    try:
        start = perf_counter()
        work()
        return perf_counter() - start
    finally:
        gc.enable()
