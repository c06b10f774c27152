"""The one form in which the book stores a notebook, so that a diff shows what changed."""

import hashlib
import secrets
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from decoderbook.widgets import VIEW_TYPE

MAX_BYTES = 300_000
GUESSED = "guessed"  # the tag of a cell that answers a guess: Jupyter shows it folded
FOLDED = {"outputs_hidden": True, "source_hidden": True}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class NotebookError(Exception):
    """A notebook that cannot be stored; the message names it, the cell and the mend."""


def read(path: Path) -> NotebookNode:
    """A stored notebook as it is, without nbformat's silent repairs of its ids.

    Raises NotebookError where the file is no notebook.
    """
    try:
        notebook = nbformat.v4.reads_json(path.read_text("utf-8"))
        notebook.cells  # noqa: B018  (a JSON file without cells is no notebook either)
        return notebook
    except (ValueError, AttributeError) as error:
        raise NotebookError(f"{path.name} is not a notebook: {error}") from None


def canonical_form(notebook: NotebookNode, name: str) -> NotebookNode:
    """The notebook with counts 1…n, stable ids, no metadata but tags, and one kernel.

    Widget state is dropped; what answers a guess is folded. Raises NotebookError where a
    cell wrote to stderr, or where two cells have one id.
    """
    cells, ids = [], set()
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        kept: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "id": cell.get("id")
            or hashlib.sha256(cell.source.encode()).hexdigest()[:8],
            "metadata": {"tags": sorted(tags)} if tags else {},
            "source": cell.source.rstrip(),
        }
        if tags and GUESSED in tags:
            kept["metadata"]["jupyter"] = FOLDED
        if kept["id"] in ids:
            raise NotebookError(
                f"{name}: two cells have the id {kept['id']!r}; give one of them another"
            )
        ids.add(kept["id"])
        if cell.cell_type == "code":
            kept["execution_count"] = sum(c["cell_type"] == "code" for c in cells) + 1
            outputs = _merge_streams(cell.outputs)
            kept["outputs"] = [
                _output(o, kept["execution_count"], name) for o in outputs
            ]
        cells.append(kept)
    return nbformat.from_dict(
        {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    )


def _merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs with text printed in a row as one: where it is cut is up to timing."""
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        both_text = last and last.output_type == output.output_type == "stream"
        if both_text and last.name == output.name:
            merged[-1] = NotebookNode({**last, "text": last.text + output.text})
        else:
            merged.append(output)
    return merged


def _output(output: NotebookNode, count: int, name: str) -> dict[str, Any]:
    if output.output_type == "stream" and output.name == "stderr":
        raise NotebookError(
            f"{name}: cell {count} wrote to stderr, mend what it warns of:\n{output.text}"
        )
    kept = dict(output)
    if "execution_count" in kept:
        kept["execution_count"] = count
    if "data" in kept:
        # The widget lives as long as its kernel; the figure and the record in the same
        # output stay.
        kept["data"] = {
            mime: data for mime, data in kept["data"].items() if mime != VIEW_TYPE
        }
    return kept


def text_of(notebook: NotebookNode) -> str:
    """The bytes to store, as text."""
    return nbformat.writes(notebook) + "\n"


def is_canonical(path: Path) -> bool:
    """Whether a stored notebook is already what canonical_form makes of it."""
    return text_of(canonical_form(read(path), path.name)) == path.read_text("utf-8")


def write(notebook: NotebookNode, path: Path) -> bool:
    """Store a canonical notebook, whole or not at all; return whether it is new.

    Raises NotebookError where it would be larger than MAX_BYTES.
    """
    text = text_of(notebook)
    size = len(text.encode())
    if size > MAX_BYTES:
        raise NotebookError(
            f"{path.name} would take {size:,} bytes, more than {MAX_BYTES:,}: show less, or round"
        )
    if path.exists() and path.read_text("utf-8") == text:
        return False
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        scratch.write_text(text, "utf-8", newline="\n")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return True
