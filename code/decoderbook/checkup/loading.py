"""From `module:Name` on the command line to a subject; or a sentence that says what to do."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from decoderbook.checks.answers import TooSlowError
from decoderbook.checkup.problem import ProblemError, one_line
from decoderbook.checkup.recognise import subject_of
from decoderbook.checkup.subject import Subject


def load(target: str, pad_id: int | None = None, trained: bool = False) -> Subject:
    """The subject behind `module:Name` or `file.py:Name`. Raises ProblemError."""
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise ProblemError(
            f"{target!r} does not say which decoder: write module:Name or file.py:Name, "
            "as in my_decoder:TheirDecoder."
        )
    thing: Any = _module(place)
    for part in name.split("."):
        if not hasattr(thing, part):
            raise ProblemError(f"{place} has no {part}{_offered(thing)}.")
        thing = getattr(thing, part)
    built = isinstance(thing, type) or inspect.isroutine(thing)
    try:
        made = _built(thing, target) if built else thing
        return subject_of(
            made,
            name=target,
            target_pad_id=pad_id,
            source_pad_id=pad_id,
            # An instance may have learnt something; a class that is called here has not.
            fresh=False if trained else None,
        )
    except ProblemError as problem:
        raise ProblemError(f"{target}: {problem}") from problem


def _module(place: str) -> ModuleType:
    try:
        if place.endswith(".py"):
            return _from_file(Path(place))
        if str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))
        return importlib.import_module(place)
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as error:
        if error.name and (place == error.name or place.startswith(f"{error.name}.")):
            raise ProblemError(
                f"there is no module {place} that Python finds from here: go to the folder "
                "in which it lies, or give the file, as in path/to/file.py:Name."
            ) from error
        raise ProblemError(
            f"{place} imports {error.name}, which is not installed here."
        ) from error
    except (ProblemError, TooSlowError):
        raise
    except BaseException as error:
        raise ProblemError(
            f'{place} cannot be imported: {one_line(error)}. Try `python -c "import …"` '
            "first, until it works."
        ) from error


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ProblemError(f"there is no file {path}.")
    sys.path.insert(0, str(path.resolve().parent))  # for what lies beside it
    # A file may be named as a module that others need: random.py.
    name = f"{path.stem}_given" if path.stem in sys.modules else path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _offered(thing: Any) -> str:
    """What else is there to choose: its own classes and functions."""
    own = [
        name
        for name, value in vars(thing).items()
        if not name.startswith("_")
        and (isinstance(value, type | nn.Module | Subject) or inspect.isfunction(value))
        and getattr(value, "__module__", "") == getattr(thing, "__name__", "")
    ]
    return f"; it has {', '.join(own[:8])}" if own else ""


def _built(make: Any, target: str) -> Any:
    """What calling a class or a function without arguments gives."""
    try:
        signature = inspect.signature(make)
    except (TypeError, ValueError):
        signature = None
    if signature is not None:
        empty = inspect.Parameter.empty
        needed = [
            p.name
            for p in signature.parameters.values()
            if p.default is empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
        if needed:
            place, _, name = target.rpartition(":")
            raise ProblemError(
                f"it needs arguments ({', '.join(needed)}). Write a function that gives them "
                f"and point to {place}:small:\n\n    def small():\n"
                f"        return {name}({', '.join(f'{n}=…' for n in needed)})"
            )
    try:
        return make()
    except (KeyboardInterrupt, TooSlowError):
        raise
    except BaseException as error:
        raise ProblemError(f"building it failed: {one_line(error)}.") from error
