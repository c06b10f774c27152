"""What `tinydecoder train` writes as text beside a checkpoint: history, pairs kept back."""

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from tinydecoder.files import write_atomically
from tinydecoder.text.parallel import Pair
from tinydecoder.training_state import History

COLUMNS = [column.name for column in fields(History)]
HELD_OUT_DIGEST = "kept back, SHA-256"  # under which a checkpoint knows its pairs
HISTORY_HEAD = ",".join(["step", *COLUMNS])  # the first line of a history


def write_history(path: Path, history: History) -> None:
    """One row a step, as CSV."""
    rows = zip(*(getattr(history, name) for name in COLUMNS), strict=True)
    lines = [",".join(map(str, [step, *row])) for step, row in enumerate(rows)]
    write_atomically(path, "\n".join([HISTORY_HEAD, *lines, ""]).encode())


def pairs_content(pairs: Sequence[Pair]) -> bytes:
    """One pair a line, source TAB target."""
    return "".join(f"{source}\t{target}\n" for source, target in pairs).encode()


def file_digest(content: bytes) -> str:
    """The start of the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()[:16]
