"""How good the output is: exact match, BLEU and chrF++, each with its 95 % interval."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import SupportsFloat

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.metrics.chrf import CHRFScore

CONFIDENCE = 0.95
SEED = 12345  # sacrebleu's own default
# Fewer do not leave one resample beyond either end of a 95 % interval.
MIN_RESAMPLES = 40


@dataclass(frozen=True)
class Score:
    """A measured value with its 95 % interval, all three from 0 to 100.

    unit: "%" of a count, or "points" of BLEU and chrF++.
    signature: sacrebleu's, which says how the score was computed; "" for a share.
    """

    value: float
    low: float
    high: float
    name: str
    unit: str = "%"
    signature: str = ""

    def __str__(self) -> str:
        interval = f"({self.low:.1f} to {self.high:.1f})"
        return f"{self.name} {self.value:.1f} {self.unit} {interval}"


def proportion(right: int, total: int, name: str) -> Score:
    """right of total in percent, with the Wilson score interval.

    The interval takes each trial as independent: for the words of one sentence, which
    are not, it is somewhat too narrow. Raises ValueError unless total is at least 1 and
    right is between 0 and total. Source: Wilson 1927.
    """
    if total < 1:
        raise ValueError(f"{name}: total must be at least 1, got {total}")
    if not 0 <= right <= total:
        raise ValueError(f"{name}: right must be from 0 to {total}, got {right}")
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share = right / total
    spread = z * sqrt(share * (1 - share) / total + (z / total) ** 2 / 4)
    shrink = 1 + z**2 / total
    middle = share + z**2 / (2 * total)
    # At 0 and at 100 % one end is the share itself, but for rounding.
    low = max(0.0, min(share, (middle - spread) / shrink))
    high = min(1.0, max(share, (middle + spread) / shrink))
    return Score(100 * share, 100 * low, 100 * high, name)


def exact_match(hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    """The percentage of hypotheses that equal their reference, code point by code point.

    Normalise both in the same way first (`parallel.normalise`).
    Raises ValueError for lists that are empty or of unequal length.
    """
    _check(hypotheses, references)
    pairs = zip(hypotheses, references, strict=True)
    right = sum(hypothesis == reference for hypothesis, reference in pairs)
    return proportion(right, len(references), "exact match")


def bleu(
    hypotheses: Sequence[str],
    references: Sequence[str],
    resamples: int = 1000,
    seed: int = SEED,
) -> Score:
    """Corpus BLEU by sacrebleu, one reference each, with its bootstrap interval.

    The tokenizer is 13a, sacrebleu's default, so a score compares with published ones:
    Kannada has spaces between words, 13a cuts off ASCII signs alone, and vowel signs,
    virama, ZWNJ and ZWJ stay inside their word. The danda (।) also stays with its word.
    Arguments, interval and errors: as for chrf.
    Source: Papineni et al. 2002; Post 2018 (sacrebleu).
    """
    metric = BLEU(tokenize="13a")
    return _corpus_score(metric, "BLEU", hypotheses, references, resamples, seed)


def chrf(
    hypotheses: Sequence[str],
    references: Sequence[str],
    resamples: int = 1000,
    seed: int = SEED,
) -> Score:
    """Corpus chrF++ by sacrebleu, one reference each, with its bootstrap interval.

    Runs of 1 to 6 characters and of 1 and 2 words; a character is a code point, so a
    Kannada vowel sign counts as one. Both sides whole, as text: not cut into tokens.
    resamples: how often the sentences are drawn anew (memory: 0.1 kB × resamples for
    each sentence); the interval is the resamples' mean ± half the span of their middle
    95 %, within 0 and 100. One sentence says nothing about others: its interval is 0 to
    100.
    Raises ValueError for lists that are empty or of unequal length and for fewer than
    40 resamples. Source: Popović 2017; Koehn 2004 (bootstrap).
    """
    metric = _CHRF(word_order=2)
    return _corpus_score(metric, "chrF++", hypotheses, references, resamples, seed)


class _CHRF(CHRF):
    """CHRF that counts a resample in Python's numbers.

    In sacrebleu 2.6 a resample without any match gives a float and the others a
    numpy.float32, and their mean is a TypeError.
    """

    def _compute_score_from_stats(self, stats: Iterable[SupportsFloat]) -> CHRFScore:
        return super()._compute_score_from_stats([float(count) for count in stats])


def _corpus_score(
    metric: BLEU | CHRF,
    name: str,
    hypotheses: Sequence[str],
    references: Sequence[str],
    resamples: int,
    seed: int,
) -> Score:
    _check(hypotheses, references)
    if resamples < MIN_RESAMPLES:
        raise ValueError(
            f"{name}: resamples must be at least {MIN_RESAMPLES}, got {resamples}"
        )
    with _bootstrap_seed(seed):
        result = metric.corpus_score(hypotheses, [references], n_bootstrap=resamples)
    # sacrebleu shows the interval's middle and half only rounded, inside a text.
    mean, half = float(result._mean), float(result._ci)
    ends = (mean - half, mean + half) if len(references) > 1 else (0.0, 100.0)
    # Its BLEU of equal texts is 100.00000000000004.
    value, low, high = (min(max(x, 0.0), 100.0) for x in (result.score, *ends))
    return Score(value, low, high, name, "points", str(metric.get_signature()))


@contextmanager
def _bootstrap_seed(seed: int) -> Iterator[None]:
    """sacrebleu takes its seed from the environment and from nowhere else."""
    variable = "SACREBLEU_SEED"
    before = os.environ.get(variable)
    os.environ[variable] = str(seed)
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before


def _check(hypotheses: Sequence[str], references: Sequence[str]) -> None:
    if isinstance(hypotheses, str) or isinstance(references, str):
        raise TypeError("a metric takes lists of texts, got one text; write [text]")
    if len(hypotheses) != len(references):
        raise ValueError(
            f"each hypothesis must have its reference, got {len(hypotheses)} hypotheses "
            f"and {len(references)} references"
        )
    if not references:
        raise ValueError("a metric must have at least one pair to score, got none")
