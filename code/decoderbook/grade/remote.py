"""The parent's side of a child: start it, listen, end it. What it sends is data; nothing is believed."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import psutil

from decoderbook.grade.codec import FRAME, MalformedError, unframe
from decoderbook.grade.job import Job

CHILD = Path(__file__).with_name("child.py")
TRIES = 6  # a child that ends early is started again, without what it was doing


@dataclass
class Reply:
    """What children sent about one notebook, not yet read any closer."""

    cells: dict[int, str] = field(default_factory=dict)  # the errors
    taken: dict[str, tuple[list, list]] = field(default_factory=dict)
    came: dict[tuple[str, int, int], list] = field(default_factory=dict)
    slow: set[tuple[str, int]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    layers: dict[str, str] = field(default_factory=dict)
    limit: float = 0.0  # seconds that an answer had
    seconds: float = 0.0


def ask(job: Job) -> Reply:
    """Let children run a notebook, and return what they sent. A cell or an answer that ends a child, or that
    does not end, is left out when the next one goes on.
    """
    reply, begun = Reply(limit=job.limits.exercise), time.monotonic()
    for _ in range(TRIES):
        left = job.limits.total - (time.monotonic() - begun)
        if left < 1:
            reply.notes.append("the time for one notebook is used up")
            break
        job = replace(job, limits=replace(job.limits, total=left))
        what = _one_child(job, reply)
        if what is None:
            break
        why, during = what
        reply.notes.append(why)
        if during is None:
            break
        kind, which = during
        if kind == "cell":
            job = replace(job, skip_cells=(*job.skip_cells, which))
        else:
            job = replace(job, skip_tasks=(*job.skip_tasks, which))
    reply.seconds = time.monotonic() - begun
    return reply


def _one_child(job: Job, reply: Reply) -> tuple[str, tuple[str, Any] | None] | None:
    """Run one child to its end. Returns why it ended early, and during what; None if it did not."""
    with tempfile.TemporaryDirectory(
        prefix="grade-", ignore_cleanup_errors=True
    ) as folder:
        process = start(folder)
        try:
            with contextlib.suppress(OSError):  # it may have ended already
                process.stdin.write(pickle.dumps(job))
                process.stdin.close()
            return _listen(process, job, reply)
        finally:
            end(process)


def start(folder: str) -> subprocess.Popen:
    """A child in a session and a folder of its own, with an environment that tells nothing."""
    kept = {
        k: v for k, v in os.environ.items() if k.upper() in ("SYSTEMROOT", "WINDIR")
    }
    places = dict.fromkeys(("HOME", "TMPDIR", "TMP", "TEMP", "USERPROFILE"), folder)
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-X", "utf8", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**kept, **places, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        start_new_session=True,
        close_fds=True,
    )


def end(process: subprocess.Popen) -> None:
    """End a child, and on POSIX its whole session; with namespaces, whatever it started.

    The process in the namespaces is the child's own child, and may have left the session.
    """
    if process.returncode is not None:  # its number may be another's by now
        return
    with contextlib.suppress(psutil.Error):
        for inner in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                inner.kill()
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _listen(
    process: subprocess.Popen, job: Job, reply: Reply
) -> tuple[str, tuple[str, Any] | None] | None:
    messages: queue.Queue[Any] = queue.Queue(maxsize=1000)
    stop = threading.Event()
    most = job.limits.messages << 20 if job.layers.caps else 1 << 40
    reader = threading.Thread(
        target=_read, args=(process.stdout, messages, most, stop), daemon=True
    )
    reader.start()
    wait, over = job.limits.start, float("inf")
    during: tuple[str, Any] | None = None
    try:
        while True:
            try:
                message = messages.get(timeout=max(0.0, wait))
            except queue.Empty:
                return f"{_during(during)} took too long, and was ended", during
            if isinstance(message, str):
                return f"{_during(during)}: {message}", during
            said = note(message, job, reply)
            if said == "ready":
                over = min(over, time.monotonic() + job.limits.total)
            if over < float("inf"):  # from here on a student's code runs
                wait = min(job.limits.silence, over - time.monotonic())
            if said is None or said == "ready":
                continue
            if said == "done":
                return None
            during = said
    finally:
        stop.set()
        end(process)  # so that the reader comes to an end
        reader.join(timeout=2.0)  # longer, if something that got away holds the pipe


def _during(what: tuple[str, Any] | None) -> str:
    if what is None:
        return "the start"
    return f"cell {what[1] + 1}" if what[0] == "cell" else f"the answer to {what[1]}"


def _read(
    pipe: IO[bytes], messages: queue.Queue, most: int, stop: threading.Event
) -> None:
    """Put each message into the queue; at the end, or where they cannot be read, a word on why."""
    said, left = (
        "the interpreter was ended (a crash, an exit, or too much memory)",
        most,
    )
    with pipe:
        while head := pipe.read(4):
            size = int.from_bytes(head, "big")
            left -= size
            if len(head) < 4 or size > min(FRAME, most) or left < 0:
                said = "more was sent than a notebook may send, or nothing that can be read"
                break
            try:
                message: Any = unframe(pipe.read(size))
            except MalformedError:
                said = "what was sent cannot be read"
                break
            while not stop.is_set():
                with contextlib.suppress(queue.Full):
                    messages.put(message, timeout=0.2)
                    break
    with contextlib.suppress(queue.Full):
        messages.put(said, timeout=5.0)


def note(message: Any, job: Job, reply: Reply) -> Any:
    """Note a message in the reply, one of a strange form, too; returns what has begun, "done", or None."""
    slugs = {task.slug for task in job.tasks}
    match message:
        case ["done"]:
            return "done"
        case ["ready", dict(layers)]:
            shown = {str(k)[:20]: str(v)[:60] for k, v in layers.items()}
            reply.layers = reply.layers or shown
            return "ready"
        case ["begin", "cell", int(i)] if 0 <= i < len(job.cells):
            return "cell", i
        case ["begin", "task", str(slug)] if slug in slugs:
            return "task", slug
        case ["cell", int(i), str(error)]:
            reply.cells[i] = error[:500]
        case ["cell", int(_), None]:
            pass
        case ["take", str(slug), list(blank), list(sent)] if slug in slugs:
            reply.taken[slug] = (blank[:10], sent[:10])
            # What an earlier draft of it gave does not count any more.
            reply.slow = {which for which in reply.slow if which[0] != slug}
            reply.came = {k: v for k, v in reply.came.items() if k[0] != slug}
        case ["came", str(slug), int(seed), int(case), *rest] if slug in slugs:
            reply.came[slug, seed % 100, case % 1000] = rest
        case ["slow", str(slug), int(seed)] if slug in slugs:
            reply.slow.add((slug, seed))
        case ["notice", str(text)]:
            _add(reply.notes, text[:200])
        case _:
            _add(reply.notes, "something was sent that no child sends")
    return None


def _add(notes: list[str], text: str) -> None:
    if len(notes) < 50 and text not in notes:
        notes.append(text)
