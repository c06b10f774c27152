"""Where attacks take place: an assignment, an honest student, an attacker, with or without some defences."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import tinydecoder.config
from decoderbook.assign.assignment import Assignment
from decoderbook.checks.source import exercises
from decoderbook.grade import naive
from decoderbook.grade.attack_judgement import (
    CAUSAL,
    MASK,
    ON_JUDGEMENT,
    PADDED,
    REACH,
    Attack,
)
from decoderbook.grade.attack_machine import ON_MACHINE
from decoderbook.grade.exam import draw_exam
from decoderbook.grade.grading import Grader
from decoderbook.grade.job import Layers, Limits
from decoderbook.grade.rows import Row, make_row
from decoderbook.grade.submissions import read_submissions

NOTEBOOKS = (*ON_JUDGEMENT, *ON_MACHINE)
CHAPTER = "06-masked-self-attention"
ASSIGNMENT = Assignment("Attacked", (CHAPTER,), (MASK, REACH, CAUSAL, PADDED), seed=20)
LIMITS = Limits(cell=15, exercise=15, silence=20, total=100, memory=300, messages=4)
LAYERS = {field.name for field in dataclasses.fields(Layers)}


@dataclass(frozen=True)
class Outcome:
    """What an attack came to: whether it succeeded, and what was noticed."""

    name: str
    off: tuple[str, ...]
    won: bool
    notes: tuple[str, ...] = ()


class Arena:
    """A folder with an assignment, an honest student's notebook, and a server that waits for a call."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.private = folder, ASSIGNMENT.write(folder)
        self.submissions, self.marker = folder / "submissions", folder / "marker"
        self.submissions.mkdir()
        self.bob = self.put(
            "bob", *(exercises()[s].solution for s in ASSIGNMENT.exercises)
        )
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        self.grader = Grader(
            ASSIGNMENT, {CHAPTER: draw_exam(ASSIGNMENT, CHAPTER)}, LIMITS
        )

    def put(self, student: str, *cells: str) -> Path:
        """A notebook with an answer in each cell."""
        made = [{"cell_type": "code", "source": code, "metadata": {}} for code in cells]
        path = self.submissions / f"{student}_{CHAPTER}.ipynb"
        metadata = {"decoderbook": {"chapter": CHAPTER}}
        path.write_text(json.dumps({"cells": made, "metadata": metadata}), "utf-8")
        return path

    def put_attack(self, attack: Attack, student: str) -> Path:
        """The attack's notebook, with what an attacker may know filled in."""
        known = {
            "course": str(Path(tinydecoder.config.__file__).parents[1]),
            "private": str(self.private),
            "bob": str(self.bob),
            "marker": str(self.marker),
            "port": self.server.getsockname()[1],
        }
        code = attack.code
        for name, value in known.items():
            code = code.replace("{" + name + "!r}", repr(value))
            code = code.replace("{" + name + "}", str(value))
        return self.put(student, code)

    def called(self) -> bool:
        """Whether somebody called the server."""
        with contextlib.suppress(BlockingIOError):
            self.server.accept()[0].close()
            return True
        return False

    def without(self, off: frozenset[str]) -> Grader:
        """The grader without some of its defences."""
        exam = naive.naive_exam(self.grader.exams[CHAPTER], off)
        limits = dataclasses.replace(LIMITS, silence=60) if "clock" in off else LIMITS
        layers = Layers(**dict.fromkeys(LAYERS & off, False))
        return dataclasses.replace(
            self.grader, exams={CHAPTER: exam}, limits=limits, layers=layers
        )

    def won(self, attack: Attack, row: Row, before: bytes) -> bool:
        """Whether an attack with the real grader got points, or did what it set out to do."""
        match attack.sign:
            case "marker":
                time.sleep(0 if attack.off == ("codec",) else 7)  # it may come late
                return self.marker.exists()
            case "secret":
                return f'"seed": {ASSIGNMENT.seed}' in row.report
            case "changed":
                return self.private.read_bytes() != before
            case "connected":
                return self.called()
        return row.points.get(attack.slug, 0) > 0


def with_all(folder: Path, jobs: int = 2) -> tuple[list[Outcome], Row]:
    """All attacks at once, with all defences, beside the honest student, whose row comes back too."""
    arena = Arena(folder)
    for i, attack in enumerate(NOTEBOOKS):
        arena.put_attack(attack, f"m{i}")
    before = arena.private.read_bytes()
    rows = {
        s.student: row
        for s, row in arena.grader.rows(read_submissions(arena.submissions), jobs)
    }
    late = [a for a in NOTEBOOKS if a.sign == "marker" and a.off != ("codec",)]
    found = []
    for attack in sorted(NOTEBOOKS, key=lambda a: a in late):
        row = rows[f"m{NOTEBOOKS.index(attack)}"]
        won = arena.won(attack, row, before) or sum(row.points.values()) > 0
        found.append(Outcome(attack.name, attack.off, won, row.notes))
    arena.server.close()
    return found, rows["bob"]


def one_without(attack: Attack, off: frozenset[str], folder: Path) -> Outcome:
    """One attack, without some defences."""
    arena = Arena(folder)
    grader = arena.without(off)
    path = arena.put_attack(attack, "mallory")
    before = arena.private.read_bytes()
    (submission,) = (s for s in read_submissions(path.parent) if s.student == "mallory")
    replies = grader.replies(submission)
    reply, exam = replies[0][1], grader.exams[CHAPTER]
    if "separation" in off:
        won = naive.believed(exam, reply, attack.slug)
    else:
        if "codec" in off:
            naive.unpickled(reply)
        row = make_row(ASSIGNMENT, grader.exams, submission, replies)
        won = arena.won(attack, row, before)
    arena.server.close()
    return Outcome(attack.name, tuple(sorted(off)), won, tuple(reply.notes))
