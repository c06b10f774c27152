"""Files that are there whole or not at all, whoever else writes and however a run ends."""

import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def write_atomically(path: str | Path, data: bytes) -> None:
    """Put data into the file at path; until all of it is on the disk, the old one stays.

    It is written beside path, under a name of its own, and renamed when it is whole, so
    of several writers the last one counts. The file keeps the mode that it had; a link
    stays a link. A failed write leaves nothing; what a killed one leaves, `only_writer`
    removes. Raises OSError, for example for a full disk.
    """
    path = Path(os.path.realpath(path))
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            # Without it the new name could reach the disk before the bytes do.
            os.fsync(file.fileno())
        if path.exists():
            part.chmod(path.stat().st_mode)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def only_writer(path: str | Path) -> Iterator[None]:
    """Keep other runs from writing path meanwhile; raises BlockingIOError if one does.

    The operating system holds the lock, on the empty file .NAME.lock beside path, and
    lets go of it when the process ends, however it ends: no lock outlives its run. What
    a killed writer left half-written beside path is removed.
    """
    path = Path(os.path.realpath(path))
    lock = path.with_name(f".{path.name}.lock")
    with _locked(lock, path):
        leftover = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.part")
        for part in path.parent.iterdir():
            if leftover.fullmatch(part.name):
                part.unlink(missing_ok=True)
        yield


@contextmanager
def _locked(lock: Path, path: Path) -> Iterator[None]:
    while True:
        file = os.open(lock, os.O_RDWR | os.O_CREAT)
        try:
            _lock(file)
            # The run before may have removed this file between the two lines above.
            if lock.exists() and os.path.samestat(os.fstat(file), lock.stat()):
                break
        except OSError as error:
            os.close(file)
            raise BlockingIOError(
                f"another run is writing {path}: wait for it, or choose another name "
                f"({error})"
            ) from error
        os.close(file)
    try:
        yield
    finally:
        if sys.platform != "win32":  # which removes no file that is open
            lock.unlink(missing_ok=True)
        os.close(file)
        if sys.platform == "win32":
            _remove_if_free(lock)


def _lock(file: int) -> None:
    """Raises OSError where another process has it."""
    if sys.platform == "win32":
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_if_free(lock: Path) -> None:
    try:
        lock.unlink(missing_ok=True)
    except PermissionError:  # the next run has it open
        return
