"""Make what an instructor hands out and grades with: python -m decoderbook.assign 05 06 --out week-2.

Exit status: 0 if it is made, 2 if it could not be.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from decoderbook.assign.assignment import AssignmentError
from decoderbook.assign.making import PARTS, Wish, all_parts, make, plan


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the folder, and say what is in it; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        parts = _parts(options.only)
        wish = Wish(
            tuple(options.chapters),
            None if options.exercises is None else tuple(options.exercises),
            options.title,
            options.seed,
            options.hints,
        )
        made = plan(wish, options.out, parts)
        files = make(made, options.out, parts)
    except AssignmentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: it could not be written: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    print(
        f"{made.title}: {len(made.exercises)} exercises, {made.points} points; "
        f"{len(files)} files in {options.out}"
    )
    if (readme := options.out / "README.md").is_file():
        print(f"Read {readme}. It says what to hand out, and what to keep to yourself.")
    return 0


def _parts(wanted: str | None) -> tuple[str, ...]:
    """The parts to make, in their order. Raises AssignmentError for one that is not there."""
    if wanted is None:
        if left := [name for name in PARTS if name not in all_parts()]:
            print(
                f"without {', '.join(left)}: they are made of chapters' pages, in a clone of the course",
                file=sys.stderr,
            )
        return all_parts()
    names = [name.strip() for name in wanted.split(",")]
    if unknown := [name for name in names if name not in PARTS]:
        listed = ", ".join(PARTS)
        raise AssignmentError(f"--only knows no {unknown[0]!r}; the parts are {listed}")
    return tuple(name for name in PARTS if name in names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.assign",
        description="Make an assignment of chapters' exercises: what is handed out, and what grades it.",
        epilog="Run again into the same folder, it makes the files anew; the seed stays, and submissions/.",
    )
    parser.add_argument("chapters", nargs="+", metavar="CHAPTER", help="such as 05")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the folder to make"
    )
    parser.add_argument(
        "--exercises",
        nargs="+",
        metavar="NAME",
        help="only these, such as safe-softmax (default: all of the chapters)",
    )
    parser.add_argument("--title", help="what stands above it (default: the chapters)")
    parser.add_argument(
        "--seed",
        type=int,
        help="what the numbers of grading are drawn from (default: what the folder has, or a new secret)",
    )
    parser.add_argument(
        "--no-hints",
        dest="hints",
        action="store_false",
        help="leave the hints out; a check still explains a mistake that it knows",
    )
    parser.add_argument(
        "--only", metavar="PART,…", help=f"only some of {', '.join(PARTS)}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
