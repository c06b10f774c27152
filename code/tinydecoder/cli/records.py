"""What `tinydecoder train` writes as text beside a checkpoint: history, pairs kept back."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from tinydecoder.files import write_atomically
from tinydecoder.text.parallel import Pair
from tinydecoder.training_state import History

COLUMNS = [column.name for column in fields(History)]
HISTORY_HEAD = ",".join(["step", *COLUMNS])  # the first line of a history


def write_history(path: Path, history: History) -> None:
    """One row a step, as CSV."""
    rows = zip(*(getattr(history, name) for name in COLUMNS), strict=True)
    lines = [",".join(map(str, [step, *row])) for step, row in enumerate(rows)]
    write_atomically(path, "\n".join([HISTORY_HEAD, *lines, ""]).encode())


def write_pairs(path: Path, pairs: Sequence[Pair]) -> None:
    """One pair a line, source TAB target."""
    text = "".join(f"{source}\t{target}\n" for source, target in pairs)
    write_atomically(path, text.encode())
