"""The notebook for whoever marks: the solutions, run, with all other answers that are known."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode

from decoderbook.assign import cells, estimate
from decoderbook.assign.assignment import NAME, Assignment, read_assignment
from decoderbook.assign.student import lay_out
from decoderbook.checks.items import Exercise
from decoderbook.tools.canonical import text_of
from decoderbook.tools.exercises import SEED, answer_code, fenced, fold
from tinydecoder.files import write_atomically

OPENING = (
    "**Solutions.** Not for learners. Each answer cell holds the declared solution; the cell after it has "
    "other right answers, and the mistakes that are known, each with the hint that it gets."
)


def write(chapter: str, folder: Path) -> list[Path]:
    """Write solution/CHAPTER.ipynb, run from the top, for the assignment in a folder."""
    made = read_assignment(folder / NAME)
    path = folder / "solution" / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = notebook(made, chapter)
    estimate.run(whole, path.parent)
    stored = cells.notebook(whole.cells, made, chapter)
    write_atomically(path, text_of(stored).encode("utf-8"))
    return [path]


def notebook(made: Assignment, chapter: str) -> NotebookNode:
    """The notebook of one chapter with its solutions, not run yet."""
    return cells.notebook(lay_out(made, chapter, solved, OPENING), made, chapter)


def solved(exercise: Exercise) -> list[NotebookNode]:
    """The solution with its check, whose numbers are always the same; then the other answers."""
    name = f"exercise-{exercise.slug}"
    return [
        cells.code(answer_code(exercise, exercise.solution, SEED), f"{name}-answer"),
        cells.markdown(_others(exercise), f"{name}-others"),
    ]


def _others(exercise: Exercise) -> str:
    also = [fold(other.name, fenced(other.code)) for other in exercise.also]
    wrong = [
        fold(mistake.name, f"{fenced(mistake.code)}\n\n{mistake.hint}")
        for mistake in exercise.wrong
    ]
    return "\n\n".join(["**Also right**", *also, "**Known mistakes**", *wrong])
