"""What an instructor may want to look at in a notebook's code. It is told, and judges nothing."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from decoderbook.grade.shell import MAGIC, RUN_BODY

FRAMES = "frames and closures"
NAMES = {
    **dict.fromkeys(
        (
            "__globals__",
            "__closure__",
            "__code__",
            "f_back",
            "f_locals",
            "f_globals",
            "_getframe",
        ),
        FRAMES,
    ),
    **dict.fromkeys(("tb_frame", "gi_frame", "cr_frame", "__wrapped__"), FRAMES),
    **dict.fromkeys(
        (
            "__subclasses__",
            "__mro__",
            "__bases__",
            "__builtins__",
            "__import__",
            "__loader__",
        ),
        "the inside of Python",
    ),
    **dict.fromkeys(
        ("settrace", "setprofile", "addaudithook", "atexit"), "code that acts later"
    ),
    "__del__": "code that acts later",
    "__eq__": "an equality of its own",
    "__torch_function__": "a tensor of its own kind",
    "__reduce__": "what pickle runs",
}
MODULES = {
    "gc": "the garbage collector", "ctypes": "memory below Python", "inspect": FRAMES,
    "importlib": "imports by name", "socket": "the network", "urllib": "the network",
    "requests": "the network", "http": "the network", "subprocess": "other processes",
    "multiprocessing": "other processes", "threading": "code that acts later",
    "signal": "the grader's clock", "atexit": "code that acts later", "pickle": "what pickle runs",
}  # fmt: skip
CALLS = {
    "exec": "code made of text", "eval": "code made of text", "compile": "code made of text",
    "exit": "an exit", "quit": "an exit", "_exit": "an exit", "abort": "an exit",
    "fork": "other processes", "system": "other processes", "open": "files",
}  # fmt: skip
METHODS = ("eval", "compile", "open")  # others have methods of these names
GRADERS = re.compile(r"\b(PASSED|passed|100 ?%|✓)|score|points", re.IGNORECASE)
OUTSIDE = re.compile(
    r"\.\.[/\\]|^[/\\~]|assignment\.json|^[A-Za-z]:\\|decoderbook[/\\]"
)


def look(cells: tuple[str, ...]) -> list[str]:
    """What is used that no exercise asks for, each with the first cell in which it stands."""
    found: dict[str, int] = {}
    for i, code in enumerate(cells, 1):
        for part in statements(code):
            for node in ast.walk(part):
                for what in _of(node):
                    found.setdefault(what, i)
    return [f"cell {i} uses {what}" for what, i in found.items()]


def statements(code: str) -> list[ast.stmt]:
    """The statements of a cell, and those that a magic runs; none where it is no Python."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    for part in list(body):
        match part:
            case ast.Expr(
                ast.Call(
                    ast.Attribute(attr="run_cell_magic" | "run_line_magic"),
                    [ast.Constant(value=name), *_, ast.Constant(value=str(text))],
                )
            ) if name in RUN_BODY:
                body += statements(MAGIC.sub("pass", text))
    return body


def _of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) if name in NAMES:
            yield f"`{name}` ({NAMES[name]})"
        case ast.FunctionDef(name=name) if name in NAMES:
            yield f"`{name}` ({NAMES[name]})"
        case ast.Global() | ast.Nonlocal():
            yield "`global` (what is kept between two calls)"
        case ast.Call(func=ast.Name(id="next"), args=[ast.Name()]):
            yield "`next` (what is kept between two calls)"
        case ast.FunctionDef(name="check"):
            yield "a `check` of its own"
        case ast.Import(names=names):
            for alias in names:
                yield from _module(alias.name)
        case ast.ImportFrom(module=str(name)):
            yield from _module(name)
        case ast.Call(
            func=(ast.Name(id=name) | ast.Attribute(attr=name)) as called,
            args=arguments,
        ):
            if name in CALLS and (isinstance(called, ast.Name) or name not in METHODS):
                yield f"`{name}` ({CALLS[name]})"
            if name in ("getattr", "setattr") and len(arguments) > 1:
                yield from _of_text(arguments[1])
            if name in ("attrgetter", "__getattribute__"):
                yield f"`{name}` (a name put together from pieces)"
            if name == "print" and any(_claims(a) for a in arguments):
                yield "a `print` of what a grader might say"
        case ast.Assign(targets=targets):
            yield from (w for t in targets for w in _of_target(t))
        case ast.Constant(value=str(text)) if OUTSIDE.search(text):
            yield f"the path {text[:60]!r}"


def _module(name: str) -> Iterator[str]:
    top = name.split(".")[0]
    if top in MODULES:
        yield f"`{top}` ({MODULES[top]})"
    if name.startswith(
        ("decoderbook.checks", "decoderbook.exercises", "decoderbook.grade")
    ):
        yield f"`{name}` (the course's own checks)"


def _of_text(node: ast.expr) -> Iterator[str]:
    if not isinstance(node, ast.Constant):
        yield "`getattr` (a name put together from pieces)"
    if isinstance(node, ast.Constant) and node.value in NAMES:
        yield f"`{node.value}` ({NAMES[node.value]})"


def _claims(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(GRADERS.search(node.value))
    )


def _of_target(node: ast.expr) -> Iterator[str]:
    """A function of a package, or one of Python's own, that gets another meaning."""
    if isinstance(node, ast.Name) and node.id == "check":
        yield "a `check` of its own"
    if isinstance(node, ast.Name) and node.id in (
        "all",
        "any",
        "isinstance",
        "AssertionError",
    ):
        yield f"another meaning for `{node.id}`"
    if isinstance(node, ast.Attribute):
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if (
            isinstance(root, ast.Name)
            and root.id
            in (
                "torch",
                "F",
                "nn",
                "builtins",
                "sys",
                "np",
            )
        ) or (isinstance(root, ast.Name) and hasattr(builtins, root.id)):
            yield f"another meaning for `{ast.unparse(node)}`"
