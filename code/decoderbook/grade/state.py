"""What is on the disk: a file for each submission that is done, and at the end the tables and the reports."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import torch

from decoderbook.assign.assignment import Assignment, AssignmentError
from decoderbook.grade.job import Limits
from decoderbook.grade.rows import Row
from decoderbook.grade.similar import Pair
from decoderbook.grade.submissions import Submission
from tinydecoder.files import write_atomically

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows
PUBLISHED = "as in the book"
MOST_BYTES = 120  # of a name; file systems have 255, and other parts follow it
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def course_version() -> str:
    """A hash of all that a grade hangs on: the exercises, their checks, the grader, the package, torch."""
    found = hashlib.sha256(torch.__version__.encode("ascii"))
    course = Path(str(files("decoderbook")))
    rooms = [course / room for room in ("checks", "exercises", "grade")]
    for folder in (*rooms, Path(str(files("tinydecoder")))):
        for path in sorted([*folder.rglob("*.py"), *folder.glob("*.md")]):
            found.update(path.name.encode("utf-8") + b"\0" + path.read_bytes())
    return found.hexdigest()


def key_of(
    submission: Submission, assignment: Assignment, course: str, limits: Limits
) -> str:
    """What a result is kept under: it changes with the files, the assignment, the course, the limits."""
    found = hashlib.sha256(repr((assignment, course, limits)).encode("utf-8"))
    for text in (*submission.problems, *submission.notes):
        found.update(text.encode("utf-8", "replace") + b"\0")
    for data in submission.data:
        found.update(hashlib.sha256(data).digest())
    return found.hexdigest()[:24]


def file_name(student: str) -> str:
    """A file name for a student, on every platform: whatever the name holds, it leads nowhere else."""
    safe = re.sub(r"[^\w .-]", "_", student).encode("utf-8", "replace")[:MOST_BYTES]
    safe = safe.decode("utf-8", "ignore").strip(" .")
    if (
        safe != student
        or safe.lower() != student
        or RESERVED.fullmatch(safe)
        or not safe
    ):
        safe += "-" + hashlib.sha256(student.encode("utf-8", "replace")).hexdigest()[:6]
    return safe.lstrip("-") if safe.startswith("-") else safe


class Parts:
    """The results that are there already, one file each, so that a run goes on where another stopped."""

    def __init__(self, out: Path) -> None:
        self.folder = out.with_name(out.name + ".parts")

    def _path(self, student: str, key: str) -> Path:
        return self.folder / f"{file_name(student)}-{key}.json"

    def read(self, student: str, key: str) -> Row | None:
        """The row that an earlier run stored, if it did so whole."""
        try:
            data = json.loads(self._path(student, key).read_text("utf-8"))
            lists = {name: tuple(data[name]) for name in ("published", "notes")}
            return Row(**{**data, **lists})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, row: Row, key: str) -> None:
        """Store a row, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(row), indent=1) + "\n"
        write_atomically(self._path(row.student, key), text.encode("ascii"))


def cell(value: object) -> str:
    """A cell of a table that no spreadsheet takes for a formula, on one line."""
    text = (
        re.sub(r"[\x00-\x1f\x7f]+", " ", str(value)).encode("utf-8", "replace").decode()
    )
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def table(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV, in UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8")


def head_of(assignment: Assignment) -> list[str]:
    """The first line of an assignment's table of grades."""
    return [
        "student",
        "status",
        *assignment.exercises,
        "total",
        "of",
        PUBLISHED,
        "notes",
    ]


def check_table(out: Path, assignment: Assignment) -> None:
    """Raise AssignmentError where a file is that is not this assignment's table of grades."""
    try:
        with out.open(encoding="utf-8", newline="") as file:
            head = next(csv.reader(file), [])
    except FileNotFoundError:
        return
    except (csv.Error, UnicodeDecodeError):
        head = []
    if head != head_of(assignment):
        raise AssignmentError(
            f"{out} is there, and holds no grades of this assignment: name another file with --out"
        )


def write_tables(
    out: Path, assignment: Assignment, rows: Sequence[Row], pairs: Sequence[Pair]
) -> None:
    """Write the grades, the reports beside them, and what is alike."""
    body = [
        [
            row.student,
            row.status,
            *(row.points.get(slug, 0) for slug in assignment.exercises),
            sum(row.points.values()),
            assignment.points,
            " ".join(row.published),
            "; ".join(row.notes),
        ]
        for row in sorted(rows, key=lambda row: row.student)
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, table([head_of(assignment), *body]))
    reports = out.with_name("reports")
    reports.mkdir(exist_ok=True)
    for row in rows:
        path = reports / f"{file_name(row.student)}.md"
        write_atomically(path, row.report.encode("utf-8", "replace"))
    told = [["exercise", "one", "another", "alike", "what to do"]]
    told += [
        [p.exercise.slug, p.first, p.second, f"{p.share:.2f}", "look at both"]
        for p in pairs
    ]
    write_atomically(out.with_name("similar.csv"), table(told))
