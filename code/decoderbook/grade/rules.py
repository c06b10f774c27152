"""What is left to an answer: the parts of tinydecoder that are asked for, and what a statement rules out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from decoderbook.checks.items import Exercise
from decoderbook.grade.static_look import statements

# Of tinydecoder, and lent to every chapter: what answers use, and few exercises ask for.
HELPERS = ("causal_mask", "padding_mask", "split_heads", "merge_heads", "pad")

# The helpers that are themselves a part of what is asked for.
ASKED_FOR = {
    "own-attention": ("split_heads", "merge_heads"),
    "shared-keys": ("split_heads", "merge_heads"),
}

# What a statement rules out, of torch and of tinydecoder: it is told, and judges nothing.
RULED_OUT = {
    "who-reads-whom": ("influence",),
    "safe-softmax": ("softmax", "log_softmax", "softmin", "Softmax", "LogSoftmax"),
    "own-test": ("influence", "leaks"),
    "causal-and-padding": (
        *("scaled_dot_product_attention", "multi_head_attention_forward"),
        *("MultiheadAttention", "MultiHeadAttention", "_scaled_dot_product_attention_math"),
    ),
    "masked-loss": ("cross_entropy", "nll_loss", "CrossEntropyLoss", "NLLLoss"),
}  # fmt: skip


def ruled_out(exercise: Exercise, cells: tuple[str, ...]) -> list[str]:
    """What an answer uses though its exercise rules it out: in the answer, or in what it names."""
    wanted = RULED_OUT.get(exercise.slug, ())
    bound: dict[str, list[ast.AST]] = {}
    for part in (part for code in cells for part in statements(code)):
        for name, node in _bound(part):
            bound.setdefault(name, []).append(node)
    due, seen, found = list(exercise.answers), set(), []
    while due and wanted:
        name = due.pop()
        if name in seen:
            continue
        seen.add(name)
        for node in (n for top in bound.get(name, ()) for n in ast.walk(top)):
            if isinstance(node, ast.Name):
                due.append(node.id)
            found += [w for w in wanted if w == _name_used(node, bound)]
    return [
        f"uses `{name}`, which the exercise rules out" for name in dict.fromkeys(found)
    ]


def _name_used(node: ast.AST, bound: dict[str, list[ast.AST]]) -> str:
    """The name that a piece of code uses of somebody else's; "" where it uses none."""
    match node:
        case ast.Name(id=name) if name not in bound:
            return name
        case ast.Attribute(attr=name) | ast.alias(name=name):
            return name.rpartition(".")[2]
        case ast.Call(
            func=ast.Name(id="getattr"), args=[_, ast.Constant(value=name), *_]
        ):
            return str(name)
    return ""


def _bound(part: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    """The names that a statement gives a meaning, each with the code of its meaning."""
    match part:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, part
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            for alias in names:
                yield (alias.asname or alias.name).split(".")[0], alias
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            for node in ast.walk(part):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id, part
