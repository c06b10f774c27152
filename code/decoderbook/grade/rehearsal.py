"""Rehearse grading: `python -m decoderbook.grade.rehearsal week-2` hands in for a made-up class, and with
`--compare grades.csv` tells whether everybody got what they should.

The class has one student who knows everything, one for each other way to be right, one who hands in
what was handed out, one for each way to be wrong in every exercise, and, where chapter 06 is assigned, all
attacks.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from decoderbook.assign.assignment import (
    NAME,
    Assignment,
    AssignmentError,
    read_assignment,
)
from decoderbook.checks.items import Exercise
from decoderbook.grade.arena import CHAPTER, NOTEBOOKS
from decoderbook.grade.attack_files import FILES, Place

Answer = Callable[[Exercise], str | None]  # code for a cell; None leaves it as it is


def ways(made: Assignment) -> dict[str, Answer]:
    """The students of the made-up class, attackers apart, with what each writes."""

    def nth(kind: str, n: int) -> Answer:
        def answer(exercise: Exercise) -> str:
            known = getattr(exercise, kind)
            return known[n].code if n < len(known) else exercise.solution

        return answer

    chosen = made.chosen()
    found: dict[str, Answer] = {"right": lambda e: e.solution, "blank": lambda e: None}
    for name, kind in (("variant", "also"), ("mistake", "wrong")):
        for n in range(max(len(getattr(e, kind)) for e in chosen)):
            found[f"{name}-{n + 1:02d}"] = nth(kind, n)
    return found


def expected(made: Assignment, student: str) -> int:
    """The points that a student of the made-up class should get; an attacker gets none."""
    kind, _, number = student.partition("-")
    if kind in ("right", "variant"):
        return made.points
    if kind == "mistake":
        return sum(e.points for e in made.chosen() if int(number) > len(e.wrong))
    return 0


def fill(folder: Path, made: Assignment) -> int:
    """Hand in for the made-up class; returns how many they are.

    Raises AssignmentError where somebody has handed in already, or nothing was handed out.
    """
    submissions = folder / "submissions"
    submissions.mkdir(exist_ok=True)
    if any(submissions.iterdir()):
        raise AssignmentError(
            f"{submissions} is not empty: rehearse with a folder of its own"
        )
    for student, answer in ways(made).items():
        (submissions / student).mkdir()
        for chapter in made.chapters:
            notebook = _handed_out(folder, chapter)
            for exercise in made.chosen(chapter):
                _write(notebook, exercise, answer(exercise))
            path = submissions / student / f"{chapter}.ipynb"
            path.write_text(json.dumps(notebook), "utf-8")
    if CHAPTER in made.chapters:
        _attack(submissions, folder)
    return len(list(submissions.iterdir()))


def _handed_out(folder: Path, chapter: str) -> dict[str, Any]:
    path = folder / "student" / f"{chapter}.ipynb"
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError:
        raise AssignmentError(
            f"{path} is not there; `python -m decoderbook.assign` makes it"
        ) from None


def _write(notebook: dict[str, Any], exercise: Exercise, code: str | None) -> None:
    """Put an answer into its cell, before the check."""
    if code is None:
        return
    (cell,) = (
        c for c in notebook["cells"] if c["id"] == f"exercise-{exercise.slug}-answer"
    )
    last = "".join(cell["source"]).splitlines()[-1]
    cell["source"] = f"{code}\n\n\n{last}"


def _attack(submissions: Path, folder: Path) -> None:
    """Hand in all attacks on chapter 06, as notebooks and as files."""
    known = {
        "course": str(Path(__file__).parents[2]),
        "private": str(folder / NAME),
        "bob": str(submissions / "right" / f"{CHAPTER}.ipynb"),
        "marker": str(folder / "attack-succeeded"),
        "port": "9",  # where nobody listens
    }
    for i, attack in enumerate(NOTEBOOKS, 1):
        code = attack.code
        for name, value in known.items():
            code = code.replace("{" + name + "!r}", repr(value))
            code = code.replace("{" + name + "}", value)
        cell = {"cell_type": "code", "source": code, "metadata": {}}
        text = json.dumps(
            {"cells": [cell], "metadata": {"decoderbook": {"chapter": CHAPTER}}}
        )
        name = f"attack-{i:02d} {attack.name}".replace("/", " ")
        (submissions / f"{name}.ipynb").write_text(text, "utf-8")
    for i, file in enumerate(FILES, len(NOTEBOOKS) + 1):
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            file.put(Place(Path(scratch), folder / NAME))
            (made,) = Path(scratch).iterdir()
            made.rename(submissions / f"attack-{i:02d} {file.name}{made.suffix}")


def compare(folder: Path, made: Assignment, grades: Path) -> int:
    """Print who got what they should; returns 1 if anybody did not."""
    with grades.open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    there = {path.stem for path in (folder / "submissions").iterdir()}
    wrong = 0
    kinds: dict[str, list[bool]] = {}
    for student in sorted(there):
        row = rows.get(student)
        got, due = int(row["total"]) if row else None, expected(made, student)
        kind = student.partition("-")[0]
        fine = got == due and (kind != "attack" or bool(row["notes"]))
        kinds.setdefault(kind, []).append(fine)
        if not fine:
            wrong += 1
            print(f"{student}: {due} points expected, and got {got}")
    for kind, fine in kinds.items():
        print(f"{kind:8} {sum(fine)} of {len(fine)} as they should be")
    return 1 if wrong else 0


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.grade.rehearsal",
        description="Hand in for a made-up class, and tell whether its grades are as they should be.",
    )
    parser.add_argument("folder", type=Path, help="of an assignment, such as week-2")
    parser.add_argument(
        "--compare", type=Path, metavar="GRADES", help="what grading gave, a CSV"
    )
    options = parser.parse_args(arguments)
    try:
        made = read_assignment(options.folder / NAME)
        if options.compare:
            return compare(options.folder, made, options.compare)
        print(f"{fill(options.folder, made)} submissions in {options.folder}")
    except (AssignmentError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
