"""Examine a decoder of one's own: python -m decoderbook.checkup your_module:YourDecoder.

Exit status: 0 if nothing is broken, 1 if something is, 2 if it could not be examined, or
not all of it in the time that there was.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence

import torch

from decoderbook.checks.answers import TooSlowError
from decoderbook.checkup.clock import at_most
from decoderbook.checkup.loading import load
from decoderbook.checkup.problem import ProblemError, adapter
from decoderbook.checkup.report import CAVEAT, SECONDS, examine
from decoderbook.checkup.trial import CannotRunError

LARGE = 10**7  # weights


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a report, and say by the status what came of it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A sign that the terminal cannot show is written as \u2713.
        sys.stdout.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    subject = None
    try:
        # What the examined code prints must not get into the report.
        with contextlib.redirect_stdout(sys.stderr):
            if not 0 <= options.seed < 2**63:
                raise ProblemError(
                    f"--seed must be from 0 to 2**63 - 1, got {options.seed}."
                )
            if not options.seconds > 0:
                raise ProblemError(
                    f"--seconds must be above 0, got {options.seconds:g}."
                )
            torch.manual_seed(options.seed)
            with at_most(options.seconds):
                subject = load(options.decoder, options.pad_id, options.trained)
            weights = subject.module.parameters() if subject.module else ()
            if sum(weight.numel() for weight in weights) < LARGE:
                torch.set_num_threads(1)  # small tensors are faster so
            report = examine(subject, options.seed, options.seconds, progress=True)
    except ProblemError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except TooSlowError:
        print(
            f"error: {options.decoder}: loading it, or its first call, was not over in "
            f"{options.seconds:g} s: it may never end, or --seconds gives it more.",
            file=sys.stderr,
        )
        return 2
    except CannotRunError as problem:
        assert subject is not None
        template = adapter(subject.source_vocab_size is not None)
        print(
            f"error: {options.decoder}: called with ids, {problem}.\n\n{template}",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    try:
        print(report.as_json() if options.json else report.text(), flush=True)
    except BrokenPipeError:  # whoever read it has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return report.exit_status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.checkup",
        description=f"Examine a decoder: causality, padding, lengths, batches and more. {CAVEAT}",
        epilog="Exit status: 0 nothing is broken, 1 something is, 2 it could not be examined, "
        "or not all of it in the time that there was.",
    )
    parser.add_argument(
        "decoder",
        metavar="MODULE:NAME",
        help="a class that needs no arguments, a function that builds one, an object, or a "
        "Subject; MODULE may be a file",
    )
    parser.add_argument("--json", action="store_true", help="write JSON, for a grader")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the weights and the inputs (default: 0)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        help="what loading it may take at most, and then the questions (default: "
        "%(default)g); what is left is not asked",
    )
    parser.add_argument(
        "--pad-id", type=int, metavar="ID", help="the id of padding, if it is not found"
    )
    parser.add_argument(
        "--trained",
        action="store_true",
        help="it has learnt: do not ask for its first loss",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
