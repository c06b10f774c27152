"""Writing a target one token at a time: greedy, at random, or with a beam.

Every way asks the same question at each step: given the source and what is written so
far, how likely is each token next? With a cache the answer costs one new row; without
one the whole target is run again. Both give the same tokens.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tinydecoder.cache import DecoderCache
from tinydecoder.model import Transformer, evaluating
from tinydecoder.sampling import Choose, greedy
from tinydecoder.text.tokenizer import END, PAD, START


@dataclass(frozen=True)
class Generation:
    """What was written for one source.

    ids: the tokens, without START and END. log_probability: the sum over all of them,
    END among them, in nats. stopped: "end" where END was written, "limit" where the
    limit came first.
    """

    ids: tuple[int, ...]
    log_probability: float
    stopped: str

    def score(self, length_penalty: float) -> float:
        """log_probability / ((5 + length) / 6)^length_penalty, to compare two lengths.

        length: tokens written, END counted. At 0 the sum itself, which favours the
        short. Source: Wu et al. 2016, equation 14.
        """
        length = len(self.ids) + (self.stopped == "end")
        return self.log_probability / ((5 + length) / 6) ** length_penalty


class Writer:
    """The rows that are being written, all of one length, and how likely tokens are next.

    source_ids: one row a target. use_cache: keep keys and values from step to step, or
    run the whole target again.
    """

    def __init__(
        self, model: Transformer, source_ids: Int[Tensor, "B S"], use_cache: bool = True
    ):
        self.model = model
        # Without padding there is nothing to mask, at any step.
        padded = bool((source_ids == PAD).any())
        self.source_ids = source_ids if padded else None
        self.memory = model.encode(source_ids)
        self.target_ids = torch.full_like(source_ids[:, :1], START)
        n_layers = model.config.n_layers
        self.cache = DecoderCache(n_layers) if use_cache else None

    def next_log_probabilities(self) -> Float[Tensor, "B vocab_size"]:
        """log P(next token | source, target so far); PAD and START are impossible."""
        new = self.target_ids if self.cache is None else self.target_ids[:, -1:]
        logits = self.model.decode(new, self.memory, self.source_ids, self.cache)
        last = logits[:, -1]
        last[:, [PAD, START]] = -torch.inf
        return last.log_softmax(dim=-1)

    def append(self, ids: Int[Tensor, " B"]) -> None:
        """Write one more token on each row."""
        self.target_ids = torch.cat([self.target_ids, ids[:, None]], dim=1)

    def keep(self, rows: Int[Tensor, " kept"]) -> None:
        """Go on with these rows, in this order; one may stand more than once."""
        if self.source_ids is not None:
            self.source_ids = self.source_ids[rows]
        self.memory = self.memory[rows]
        self.target_ids = self.target_ids[rows]
        if self.cache is not None:
            self.cache.keep(rows)

    def result(self, row: int, log_probability: float) -> Generation:
        """What stands on a row, as the result."""
        ids = tuple(self.target_ids[row, 1:].tolist())
        return BeamPath(ids, log_probability).result()


def generate(
    model: Transformer,
    source_ids: Int[Tensor, "B S"],
    choose: Choose = greedy,
    limit: int = 64,
    use_cache: bool = True,
) -> list[Generation]:
    """One target for each source; a row that has written END is dropped from the batch.

    limit: tokens at most, END counted. Raises ValueError for a limit below 1.
    """
    _check_limit(limit)
    finished: dict[int, Generation] = {}
    with evaluating(model), torch.inference_mode():
        writer = Writer(model, source_ids, use_cache)
        numbers = torch.arange(len(source_ids), device=source_ids.device)
        totals = torch.zeros(len(source_ids), device=source_ids.device)
        for length in range(1, limit + 1):
            log_probabilities = writer.next_log_probabilities()
            ids = choose(log_probabilities)
            totals = totals + log_probabilities.gather(1, ids[:, None])[:, 0]
            writer.append(ids)
            ended = ids == END
            over = ended | (length == limit)
            for row in over.nonzero()[:, 0].tolist():
                found = writer.result(row, float(totals[row]))
                finished[int(numbers[row])] = found
            if over.all():
                break
            if over.any():
                live = (~over).nonzero()[:, 0]
                writer.keep(live)
                numbers, totals = numbers[live], totals[live]
    return [finished[number] for number in range(len(source_ids))]


class BeamPath(NamedTuple):
    """One target that a beam follows.

    ids: without START; END stands last where the path has ended. log_probability: the
    sum over all of them, in nats.
    """

    ids: tuple[int, ...]
    log_probability: float

    def result(self) -> Generation:
        """What the path has written."""
        if self.ids[-1] == END:
            return Generation(self.ids[:-1], self.log_probability, "end")
        return Generation(self.ids, self.log_probability, "limit")


def beam_steps(
    model: Transformer,
    source_ids: Int[Tensor, "B S"],
    width: int = 4,
    limit: int = 64,
    use_cache: bool = True,
) -> Iterator[list[BeamPath]]:
    """The beam after each step: width paths at most, the last time as they end.

    At each step the most likely continuations of all live paths are kept. A path that
    writes END holds its place in the beam, so width 1 is greedy. source_ids: one source.
    limit: tokens at most, END counted. Raises ValueError for a value out of range.
    Source: Sutskever et al. 2014, section 3.2.
    """
    _check_limit(limit)
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}")
    if len(source_ids) != 1:
        raise ValueError(f"a beam writes for one source, got {len(source_ids)} sources")
    ended: list[BeamPath] = []
    with evaluating(model), torch.inference_mode():
        writer = Writer(model, source_ids, use_cache)
    totals = torch.zeros(1, device=source_ids.device)
    for _ in range(limit):
        # Neither mode may reach the caller, who gets control at each yield.
        with evaluating(model), torch.inference_mode():
            candidates = totals[:, None] + writer.next_log_probabilities()
            vocab_size = candidates.size(1)
            places = min(width - len(ended), int(candidates.isfinite().sum()))
            totals, best = candidates.flatten().topk(places)
            writer.keep(best // vocab_size)
            writer.append(best % vocab_size)
            live = (writer.target_ids[:, -1] != END).nonzero()[:, 0]
            rows = writer.target_ids[:, 1:].tolist()
            sums = totals.tolist()
            if len(live) < places:
                writer.keep(live)
                totals = totals[live]
        paths = [BeamPath(tuple(r), total) for r, total in zip(rows, sums, strict=True)]
        yield [*ended, *paths]
        ended += [path for path in paths if path.ids[-1] == END]
        if not len(live):
            return


def beam_search(
    model: Transformer,
    source_ids: Int[Tensor, "B S"],
    width: int = 4,
    length_penalty: float = 0.6,
    limit: int = 64,
    use_cache: bool = True,
) -> list[Generation]:
    """The targets of the width best paths that `beam_steps` followed, best score first.

    source_ids: one source. Raises ValueError for a value out of range. The score is Generation.score.
    """
    if not length_penalty >= 0:
        raise ValueError(f"length_penalty must be at least 0, got {length_penalty}")
    for paths in beam_steps(model, source_ids, width, limit, use_cache):
        found = [path.result() for path in paths]
    return sorted(found, key=lambda one: -one.score(length_penalty))


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise ValueError(f"limit must be at least 1 token, got {limit}")
