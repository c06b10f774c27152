"""Make an assignment's folder: all of it is written first, and then put in the old files' place."""

from __future__ import annotations

import difflib
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from tqdm import tqdm

from decoderbook.assign import makers
from decoderbook.assign.assignment import (
    NAME,
    Assignment,
    AssignmentError,
    find_chapters,
    read_assignment,
)
from decoderbook.checks import source
from tinydecoder.files import only_writer, write_atomically

README = "readme"  # made of the whole, after the makers
PARTS = (*makers.MAKERS, README)
SUBMISSIONS = "submissions"  # of learners: never written to
SCRATCH = ".part"
PRIVATE = """\
Whoever has this folder knows the numbers with which this assignment is graded. Keep it to yourself,
with otter/ and nbgrader/source/, which hold them too.
"""
IGNORED = "# The seed, and what learners hand in, must not get into a repository.\n*\n"


@dataclass(frozen=True)
class Wish:
    """What is asked for on the command line; None where nothing was said."""

    chapters: tuple[str, ...]
    exercises: tuple[str, ...] | None = None
    title: str | None = None
    seed: int | None = None
    hints: bool = True


def all_parts() -> tuple[str, ...]:
    """The parts of a whole assignment, as far as they can be made here."""
    return (*makers.possible(), README)


def plan(wish: Wish, folder: Path, parts: Sequence[str] = PARTS) -> Assignment:
    """The assignment to make in a folder. What the one that is there already has, title and seed,
    is kept where nothing else is asked for.

    Raises AssignmentError for what cannot be asked for, and for a folder that holds something else.
    """
    old = existing(folder)
    chapters = find_chapters(list(wish.chapters))
    exercises = choose(chapters, wish.exercises)
    if old and (lost := [c for c in old.chapters if c not in chapters]):
        raise AssignmentError(
            f"{folder} holds an assignment with chapter {lost[0][:2]}, which is not asked for now: "
            "name another folder, or remove that one"
        )
    numbers = [c[:2] for c in chapters]
    made = Assignment(
        wish.title or (old.title if old else _titled(numbers)),
        chapters,
        exercises,
        _seed(wish.seed, old),
        wish.hints,
    )
    if wish.title is not None and not wish.title.strip():
        raise AssignmentError("a title needs at least one letter")
    if (
        old
        and not set(all_parts()) <= set(parts)
        and replace(made, hints=old.hints) != old
    ):
        raise AssignmentError(
            f"{folder} holds an assignment with other chapters, exercises, seed or title: with --only, "
            "its parts would not belong together; make all of it"
        )
    return made


def existing(folder: Path) -> Assignment | None:
    """The assignment in a folder, if the folder is there and not empty.

    Raises AssignmentError where it holds something else, or is a file.
    """
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise AssignmentError(f"{folder} is a file; name a folder")
    if (folder / NAME).exists():
        return read_assignment(folder / NAME)
    if strange := sorted(
        p.name for p in folder.iterdir() if not p.name.startswith(".")
    ):
        raise AssignmentError(
            f"{folder} holds {strange[0]} and no assignment of ours: name a new folder"
        )
    return None


def choose(chapters: Sequence[str], wanted: Sequence[str] | None) -> tuple[str, ...]:
    """The exercises of the chapters, all or those that are wanted, in the order of the book.

    Raises AssignmentError for one that is not there, and for a chapter without any.
    """
    known = source.exercises()
    for slug in wanted or ():
        if slug not in known:
            near = [e.slug for e in known.values() if slug == e.label]
            near = near or difflib.get_close_matches(slug, known, n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise AssignmentError(f"there is no exercise {slug!r}{hint}")
        if known[slug].chapter not in chapters:
            number = known[slug].chapter[:2]
            raise AssignmentError(
                f"{slug} is an exercise of chapter {number}: name that chapter too"
            )
    chosen = [
        e
        for e in known.values()
        if e.chapter in chapters and (wanted is None or e.slug in wanted)
    ]
    if empty := set(chapters) - {e.chapter for e in chosen}:
        number = min(empty)[:2]
        raise AssignmentError(
            f"no exercise of chapter {number} is chosen: choose one, or leave the chapter out"
        )
    return tuple(e.slug for e in chosen)


def _titled(numbers: Sequence[str]) -> str:
    if len(numbers) == 1:
        return f"Chapter {numbers[0]}"
    return f"Chapters {', '.join(numbers[:-1])} and {numbers[-1]}"


def _seed(wanted: int | None, old: Assignment | None) -> int:
    if wanted is None:
        return old.seed if old else secrets.randbelow(2**63)
    if not 0 <= wanted < 2**63:
        raise AssignmentError(f"--seed must be from 0 to 2**63 - 1, got {wanted}")
    return wanted


def make(made: Assignment, folder: Path, parts: Sequence[str] = PARTS) -> list[Path]:
    """Write the parts of an assignment into its folder; returns the files.

    Until all of them are made, the old files stay. Raises AssignmentError for a part that cannot be
    made, and OSError for a full disk.
    """
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / SCRATCH
    try:
        with only_writer(folder / "README.md"):
            shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
            try:
                _write(made, scratch, parts)
                placed = _place(scratch, folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
            (folder / SUBMISSIONS).mkdir(exist_ok=True)
    except BaseException:
        if new and not any(folder.iterdir()):
            folder.rmdir()
        raise
    return placed


def _write(made: Assignment, folder: Path, parts: Sequence[str]) -> None:
    made.write(folder)
    write_atomically(folder / NAME.parent / "README.md", PRIVATE.encode("utf-8"))
    write_atomically(folder / ".gitignore", IGNORED.encode("utf-8"))
    due = [
        (name, chapter) for name in parts if name != README for chapter in made.chapters
    ]
    with tqdm(total=len(due) + (README in parts), desc="making", unit="file") as bar:
        for name, chapter in due:
            bar.set_postfix_str(f"{name} {chapter[:2]}")
            makers.make(name, chapter, folder)
            bar.update()
        if README in parts:
            bar.set_postfix_str("measuring")
            with makers.libraries():
                import_module(f"decoderbook.assign.{README}").write(made, folder)
            bar.update()


def _place(scratch: Path, folder: Path) -> list[Path]:
    """Move what was made into its place, the assignment itself first."""
    files = sorted(p.relative_to(scratch) for p in scratch.rglob("*") if p.is_file())
    files.sort(key=lambda path: path != NAME)
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (scratch / path).replace(folder / path)
    return [folder / path for path in files]
