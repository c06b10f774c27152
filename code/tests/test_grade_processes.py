"""What a notebook leaves behind on the machine: no process, no full disk, no time of others."""

import sys

import psutil
import pytest
from test_grade_child import exam, run

from decoderbook.grade import remote
from decoderbook.grade.job import Limits

__all__ = ["exam"]  # a fixture
STUCK = """
import time
over = time.monotonic() + 60
while time.monotonic() < over:
    try:
        time.sleep(60)
    except BaseException:
        pass
"""


def ended(monkeypatch):
    """Where the processes go that a child started and that are there when it is ended."""
    inner, real = [], remote.end

    def end(process):
        if process.returncode is None:
            inner.extend(psutil.Process(process.pid).children(recursive=True))
        real(process)

    monkeypatch.setattr(remote, "end", end)
    return inner


needs_namespaces = pytest.mark.skipif(
    sys.platform != "linux", reason="namespaces are Linux's"
)


@needs_namespaces
def test_no_process_outlives_its_child(exam, monkeypatch):
    """Also one that leaves the session, and takes back that it dies with its parent."""
    inner = ended(monkeypatch)
    away = """
import os
import torch.multiprocessing as mp
os.setsid()
mp._prctl_pr_set_pdeathsig(0)
"""
    _, reply = run(exam, away + STUCK, limits=Limits(cell=1, silence=3, total=8))
    assert any("took too long" in note for note in reply.notes)
    if reply.layers["descendants"] == "by namespace":
        assert inner
    assert psutil.wait_procs(inner, timeout=10)[1] == []


@needs_namespaces
def test_the_disk_is_small(exam):
    much = """
for i in range(10):
    with open(str(i), "wb") as file:
        file.write(bytes(20 << 20))
"""
    _, reply = run(exam, much)
    if reply.layers["descendants"] != "by namespace":
        pytest.skip("this machine allows no namespaces")
    assert "No space left" in reply.cells[0]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's")
def test_processes_have_no_back_door(exam):
    door = """
import _posixsubprocess
_posixsubprocess.fork_exec([b"/bin/true"], [b"/bin/true"], True, (), None, None, -1)
"""
    _, reply = run(exam, door)
    assert "the grader refuses this" in reply.cells[0]
    assert any("fork_exec" in note for note in reply.notes)


def test_all_tries_have_one_time(exam, monkeypatch):
    started, real = [], remote.start
    monkeypatch.setattr(remote, "start", lambda f: started.append(f) or real(f))
    _, reply = run(exam, *[STUCK] * 4, limits=Limits(cell=1, silence=60, total=15))
    assert len(started) <= 2, "each try took its own time"
    assert reply.notes[-1].endswith(("was ended", "is used up"))
