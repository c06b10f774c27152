"""All detectors on one subject, and what they found: as text, as JSON, as an exit status."""

from __future__ import annotations

import json
import textwrap
import time
import warnings
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import nn
from tqdm import tqdm

from decoderbook.checkup.clock import enough
from decoderbook.checkup.detectors import DETECTORS
from decoderbook.checkup.finding import (
    BROKEN,
    HOLDS,
    NOT_APPLICABLE,
    NOT_ASKED,
    SIGNS,
    Detector,
    Finding,
)
from decoderbook.checkup.remarks import notes
from decoderbook.checkup.subject import Subject, other_weights
from decoderbook.checkup.trial import Trial

SECONDS = 20.0
WIDTH = 88
CAVEAT = (
    "A test and no proof: it tried a few short inputs, and a fault that these do not "
    "touch stays unseen. What is not applicable has not been looked at."
)


@dataclass(frozen=True)
class Report:
    """What was examined, and one finding for each detector.

    seconds: what it took. limit: what it might take. calls: how often the subject was
    asked for logits.
    """

    subject: Subject
    seed: int
    seconds: float
    findings: tuple[Finding, ...]
    limit: float
    calls: int

    @property
    def exit_status(self) -> int:
        """1 if something is broken, else 2 if something was not asked, else 0."""
        return 1 if self.broken() else 2 if self.not_asked() else 0

    def broken(self) -> list[str]:
        """The names of the detectors that found something."""
        return self._named(BROKEN)

    def not_asked(self) -> list[str]:
        """The names of the detectors for which there was no time."""
        return self._named(NOT_ASKED)

    def _named(self, verdict: str) -> list[str]:
        return [f.detector for f in self.findings if f.verdict == verdict]

    def text(self) -> str:
        """Two or three lines for each detector."""
        counts = Counter(found.verdict for found in self.findings)
        end = (
            f"{counts[HOLDS]} ✓, {counts[BROKEN]} ✗, {counts[NOT_APPLICABLE]} not "
            f"applicable, in {self.seconds:.1f} s. "
        )
        if counts[NOT_ASKED]:
            end += (
                f"{counts[NOT_ASKED]} not asked: the {self.limit:g} s were over; "
                f"--seconds {enough(self.limit, self.calls)} asks more. "
            )
        head = f"Check-up of {self.subject.name}\n{_wrapped(self._description())}"
        return "\n".join(
            [head, "", *map(_lines, self.findings), "", _wrapped(end + CAVEAT)]
        )

    def as_json(self) -> str:
        """The same for a program: the findings by name, with the measured numbers."""
        findings = {}
        for found in self.findings:
            value = found.value
            if value is not None and not abs(value) < float("inf"):
                value = None  # JSON knows neither NaN nor infinity
            findings[found.detector] = {
                "title": found.title,
                "verdict": found.verdict,
                "value": value,
                "measured": found.measured,
                "meaning": found.meaning,
                "page": found.place.page,
                "heading": found.place.heading,
            }
        whole = {
            "subject": self.subject.name,
            "seed": self.seed,
            "seconds": round(self.seconds, 2),
            "exit_status": self.exit_status,
            "broken": self.broken(),
            "not_asked": self.not_asked(),
            "notes": notes(self.subject.module),
            "findings": findings,
            "caveat": CAVEAT,
        }
        return json.dumps(whole, indent=2)  # in ASCII, so that any terminal takes it

    def _description(self) -> str:
        subject = self.subject
        sizes = [subject.source_vocab_size, subject.target_vocab_size]
        tokens = " and ".join(f"{size:,}" for size in sizes if size is not None)
        parts = [
            "source and target" if sizes[0] is not None else "no source",
            f"{tokens} tokens",
        ]
        if subject.module is not None:
            count = sum(p.numel() for p in subject.module.parameters())
            parts.append(f"{count:,} weights")
        told = [*parts, *notes(subject.module), f"seed {self.seed}"]
        sizes_told = "; ".join(told)
        return f"{sizes_told}. One spread: the standard deviation of its logits."


def examine(
    subject: Subject,
    seed: int = 0,
    seconds: float = SECONDS,
    progress: bool = False,
    detectors: tuple[Detector, ...] = DETECTORS,
) -> Report:
    """Put every detector to a subject; it is left as it was, in mode, weights and numbers.

    seconds: what it may take; detectors for which none are left say so. progress: a bar
    on a terminal once it takes more than two. Half precision is examined in float32.
    Raises CannotRunError for a subject that gives no logits, and TooSlowError where even
    the first take longer.
    """
    start = time.perf_counter()
    with (
        torch.random.fork_rng(),
        torch.enable_grad(),
        warnings.catch_warnings(),
        ExitStack() as stack,
    ):
        warnings.simplefilter("ignore")  # the subject's own, said once or thirty times
        torch.manual_seed(seed)
        if subject.module is not None:
            _prepare(subject.module, stack)
        trial = Trial(subject, seed, seconds)
        findings = []
        for detector in tqdm(
            detectors, delay=2, leave=False, disable=None if progress else True
        ):
            trial.restart()
            findings.append(detector(trial))
    took = time.perf_counter() - start
    return Report(subject, seed, took, tuple(findings), seconds, trial.calls)


def _prepare(module: nn.Module, stack: ExitStack) -> None:
    """Evaluation mode and at least float32, until the stack is closed."""
    modes = [(part, part.training) for part in module.modules()]
    stack.callback(lambda: [setattr(part, "training", mode) for part, mode in modes])
    module.eval()
    half = (torch.float16, torch.bfloat16)
    if any(weight.dtype in half for weight in module.parameters()):
        stack.enter_context(
            other_weights(module, lambda w: w.float() if w.dtype in half else w)
        )


def _lines(found: Finding) -> str:
    if found.verdict in (NOT_APPLICABLE, NOT_ASKED):
        return _wrapped(
            f"{found.sign} {found.title}: {found.verdict}, {found.meaning}."
        )
    meaning = found.meaning[0].upper() + found.meaning[1:]
    return "\n".join(
        [
            _wrapped(f"{found.sign} {found.title}: {found.measured}."),
            _wrapped(f"  {meaning}. See {found.place}."),
        ]
    )


def _wrapped(text: str) -> str:
    indent = "  " if text[:2].strip() in ("", *SIGNS.values()) else ""
    return textwrap.fill(
        text,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
