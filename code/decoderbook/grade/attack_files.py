"""Attacks by the files themselves: zips, links, names, and what is no notebook."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from decoderbook.assign.assignment import Assignment
from decoderbook.grade.rows import Row
from decoderbook.grade.state import cell, file_name
from decoderbook.grade.submissions import Doors, Submission, read_submissions


@dataclass(frozen=True)
class Place:
    """Where an attack by files takes place: the submissions, and the secret beside them."""

    submissions: Path
    secret: Path


@dataclass(frozen=True)
class FileAttack:
    """Puts a file into the submissions; `off` is the door that has to stand open."""

    name: str
    off: str
    put: Callable[[Place], None]
    won: Callable[[Place, Submission], bool]


def _zip(place: Place, *members: tuple[str | zipfile.ZipInfo, bytes]) -> None:
    with zipfile.ZipFile(
        place.submissions / "mallory.zip", "w", zipfile.ZIP_DEFLATED
    ) as file:
        for name, data in members:
            file.writestr(name, data)


def _escapes(place: Place) -> None:
    _zip(place, ("../escaped.ipynb", b"{}"), ("/escaped.ipynb", b"{}"))


def _swells(place: Place) -> None:
    _zip(place, ("bomb.ipynb", bytes(200 << 20)))


def _zipped_link(place: Place) -> None:
    info = zipfile.ZipInfo("linked.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    _zip(place, (info, str(place.secret).encode("utf-8")))


def _link(place: Place) -> None:
    folder = place.submissions / "mallory"
    folder.mkdir()
    (folder / "mine.ipynb").symlink_to(place.secret)


def _deep(place: Place) -> None:
    (place.submissions / "mallory.ipynb").write_bytes(b"[" * 1_000_000)


def _broken(place: Place) -> None:
    _zip(place, ("a.ipynb", bytes(range(256)) * 9))
    path = place.submissions / "mallory.zip"
    data = bytearray(path.read_bytes())
    data[60:80] = bytes(20)  # in the middle of what is packed
    path.write_bytes(bytes(data))


def _read_secret(place: Place, found: Submission) -> bool:
    return place.secret.read_bytes() in found.data


def _swelled(place: Place, found: Submission) -> bool:
    return (
        any(len(data) > 100 << 20 for data in found.data)
        or (place.submissions / "bomb.ipynb").exists()
    )


def _is_there(name: str) -> Callable[[Place, Submission], bool]:
    return lambda place, _: (place.submissions / name).exists()


FILES = (
    FileAttack("a zip that escapes", "zips", _escapes, _is_there("../escaped.ipynb")),
    FileAttack("a zip that swells", "zips", _swells, _swelled),
    FileAttack("a link in a zip", "zips", _zipped_link, _is_there("linked.ipynb")),
    FileAttack("a link to the assignment", "links", _link, _read_secret),
    FileAttack("a zip that is broken inside", "faults", _broken, lambda *_: False),
)  # fmt: skip


def try_files(attack: FileAttack, folder: Path, off: bool) -> tuple[bool, list[str]]:
    """Whether an attack by files succeeds, and what was noticed."""
    place = Place(folder / "submissions", folder / "secret.json")
    place.submissions.mkdir(parents=True)
    place.secret.write_text("the seeds", "utf-8")
    attack.put(place)
    doors = Doors(**{attack.off: False}) if off else Doors()
    try:
        found = read_submissions(place.submissions, doors)
    except Exception:
        return True, []  # one student's file ends the run for all
    (mallory,) = (s for s in found if s.student == "mallory")
    return attack.won(place, mallory), [*mallory.problems, *mallory.notes]


def try_names(
    assignment: Assignment, folder: Path, off: bool
) -> tuple[bool, list[str]]:
    """Whether a student's name leads out of the reports' folder."""
    name = "../../evil"
    path = folder / "reports" / f"{name if off else file_name(name)}.md"
    return folder not in path.resolve().parents, [f"kept as {file_name(name)}"]


def try_formula(off: bool) -> tuple[bool, list[str]]:
    """Whether a student's name becomes a formula of a spreadsheet."""
    name = '=HYPERLINK("http://example.org")'
    shown = Row(name, "graded").student if off else cell(name)
    return shown.startswith("="), [f"written as {shown[:14]}…"]
