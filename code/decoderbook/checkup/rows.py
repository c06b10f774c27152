"""The rows that a model's embedding makes of given ids, caught on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def read_rows(module: nn.Module | None, ids: Tensor) -> Iterator[list[Tensor]]:
    """Inside the block, whatever an nn.Embedding of the module makes of exactly these ids
    is put into the list, cut off from the table and with a gradient of its own.
    """
    rows: list[Tensor] = []

    def caught(_: nn.Module, inputs: tuple[Tensor, ...], row: Tensor) -> Tensor | None:
        if inputs and _same(inputs[0], ids):
            rows.append(row.detach().requires_grad_())
            return rows[-1]
        return None

    with ExitStack() as hooks:
        for part in module.modules() if module is not None else ():
            if isinstance(part, nn.Embedding):
                hooks.callback(part.register_forward_hook(caught).remove)
        yield rows


def reading_tables(
    module: nn.Module, ids: Tensor
) -> tuple[list[nn.Embedding], ExitStack]:
    """The tables that read exactly these ids until the stack is closed."""
    found: list[nn.Embedding] = []
    hooks = ExitStack()

    def noted(part: nn.Embedding, inputs: tuple[Tensor, ...]) -> None:
        if inputs and _same(inputs[0], ids):
            found.append(part)

    for part in module.modules():
        if isinstance(part, nn.Embedding):
            hooks.callback(part.register_forward_pre_hook(noted).remove)
    return found, hooks


def _same(one: object, other: Tensor) -> bool:
    return (
        isinstance(one, Tensor) and one.shape == other.shape and torch.equal(one, other)
    )
