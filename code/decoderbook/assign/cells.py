"""The cells that all notebooks of an assignment are put together from."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace

import nbformat
from nbformat import NotebookNode

from decoderbook.assign.assignment import Assignment
from decoderbook.checks import source
from decoderbook.checks.items import Exercise
from decoderbook.tools import address
from decoderbook.tools.canonical import canonical_form
from decoderbook.tools.exercises import task

OURS = ("decoderbook", "tinydecoder")
CHECK = "from decoderbook import check"
WIDTH = 88
# Code, which stays as it is, or the target of a link.
TARGET = re.compile(r"```.*?```|`[^`\n]*`|(?<=\]\()([^()\s]+)(?=\))", re.DOTALL)
PAGE = re.compile(r"([\w-]+)\.(?:ipynb|md)(#.*)?")


def markdown(text: str, cell_id: str) -> NotebookNode:
    """A cell of text."""
    return nbformat.v4.new_markdown_cell(text, id=cell_id)


def code(text: str, cell_id: str) -> NotebookNode:
    """A cell of code."""
    return nbformat.v4.new_code_cell(text, id=cell_id)


def notebook(cells: list[NotebookNode], made: Assignment, chapter: str) -> NotebookNode:
    """The cells as a notebook in the book's canonical form, which says what it belongs to."""
    whole = nbformat.v4.new_notebook(cells=cells)
    stored = canonical_form(whole, f"{chapter}.ipynb")
    stored.metadata["decoderbook"] = {"chapter": chapter, "title": made.title}
    return stored


def unrun(stored: NotebookNode) -> NotebookNode:
    """The notebook without counts: nobody has run it yet."""
    for cell in stored.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
    return stored


def statement(exercise: Exercise, hints: bool = True) -> str:
    """What is asked, as the chapter has it, and where to read; its links lead to the published book."""
    asked = exercise if hints else replace(exercise, hints=())
    place = next(c for c in source.chapters() if c.startswith(exercise.read.chapter))
    read = f"Read before: [{exercise.read}]({place}.ipynb)."
    return absolute(f"{task(asked)}\n\n{read}", exercise.chapter)


def absolute(text: str, chapter: str) -> str:
    """Markdown with every target that a page of the book has as a full address."""
    here = address.find()
    known = source.exercises()

    def full(found: re.Match[str]) -> str:
        target = found[1]
        if target is None or "://" in target:
            return found[0]
        if target.startswith("#"):
            exercise = known.get(target.removeprefix("#exercise-"))
            return here.page(exercise.chapter if exercise else chapter) + target
        if page := PAGE.fullmatch(target):
            return here.page(page[1]) + (page[2] or "")
        return here.file(target)

    return TARGET.sub(full, text)


def given_code(exercise: Exercise, assigned: Sequence[Exercise]) -> str:
    """What the chapter has run before an exercise, without imports. What another assigned
    exercise asks for is left out: it would give that answer away.
    """
    asked = {name for other in assigned for name in other.answers}
    lines = exercise.given.splitlines()
    for node in ast.parse(exercise.given).body:
        theirs = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in asked
        if theirs or isinstance(node, ast.Import | ast.ImportFrom):
            for i in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[i] = ""
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).strip("\n")


def imports(exercises: Collection[Exercise]) -> str:
    """One cell of imports: `check`, and what is given to the exercises."""
    plain: set[str] = set()
    taken: dict[str, set[str]] = {}
    for text in (CHECK, *(e.given for e in exercises)):
        for node in ast.parse(text).body:
            if isinstance(node, ast.Import):
                plain |= {ast.unparse(alias) for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.module, "what is given imports in full"
                names = taken.setdefault(node.module, set())
                names |= {ast.unparse(alias) for alias in node.names}
    lines = [(name, f"import {name}") for name in sorted(plain)]
    lines += [(name, _taken(name, taken[name])) for name in sorted(taken)]
    blocks: list[list[str]] = [[], [], []]
    for module, line in lines:
        top = module.split(" ")[0].split(".")[0]
        blocks[1 + (top in OURS) - (top in sys.stdlib_module_names)].append(line)
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _taken(module: str, names: set[str]) -> str:
    line = f"from {module} import {', '.join(sorted(names))}"
    if len(line) <= WIDTH:
        return line
    inside = "".join(f"    {name},\n" for name in sorted(names))
    return f"from {module} import (\n{inside})"
