"""What one chapter's exercises ask of a notebook: drawn once with the instructor's seeds, put to everyone.

The right values stay here. What goes to a child is the questions alone.
"""

from __future__ import annotations

import ast
import random
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle

import decoderbook.checks
import tinydecoder.config
from decoderbook.assign.assignment import Assignment
from decoderbook.checks.answers import (
    TooSlowError,
    declared_answers,
    is_blank,
    own_settings,
    place_of,
    time_limit,
)
from decoderbook.checks.cases import Case, Draw
from decoderbook.checks.engine import cases_for, rights_of
from decoderbook.checks.items import Exercise
from decoderbook.grade.job import Job, Layers, Limits, Task
from decoderbook.grade.notebook import Notebook
from decoderbook.grade.rules import ASKED_FOR, HELPERS

IDS = ("PAD", "START", "END")
TOLD = re.compile(r"\bfrom (tinydecoder[\w.]*) import (\w+(?:, *\w+)*)")
# A child reads nothing of the checks: what it needs of them is written into its job.
cloudpickle.register_pickle_by_value(decoderbook.checks)
NEEDED = {
    "is_blank": is_blank,
    "place_of": place_of,
    "time_limit": time_limit,
    "too_slow": TooSlowError,
    "own_settings": own_settings,
}


@dataclass(frozen=True)
class Sheet:
    """An exercise with one seed: its cases, and what must come of each."""

    seed: int
    cases: tuple[Case, ...]
    rights: tuple[Any, ...]


@dataclass(frozen=True)
class Exam:
    """A chapter's exercises with all their seeds, and the part of it that a child gets."""

    chapter: str
    exercises: tuple[Exercise, ...]
    seeds: dict[str, tuple[int, ...]]
    sheets: dict[str, tuple[Sheet, ...]]  # none for an answer that is data
    given: dict[str, tuple[str, ...]]
    # Only `naive` has other ones.
    shuffled: bool = True
    more: dict[str, Any] = field(default_factory=dict)

    def is_data(self, exercise: Exercise) -> bool:
        """Whether the answer is a value, which is judged as one; else it is something to call."""
        return exercise.slug not in self.sheets

    def order(self, sheet: Sheet, notebook: Notebook) -> list[int]:
        """In which order a notebook is asked the cases of a sheet. Each notebook has its own, and a child
        knows no other numbers: neither a count of calls nor a frame tells an answer which case it is at.
        """
        order = list(range(len(sheet.cases)))
        if self.shuffled:
            random.Random(repr((sheet.seed, notebook.cells))).shuffle(order)
        return order

    def payload(self, notebook: Notebook) -> bytes:
        """The questions to a notebook, pickled, and what puts them."""
        questions = {
            slug: [
                [
                    (s.cases[i].ask, s.cases[i].arguments)
                    for i in self.order(s, notebook)
                ]
                for s in sheets
            ]
            for slug, sheets in self.sheets.items()
        }
        return cloudpickle.dumps({"cases": questions, **NEEDED, **self.more})

    def job(self, notebook: Notebook, limits: Limits, layers: Layers) -> Job:
        """What a child does with a notebook."""
        slugs = [e.slug for e in self.exercises]
        places = notebook.places(slugs)
        tasks = tuple(
            Task(e.slug, e.answers, e.given, self.is_data(e), places[e.slug])
            for e in self.exercises
        )
        return Job(
            notebook.cells,
            tasks,
            self.payload(notebook),
            self.given,
            packages(),
            str(Path(tinydecoder.config.__file__).parents[1]),
            limits,
            layers,
        )


def draw_exam(assignment: Assignment, chapter: str) -> Exam:
    """Draw all cases of a chapter's exercises, with the assignment's seeds."""
    chosen = tuple(assignment.chosen(chapter))
    sheets: dict[str, tuple[Sheet, ...]] = {}
    seeds = {e.slug: tuple(assignment.seeds(e.slug)) for e in chosen}
    with own_settings():
        for exercise in chosen:
            solution = declared_answers(exercise, exercise.solution, "solution")
            if any(map(callable, solution)):
                sheets[exercise.slug] = tuple(
                    _sheet(exercise, seed) for seed in seeds[exercise.slug]
                )
    return Exam(chapter, chosen, seeds, sheets, names_of(chosen))


def _sheet(exercise: Exercise, seed: int) -> Sheet:
    cases = tuple(cases_for(exercise)(Draw(seed)))
    return Sheet(seed, cases, tuple(rights_of(exercise, cases)))


def names_of(exercises: tuple[Exercise, ...]) -> dict[str, tuple[str, ...]]:
    """What a notebook may use of tinydecoder, by module: what the exercises' declared code imports, what
    their statements tell to import, helpers that none asks for, and the ids that have a name.
    """
    asked = {name for e in exercises for name in ASKED_FOR.get(e.slug, ())}
    helpers = [name for name in HELPERS if name not in asked]
    found: dict[str, dict[str, None]] = {"tinydecoder": dict.fromkeys((*IDS, *helpers))}
    for e in exercises:
        for module, names in TOLD.findall("\n".join((e.statement, *e.hints))):
            told = {name.strip(): None for name in names.split(",")}
            found.setdefault(module, {}).update(told)
        for code in (e.given, e.starter, e.solution, *(v.code for v in e.also)):
            for node in ast.walk(ast.parse(code)):
                module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
                if module.split(".")[0] == "tinydecoder":
                    names = found.setdefault(module, {})
                    names.update({alias.name: None for alias in node.names})
    return {module: tuple(names) for module, names in found.items()}


def packages() -> tuple[str, ...]:
    """The folders of installed packages, in Python's own order."""
    return tuple(
        path
        for path in dict.fromkeys(sys.path)
        if Path(path).name in ("site-packages", "dist-packages") and Path(path).is_dir()
    )
