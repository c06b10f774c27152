"""Run the book's notebooks and store them in one canonical form.

python -m decoderbook.notebooks           run what changed since it was last run, and store it
python -m decoderbook.notebooks --all     run every notebook python -m decoderbook.notebooks
--check   run nothing; fail where a stored notebook is not canonical
"""

import argparse
import hashlib
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from tqdm import tqdm

from decoderbook.explore import VIEW_TYPE

CODE = Path(__file__).resolve().parents[1]
BOOK = CODE.parent / "book"
STAMPS = CODE.parent / "_build" / "notebooks"
MAX_BYTES = 300_000
BUDGET = re.compile(r"[Rr]uns in (?:under|less than) (\d+) (seconds?|minutes?)")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class NotebookError(Exception):
    """A notebook that cannot be stored; the message names the notebook, the cell and
    the mend.
    """


def read(path: Path) -> NotebookNode:
    """A stored notebook as it is, without nbformat's silent repairs of missing or
    doubled ids.

    Raises NotebookError where the file is no notebook.
    """
    try:
        notebook = nbformat.v4.reads_json(path.read_text("utf-8"))
        notebook.cells  # noqa: B018  (a JSON file without cells is no notebook either)
        return notebook
    except (ValueError, AttributeError) as error:
        raise NotebookError(f"{path.name} is not a notebook: {error}") from None


def run(path: Path) -> NotebookNode:
    """Execute a notebook from the top in a fresh kernel, in its own folder, and return
    it in canonical form.

    Raises NotebookError where a cell fails, writes to stderr or takes the notebook over
    the time it promises.
    """
    notebook = read(path)
    # One renderer wherever this runs: plotly would otherwise look for an editor around
    # it.
    os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"
    started = time.monotonic()
    client = NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise NotebookError(f"{path.name}: a cell failed.\n{error}") from None
    seconds, promised = time.monotonic() - started, promised_seconds(notebook)
    if promised is not None and seconds > promised:
        raise NotebookError(
            f"{path.name} ran {seconds:.0f} s; its front matter promises at most {promised} s"
        )
    return canonical(notebook, path.name)


def promised_seconds(notebook: NotebookNode) -> int | None:
    """The running time that the first Markdown cell promises ("runs in under 60
    seconds"), in seconds.
    """
    text = next(
        (cell.source for cell in notebook.cells if cell.cell_type == "markdown"), ""
    )
    if not (found := BUDGET.search(text)):
        return None
    return int(found[1]) * (60 if found[2].startswith("minute") else 1)


def canonical(notebook: NotebookNode, name: str) -> NotebookNode:
    """The one stored form: counts 1…n, stable ids, tags alone, one kernel, no widget
    state, nothing on stderr.
    """
    cells, ids = [], set()
    for cell in notebook.cells:
        kept: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "source": cell.source.rstrip(),
        }
        kept["metadata"] = (
            {"tags": sorted(cell.metadata["tags"])} if cell.metadata.get("tags") else {}
        )
        kept["id"] = (
            cell.get("id") or hashlib.sha256(cell.source.encode()).hexdigest()[:8]
        )
        if kept["id"] in ids:
            raise NotebookError(
                f"{name}: two cells have the id {kept['id']!r}; give one of them another"
            )
        ids.add(kept["id"])
        if cell.cell_type == "code":
            kept["execution_count"] = sum(c["cell_type"] == "code" for c in cells) + 1
            kept["outputs"] = [
                _output(o, kept["execution_count"], name) for o in cell.outputs
            ]
        cells.append(kept)
    return nbformat.from_dict(
        {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    )


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


def write(notebook: NotebookNode, path: Path) -> bool:
    """Store a canonical notebook, whole or not at all; return whether its bytes are
    new.

    Raises NotebookError where it would be larger than MAX_BYTES.
    """
    text = nbformat.writes(notebook) + "\n"
    size = len(text.encode())
    if size > MAX_BYTES:
        raise NotebookError(
            f"{path.name} would take {size:,} bytes, more than {MAX_BYTES:,}: show less, or round"
        )
    if path.exists() and path.read_text("utf-8") == text:
        return False
    scratch = path.with_suffix(".part")
    scratch.write_text(text, "utf-8", newline="\n")
    scratch.replace(path)
    return True


def fingerprint(path: Path) -> str:
    """A hash of all that a stored notebook depends on: itself, both packages, and the
    pins.
    """
    digest = hashlib.sha256(path.read_bytes())
    sources = [
        *sorted(CODE.glob("tinydecoder/**/*.py")),
        *sorted(CODE.glob("decoderbook/**/*.py")),
    ]
    for source in [*sources, CODE.parent / "requirements.txt"]:
        digest.update(source.read_bytes() if source.exists() else b"")
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--all", action="store_true", help="run every notebook, changed or not"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="only say which notebooks are not canonical",
    )
    options = parser.parse_args(arguments)
    paths = sorted(BOOK.glob("*.ipynb"))
    try:
        if options.check:
            return check(paths)
        STAMPS.mkdir(parents=True, exist_ok=True)
        stamps = {path: STAMPS / f"{path.stem}.sha256" for path in paths}
        due = [p for p in paths if options.all or not _is_current(p, stamps[p])]
        for path in tqdm(due, desc="running notebooks", unit="notebook"):
            changed = write(run(path), path)
            stamps[path].write_text(fingerprint(path))
            tqdm.write(
                f"{path.name}: {'stored anew' if changed else 'the same bytes as before'}"
            )
    except (NotebookError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if not due:
        print("no notebook has changed since it was last run")
    return 0


def _is_current(path: Path, stamp: Path) -> bool:
    return stamp.exists() and stamp.read_text() == fingerprint(path)


def check(paths: list[Path]) -> int:
    """Print each notebook whose bytes differ from its canonical form; return 1 if there
    is one.
    """
    wrong = []
    for path in paths:
        if nbformat.writes(canonical(read(path), path.name)) + "\n" != path.read_text(
            "utf-8"
        ):
            wrong.append(path.name)
    for name in wrong:
        print(
            f"error: {name} is not in canonical form; run `make notebooks`",
            file=sys.stderr,
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
