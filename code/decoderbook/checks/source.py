"""What the chapters declare in `decoderbook/exercises`, in the form that `form.py` describes."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from decoderbook.checks.form import parse
from decoderbook.checks.items import Declared, Exercise


@cache
def chapters() -> tuple[str, ...]:
    """The stems of the chapters that declare something, in order."""
    folder = files("decoderbook") / "exercises"
    return tuple(
        sorted(f.name[:-3] for f in folder.iterdir() if f.name.endswith(".md"))
    )


def path_of(chapter: str) -> Path:
    """The file in which a chapter's items are declared."""
    return Path(str(files("decoderbook") / "exercises" / f"{chapter}.md"))


@cache
def declared(chapter: str) -> Declared:
    """What a chapter declares, such as "05-queries-keys-values"; nothing for an unknown one."""
    path = path_of(chapter)
    return (
        parse(path.read_text("utf-8"), chapter) if path.is_file() else Declared(chapter)
    )


def exercises() -> dict[str, Exercise]:
    """All exercises of the book, by slug."""
    return {e.slug: e for name in chapters() for e in declared(name).exercises}
