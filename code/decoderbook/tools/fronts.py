"""The box at the head of each chapter, from `book/chapters.yml`: one form, one source."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from decoderbook.checks import source
from decoderbook.tools import address, reading
from decoderbook.tools.canonical import NotebookError

BOOK = Path(__file__).resolve().parents[3] / "book"
CELL = "chapter-front"  # the id of the cell, right after the title
NOTHING = "nothing but Python, and [what a matrix product is](00-the-mathematics.ipynb)"
# The page leaves this out.
IN_NOTEBOOK = (
    "**In a notebook:** *Run → Run All Cells* first. Until then pictures are words, and "
    "figures have no controls."
)


CLOCK = re.compile(r"\d+(:[0-5]\d){1,2}")
KEYS = {"lights", "able", "before", "needs", "seconds", "mirrors"}


def read_data(book: Path = BOOK) -> dict[str, Any]:
    """What `chapters.yml` says. Raises NotebookError for what a head cannot be made of."""
    try:
        data = yaml.safe_load((book / "chapters.yml").read_text("utf-8"))
    except yaml.YAMLError as error:
        raise NotebookError(f"book/chapters.yml is no YAML: {error}") from None
    if not isinstance(data, dict) or {"videos", "chapters"} - data.keys():
        raise NotebookError("book/chapters.yml must have videos and chapters")
    numbers = {str(name)[:2] for name in data["chapters"]}
    for name, chapter in data["chapters"].items():
        for wrong in _faults(chapter, numbers, set(data["videos"])):
            raise NotebookError(f"book/chapters.yml, {name}: {wrong}")
    return data


def _faults(chapter: Any, numbers: set[str], videos: set[str]) -> Iterator[str]:
    """What is wrong with a chapter's entry, in words."""
    if not isinstance(chapter, dict):
        yield "must have " + ", ".join(sorted(KEYS))
        return
    if unknown := set(chapter) - KEYS:
        yield f"knows no {', '.join(map(str, unknown))}"
    for key in ("lights", "able", "needs"):
        value = chapter.get(key)
        if not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
            yield f"{key} must be a list of texts, got {value!r}"
            return
    if unknown := set(chapter["needs"]) - numbers:
        yield f"needs a chapter that is not there: {', '.join(unknown)}"
    seconds = chapter.get("seconds")
    if not (isinstance(seconds, int) and seconds > 0):
        yield f"seconds must be a whole number above 0, got {seconds!r}"
    for part in chapter.get("mirrors", []):
        if not (isinstance(part, list) and len(part) in (2, 3) and part[0] in videos):
            yield f"mirrors must hold [video, from, to], got {part!r}"
        elif not all(CLOCK.fullmatch(str(clock)) for clock in part[1:]):
            yield f'mirrors must hold times such as "5:11", in quotes, got {part!r}'


def is_chapter(name: str) -> bool:
    """Whether a notebook's name begins with a chapter's number."""
    return name[:2].isdigit()


def seconds_into(clock: str) -> int:
    """Seconds from a video's beginning: 477 for "7:57"."""
    total = 0
    for part in clock.split(":"):
        total = 60 * total + int(part)
    return total


def stretch(videos: dict[str, Any], video: str, start: str, end: str = "") -> str:
    """A link to a video at its time, such as [decoder video, 7:57 to 15:30](…)."""
    known = videos[video]
    text = f"{known['title']}, {start} to {end or 'its end'}"
    return f"[{text}](https://youtu.be/{known['id']}?t={seconds_into(start)})"


def minutes_to_read(notebook: NotebookNode) -> tuple[int, int]:
    """(minutes of the core, minutes of *Going deeper*), the box itself left out."""
    own = [cell for cell in notebook.cells if cell.id != CELL]
    return reading.minutes(nbformat.from_dict({"cells": own}))


def front(name: str, notebook: NotebookNode, book: Path = BOOK) -> str:
    """The box's Markdown for a chapter, such as "06-masked-self-attention".

    Raises NotebookError for a chapter that the file does not know.
    """
    data = read_data(book)
    names = {stem[:2]: stem for stem in data["chapters"]}
    try:
        chapter = data["chapters"][name]
        needs = [(number, names[number]) for number in chapter["needs"]]
    except KeyError as error:
        raise NotebookError(f"book/chapters.yml has no chapter {error}") from None
    before = ", ".join(f"[chapter {n}]({stem}.ipynb)" for n, stem in needs)
    before = before or chapter.get("before", NOTHING)
    core, deeper = minutes_to_read(notebook)
    takes = [f"{core} minutes to read"]
    if deeper:
        takes.append(f"{deeper} more for *Going deeper*")
    if tasks := source.declared(name).exercises:
        minutes = sum(task.minutes for task in tasks)
        takes.append(f"{minutes} for {len(tasks)} exercises")
    *most, last = takes
    listed = ", ".join(most) + ", and " * bool(most) + last
    videos = [stretch(data["videos"], *part) for part in chapter.get("mirrors", [])]
    colab = address.read(book.parent).colab(f"{name}.ipynb")
    return "\n".join(
        [
            "**You will be able to**",
            "",
            *(f"- {line}" for line in chapter["able"]),
            "",
            f"**Before this:** {before}. **Time:** about {listed}. "
            f"Runs in under {chapter['seconds']} seconds on two CPU cores; no GPU.",
            "",
            IN_NOTEBOOK,
            *(["", f"**Mirrors** {' and '.join(videos)}."] if videos else []),
            "",
            f"[Open in Colab]({colab})",
        ]
    )


def put_front(notebook: NotebookNode, name: str, book: Path = BOOK) -> None:
    """Write the box into the notebook, behind its title."""
    others = [cell for cell in notebook.cells if cell.id != CELL]
    cell = nbformat.v4.new_markdown_cell(front(name, notebook, book), id=CELL)
    notebook.cells = [others[0], cell, *others[1:]]
