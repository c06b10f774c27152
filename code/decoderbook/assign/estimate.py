"""What a notebook takes: it is run once in a kernel, and that process is watched."""

from __future__ import annotations

import contextlib
import os
import platform
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from decoderbook.assign.assignment import AssignmentError

LOOK = 0.1  # seconds between two looks at the kernel
PATIENCE = 600  # seconds for one cell


@dataclass(frozen=True)
class Measured:
    """What one run took: seconds on the clock, seconds of work on all cores, and bytes at the most."""

    wall: float
    cpu: float
    peak: int


class Watch(threading.Thread):
    """Looks at the processes that this one starts, as long as it is told to."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.cpu: dict[int, float] = {}
        self.peak = 0
        self.before = {p.pid for p in psutil.Process().children(recursive=True)}

    def run(self) -> None:
        """Look until it is over."""
        while not self.over.wait(LOOK):
            self.look()

    def look(self) -> None:
        """Look once."""
        total = 0
        for process in psutil.Process().children(recursive=True):
            if process.pid in self.before:
                continue
            with contextlib.suppress(psutil.Error):  # it ended just now
                times = process.cpu_times()
                total += process.memory_info().rss
                self.cpu[process.pid] = times.user + times.system
        self.peak = max(self.peak, total)


def run(notebook: NotebookNode, folder: Path) -> Measured:
    """Run a notebook from the top in a fresh kernel, in a folder; its outputs are in it afterwards.

    Raises AssignmentError where a cell fails, or the kernel dies.
    """
    client = NotebookClient(
        notebook,
        timeout=PATIENCE,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=[
            "--log-level=ERROR"
        ],  # no word of it gets into the progress bar
    )
    watch, started = Watch(), time.perf_counter()
    watch.start()
    try:
        # One renderer wherever this runs: plotly would otherwise look for an editor around it.
        client.execute(env={**os.environ, "PLOTLY_RENDERER": "plotly_mimetype"})
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise AssignmentError(f"a notebook could not be run: {error}") from None
    finally:
        watch.over.set()
        watch.join()
    wall = time.perf_counter() - started
    return Measured(wall, sum(watch.cpu.values()), watch.peak)


def machine() -> str:
    """Where it was measured, in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    cores = cores or os.cpu_count() or 1
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{platform.system()} on {platform.machine()}, {cores} core{'s' * (cores > 1)}, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )
