"""What an assignment's folder holds, and the module that makes each part."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from decoderbook.assign.assignment import AssignmentError
from decoderbook.tools import address, fronts

OURS = ("decoderbook", "tinydecoder")


@dataclass(frozen=True)
class Maker:
    """One part: its files, where CH stands for a chapter, who may have them, and what they are."""

    files: str
    whose: str
    what: str
    of_chapter: bool = (
        False  # made of the chapter's own page: needs a clone, and its own folder
    )


# Each is made by `write(chapter, folder)` of the module in decoderbook.assign that has its name. It reads
# the assignment out of the folder, and writes there.
MAKERS = {
    "student": Maker(
        "student/CH.ipynb",
        "learners",
        "the exercises to hand out; in Colab the first cell installs what they need",
    ),
    "solution": Maker(
        "solution/CH.ipynb",
        "you",
        "the same with the solutions, run, and all other answers and mistakes that are known",
    ),
    "rubric": Maker(
        "rubric/CH.md, rubric.csv",
        "you",
        "points, minutes, what a full answer shows, what each known mistake tells",
    ),
    "quiz": Maker(
        "quiz/CH.zip, quiz/CH.xml, quiz/CH.csv",
        "you",
        "the chapter's questions for Canvas (QTI 1.2), for Moodle, and as a table",
        of_chapter=True,
    ),
    "slides": Maker(
        "slides/CH.html",
        "you",
        "slides to project; one file, figures alive, no network needed; key S for notes",
        of_chapter=True,
    ),
    "handout": Maker(
        "handout/CH.pdf", "learners", "the chapter on one sheet", of_chapter=True
    ),
    "otter": Maker(
        "otter/CH.zip",
        "you",
        "the autograder for Gradescope, and for `otter run`; it holds your seeds",
    ),
    "nbgrader": Maker(
        "nbgrader/",
        "you",
        "source notebooks and configuration for a site that runs nbgrader; they hold your seeds",
    ),
}


def possible() -> dict[str, Maker]:
    """The parts that can be made here: the installed package has the exercises, and no chapters."""
    return {
        name: maker
        for name, maker in MAKERS.items()
        if fronts.BOOK.is_dir() or not maker.of_chapter
    }


def make(name: str, chapter: str, folder: Path) -> list[Path]:
    """Write one part of one chapter into a folder; returns its files."""
    place = folder / name if MAKERS[name].of_chapter else folder
    with libraries():
        return import_module(f"decoderbook.assign.{name}").write(chapter, place)


@contextlib.contextmanager
def libraries() -> Iterator[None]:
    """Raise AssignmentError inside the block where a library is missing, with what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in OURS:
            raise
        name, rest = address.find().requirement.split(" ", 1)
        raise AssignmentError(
            f"{error.name} is not installed. What instructors need comes with\n"
            f'    pip install "{name}[instructor] {rest}"'
        ) from None
