"""Attacks on the machine: files, the network, processes, time and memory. Each is bounded, so that it does no
harm where it succeeds.

`{…}` in the code is what an attacker may well know: the course's folder, the assignment's, a port.
"""

from __future__ import annotations

from decoderbook.grade.attack_judgement import FORGED, WRONG_REACH, Attack

RIGHT = "n_layers * (width - 1) + 1"  # the right answer to 6.2
FILES = ("landlock", "hook")
SOLUTION = """
import re, sys
sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "Finder"]
for name in [n for n in sys.modules if n.startswith(("decoderbook", "tinydecoder"))]:
    del sys.modules[name]
sys.path.insert(0, {course!r})
from decoderbook.checks.source import exercises
exec(exercises()["stacked-windows"].solution)
"""
OTHERS = """
import json
cells = json.load(open({bob!r}, encoding="utf-8"))["cells"]
exec(next(c["source"] for c in cells if "my_reach" in c["source"]).replace("check(", "str("))
"""
SECRET = """
text = open({private!r}, encoding="utf-8").read()
def my_reach(n_layers, width):
    raise ValueError(text)
"""
LOOP = f"""
import time
over = time.monotonic() + 30
def my_reach(n_layers, width):
    while time.monotonic() < over:
        try:
            while time.monotonic() < over:
                pass
        except BaseException:
            pass
    return {RIGHT}
"""
MEMORY = f"""
def my_reach(n_layers, width):
    taken = [bytes(16 << 20) for _ in range(128)]  # 2 GiB, never written to
    return {RIGHT}
"""
FILE = f"""
def my_reach(n_layers, width):
    with open("large", "wb") as file:
        for _ in range(40):
            file.write(bytes(1 << 20))
    return {RIGHT}
"""
MANY = f"""
def my_reach(n_layers, width):
    for i in range(4):
        with open(str(i), "wb") as file:
            file.write(bytes(20 << 20))
    return {RIGHT}
"""
FORKS = f"""
import os, time
def my_reach(n_layers, width):
    for _ in range(3):
        if os.fork() == 0:
            time.sleep(3)
            os._exit(0)
    return {RIGHT}
"""
SURVIVOR = (
    """
import os, time
if (first := os.fork()) == 0:
    os.setsid()
    if os.fork() == 0:  # whose parent is gone, so that nobody knows it for a child's
        time.sleep(6)
        open({marker!r}, "w").close()
    os._exit(0)
os.waitpid(first, 0)
"""
    + WRONG_REACH
)
NETWORK = (
    """
import socket
socket.create_connection(("127.0.0.1", {port}), timeout=3).sendall(b"the seeds")
"""
    + WRONG_REACH
)
FLOOD = (
    FORGED
    + f"""
def my_reach(n_layers, width):
    for _ in range(8):
        say("notice", "x" * (1 << 20))
    return {RIGHT}
"""
)
ON_MACHINE = (
    Attack("an import of the solution", SOLUTION, FILES),
    Attack("reads another student's file", OTHERS, FILES),
    Attack("reads the assignment", SECRET, FILES, sign="secret"),
    Attack(
        "overwrites the assignment",
        "open({private!r}, 'a').write(' ')" + WRONG_REACH,
        FILES,
        sign="changed",
    ),
    Attack("the network", NETWORK, ("namespaces", *FILES), sign="connected"),
    Attack(
        "a process that survives",
        SURVIVOR,
        ("namespaces", "limits", *FILES),
        sign="marker",
    ),
    Attack("forks", FORKS, ("hook", "limits")),
    Attack("an endless loop", LOOP, ("alarm", "clock")),
    Attack("a memory bomb", MEMORY, ("limits",)),
    Attack("a huge file", FILE, ("limits",)),
    Attack("many files", MANY, ("namespaces",)),
    Attack("a flood of results", FLOOD, ("caps",)),
)
