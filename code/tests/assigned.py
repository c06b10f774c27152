"""Assigned notebooks with answers in them, and what becomes of them in this process."""

import ast
import linecache
import os
import subprocess
import sys
from pathlib import Path
from types import CodeType

from IPython.core.inputtransformer2 import TransformerManager

from decoderbook.assign.assignment import Assignment
from decoderbook.checks import source
from decoderbook.checks.answers import declared_answers

ANSWER = "-answer"
FIVE = "05-queries-keys-values"
EXERCISES = source.exercises()
# What somebody handed in, so that a grader sees one of each kind.
RIGHT, BLANK, MUTANT = "lost-root", "second-question", "safe-softmax"
MADE = Assignment("Week 2", (FIVE,), (RIGHT, MUTANT, BLANK), seed=7)
ANSWERS = {RIGHT: EXERCISES[RIGHT].solution, MUTANT: EXERCISES[MUTANT].wrong[0].code}
EARNED = {RIGHT: EXERCISES[RIGHT].points, MUTANT: 0, BLANK: 0}
HINT = EXERCISES[MUTANT].wrong[0].hint.replace("`", "").replace("*", "")


def whole(chapter):
    """All exercises of a chapter, assigned."""
    slugs = tuple(e.slug for e in source.declared(chapter).exercises)
    return Assignment("All of it", (chapter,), slugs, seed=11)


def code_of(slug, code):
    """The answers that code gives to an exercise."""
    return declared_answers(EXERCISES[slug], code, "answer")


def run_module(*words, folder):
    """Run a module of Python's as a command, in a folder; it finds its environment's other commands."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def slug_of(cell):
    """The exercise whose answer a cell holds, or None."""
    if not cell.get("id", "").endswith(ANSWER):
        return None
    return cell.id.removeprefix("exercise-").removesuffix(ANSWER)


def fill_in(notebook, answers):
    """Write answers, code by slug, into a notebook: in the place of the starter, before the check."""
    for cell in notebook.cells:
        if (slug := slug_of(cell)) in answers:
            check = cell.source.rindex("check(")
            cell.source = f"{answers[slug]}\n\n\n{cell.source[check:]}"
    return notebook


def run(notebook):
    """Run every cell from the top in one new namespace; what the last line of each answer gave, by slug."""
    space, found = {"__name__": "__main__"}, {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        source = TransformerManager().transform_cell(cell.source)
        file = f"<{cell.id}>"
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        *lines, last = ast.parse(source).body
        exec(_compiled(ast.Module(lines, []), file), space)
        if slug := slug_of(cell):
            found[slug] = eval(_compiled(ast.Expression(last.value), file), space)
        else:
            exec(_compiled(ast.Module([last], []), file), space)
    return found


def _compiled(tree: ast.AST, file: str) -> CodeType:
    mode = "eval" if isinstance(tree, ast.Expression) else "exec"
    return compile(tree, file, mode)
