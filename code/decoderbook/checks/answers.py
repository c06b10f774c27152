"""Run answers: those of a learner, and those that an exercise declares in code."""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import io
import linecache
import signal
import textwrap
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from decoderbook.checks.cases import Case
from decoderbook.checks.compare import same
from decoderbook.checks.items import Exercise


class TooSlowError(Exception):
    """An answer took longer than a check may."""


class ChangedInputError(Exception):
    """An answer changed what it was handed."""


@dataclass(frozen=True)
class Outcome:
    """What came of one case: a value, or an error."""

    value: Any = None
    error: BaseException | None = None

    def equals(self, other: Outcome, case: Case) -> bool:
        """Whether two answers did the same."""
        if self.error is not None or other.error is not None:
            return type(self.error) is type(other.error)
        return same(self.value, other.value, case.rtol, case.atol)

    def is_right(self, right: Any, case: Case) -> bool:
        """Whether it is what must come out."""
        return self.error is None and same(self.value, right, case.rtol, case.atol)


def put(answers: Sequence[Any], case: Case) -> Outcome:
    """Put one case to the answers. Whatever an answer raises is an outcome too."""
    handed = copy.deepcopy(case.arguments)
    try:
        value = case.ask(*answers, *handed)
    except (KeyboardInterrupt, TooSlowError):
        raise
    except BaseException as error:
        return Outcome(error=error)
    if not same(handed, case.arguments):
        return Outcome(error=ChangedInputError("the answer changed its input in place"))
    return Outcome(value)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlowError inside the block when it takes longer; where no timer can be set
    (Windows, or outside of the main thread), wait.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise TooSlowError(f"it took longer than {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    return found[0].body if found else None


def _is_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
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
