"""What a child may not do: the layers around a student's code, closed one after the other."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Iterable
from typing import Any

from decoderbook.grade import linux
from decoderbook.grade.job import Job, Limits

OURS = (
    *("decoderbook", "tinydecoder", "inside_the_decoder", "__editable__"),
    *("site-packages", "dist-packages"),
)
LIBRARIES = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib")
SYSTEM = ("/usr/share/zoneinfo", "/proc/self")
MOST_NOTICES = 20
DEVICES = ("/dev/null", "/dev/urandom", "/dev/zero")
# Events of sys.addaudithook, by the beginning of their names.
NETWORK = ("socket.",)
PROCESSES = (
    *("subprocess.Popen", "os.fork", "os.exec", "os.posix_spawn", "os.spawn"),
    *("os.system", "os.startfile", "pty.spawn", "os.kill", "signal.pthread_kill"),
)
NATIVE = ("ctypes.", "resource.", "sys.addaudithook", "mmap.")
CHANGES = (
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink"),
    *("os.chmod", "os.chown", "os.truncate", "os.utime", "shutil.", "os.chdir"),
)
LOOKS = ("os.listdir", "os.scandir", "glob.glob")
# Only what a cell itself asks for: torch and Python look at frames, too.
INSIDE = ("gc.get_", "sys._getframe", "sys._current_", "sys.settrace", "sys.setprofile")
WHAT = (
    (NETWORK, "no network is there"),
    (PROCESSES, "no other process may be started or ended"),
    (NATIVE, "nothing below Python may be used"),
    (INSIDE, "frames and the garbage collector are not for looking around"),
)


def readable(job: Job) -> list[str]:
    """The folders and files that torch and Python need, without any of the course's own: entry by entry,
    because the course may be installed among them.
    """
    found = [*SYSTEM, *DEVICES]
    folders = [sysconfig.get_path("stdlib"), *job.packages]
    folders += [path for path in sys.path if "lib-dynload" in path or "DLLs" in path]
    for folder in (*LIBRARIES, *folders):
        others = ("python",) if folder in LIBRARIES else ()  # with packages in them
        try:
            with os.scandir(folder) as entries:
                names = [e for e in entries if not e.name.startswith(OURS + others)]
                found += [e.path for e in names]
        except OSError:  # not on this machine
            continue
    return found


def limit(limits: Limits, alone: bool) -> list[str]:
    """Set the process's limits; returns what they hold. Windows has none.

    The limit on processes counts all of the user's, unless the process is alone in namespaces of its own.
    """
    try:
        import resource
    except ImportError:
        return []
    wanted = {
        "RLIMIT_CPU": int(limits.total) + 1,
        "RLIMIT_FSIZE": limits.file << 20,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 256,
    }
    if sys.platform == "linux":
        others = 0 if alone else linux.tasks_of_user()
        wanted["RLIMIT_NPROC"] = others + limits.processes
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            present = int(file.read().split()[0]) * resource.getpagesize()
        wanted["RLIMIT_AS"] = present + (limits.memory << 20)
    held = []
    for name, most in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
            held.append(name.removeprefix("RLIMIT_").lower())
        except (AttributeError, ValueError, OSError):
            continue
    return held


def hook(
    allowed: Iterable[str], own: str, notice: Callable[[str], None]
) -> Callable[[str, tuple[Any, ...]], None]:
    """What is asked before Python opens a file, a socket or a process: it refuses, and says so.

    It holds on every platform, and for Python's own functions only: code in C goes past it.
    """
    real, told = os.path.realpath, [0]
    inside = tuple(real(path) for path in allowed)
    home, searched = real(own), tuple(sys.path)  # where an import looks

    def within(path: Any, places: tuple[str, ...]) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return True  # a file that is open already
        asked = real(os.fsdecode(path))
        return any(asked == p or asked.startswith(p + os.sep) for p in places)

    def refuse(text: str) -> None:
        told[0] += 1
        # A traceback looks for the lines of the course's files: refused too, but nobody's doing.
        if told[0] <= MOST_NOTICES and _asked_by()[-11:] != "tokenize.py":
            notice(text)
        raise PermissionError(f"the grader refuses this: {text}")

    def asked(event: str, arguments: tuple[Any, ...]) -> None:
        for events, text in WHAT:
            if event.startswith(events) and (
                events is not INSIDE or _asked_by().startswith("<cell")
            ):
                refuse(f"{text} ({event})")
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(mode, str) and set(mode) & set("wax+")
            writes = writes or (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            places = (home, *DEVICES) if writes else (home, *inside)
            if not within(path, places):
                refuse(f"this file is not open to a notebook ({_last(path)})")
        elif event.startswith(CHANGES):
            if not all(
                within(p, (home,)) for p in arguments if isinstance(p, str | bytes)
            ):
                refuse(f"nothing outside of its own folder may be changed ({event})")
        elif event.startswith(LOOKS):
            looked = [p for p in arguments[:1] if p is not None and p not in searched]
            if not all(within(p, (home, *inside)) for p in looked):
                refuse(f"this folder is not open to a notebook ({_last(*looked)})")

    return asked


def _close_back_doors(notice: Callable[[str], None]) -> None:
    """Refuse what starts a process without asking a hook."""
    try:
        import _posixsubprocess
    except ImportError:  # Windows
        return

    def refused(*_: Any) -> int:
        notice("no other process may be started or ended (fork_exec)")
        raise PermissionError("the grader refuses this: other processes")

    _posixsubprocess.fork_exec = refused


def _asked_by() -> str:
    """The file of the function that did what the hook is asked about. By an exception: `sys._getframe` would
    ask the hook again.
    """
    try:
        raise LookupError
    except LookupError as error:
        frame = error.__traceback__.tb_frame
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else ""


def _last(path: Any) -> str:
    return os.fsdecode(path).replace("\\", "/").rpartition("/")[2][:60]


def close(
    job: Job, own: str, alone: bool, notice: Callable[[str], None]
) -> dict[str, str]:
    """Close what can be closed; returns in words what holds the network, files, memory and processes."""
    open_to_it = readable(job)
    held = limit(job.limits, alone) if job.layers.limits else []
    version = 0
    if job.layers.landlock:
        version = linux.landlock(open_to_it, [own, *DEVICES])
    if job.layers.hook:
        sys.addaudithook(hook([*open_to_it, own], own, notice))
        _close_back_doors(notice)
    by_hook = "by Python's audit hook only" if job.layers.hook else "not held"
    tcp = version >= linux.TCP_SINCE
    root = hasattr(os, "getuid") and os.getuid() == 0
    processes = "nproc" in held and not root
    return {
        "disk": "by a small disk of its own" if os.path.ismount(own) else "not held",
        "files": f"by Landlock {version}" if version else by_hook,
        "network": f"TCP by Landlock, the rest {by_hook}" if tcp else by_hook,
        "memory": "by a limit" if "as" in held else "not held",
        "processes": "by a limit" if processes else by_hook,
    }
