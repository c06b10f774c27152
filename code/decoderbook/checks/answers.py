"""Run answers: those of a learner, and those that an exercise declares in code."""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import io
import linecache
import random
import signal
import textwrap
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TextIO

import torch

from decoderbook.checks.cases import Case
from decoderbook.checks.compare import same
from decoderbook.checks.items import Exercise


class TooSlowError(BaseException):
    """An answer took longer than a check may. No Exception, or an answer could swallow it."""


class ChangedInputError(Exception):
    """An answer changed what it was handed."""


@dataclass(frozen=True)
class Outcome:
    """What came of one case: a value, or an error."""

    value: Any = None
    error: BaseException | None = None
    place: str = ""  # of the error, in the learner's own code

    def equals(self, other: Outcome, case: Case) -> bool:
        """Whether two answers did the same."""
        if self.error is not None or other.error is not None:
            return type(self.error) is type(other.error)
        return _same(self.value, other.value, case.rtol, case.atol)

    def is_right(self, right: Any, case: Case) -> bool:
        """Whether it is what must come out."""
        return self.error is None and _same(self.value, right, case.rtol, case.atol)


def _same(got: Any, right: Any, rtol: float, atol: float) -> bool:
    """Whether they are; what cannot be compared is not what must come out."""
    try:
        return same(got, right, rtol, atol)
    except Exception:
        return False


def put(answers: Sequence[Any], case: Case) -> Outcome:
    """Put one case to the answers. Whatever an answer raises is an outcome too."""
    handed = copy.deepcopy(case.arguments)
    try:
        value = case.ask(*answers, *handed)
        if inspect.iscoroutine(value):
            value.close()  # or Python would say that nobody waited for it
    except (KeyboardInterrupt, TooSlowError):
        raise
    except BaseException as error:
        return Outcome(error=error, place=place_of(error, answers))
    return came(case, value, handed, case.arguments)


def came(case: Case, value: Any, handed: Any, before: Any) -> Outcome:
    """The outcome of a case that gave a value, and whose arguments were `before` and are `handed` now."""
    if not _same(handed, before, rtol=0, atol=0):
        return Outcome(error=ChangedInputError("the answer changed its input in place"))
    try:
        return Outcome(case.then(value))
    except Exception as error:
        return Outcome(error=error)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlowError inside the block when it takes longer, and again for one that goes on;
    where no timer can be set (Windows, or outside of the main thread), wait. Code in C that
    never comes back to Python cannot be stopped.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        yield
        return
    over = False

    def stop(*_: Any) -> None:
        nonlocal over
        over = True
        raise TooSlowError(f"it took longer than {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        yield
        if over:  # the answer caught it
            raise TooSlowError(f"it took longer than {seconds:g} seconds")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def own_settings() -> Iterator[None]:
    """Inside the block torch is as a fresh session has it, on one thread, because tiny tensors
    take longer on several. Afterwards all is as it was: settings, and both random states.
    """
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    state = random.getstate()
    with (
        torch.random.fork_rng(devices=[]),
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.autocast("cpu", enabled=False),
        torch.device("cpu"),
    ):
        torch.set_default_dtype(torch.float32)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            torch.set_num_threads(threads)
            random.setstate(state)


class FewLines(io.TextIOBase):
    """What an answer prints, for as many lines as anyone would read."""

    def __init__(self, out: TextIO, most: int = 50) -> None:
        self.out, self.left = out, most

    def write(self, text: str) -> int:
        """Hand it on, or the beginning of it."""
        if self.left > 0:
            lines = text.splitlines(keepends=True)
            self.out.write("".join(lines[: self.left])[:10_000])
            self.left -= text.count("\n")
            if self.left <= 0:
                self.out.write("… (it prints more)\n")
        return len(text)

    def flush(self) -> None:
        """Show what was written."""
        self.out.flush()


def declared_answers(exercise: Exercise, code: str, name: str) -> tuple[Any, ...]:
    """The answers that a piece of declared code defines, run after what is given."""
    space: dict[str, Any] = {"__name__": f"exercise_{exercise.slug.replace('-', '_')}"}
    for part, text in (("given", exercise.given), (name, code)):
        file = f"<{exercise.slug}: {part}>"
        # So that a traceback, and whoever asks for the source, find the lines.
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, file, "exec"), space)
    return tuple(space[name] for name in exercise.answers)


def is_blank(answer: Any) -> bool:
    """Whether an answer is still what the starter left: `...`, None, or a function or class
    with nothing in its body.
    """
    if answer is ... or answer is None:
        return True
    if isinstance(answer, list | tuple | dict):
        values = answer.values() if isinstance(answer, dict) else answer
        return bool(values) and all(is_blank(value) for value in values)
    if not isinstance(answer, FunctionType | type):
        return False
    if isinstance(answer, FunctionType):
        body = _body(answer)
        return body is not None and all(_is_nothing(node) for node in body)
    own = [
        value
        for name, value in vars(answer).items()
        if isinstance(value, FunctionType) and name not in ("__init__",)
    ]
    return bool(own) and all(is_blank(method) for method in own)


def _body(function: FunctionType) -> list[ast.stmt] | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    found = [n for n in ast.walk(tree) if isinstance(n, kinds)]
    return found[0].body if found else None


def _is_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Raise):
        return node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
    if isinstance(node, ast.Return):
        return node.value is None or _is_empty(node.value)
    return isinstance(node, ast.Expr) and _is_empty(node.value)


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (
        node.value is ... or node.value is None or isinstance(node.value, str)
    )


def place_of(error: BaseException, answers: Sequence[Any]) -> str:
    """The line of the learner's own code in which an error arose, quoted; or nothing."""
    own = set()
    for answer in answers:
        functions = [answer] if isinstance(answer, FunctionType) else []
        if isinstance(answer, type):
            functions = [
                f for f in vars(answer).values() if isinstance(f, FunctionType)
            ]
        own |= {f.__code__.co_filename for f in functions}
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in own]
    if not frames:
        return ""
    last = frames[-1]
    quoted = f": `{last.line.strip()}`" if last.line else ""
    return f"in line {last.lineno} of {last.name}{quoted}"
