"""What Linux's kernel holds for a child, by ctypes: namespaces of its own, and Landlock's list of files."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys
from collections.abc import Sequence

NEW = {  # flags of unshare(2)
    "user": 0x1000_0000,
    "processes": 0x2000_0000,
    "network": 0x4000_0000,
    "memory": 0x0800_0000,  # System V's
    "mounts": 0x0002_0000,
}
PRIVATE = 1 << 14 | 1 << 18  # of mount(2), with all below
DISK = 64  # megabytes for all files of a child
PDEATHSIG, NO_NEW_PRIVS = 1, 38  # of prctl(2)
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = (
    444,
    445,
    446,
)  # system calls, on every processor
EXECUTE, READ_FILE, READ_DIR = 1, 4, 8
WRITE_FILE, TRUNCATE = 2, 1 << 14
# What each version of Landlock knows more of: rights on files, on TCP, and the scopes of signals and sockets.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
TCP_RIGHTS, TCP_SINCE, SCOPES, SCOPES_SINCE = 3, 4, 3, 6


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """End this process when the one that started it ends."""
    if sys.platform == "linux":
        _libc().prctl(PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def own_namespaces() -> bool:
    """Go on in a process that has no network, and sees and reaches no process but its own.

    It is process 1 of its namespace: when it ends, the kernel ends all that it started. False, and nothing
    has changed, where the kernel or a container allows none of this. Must come before any thread is started.
    """
    user, group = os.getuid(), os.getgid()
    if _libc().unshare(sum(NEW.values())) != 0:
        return False
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        try:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
                file.write(text)
        except OSError:  # then it is nobody, which does as well
            pass
    _own_disk()
    if (inner := os.fork()) == 0:
        die_with_parent()
        return True

    def end_inner(*_: object) -> None:
        os.kill(inner, signal.SIGKILL)
        os._exit(1)

    # The inner one may forget that it dies with this one; so this one does not go without it.
    signal.signal(signal.SIGTERM, end_inner)
    _libc().prctl(PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    _, status = os.waitpid(inner, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _own_disk() -> None:
    """Lay a small disk over the folder of this process, where the kernel lets it."""
    libc, own = _libc(), os.getcwd().encode()  # noqa: PTH109
    if libc.mount(b"none", b"/", None, PRIVATE, None) == 0 and (
        libc.mount(b"tmpfs", own, b"tmpfs", 0, b"size=%dm" % DISK) == 0
    ):
        os.chdir(own)


def tasks_of_user() -> int:
    """How many processes and threads the user of this process has now."""
    found = 0
    for process in os.scandir("/proc"):
        try:
            if process.name.isdigit() and process.stat().st_uid == os.getuid():
                found += len(os.listdir(f"{process.path}/task"))  # noqa: PTH208
        except OSError:  # it has ended meanwhile
            continue
    return found


def landlock_version() -> int:
    """The version of Landlock that the kernel has; 0 where it has none."""
    if sys.platform != "linux":
        return 0
    return max(0, _libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def landlock(readable: Sequence[str], writable: Sequence[str]) -> int:
    """Close all files but these for good, and TCP where the kernel can; returns Landlock's version, or 0.

    A path that is not there is left out.
    """
    version = landlock_version()
    if not version:
        return 0
    libc = _libc()
    rights = sum(bits for since, bits in FILE_RIGHTS.items() if since <= version)
    tcp = TCP_RIGHTS if version >= TCP_SINCE else 0
    scopes = SCOPES if version >= SCOPES_SINCE else 0
    attributes = struct.pack("=QQQ", rights, tcp, scopes)
    known = 8 if version < TCP_SINCE else 16 if version < SCOPES_SINCE else 24
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(known), 0)
    if ruleset < 0:
        return 0
    reading = EXECUTE | READ_FILE | READ_DIR
    for paths, allowed in ((readable, reading), (writable, rights)):
        for path in paths:
            _allow(libc, ruleset, path, allowed & rights)
    libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
    done = libc.syscall(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return version if done == 0 else 0


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, allowed: int) -> None:
    try:
        place = os.open(path, os.O_PATH)
    except OSError:
        return
    if not os.path.isdir(path):  # noqa: PTH112
        allowed &= EXECUTE | READ_FILE | WRITE_FILE | TRUNCATE
    rule = struct.pack("=Qi", allowed, place)
    libc.syscall(ADD_RULE, ruleset, 1, rule, 0)
    os.close(place)
