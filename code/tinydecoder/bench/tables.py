"""How fast the model trains and writes, beside other ways to do the same, in one run.

What is compared takes turns on the same machine with the same numbers, and what counts
are the ratios: the seconds differ from machine to machine.
"""

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor

from tinydecoder.batches import Batches, collate
from tinydecoder.bench.markdown import markdown_table, power_row, show_ratio
from tinydecoder.bench.measure import (
    Timing,
    in_turns,
    matmul_peak,
    suitable_threads,
    torch_threads,
)
from tinydecoder.bench.memory import memory_growth
from tinydecoder.bench.plan import QUICK, Plan
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
    writers,
)
from tinydecoder.config import ModelConfig
from tinydecoder.datasets import corpus_dataset
from tinydecoder.text.tokenizer import END


def run_bench(quick: bool = False) -> None:
    """Measure, and print each table as Markdown as soon as it is there.

    quick: everything tiny, to see that it works.
    Raises RuntimeError if two ways to write do not write the same tokens.
    """
    for part in Bench(QUICK if quick else Plan()).parts():
        print(part + "\n", flush=True)


class Bench:
    """One run: its data, the peaks of the machine, and a method for each table."""

    def __init__(self, plan: Plan):
        self.plan = plan
        data = corpus_dataset(train=plan.pairs, validation=0, held_out=0)
        tokenizers = data.source_tokenizer, data.target_tokenizer
        self.sizes = (len(tokenizers[0].tokens), len(tokenizers[1].tokens))
        self.batches = Batches(data.train, plan.batch_size)
        counts = sorted({1, torch.get_num_threads()})
        self.peaks = {n: matmul_peak(plan.peak_sizes, n) for n in counts}
        self.threads: dict[str | int, int] = {}  # by size, and by batch to write
        self.writing: dict[tuple[int, int], Timing] = {}  # by batch and length

    def parts(self) -> Iterator[str]:
        """Each piece of Markdown, as soon as it is measured."""
        peaks = ", ".join(
            f"{peak / 1e9:.0f} GFLOP/s (threads: {n})" for n, peak in self.peaks.items()
        )
        yield (
            f"torch {torch.__version__}. The fastest float32 matrix product: {peaks}. "
            "All ways of a row have the number of threads that suits "
            f"`{OURS}` with its cache: one, unless all are clearly faster. "
            "A ratio is the median of those inside a round, with quartiles; the speeds "
            "follow from it. Rounds: how many counted, how often a disturbed one was "
            "measured again, how many stayed disturbed."
        )
        for make in (self.training, self.decoding, self.growth, self.memory):
            yield make()

    def training(self) -> str:
        """Whole steps: zero_grad, forward, loss, backward, clip_grad_norm_, AdamW."""
        plan = self.plan
        rows = self._train("teaching", plan.teaching, plan.teaching_blocks, [*KINDS])
        rows += self._train("base", plan.base, plan.base_blocks, [OURS, TORCH])
        header = "size, model, threads, target tokens/s, time (ours = 1), share of peak"
        return markdown_table(
            f"Training, in batches of {plan.batch_size} sentences of the corpus. Share of "
            "the peak with as many threads: all matrix products, those of padding too, "
            "and twice as many backward as forward.",
            [*header.split(", "), "rounds"],
            rows,
        )

    def decoding(self) -> str:
        """Greedy and to the full length; END is not allowed."""
        rows, model = [], new_model(self.plan.teaching, self.sizes).eval()
        for batch, lengths in self.plan.writing:
            source = self._source(batch)
            work = writers(model, source, lengths[1])[CACHED]
            threads = suitable_threads(work, f"decoding, batch {batch}")
            self.threads[batch] = threads
            for length in lengths:
                rounds = min(self.plan.most_rounds, max(3, 16000 // (batch * length)))
                with torch_threads(threads):
                    timing = write_in_turns(model, source, length, rounds)
                self.writing[batch, length] = timing
                speeds = [batch * length / timing.seconds(way) for way in WAYS]
                rows.append(
                    [
                        f"{length} × {batch}",
                        str(threads),
                        *(f"{speed:,.0f}" for speed in speeds),
                        *(show_ratio(timing, way, 1) for way in (DECODER, WHOLE)),
                        str(timing),
                    ]
                )
        return markdown_table(
            "Greedy decoding, teaching size, for sources of "
            f"{self.plan.source} tokens. Every way wrote the same tokens.",
            [
                "length × batch",
                "threads",
                *(f"{way}, tokens/s" for way in WAYS),
                *(f"{way}: time (cache = 1)" for way in (DECODER, WHOLE)),
                "rounds",
            ],
            rows,
        )

    def growth(self) -> str:
        """The slopes of time over length in log-log axes."""
        rows, plan = [], self.plan
        for batch, (_, *ends) in plan.writing:
            timings = [self.writing[batch, length] for length in ends]
            threads = self.threads[batch]
            for way in WAYS:
                title = f"a token: {way}, batch {batch}"
                rows.append(power_row(title, threads, way, ends, timings, ends))
        whole, _ = self._passes(plan.pass_lengths[1]).values()
        threads = suitable_threads(whole, "forward")
        with torch_threads(threads):
            timings = [
                in_turns(self._passes(n), plan.most_rounds, f"forward, {n}")
                for n in plan.pass_lengths
            ]
        for name in timings[0].rounds[0]:
            for two in pairwise(zip(plan.pass_lengths, timings, strict=True)):
                rows.append(power_row(name, threads, name, *zip(*two, strict=True)))
        return markdown_table(
            "How time grows: the p of time ∝ lengthᵖ.",
            ["time of", "threads", "length", "p", "rounds"],
            rows,
        )

    def memory(self) -> str:
        """By how much one training step and one batch of targets raise the peak."""
        plan = self.plan
        pair = tuple(ids.tolist() for ids in collate(self.batches.batch(0)))
        batch, lengths = plan.writing[-1]
        to_train, to_write = self.threads["teaching"], self.threads[batch]
        model = plan.teaching, self.sizes
        source = self._source(batch).tolist()
        works = [(ready_to_train, kind, *model, pair, to_train) for kind in KINDS]
        works += [
            (ready_to_write, way, *model, source, lengths[-1], to_write) for way in WAYS
        ]
        names = [f"a training step: {kind}" for kind in KINDS]
        names += [f"decoding {lengths[-1]} × {batch}: {way}" for way in WAYS]
        found = memory_growth(works)
        shown = ["not measured"] * len(names)
        if found is not None:
            shown = [f"{growth / 1e6:.0f}" for growth in found]
        return markdown_table(
            "Memory that the work adds to the peak of its process, teaching size.",
            ["work", "threads", "MB"],
            [
                [name, str(work[-1]), growth]
                for name, work, growth in zip(names, works, shown, strict=True)
            ],
        )

    def _train(
        self, size: str, config: ModelConfig, blocks: tuple[int, int], kinds: list[str]
    ) -> list[list[str]]:
        rounds, steps = blocks
        block = [collate(self.batches.batch(step)) for step in range(steps)]
        works = trainers(new_model(config, self.sizes), kinds, block)
        text = f"training, {size}"
        threads = self.threads[size] = suitable_threads(works[OURS], text)
        with torch_threads(threads):
            timing = in_turns(works, rounds, text)
        rows = []
        for kind, work in works.items():
            seconds = timing.seconds(kind)
            operations = count_operations(config, self.sizes[1], work.block)
            speed = f"{count_targets(block) / seconds:,.0f}"
            share = f"{operations / seconds / self.peaks[threads]:.0%}"
            ratio = "1" if kind == OURS else show_ratio(timing, kind, 2)
            rows.append([size, kind, str(threads), speed, ratio, share, str(timing)])
        return rows

    def _passes(self, length: int) -> dict:
        batch = self.plan.pass_batch
        return forward_passes(self.plan.teaching, self.sizes, batch, length)

    def _source(self, batch: int) -> Tensor:
        generator = torch.Generator().manual_seed(0)
        shape = (batch, self.plan.source)
        return torch.randint(END + 1, self.sizes[0], shape, generator=generator)
