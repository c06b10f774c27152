"""How fast the model trains and writes, beside other ways to do the same, in one run.

What is compared takes turns on the same machine with the same numbers, and what counts
are the ratios: the seconds differ from machine to machine.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from statistics import median

import torch
from torch import Tensor

from tinydecoder.batches import Batches, collate
from tinydecoder.bench.measure import (
    QUICK,
    Plan,
    Seconds,
    exponent,
    in_turns,
    matmul_peak,
    memory_growth,
    ratio,
)
from tinydecoder.bench.work import (
    CACHED,
    DECODER,
    KINDS,
    OURS,
    TORCH,
    WAYS,
    WHOLE,
    count_operations,
    count_targets,
    forward_passes,
    new_model,
    ready_to_train,
    ready_to_write,
    trainers,
    write_in_turns,
)
from tinydecoder.config import ModelConfig
from tinydecoder.datasets import corpus_dataset
from tinydecoder.text.tokenizer import END


def run_bench(quick: bool = False, threads: int | None = None) -> str:
    """Measure; print each table as soon as it is there; all of them, as Markdown.

    quick: everything tiny, to see that it works. threads: of torch; None leaves them.
    Raises RuntimeError if two ways to write do not write the same tokens.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    parts = []
    try:
        for part in Bench(QUICK if quick else Plan()).parts():
            print(part + "\n", flush=True)
            parts.append(part)
    finally:
        torch.set_num_threads(before)
    return "\n\n".join(parts)


