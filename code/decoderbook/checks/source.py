"""What the chapters declare in `decoderbook/exercises`, in the form that `form.py` describes."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from decoderbook.checks.form import parse
from decoderbook.checks.items import Declared, Exercise
from decoderbook.checks.sections import SourceError

NAME = re.compile(r"[0-9]{2}-[a-z0-9-]+\.md")


@cache
def chapters() -> tuple[str, ...]:
    """The stems of the chapters that declare something, in order. Raises SourceError for a file
    that is named after no chapter.
    """
    folder = files("decoderbook") / "exercises"
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".md"))
    names = [name for name in names if not name.startswith(".")]  # of an editor
    if strange := [name for name in names if not NAME.fullmatch(name)]:
        raise SourceError(
            f"exercises/{strange[0]}: a file here has the name of its chapter, "
            "such as 05-queries-keys-values.md"
        )
    return tuple(name.removesuffix(".md") for name in names)


def path_of(chapter: str) -> Path:
    """The file in which a chapter's items are declared."""
    return Path(str(files("decoderbook") / "exercises" / f"{chapter}.md"))


@cache
def declared(chapter: str) -> Declared:
    """What a chapter declares, such as "05-queries-keys-values"; nothing for an unknown one."""
    path = path_of(chapter)
    if not path.is_file():
        return Declared(chapter)
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"exercises/{chapter}.md:{line}: the file must be UTF-8, and here it is not"
        ) from None
    return parse(text, chapter)


def exercises() -> dict[str, Exercise]:
    """All exercises of the book, by slug. Raises SourceError where two files use one name."""
    places: dict[str, str] = {}
    for chapter in chapters():
        found = declared(chapter)
        for item in (*found.exercises, *found.questions):
            if (other := places.setdefault(item.slug, chapter)) != chapter:
                raise SourceError(
                    f"exercises/{chapter}.md, {item.slug}: "
                    f"exercises/{other}.md has an item of this name too"
                )
    return {e.slug: e for name in chapters() for e in declared(name).exercises}
