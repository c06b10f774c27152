"""Run one notebook, and send what its answers give: the file that a child begins with.

It is run by itself, without site-packages' start-up files: `python -I -S child.py`. It reads its job, closes
one layer after the other, and only then runs a student's code. What it sends is data, and nobody trusts it.
"""

from __future__ import annotations

import contextlib
import copy
import os
import pickle
import sys
import threading
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120


def find_own_modules() -> None:
    """Make `decoderbook.grade` importable, and nothing else of decoderbook."""
    for name, folders in (("decoderbook", []), ("decoderbook.grade", [HERE])):
        module = ModuleType(name)
        module.__path__ = folders
        sys.modules[name] = module


def main() -> None:
    """Read the job, close the layers, run the cells."""
    find_own_modules()
    from decoderbook.grade import codec, facade, linux, sandbox, shell

    out, own = os.fdopen(os.dup(1), "wb", buffering=0), os.getcwd()  # noqa: PTH109
    job = pickle.loads(sys.stdin.buffer.read())
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    own_space = {"descendants": "not held"}
    if sys.platform == "linux":
        linux.die_with_parent()
        if job.layers.namespaces and linux.own_namespaces():
            own_space = {"network": "none, by namespace", "descendants": "by namespace"}
    sys.path += job.packages
    sys.path.append(job.course)
    import torch

    torch.set_num_threads(1)
    given, jupyter = facade.names_given(job.given), shell.Jupyter()
    payload = pickle.loads(job.payload)
    sys.path.remove(job.course)
    send = sender(out, codec.frame)
    layers = sandbox.close(
        job, own, "network" in own_space, lambda text: send(["notice", text])
    )
    if job.layers.facade:
        facade.put_up(given, payload["cases"])
    send(["ready", layers | own_space])
    try:
        # Only `naive` hands over a runner: a grader without a defence, to see that attacks succeed then.
        runner = payload["runner"](Run) if "runner" in payload else Run
        runner(job, payload, send, codec.encode, jupyter).all()
    except Exception as error:
        send(["notice", f"the grader's own code stopped: {_said(error)}"])
        os._exit(1)
    send(["done"])
    os._exit(0)  # nothing that was left behind comes to act


def sender(out: Any, frame: Callable[[Any], bytes]) -> Callable[[Any], None]:
    """What sends a message, whole."""
    lock = threading.Lock()

    def send(message: Any) -> None:
        with lock:
            data = memoryview(frame(message))
            while data:
                data = data[out.write(data) :]

    return send


class Run:
    """One notebook's cells, and between them the questions to its answers."""

    def __init__(
        self, job: Any, payload: dict[str, Any], send: Any, encode: Any, jupyter: Any
    ) -> None:
        self.job, self.send, self.encode, self.run = job, send, encode, jupyter.run
        self.payload, self.deepcopy = payload, copy.deepcopy
        self.taken: set[str] = set()
        main = ModuleType("__main__")
        sys.modules["__main__"] = main
        self.space = main.__dict__
        self.file = ""
        self.space.update(jupyter.names(self.run_magic))

    def all(self) -> None:
        """Run the cells one after the other, and take each answer where it stands."""
        tasks = [t for t in self.job.tasks if t.slug not in self.job.skip_tasks]
        for task in tasks:
            self.execute(f"<{task.slug}: given>", task.given)
        for i, code in enumerate(self.job.cells):
            here = [task for task in tasks if i in task.cells]
            for task in here:
                self.execute(f"<{task.slug}: given>", task.given)
            if i not in self.job.skip_cells:
                self.send(["begin", "cell", i])
                self.send(["cell", i, self.execute(f"<cell {i + 1}>", code)])
            for task in here:
                self.take(task)
        for task in tasks:
            if task.slug not in self.taken:
                self.take(task)

    def execute(self, file: str, code: str) -> str | None:
        """Run code; returns what it raised, in a line."""
        self.file = file
        try:
            with self.alarm(self.job.limits.cell):
                self.run(file, code, self.space)
        except BaseException as error:
            return _said(error)
        return None

    def run_magic(self, code: str) -> None:
        """Run what a magic of the current cell runs."""
        self.run(f"{self.file[:-1]}, magic>", code, self.space)

    def alarm(self, seconds: float) -> Any:
        """What stops a block that takes longer."""
        on = self.job.layers.alarm
        return self.payload["time_limit"](seconds) if on else contextlib.nullcontext()

    def take(self, task: Any) -> None:
        """Take the answers to an exercise as they are now, and put its cases to them."""
        if not all(name in self.space for name in task.names):
            return
        self.send(["begin", "task", task.slug])
        with self.payload["own_settings"]():  # whatever a cell has set, as `check` does
            self.question(task)
        others = {
            n for t in self.job.tasks if t.slug != task.slug for n in t.names
        }  # whose name this is, too, must write one of its own
        for name in others.intersection(task.names):
            del self.space[name]

    def question(self, task: Any) -> None:
        """Send what is there, and put the cases. What is blank is taken once more at the end."""
        answers = [self.space[name] for name in task.names]
        blank, sent = [False], []
        with (
            contextlib.suppress(Exception, self.payload["too_slow"]),
            self.alarm(self.job.limits.exercise),
        ):
            blank = [bool(self.payload["is_blank"](a)) for a in answers]
            sent = [self.encode(a) for a in answers] if task.is_data else []
        self.send(["take", task.slug, blank, sent])
        if any(blank):
            return
        self.taken.add(task.slug)
        if not task.is_data:
            for seed, cases in enumerate(self.payload["cases"][task.slug]):
                self.put_all(task.slug, seed, answers, cases)

    def put_all(self, slug: str, seed: int, answers: list[Any], cases: Any) -> None:
        """Put the cases of one seed, and send what comes of each."""
        try:
            with self.alarm(self.job.limits.exercise):
                for case, (ask, arguments) in enumerate(cases):
                    came = self.put(answers, ask, arguments)
                    self.send(["came", slug, seed, case, *came])
        except self.payload["too_slow"]:
            self.send(["slow", slug, seed])

    def put(self, answers: list[Any], ask: Any, arguments: Any) -> list[Any]:
        """What one case gives: a value, and the arguments as they are afterwards; or an error."""
        handed = self.deepcopy(arguments)
        shown = map(veiled, handed) if self.job.layers.veil else handed
        try:
            value = ask(*answers, *shown)
            return ["value", self.encode(value), self.encode(handed)]
        except (KeyboardInterrupt, self.payload["too_slow"]):
            raise
        except BaseException as error:
            place = self.payload["place_of"](error, answers)
            kind = type(error)
            return ["error", kind.__module__, kind.__name__, _text(error), place]


def veiled(value: Any) -> Any:
    """A function that an answer is tried on, behind one without its name: all look alike."""
    if type(value) is not FunctionType:
        return value
    return lambda *arguments, **named: value(*arguments, **named)


def _text(error: BaseException) -> str:
    try:
        return str(error)[:1000]
    except BaseException:
        return ""


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {_text(error)}".rstrip(": ")


if __name__ == "__main__":
    main()
