"""Pairs of answers that are written alike: something to look at, and never a judgement.

Names, docstrings, comments and layout do not count. Nor does what everybody may have written: the starter,
what is given, and any answer that is a declared one.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from decoderbook.checks.items import Exercise
from decoderbook.grade.notebook import Notebook

K = 6  # neighbours in the row of syntax that are compared as one
SHORT = 40  # an answer with fewer of them is like many
ALIKE = 0.9


@dataclass(frozen=True)
class Pair:
    """Two students' answers to one exercise that share most of their syntax."""

    exercise: Exercise
    first: str
    second: str
    share: float


class _Plain(ast.NodeTransformer):
    """Takes away what two people write differently, though they wrote the same."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def _name(self, name: str) -> str:
        return self.names.setdefault(name, f"n{len(self.names)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._name(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg, node.annotation = self._name(node.arg), None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name, node.returns = self._name(node.name), None
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        self.generic_visit(node)
        return node


def grams(code: str) -> frozenset[tuple[str, ...]]:
    """The k-grams of code's syntax, names replaced in their order; none for what is no Python."""
    try:
        tree = _Plain().visit(ast.parse(code))
        row = list(_row(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(tuple(row[i : i + K]) for i in range(len(row) - K + 1))


def _row(node: ast.AST) -> Iterator[str]:
    yield type(node).__name__
    for name, value in ast.iter_fields(node):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from _row(part)
            elif name in ("id", "arg", "attr", "name", "value") and part is not None:
                yield repr(part)


def answer_code(notebook: Notebook, exercise: Exercise) -> str:
    """What a notebook's cell has of an exercise's answer, without the check."""
    places = notebook.places([exercise.slug])[exercise.slug]
    code = "\n".join(notebook.cells[i] for i in places)
    try:
        kept = [node for node in ast.parse(code).body if not _checks(node)]
        return ast.unparse(ast.Module(kept, []))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code


def _checks(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "check"
    )


def is_published(exercise: Exercise, code: str) -> bool:
    """Whether an answer is written as one that the book shows as right, names and layout apart; never for
    an answer that is short enough to be written twice.
    """
    own = grams(code)
    begun = grams(exercise.starter) | grams(exercise.given)
    shown = (exercise.solution, *(variant.code for variant in exercise.also))
    return len(own - begun) >= SHORT and any(own == grams(text) for text in shown)


def pairs_of(
    exercise: Exercise, answers: Iterable[tuple[str, str]], alike: float = ALIKE
) -> list[Pair]:
    """The pairs among students' answers, as (student, code), that share most of their syntax."""
    declared = [exercise.solution, *(v.code for v in (*exercise.also, *exercise.wrong))]
    everybodys = {grams(code) for code in declared}
    begun = grams(exercise.starter) | grams(exercise.given)
    kept: list[tuple[str, frozenset]] = []
    for student, code in answers:
        own = grams(code)
        if own and own not in everybodys and len(own - begun) >= SHORT:
            kept.append((student, own - begun))
    found = []
    for (one, a), (other, b) in itertools.combinations(kept, 2):
        share = len(a & b) / len(a | b)
        if one != other and share >= alike:
            found.append(Pair(exercise, one, other, share))
    return found
