"""A notebook that somebody handed in: read with care, because anything may be in the file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from decoderbook.checks import source

MOST_BYTES = 8 << 20
MOST_CELLS = 1000
MOST_CODE = 100_000  # characters in all code cells
# IPython's reading of magic lines takes as long as a cell is, for each of them.
MAGIC = re.compile(r"^\s*[%!?]|=\s*[%!]|\?\s*$", re.MULTILINE)
MOST_MAGIC, LONG = 50, 10_000  # lines in a notebook; characters of a cell with some
CHECK = re.compile(r"""\bcheck\(\s*["'](?:exercise-)?([a-z0-9-]+)["']""")
ANSWER = re.compile(r"exercise-([a-z0-9-]+)-answer")


class NotebookError(ValueError):
    """A file that cannot be graded; the message says why, for the student."""


@dataclass(frozen=True)
class Notebook:
    """The code cells of a notebook, and which chapter it is."""

    name: str  # of its file
    chapter: str  # "" where nothing tells
    cells: tuple[str, ...]
    ids: tuple[str, ...] = ()

    def places(self, slugs: list[str]) -> dict[str, tuple[int, ...]]:
        """The cells after which each answer is taken: those that check it, or that hold it by name."""
        found: dict[str, list[int]] = {slug: [] for slug in slugs}
        for i, (code, name) in enumerate(zip(self.cells, self.ids, strict=True)):
            here = {*CHECK.findall(code), *ANSWER.findall(name)}
            for slug in here.intersection(slugs):
                found[slug].append(i)
        return {slug: tuple(places) for slug, places in found.items()}


def read_notebook(name: str, data: bytes) -> Notebook:
    """The notebook in the bytes of a file. Raises NotebookError for what is none."""
    if len(data) > MOST_BYTES:
        raise NotebookError(
            f"{name} has more than {MOST_BYTES >> 20} MB; clear its outputs and hand it in again"
        )
    try:
        made = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotebookError(
            f"{name} is no notebook: a notebook is a text file in JSON"
        ) from None
    if not isinstance(made, dict) or not isinstance(made.get("cells"), list):
        raise NotebookError(
            f"{name} is no notebook of today's form (nbformat 4): open it in Jupyter, and save it"
        )
    code = [
        cell
        for cell in made["cells"][:MOST_CELLS]
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    ]
    sources = [_text(cell.get("source")) for cell in code]
    if sum(map(len, sources)) > MOST_CODE:
        raise NotebookError(
            f"{name} has more than {MOST_CODE:,} characters of code; put data elsewhere"
        )
    cells = _all_plain(sources)
    ids = [_text(cell.get("id"))[:200] for cell in code]
    return Notebook(name, _chapter(made, name, cells), tuple(cells), tuple(ids))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _all_plain(sources: list[str]) -> list[str]:
    """Cells as Python, as far as there are not absurdly many magic lines in them."""
    plain, left = [], MOST_MAGIC
    for code in sources:
        magic = len(MAGIC.findall(code))
        left -= magic
        slow = magic and (left < 0 or len(code) > LONG)
        plain.append(code if slow else plain_python(code))
    return plain


def plain_python(code: str) -> str:
    """A cell as Python: what IPython makes of its magic lines does nothing in a child."""
    try:
        return TransformerManager().transform_cell(code)
    except Exception:  # it is no Python; the child will say why
        return code


def _chapter(made: dict[str, Any], name: str, cells: list[str]) -> str:
    known = source.chapters()
    metadata = made.get("metadata")
    ours = metadata.get("decoderbook") if isinstance(metadata, dict) else None
    said = ours.get("chapter") if isinstance(ours, dict) else None
    if said in known:
        return said
    exercises = source.exercises()
    slugs = [s for code in cells for s in CHECK.findall(code) if s in exercises]
    if slugs:
        of_each = [exercises[slug].chapter for slug in slugs]
        return max(sorted(set(of_each)), key=of_each.count)
    return next((stem for stem in known if stem in name), "")
