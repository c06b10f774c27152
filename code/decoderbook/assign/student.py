"""The notebook that is handed out: statements, room for answers, and the checks to work with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

from decoderbook.assign import cells
from decoderbook.assign.assignment import NAME, Assignment, read_assignment
from decoderbook.checks.items import Exercise
from decoderbook.tools import address
from decoderbook.tools.canonical import text_of
from decoderbook.tools.exercises import answer_code
from tinydecoder.files import write_atomically

WORK = """\
**Begin.** In Colab, run the cells from the top; the first one installs the course, which takes a
minute. On a computer of your own, with Python 3.11 or newer, install it once, and open this file in
JupyterLab:

    pip install jupyterlab "{requirement}"

**Work.** Write each answer in its cell, in the place of what stands there, and run the cell. The check
in its last line tries fresh numbers each time and says what it found. Run it as often as you like.

**Hand in.** First run everything from the top: *Runtime → Restart session and run all* in Colab,
*Kernel → Restart Kernel and Run All Cells* in JupyterLab. Then download the notebook, in Colab with
*File → Download → Download .ipynb*, in JupyterLab with *File → Download*. If your instructor collects
files by mail or in a shared folder, put your name before the file's: `NAME_{chapter}.ipynb`.

It is graded in the same way, from the top, with other numbers. So keep the names that begin with
`my_`, and leave the cells in their order."""


def write(chapter: str, folder: Path) -> list[Path]:
    """Write student/CHAPTER.ipynb for the assignment in a folder."""
    made = read_assignment(folder / NAME)
    path = folder / "student" / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text_of(notebook(made, chapter)).encode("utf-8"))
    return [path]


def notebook(made: Assignment, chapter: str) -> NotebookNode:
    """The notebook of one chapter, not run."""
    stored = cells.notebook(lay_out(made, chapter, blank), made, chapter)
    for cell in stored.cells:
        if cell.id.endswith("-answer"):
            slug = cell.id.removeprefix("exercise-").removesuffix("-answer")
            cell.metadata["otter"] = {
                "tests": [slug]
            }  # it grades right after this cell
    return cells.unrun(stored)


def lay_out(
    made: Assignment,
    chapter: str,
    answer: Callable[[Exercise], list[NotebookNode]],
    opening: str = "",
) -> list[NotebookNode]:
    """The cells from the top: what to do, set-up, and each exercise with what `answer` makes of it."""
    here = address.find()
    exercises = made.chosen(chapter)
    laid = [
        cells.markdown(_head(made, chapter, opening), "assignment"),
        cells.code(here.first_cell, "colab"),
        cells.code(cells.imports(exercises), "imports"),
    ]
    for e in exercises:
        laid.append(
            cells.markdown(cells.statement(e, made.hints), f"exercise-{e.slug}")
        )
        if given := cells.given_code(e, exercises):
            laid.append(cells.code(given, f"exercise-{e.slug}-given"))
        laid += answer(e)
    return laid


def blank(exercise: Exercise) -> list[NotebookNode]:
    """The cell to write in, as the chapter has it."""
    return [cells.code(answer_code(exercise), f"exercise-{exercise.slug}-answer")]


def _head(made: Assignment, chapter: str, opening: str) -> str:
    here = address.find()
    exercises = made.chosen(chapter)
    points, minutes = (
        sum(e.points for e in exercises),
        sum(e.minutes for e in exercises),
    )
    link = f"[chapter {chapter[:2]}]({here.page(chapter)})"
    count = f"{len(exercises)} exercise{'s' * (len(exercises) > 1)}"
    rows = [f"| {e.label} {e.title} | {e.points} | {e.minutes} |" for e in exercises]
    table = "\n".join(["| exercise | points | minutes |", "|---|---|---|", *rows])
    return "\n\n".join(
        [
            f"# {made.title}"
            + (f" · chapter {chapter[:2]}" if len(made.chapters) > 1 else ""),
            f"From {link} of *{here.title}*: {count}, {points} "
            f"point{'s' * (points > 1)}, about {minutes} minutes.",
            table,
            opening or WORK.format(requirement=here.requirement, chapter=chapter),
        ]
    )
