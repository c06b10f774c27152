"""Which table reads which ids, and the rows that it makes of them, caught on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

Hook = Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]


@contextmanager
def read_rows(module: nn.Module | None, ids: Tensor) -> Iterator[list[Tensor]]:
    """Inside the block, whatever an nn.Embedding of the module makes of exactly these ids
    is put into the list, cut off from the table and with a gradient of its own.
    """
    rows: list[Tensor] = []

    def caught(_: nn.Module, inputs: tuple[Tensor, ...], row: Tensor) -> Tensor | None:
        if not (inputs and _same(inputs[0], ids)):
            return None
        rows.append(row.detach().requires_grad_())
        return rows[-1]

    with _hooked(module, caught):
        yield rows


@contextmanager
def reading_tables(
    module: nn.Module, ids: Sequence[Tensor | None]
) -> Iterator[list[nn.Embedding | None]]:
    """For each of the ids, the first table that reads exactly these inside the block."""
    tables: list[nn.Embedding | None] = [None] * len(ids)

    def noted(table: nn.Module, inputs: tuple[Tensor, ...], _: Tensor) -> None:
        for place, some in enumerate(ids):
            if tables[place] is None and inputs and _same(inputs[0], some):
                assert isinstance(table, nn.Embedding)
                tables[place] = table

    with _hooked(module, noted):
        yield tables


@contextmanager
def ids_at_tables(module: nn.Module) -> Iterator[None]:
    """Inside the block a table takes no ids from another device, as on a GPU. The device
    `meta` would take them.
    """

    def checked(table: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(table, nn.Embedding)
        if inputs and inputs[0].device != table.weight.device:
            raise RuntimeError(
                "a table and its ids are not on the same device (give torch.arange device=ids.device)"
            )

    with ExitStack() as hooks:
        for part in module.modules():
            if isinstance(part, nn.Embedding):
                hooks.callback(part.register_forward_pre_hook(checked).remove)
        yield


@contextmanager
def _hooked(module: nn.Module | None, hook: Hook) -> Iterator[None]:
    with ExitStack() as hooks:
        for part in module.modules() if module is not None else ():
            if isinstance(part, nn.Embedding):
                hooks.callback(part.register_forward_hook(hook).remove)
        yield


def _same(one: object, other: Tensor | None) -> bool:
    return (
        isinstance(one, Tensor)
        and other is not None
        and one.shape == other.shape
        and torch.equal(one, other)
    )
