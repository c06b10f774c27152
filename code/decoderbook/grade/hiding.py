"""Take away, in the modules behind what a notebook is given, what none of it needs.

A given function carries the namespace of its module, and with it all that stands beside it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

OURS = ("decoderbook", "tinydecoder")


def hide(
    modules: Iterable[ModuleType], needed: Any, instead: Callable[[str], Any]
) -> None:
    """Replace the functions, classes and modules of ours that the code behind `needed` never names."""
    kept = _named(needed)
    for module in modules:
        space = vars(module)
        for name, value in list(space.items()):
            if _is_ours(value) and (id(space), name) not in kept:
                space[name] = instead(name)


def _is_ours(value: Any) -> bool:
    if isinstance(value, ModuleType):
        return value.__name__.split(".")[0] in OURS
    if not isinstance(value, type) and not callable(value):
        return False
    return str(getattr(value, "__module__", "")).split(".")[0] in OURS


def _named(needed: Any) -> set[tuple[int, str]]:
    """The names, each with its namespace, in all code that hangs on some values; one too many is no harm."""
    due, seen, kept = [needed], {}, set()
    while due:
        value = due.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        due += _parts(value)
        space: dict[str, Any] = {}
        names: Iterable[str] = ()
        if isinstance(value, FunctionType) and _is_ours(value):
            space, names = value.__globals__, _names(value.__code__)
        elif isinstance(value, ModuleType) and _is_ours(value):
            space = names = vars(value)  # whoever has it may use all of it
        for name in names:
            if name in space:
                kept.add((id(space), name))
                due.append(space[name])
    return kept


def _parts(value: Any) -> Iterator[Any]:
    from torch.nn import Module  # not there yet when this file is read

    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple | set):
        yield from value
    elif isinstance(value, property):
        yield from (value.fget, value.fset)
    elif isinstance(value, staticmethod | classmethod | MethodType):
        yield from (value.__func__, getattr(value, "__self__", None))
    elif isinstance(value, functools.partial):
        yield from (value.func, value.args, value.keywords)
    elif _is_ours(value) and not isinstance(value, ModuleType):
        yield getattr(value, "__wrapped__", None)
        if isinstance(value, type):
            yield from (*value.__mro__, *vars(value).values())
        if isinstance(value, FunctionType):
            yield from (value.__defaults__, value.__kwdefaults__)
            yield from (c.cell_contents for c in value.__closure__ or ())
    if isinstance(value, Module):
        yield vars(value)
    if not isinstance(value, type) and _is_ours(type(value)):
        yield type(value)
        yield getattr(value, "__dict__", None)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
