"""What is assigned: chapters, their exercises and points, and the seeds that only the instructor has."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from decoderbook.checks import source
from decoderbook.checks.items import Exercise
from tinydecoder.files import write_atomically

VERSION = 1
SEEDS = 3  # with which each answer is tried
NAME = Path("private", "assignment.json")  # inside the folder of an assignment


class AssignmentError(ValueError):
    """An assignment that cannot be made or read; the message says why and what to do."""


@dataclass(frozen=True)
class Assignment:
    """Chapters that are handed out together, and graded with seeds of their own."""

    title: str
    chapters: tuple[str, ...]  # stems, such as "05-queries-keys-values"
    exercises: tuple[str, ...]  # slugs, in the order of the book
    seed: int  # the instructor's own; whoever knows it knows the numbers that will be tried
    hints: bool = True  # whether the exercises' hints are handed out

    @property
    def points(self) -> int:
        """The most that can be earned."""
        return sum(e.points for e in self.chosen())

    def chosen(self, chapter: str | None = None) -> list[Exercise]:
        """The exercises, of all chapters or of one."""
        known = source.exercises()
        found = [known[slug] for slug in self.exercises]
        return [e for e in found if chapter is None or e.chapter == chapter]

    def seeds(self, slug: str) -> list[int]:
        """The seeds with which the answer to one exercise is tried."""
        draw = random.Random(f"{self.seed}:{slug}")
        return [draw.randrange(2**32) for _ in range(SEEDS)]

    def write(self, folder: Path) -> Path:
        """Write it into the folder of the assignment; returns the file, which is private."""
        path = folder / NAME
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"version": VERSION, **asdict(self)}, indent=2) + "\n"
        write_atomically(path, text.encode("utf-8"))
        return path


def find_chapters(wanted: list[str]) -> tuple[str, ...]:
    """The stems of chapters named by number or by stem, in the order of the book.

    Raises AssignmentError for one that declares no exercises.
    """
    known = {name[:2]: name for name in source.chapters()}
    found = set()
    for name in wanted:
        number = f"{name[:2]:0>2}" if not name.isdigit() else f"{name:0>2}"
        if number not in known or (not name.isdigit() and known[number] != name):
            listed = ", ".join(sorted(known))
            raise AssignmentError(
                f"there is no chapter {name!r}; the chapters are {listed}"
            )
        found.add(known[number])
    return tuple(sorted(found))


def read_assignment(path: Path) -> Assignment:
    """Read what `Assignment.write` wrote.

    Raises AssignmentError for a file that is none, or that names exercises which this version of the course
    does not have.
    """
    try:
        data: Any = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise AssignmentError(
            f"{path} is not there; `python -m decoderbook.assign` makes it"
        ) from None
    except (OSError, ValueError) as error:
        raise AssignmentError(f"{path} cannot be read: {error}") from None
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise AssignmentError(
            f"{path} is no assignment of this version of the course; make it anew"
        )
    try:
        made = Assignment(
            str(data["title"]),
            tuple(data["chapters"]),
            tuple(data["exercises"]),
            int(data["seed"]),
            bool(data.get("hints", True)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise AssignmentError(f"{path} lacks something: {error!r}") from None
    if unknown := set(made.exercises) - set(source.exercises()):
        raise AssignmentError(
            f"{path} has exercises that this version of the course does not know: "
            f"{', '.join(sorted(unknown))}"
        )
    return made
