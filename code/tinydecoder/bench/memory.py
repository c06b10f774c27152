"""Peak memory of a work: by how much it raises that of a process of its own."""

import multiprocessing
import sys
from collections.abc import Sequence


def memory_growth(works: Sequence[tuple]) -> list[int] | None:
    """Bytes by which each work raises its process's peak; None where nothing tells.

    works: (function, its arguments) to be run in a new process each; function makes
    ready, and returns what is then run and measured.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return None
    # Not a child of this process: Linux would count our peak as the child's from the
    # start. The server is small and has loaded the code; each work has a fork of it.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, works[0][0].__module__])
    with context.Pool(1, maxtasksperchild=1) as pool:
        return pool.map(_growth, works, chunksize=1)


def _growth(work: tuple) -> int:
    prepare, *arguments = work
    run = prepare(*arguments)
    before = _peak_memory()
    run()
    return _peak_memory() - before


def _peak_memory() -> int:
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes
