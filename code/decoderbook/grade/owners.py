"""Whose a file is, by its name: as a learner writes it, or as Canvas and Moodle do."""

from __future__ import annotations

import re
import unicodedata

from decoderbook.checks import source

# How Canvas and Moodle name what they hand to an instructor.
CANVAS = re.compile(r"(.+?)(?:_LATE)?_(\d{3,})_\d{3,}_(.+)")
LATE = re.compile(r"_LATE_\d{3,}_\d{3,}_")
MOODLE = re.compile(r"(.+?)_(\d+)_assignsubmission_\w+_?.*")


def owner_of(name: str) -> tuple[str, str]:
    """Whose a file or folder is: what stands before the chapter, without what a platform adds; and the number
    by which a platform knows that student, or "".
    """
    stem, number = unicodedata.normalize("NFC", name), ""
    for ending in (".ipynb", ".zip"):
        stem = stem.removesuffix(ending)
    for pattern in (MOODLE, CANVAS):
        if found := pattern.fullmatch(stem):
            stem, number = found[1], found[2]
            break
    for chapter in source.chapters():
        before, there, _ = stem.partition(chapter)
        if there:
            stem = before
    return stem.strip(" _-") or name, number
