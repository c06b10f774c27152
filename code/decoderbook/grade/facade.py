"""What a notebook finds under the names of the course's packages: of tinydecoder what its chapter gives, of
decoderbook nothing that does anything.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

from decoderbook.grade.hiding import OURS, hide

WITHHELD = "is not there when an answer is graded"


class Withheld:
    """Stands for a part of tinydecoder that this chapter's exercises ask to be written."""

    def __init__(self, name: str, given: str) -> None:
        object.__setattr__(self, "_said", _refusal(name, given))

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise ImportError(object.__getattribute__(self, "_said"))

    __call__ = __getattr__ = __setattr__ = __mro_entries__ = __iter__ = _refuse
    __getitem__ = __len__ = __enter__ = __add__ = __mul__ = __rmul__ = _refuse


def _refusal(name: str, given: str) -> str:
    return (
        f"`{name}` {WITHHELD}: the exercise asks you to write it, or does without it. "
        f"Of tinydecoder this chapter gives {given}"
    )


class Nothing:
    """Does nothing, and answers everything with itself: figures and checks are not needed here."""

    def __call__(self, *_: Any, **__: Any) -> Nothing:
        return self

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Any:
        return iter(())

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *_: Any) -> None:
        return None


def check(*_: Any, **__: Any) -> None:
    """Stands for the course's `check`: an answer is graded elsewhere, with other numbers."""


class Stub(ModuleType):
    """A module of which each name is decided when it is asked for."""

    def __init__(self, name: str, known: Mapping[str, Any], other: Any) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__dict__.update(known)
        self.__dict__["_other"] = other

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__dict__["_other"](name)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module of the course's packages, and makes it a stub."""

    def __init__(self, known: Mapping[str, Mapping[str, Any]], given: str) -> None:
        self.known, self.given = known, given

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """A stub for a module of ours, and nothing for others'."""
        if name.split(".")[0] not in OURS:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The stub."""
        if spec.name.startswith("decoderbook"):
            return Stub(spec.name, {"check": check}, lambda name: Nothing())
        given = self.given
        return Stub(
            spec.name, self.known.get(spec.name, {}), lambda name: Withheld(name, given)
        )

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


def names_given(
    given: Mapping[str, Sequence[str]],
) -> dict[str, dict[str, Any]]:
    """The real things behind the names that a chapter gives, by module. Raises AttributeError for one that
    is not there.

    A class also stands where it was written, with the classes that it is made of, so that it can be stored
    and loaded.
    """
    found: dict[str, dict[str, Any]] = {}
    for module, names in given.items():
        real = importlib.import_module(module)
        for name in names:
            found.setdefault(module, {})[name] = value = getattr(real, name)
            if isinstance(value, type):
                _put_home(value, found)
    return found


def _put_home(kind: type, found: dict[str, dict[str, Any]]) -> None:
    if not kind.__module__.startswith("tinydecoder."):
        return
    home = found.setdefault(kind.__module__, {})
    if home.get(kind.__name__) is kind:
        return
    home[kind.__name__] = kind
    made = getattr(kind.__init__, "__wrapped__", kind.__init__)
    if isinstance(made, FunctionType):
        for name in made.__code__.co_names:
            part = made.__globals__.get(name)
            if isinstance(part, type):
                _put_home(part, found)


def put_up(found: Mapping[str, Mapping[str, Any]], asked: Any) -> None:
    """Take the real packages away, and let the stubs stand in their place from now on. What the given things
    and the questions asked need of the packages goes on for them alone.
    """
    given = ", ".join(f"`{name}`" for name in sorted(found.get("tinydecoder", {})))
    real = [m for n, m in sys.modules.items() if n.split(".")[0] == "tinydecoder"]
    hide(real, (found, asked), lambda name: Withheld(name, given))
    for name in [n for n in sys.modules if n.split(".")[0] in OURS]:
        del sys.modules[name]
    sys.meta_path.insert(0, Finder(found, given))