class Bench:
    """One run: its data, the peak of the machine, and a method for each table."""

    def __init__(self, plan: Plan):
        self.plan = plan
        data = corpus_dataset(train=plan.pairs, validation=0, held_out=0)
        tokenizers = data.source_tokenizer, data.target_tokenizer
        self.sizes = (len(tokenizers[0].tokens), len(tokenizers[1].tokens))
        self.batches = Batches(data.train, plan.batch_size)
        self.peak = matmul_peak(plan.peak_sizes)
        self.writing: dict[tuple[int, int], Seconds] = {}  # by batch and length

    def parts(self) -> Iterator[str]:
        """Each piece of Markdown, as soon as it is measured."""
        yield (
            f"torch {torch.__version__}, threads: {torch.get_num_threads()}, the fastest "
            f"float32 matrix product: {self.peak / 1e9:.0f} GFLOP/s. "
            "All numbers are medians; ratios are taken inside a repetition."
        )
        for table in (self.training, self.decoding, self.growth, self.memory):
            yield table()

    def training(self) -> str:
        """Whole steps: zero_grad, forward, loss, backward, clip_grad_norm_, AdamW."""
        plan = self.plan
        rows = self._train("teaching", plan.teaching, plan.teaching_blocks, [*KINDS])
        rows += self._train("base", plan.base, plan.base_blocks, [OURS, TORCH])
        return _section(
            f"Training, in batches of {plan.batch_size} sentences of the corpus. Share of "
            "the peak: all matrix products, those of padding too, and twice as many "
            "backward as forward.",
            ["size", "model", "target tokens/s", "time, ours = 1", "share of peak"],
            rows,
        )

    def decoding(self) -> str:
        """Greedy and to the full length; END is not allowed."""
        rows = []
        for batch in self.plan.writing_batches:
            for length in self.plan.lengths:
                seconds = self.writing[batch, length] = self._write(batch, length)
                speeds = [batch * length / median(seconds[way]) for way in WAYS]
                ratios = [ratio(seconds, way, CACHED) for way in (DECODER, WHOLE)]
                rows.append(
                    [
                        f"{length} × {batch}",
                        *(f"{speed:,.0f}" for speed in speeds),
                        *(f"{times:.1f}" for times in ratios),
                    ]
                )
        return _section(
            "Greedy decoding, teaching size, for sources of "
            f"{self.plan.source} tokens. Every way wrote the same tokens.",
            [
                "length × batch",
                *(f"{way}, tokens/s" for way in WAYS),
                *(f"{way}: time, cache = 1" for way in (DECODER, WHOLE)),
            ],
            rows,
        )

    def growth(self) -> str:
        """The slopes of time over length in log-log axes."""
        rows, plan = [], self.plan
        ends = plan.lengths[1:]
        for batch in plan.writing_batches:
            for way in WAYS:
                a, b = (median(self.writing[batch, n][way]) / n for n in ends)
                name = f"a token: {way}, batch {batch}"
                rows.append([name, "{} → {}".format(*ends), _power(ends, a, b)])
        passes = [self._pass(length) for length in plan.pass_lengths]
        for name in passes[0]:
            times = [median(seconds[name]) for seconds in passes]
            for i, span in enumerate(pairwise(plan.pass_lengths)):
                power = _power(span, *times[i : i + 2])
                rows.append([name, "{} → {}".format(*span), power])
        return _section(
            "How time grows: the p of time ∝ lengthᵖ.", ["time of", "length", "p"], rows
        )

    def memory(self) -> str:
        """By how much one training step and one batch of targets raise the peak."""
        plan, threads = self.plan, torch.get_num_threads()
        source, target = (ids.tolist() for ids in collate(self.batches.batch(0)))
        batch, length = plan.writing_batches[-1], plan.lengths[-1]
        model = plan.teaching, self.sizes
        works = [
            (ready_to_train, kind, *model, (source, target), threads) for kind in KINDS
        ]
        sources = self._source(batch).tolist()
        works += [
            (ready_to_write, way, *model, sources, length, threads) for way in WAYS
        ]
        names = [f"a training step: {kind}" for kind in KINDS]
        names += [f"decoding {length} × {batch}: {way}" for way in WAYS]
        found = memory_growth(works)
        shown = ["not measured"] * len(names)
        if found is not None:
            shown = [f"{growth / 1e6:.0f}" for growth in found]
        return _section(
            "Memory that the work adds to the peak of its process, teaching size.",
            ["work", "MB"],
            [list(row) for row in zip(names, shown, strict=True)],
        )

    def _train(
        self, size: str, config: ModelConfig, blocks: tuple[int, int], kinds: list[str]
    ) -> list[list[str]]:
        rounds, steps = blocks
        first_steps = range(0, (rounds + 1) * steps, steps)  # of them, one warms up
        blocks = [
            [collate(self.batches.batch(first + i)) for i in range(steps)]
            for first in first_steps
        ]
        works = trainers(new_model(config, self.sizes), kinds, blocks)
        seconds = in_turns(works, rounds, f"training, {size}")
        rows = []
        for kind, work in works.items():
            slower = ratio(seconds, kind, OURS)
            speed = _speed(map(count_targets, work.blocks[1:]), seconds[kind])
            count = partial(count_operations, config, self.sizes[1])
            share = _speed(map(count, work.blocks[1:]), seconds[kind]) / self.peak
            rows.append([size, kind, f"{speed:,.0f}", f"{slower:.2f}", f"{share:.0%}"])
        return rows

    def _write(self, batch: int, length: int) -> Seconds:
        most = self.plan.most_repetitions
        return write_in_turns(
            new_model(self.plan.teaching, self.sizes).eval(),
            self._source(batch),
            length,
            min(most, max(2, 2000 // (batch * length))),
        )

    def _pass(self, length: int) -> Seconds:
        passes = forward_passes(
            self.plan.teaching, self.sizes, self.plan.pass_batch, length
        )
        return in_turns(passes, self.plan.most_repetitions, f"forward, {length}")

    def _source(self, batch: int) -> Tensor:
        generator = torch.Generator().manual_seed(0)
        shape = (batch, self.plan.source)
        return torch.randint(END + 1, self.sizes[0], shape, generator=generator)


def _speed(amounts: Iterable[int], seconds: Sequence[float]) -> float:
    return median(n / took for n, took in zip(amounts, seconds, strict=True))


def _power(lengths: tuple[int, int], *seconds: float) -> str:
    return f"{exponent(lengths, seconds):.2f}"


def _section(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{caption}\n\n{table}"
