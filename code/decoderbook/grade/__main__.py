"""The command: `python -m decoderbook.grade week-2/submissions`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from decoderbook.assign.assignment import NAME, AssignmentError, read_assignment
from decoderbook.grade.grading import Grader, pairs_in
from decoderbook.grade.job import Limits
from decoderbook.grade.rows import BROKEN, Row
from decoderbook.grade.state import (
    Parts,
    check_table,
    course_version,
    key_of,
    write_tables,
)
from decoderbook.grade.submissions import read_submissions
from tinydecoder.files import only_writer

ABOUT = """\
Grade a folder of notebooks: NAME.ipynb, NAME_CHAPTER.ipynb, what Canvas and Moodle
hand out, folders, zips.

Each notebook runs in a child process of its own, with other numbers than any student
saw, and never sees what is right: the answers' results come back as data, and are
judged outside. On Linux the child has no network, reads no file of the course, of the
assignment or of other students, and cannot start a process that outlives it. On macOS
and Windows Python's own audit hook alone refuses these things, and a student who means
to can get past it; on Windows memory is not limited either, nor on macOS. Where it
matters, grade inside a container without a network. A line tells which layers hold.

Beside the grades: reports/NAME.md for each student, similar.csv with pairs to look at,
and OUT.parts, from which the same command goes on where it stopped.
"""


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status: 1 where the grader itself could not grade somebody."""
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.grade",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "submissions", type=Path, help="the folder with what students handed in"
    )
    parser.add_argument(
        "--assignment", type=Path, help=f"without, {NAME} beside that folder"
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="the table of grades (default: grades.csv beside that folder)",
    )
    parser.add_argument(
        "--jobs", type=_count, default=os.cpu_count() or 1, help="notebooks at a time"
    )
    parser.add_argument("--again", action="store_true", help="grade all anew")
    usual = Limits()
    parser.add_argument(
        "--seconds", type=_count, default=int(usual.total), help="for one notebook"
    )
    parser.add_argument(
        "--memory",
        type=_count,
        default=usual.memory,
        help="megabytes, on top of torch's own",
    )
    options = parser.parse_args(arguments)
    folder = options.submissions
    options.out = options.out or folder.resolve().parent / "grades.csv"
    try:
        assignment = read_assignment(
            options.assignment or folder.resolve().parent / NAME
        )
        submissions = read_submissions(folder)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        check_table(options.out, assignment)
        with only_writer(options.out):
            limits = Limits(total=options.seconds, memory=options.memory)
            return _grade(assignment, submissions, limits, options)
    except (AssignmentError, OSError) as error:
        parser.error(str(error))


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not {text!r}")
    return int(text)


def _grade(assignment, submissions, limits: Limits, options) -> int:
    torch.set_num_threads(1)
    parts, course = Parts(options.out), course_version()
    keys = {s.student: key_of(s, assignment, course, limits) for s in submissions}
    rows: dict[str, Row] = {}
    for s in submissions:
        kept = None if options.again else parts.read(s.student, keys[s.student])
        if kept is not None:
            rows[s.student] = kept
    due = [s for s in submissions if s.student not in rows]
    many = "" if len(submissions) == 1 else "s"
    print(f"{len(submissions)} submission{many}, {len(rows)} graded before.")
    stopped = False
    try:
        if due:
            grader = Grader.of(assignment, limits)
            with tqdm(total=len(due), desc="grading", unit="submission") as bar:
                told = False
                for submission, row in grader.rows(due, options.jobs):
                    if row.status != BROKEN:  # which the next run tries again
                        parts.write(row, keys[submission.student])
                    rows[submission.student] = row
                    bar.update()
                    if row.layers and not told:
                        told = True
                        held = ", ".join(f"{k}: {v}" for k, v in row.layers.items())
                        tqdm.write(held, file=sys.stdout)
    except KeyboardInterrupt:
        stopped = True
        print("Stopped. The same command goes on where this one was.")
    pairs = pairs_in(assignment, submissions)
    write_tables(options.out, assignment, list(rows.values()), pairs)
    graded = [row for row in rows.values() if row.status == "graded"]
    noted = sum(bool(row.notes) for row in rows.values())
    print(
        f"{len(graded)} graded, {len(rows) - len(graded)} not; something was noticed in {noted}; "
        f"{len(pairs)} pairs to look at. {options.out}"
    )
    if broken := [row.student for row in rows.values() if row.status == BROKEN]:
        names = ", ".join(broken[:5]) + (" and others" if len(broken) > 5 else "")
        print(f"The grader stopped at {names}. The same command tries again.")
        return 130 if stopped else 1
    return 130 if stopped else 0


if __name__ == "__main__":
    raise SystemExit(main())
