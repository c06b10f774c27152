"""The assignment for a site that runs nbgrader: its source notebooks, and its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from decoderbook.assign import cells
from decoderbook.assign.assignment import NAME, Assignment, read_assignment
from decoderbook.assign.student import lay_out
from decoderbook.checks.items import Exercise
from decoderbook.tools import address
from decoderbook.tools.canonical import text_of
from decoderbook.tools.exercises import answer_code
from tinydecoder.files import write_atomically

SCHEMA = 3
OPENING = """\
**Work.** Run the cells from the top. Write each answer in its cell, in the place of what stands there,
and run the cell: the check in its last line tries fresh numbers each time and says what it found.

**Hand in.** Save, then submit in the list of assignments. It is graded from the top, with other
numbers. So keep the names that begin with `my_`, and leave the other cells as they are."""
TEST = """\
# Exercise {label} is graded here, with numbers of your instructor's.
### BEGIN HIDDEN TESTS
from decoderbook.assign.trial import require

SEEDS = {seeds}
require("{slug}", {names}, seeds=SEEDS)
### END HIDDEN TESTS"""
CONFIG = """\
# For nbgrader. In this folder: nbgrader generate_assignment NAME, where NAME is a folder of source/.
#
# Learners and the grading machine need the course, in the environment of their kernel:
#     pip install "{requirement}"
c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "{course}"
# What stands in an answer's cell, behind what the learner begins with.
c.ClearSolutions.code_stub = {{"python": "# Write your answer above."}}
# The first import of torch can take longer than the usual 30 seconds on a busy machine.
c.Execute.timeout = 300
"""


def write(chapter: str, folder: Path) -> list[Path]:
    """Write nbgrader/source/CHAPTER/CHAPTER.ipynb and nbgrader/nbgrader_config.py for the assignment in a
    folder.
    """
    made = read_assignment(folder / NAME)
    config = folder / "nbgrader" / "nbgrader_config.py"
    path = folder / "nbgrader" / "source" / chapter / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    here = address.find()
    text = CONFIG.format(requirement=here.requirement, course=address.DISTRIBUTION)
    write_atomically(config, text.encode("utf-8"))
    write_atomically(path, text_of(source(made, chapter)).encode("utf-8"))
    return [path, config]


def source(made: Assignment, chapter: str) -> NotebookNode:
    """The notebook that nbgrader makes the learners' version from, and grades with."""

    def answer(exercise: Exercise) -> list[NotebookNode]:
        name = f"exercise-{exercise.slug}"
        test = TEST.format(
            label=exercise.label,
            slug=exercise.slug,
            names=", ".join(exercise.answers),
            seeds=made.seeds(exercise.slug),
        )
        return [
            cells.code(answer_code(exercise, _region(exercise)), f"{name}-answer"),
            cells.code(test, f"{name}-test"),
        ]

    points = {f"exercise-{e.slug}-test": e.points for e in made.chosen(chapter)}
    laid = lay_out(made, chapter, answer, OPENING)
    stored = cells.unrun(cells.notebook(laid, made, chapter))
    for cell in stored.cells:
        cell.metadata["nbgrader"] = _metadata(cell, points)
    return stored


def _region(exercise: Exercise) -> str:
    """The starter, which stays, and the solution, which learners do not get."""
    return f"{exercise.starter}\n\n\n### BEGIN SOLUTION\n{exercise.solution}\n### END SOLUTION"


def _metadata(cell: NotebookNode, points: dict[str, int]) -> dict[str, Any]:
    """What nbgrader has to know of a cell: only answers may be changed, only tests earn points."""
    written = cell.id.endswith("-answer")
    found: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "grade": cell.id in points,
        "grade_id": cell.id,
        "locked": not written,
        "schema_version": SCHEMA,
        "solution": written,
        "task": False,
    }
    if cell.id in points:
        found["points"] = points[cell.id]
    return found
