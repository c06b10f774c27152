"""The README of an assignment's folder: what each file is, how to hand out, collect and grade, and what a
notebook takes, measured here and now.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from decoderbook.assign import estimate, solution
from decoderbook.assign.assignment import Assignment
from decoderbook.assign.makers import possible
from decoderbook.tools import address, fronts
from tinydecoder.files import write_atomically

COLAB = f"{address.COLAB}YOUR-NAME/YOUR-REPOSITORY/blob/main/{{chapter}}.ipynb"
PULLER = (
    "https://YOUR-HUB/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2FYOUR-NAME%2FYOUR-REPOSITORY"
    "&branch=main&urlpath=lab%2Ftree%2FYOUR-REPOSITORY%2F{chapter}.ipynb"
)
HEAD = """\
# {title}

{count}, {points}, about {minutes} minutes of work, from the course
[{course}]({site}). This folder was made by its command `python -m decoderbook.assign`,
version {version}. Run it again to make the files anew; the seed and what learners handed in stay.

What the commands below need, in Python 3.11 or newer:

    pip install "{instructor}"

## What is here

CH stands for a chapter: {chapters}.

| files | for | what |
|---|---|---|
{files}
| private/assignment.json | you | title, exercises, seed; whoever has it knows the numbers of grading |
| submissions/ | you | empty; put here what learners hand in |

Put what is for you alone nowhere that learners can read: not into a public repository, not on the
course's page.

## What it takes

{measured}

## Hand out

Any of these will do.

- **Your learning platform.** Upload the notebooks of `student/`. Learners download them, or upload them
  to Colab (*File → Upload notebook*). Each says at its top how to begin and how to hand in.
- **Colab, from GitHub.** Put the notebooks of `student/`, and only those, into a public repository, and
  give out

      {colab}

- **JupyterHub, by nbgitpuller.** With the same repository:

      {puller}

  The hub's environment needs the course: `pip install "{requirement}"`.
- **nbgrader.** In `nbgrader/`, `nbgrader generate_assignment "{chapter}"` writes the learners' notebook
  into `release/`; then release it as usual. nbgrader itself does not come with the line above: `pip
  install nbgrader`.

## Collect

Learners hand in one notebook for each chapter. Download them all from your platform into `submissions/`.

## Grade

In this folder,

    python -m decoderbook.grade submissions

tries every answer with the numbers of this assignment. Other ways, with the same numbers and points:

- **Gradescope.** Make a programming assignment for each chapter, and upload `otter/CH.zip` as its
  autograder. Learners read what the check said once the grades are published.
- **otter-grader** on this machine: `otter run NOTEBOOK.ipynb -a {otter}`
- **nbgrader.** `nbgrader autograde "{chapter}"`, then `nbgrader export`. Its feedback pages show the
  hidden tests, and so the seeds: take another seed for the next group.

All of these run what learners wrote. Grade on a machine, or in a container, where that can do no harm.
By hand, `rubric/` says what a mistake shows, and `solution/` has all known answers.
"""


def write(made: Assignment, folder: Path) -> list[Path]:
    """Run the notebooks to measure them, and write README.md into the assignment's folder."""
    path = folder / "README.md"
    write_atomically(path, text(made, measured(made, folder)).encode("utf-8"))
    return [path]


def text(made: Assignment, measured: str) -> str:
    """The page, with what was measured."""
    here = address.find()
    name, rest = here.requirement.split(" ", 1)
    chapter = made.chapters[0]
    files = "\n".join(
        f"| {m.files} | {m.whose} | {m.what} |" for m in possible().values()
    )
    return HEAD.format(
        title=made.title,
        course=here.title,
        count=_several(len(made.exercises), "exercise"),
        points=_several(made.points, "point"),
        minutes=sum(e.minutes for e in made.chosen()),
        site=f"https://{here.site}/",
        version=here.version,
        instructor=f"{name}[instructor] {rest}",
        requirement=here.requirement,
        chapters=", ".join(f"`{c}`" for c in made.chapters),
        files=files,
        measured=measured,
        colab=COLAB.format(chapter=chapter),
        puller=PULLER.format(chapter=chapter),
        chapter=chapter,
        otter=f"otter/{chapter}.zip",
    )


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def measured(made: Assignment, folder: Path) -> str:
    """What the notebooks take, as a table that says where and when."""
    rows = [
        f"| {name} | {minutes} | {took.wall:.0f} s | {took.cpu:.0f} s | {took.peak / 2**20:.0f} MiB |"
        for name, minutes, took in _runs(made, folder)
    ]
    today = datetime.date.today().isoformat()
    without = (
        ""
        if fronts.BOOK.is_dir()
        else " The chapters' own notebooks are not measured: they come with a clone of the course, not with "
        "the installed package."
    )
    table = "\n".join(
        [
            "| notebook | minutes of work | time to run | processor time | memory at most |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )
    return (
        f"Measured on {today}, once, with {estimate.machine()}. Each notebook ran from the top in "
        "a fresh kernel, and that process was watched. The minutes of work are those that the exercises "
        f"declare.{without}\n\n{table}"
    )


def _runs(
    made: Assignment, folder: Path
) -> Iterator[tuple[str, int | str, estimate.Measured]]:
    """Each notebook's name, the declared minutes, and what it took."""
    for chapter in made.chapters:
        path = fronts.BOOK / f"{chapter}.ipynb"
        if path.is_file():
            whole: NotebookNode = nbformat.read(path, as_version=4)
            yield f"the chapter {chapter}", "", estimate.run(whole, fronts.BOOK)
        minutes = sum(e.minutes for e in made.chosen(chapter))
        solved = solution.notebook(made, chapter)
        yield f"the assignment {chapter}, solved", minutes, estimate.run(solved, folder)
