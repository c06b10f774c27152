"""The submissions in a folder: notebooks, folders of notebooks and zips, and whose each is."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from decoderbook.checks import source
from decoderbook.grade.notebook import (
    MOST_BYTES,
    Notebook,
    NotebookError,
    read_notebook,
)
from decoderbook.grade.owners import LATE, owner_of

MOST_FILES = 200  # in one zip or folder
MOST_IN_ALL = 64 << 20  # bytes of one student's files, unpacked
MOST_RATIO = 200  # how much smaller a file may be in a zip
LEFT_OUT = re.compile(r"^(\.|__MACOSX$)")
MOST_OF_A_CHAPTER = 3  # notebooks of one student


@dataclass
class Submission:
    """All that one student handed in."""

    student: str
    notebooks: list[Notebook] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # files that cannot be graded
    notes: list[str] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)  # the files' contents


@dataclass(frozen=True)
class Doors:
    """What is refused while files are read; only `attacks` ever leaves one out."""

    links: bool = True
    zips: bool = True
    faults: bool = True  # a file that cannot be read is its student's problem alone


def read_submissions(folder: Path, doors: Doors = Doors()) -> list[Submission]:
    """All submissions of a folder, by student. A file that cannot be read is its student's problem alone.

    Raises NotADirectoryError where there is no such folder.
    """
    if not folder.is_dir():
        raise NotADirectoryError(
            f"{folder} is no folder; give the one that holds the submissions"
        )
    found: dict[tuple[str, str], Submission] = {}
    for path in sorted(folder.iterdir()):
        if LEFT_OUT.match(path.name):
            continue
        owner = owner_of(path.name if path.is_dir() else path.stem)
        submission = found.setdefault(owner, Submission(owner[0]))
        if LATE.search(path.name):
            submission.notes.append(f"{path.name[:80]} came late, says Canvas")
        if path.stem in source.chapters():
            submission.notes.append(f"{path.name} does not say whose it is")
        try:
            _read(path, submission, doors)
        except NotebookError as error:
            submission.problems.append(str(error))
        except Exception as error:
            if not doors.faults:
                raise
            kind = type(error).__name__
            submission.problems.append(f"{path.name} cannot be read ({kind})")
    names = Counter(name for name, _ in found)
    for (name, number), submission in found.items():
        if names[name] > 1:  # two people, whom only the platform's number tells apart
            submission.student = f"{name} {number}".strip()
    return list(found.values())


def _read(path: Path, submission: Submission, doors: Doors) -> None:
    if path.is_symlink() and doors.links:
        raise NotebookError(f"{path.name} is a link, and is not followed")
    if path.is_dir():
        for inner in _files(path, submission, doors):
            if inner.suffix.lower() == ".zip":
                _read_zip(inner, submission, doors)
            else:
                _add(inner.name, _bytes(inner), submission)
    elif path.suffix.lower() == ".zip":
        _read_zip(path, submission, doors)
    elif path.suffix.lower() == ".ipynb":
        _add(path.name, _bytes(path), submission)
    else:
        raise NotebookError(
            f"{path.name} is no notebook: hand in the file that ends in .ipynb"
        )


def _read_zip(path: Path, submission: Submission, doors: Doors) -> None:
    submission.data.append(b"zip")
    for name, data in unzipped(path, submission, doors):
        _add(name, data, submission)


def _files(folder: Path, submission: Submission, doors: Doors) -> Iterator[Path]:
    """The notebooks in a folder and below; links are told, not followed."""
    due, seen = [folder], 0
    while due:
        for path in sorted(due.pop().iterdir()):
            seen += 1
            if seen > MOST_FILES:
                raise NotebookError(f"{folder.name} holds more than {MOST_FILES} files")
            if LEFT_OUT.match(path.name):
                continue
            if path.is_symlink() and doors.links:
                submission.notes.append(f"{path.name} is a link, and was not followed")
            elif path.is_dir():
                due.append(path)
            elif path.suffix.lower() in (".ipynb", ".zip"):
                yield path


def _bytes(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise NotebookError(f"{path.name} is no ordinary file")
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _add(name: str, data: bytes, submission: Submission) -> None:
    submission.data += [name.encode("utf-8", "replace"), data]
    if sum(map(len, submission.data)) > MOST_IN_ALL:
        raise NotebookError(f"more than {MOST_IN_ALL >> 20} MB were handed in")
    try:
        notebook = read_notebook(name, data)
    except NotebookError as error:
        submission.problems.append(str(error))
        return
    same = [n for n in submission.notebooks if n.chapter == notebook.chapter]
    if len(same) >= MOST_OF_A_CHAPTER:
        raise NotebookError(
            f"more than {MOST_OF_A_CHAPTER} notebooks of one chapter were handed in; {name} was not read"
        )
    submission.notebooks.append(notebook)


def unzipped(
    path: Path, submission: Submission, doors: Doors
) -> Iterator[tuple[str, bytes]]:
    """The notebooks in a zip, by name, with their contents. Nothing is written to the disk, so no name leads
    anywhere; one that tries to is told. Raises NotebookError for a zip that cannot be read, or that swells.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise NotebookError(f"{path.name} is no zip that can be read") from None
    with archive:
        members = archive.infolist()
        if len(members) > MOST_FILES and doors.zips:
            raise NotebookError(f"{path.name} holds more than {MOST_FILES} files")
        if len({o for m in members if (o := owner_of(_first(m)))[1]}) > 1:
            raise NotebookError(
                f"{path.name} holds files of several students: unpack it, and grade that folder"
            )
        for member in members:
            if member.is_dir() or _is_left_out(member.filename):
                continue
            if not doors.zips:
                (path.parent / member.filename).write_bytes(archive.read(member))
            if (why := _refused(member)) and doors.zips:
                submission.notes.append(
                    f"{member.filename[:80]!r} in {path.name} {why}"
                )
                continue
            if member.filename.lower().endswith(".ipynb"):
                with archive.open(member) as file:
                    data = file.read(MOST_BYTES + 1 if doors.zips else -1)
                yield PurePosixPath(member.filename).name, data
            elif member.filename.lower().endswith(".zip"):
                submission.notes.append(
                    f"{member.filename[:80]!r} in {path.name} is a zip in a zip, and was not read"
                )


def _first(member: zipfile.ZipInfo) -> str:
    """The name of a zip's member, or of the folder in it that holds it."""
    return PurePosixPath(member.filename).parts[0] if member.filename.strip("/") else ""


def _is_left_out(name: str) -> bool:
    return any(
        LEFT_OUT.match(part) and part != ".." for part in PurePosixPath(name).parts
    )


def _refused(member: zipfile.ZipInfo) -> str:
    """Why a member of a zip is not read, or nothing."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
        return "would lie outside of its folder, and was not read"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link, and was not read"
    if member.flag_bits & 1:
        return "is locked with a password"
    if member.file_size > max(1, member.compress_size) * MOST_RATIO:
        return f"swells to more than {MOST_RATIO} times its size, and was not read"
    if member.file_size > MOST_BYTES:
        return f"has more than {MOST_BYTES >> 20} MB, and was not read"
    return ""
