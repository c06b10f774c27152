"""Run the book's notebooks and store them in canonical form; the command is `main`."""

import argparse
import hashlib
import os
import re
import sys
import time
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from tqdm import tqdm

from decoderbook.tools import exercises, fronts
from decoderbook.tools.canonical import (
    NotebookError,
    canonical_form,
    is_canonical,
    read,
    write,
)

CODE = Path(__file__).resolve().parents[2]
BOOK = CODE.parent / "book"
STAMPS = CODE.parent / "_build" / "notebooks"
# A cell that reads the clock: what is stored stays, or no two runs would give one file.
KEEP_OUTPUT = "keep-output"
BUDGET = re.compile(r"[Rr]uns in (?:under|less than) (\d+) (seconds?|minutes?)")


def run(path: Path) -> NotebookNode:
    """Execute a notebook from the top in a fresh kernel, in its own folder, and return
    it in canonical form.

    A cell tagged KEEP_OUTPUT runs too, and keeps its stored output if it has one: clear
    that output to measure anew.

    Raises NotebookError where a cell fails, writes to stderr or takes the notebook over
    the time it promises.
    """
    notebook = read(path)
    if fronts.is_chapter(path.stem):
        exercises.put_exercises(notebook, path.stem)
        fronts.put_front(notebook, path.stem)  # the time that it promises from now on
    kept = {
        cell.id: cell.outputs
        for cell in notebook.cells
        if KEEP_OUTPUT in cell.metadata.get("tags", []) and cell.outputs
    }
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
    for cell in notebook.cells:
        if cell.id in kept:
            cell.outputs = kept[cell.id]
    if fronts.is_chapter(path.stem):
        fronts.put_front(notebook, path.stem)  # a figure that is new takes time to read
    return canonical_form(notebook, path.name)


def promised_seconds(notebook: NotebookNode) -> int | None:
    """The running time that the notebook's head promises ("runs in under 60 seconds"),
    in seconds.
    """
    head = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"][:2]
    text = "\n".join(head)
    if not (found := BUDGET.search(text)):
        return None
    return int(found[1]) * (60 if found[2].startswith("minute") else 1)


def fingerprint(path: Path) -> str:
    """A hash of all that a stored notebook depends on: itself, every file of both
    packages (the trained model among them), and the pins.
    """
    root = CODE.parent
    names = ("requirements.txt", "constraints.txt", "book/chapters.yml", "_config.yml")
    found = [root / name for name in names]
    for package in ("tinydecoder", "decoderbook"):
        for file in sorted((CODE / package).rglob("*")):
            parts = file.relative_to(CODE).parts
            made = any(p.startswith(".") or p == "__pycache__" for p in parts)
            if file.is_file() and not made:
                found.append(file)
    digest = hashlib.sha256()
    for name, file in [("", path), *((f.relative_to(root), f) for f in found)]:
        data = file.read_bytes()
        # Name and size first, so that no byte can move from one file to the next.
        digest.update(f"{Path(name).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.tools.notebooks",
        description="Run the notebooks that changed since they were last run, and store them.",
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
    """Print each notebook that is not in canonical form; return 1 if there is one."""
    wrong = [path.name for path in paths if not is_canonical(path)]
    for name in wrong:
        mend = "run `make notebooks`"
        print(f"error: {name} is not in canonical form; {mend}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
