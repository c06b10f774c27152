"""What a figure refuses to draw: nothing at all, sizes that do not fit, numbers that are none."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor


def check_matrix(
    name: str, values: Tensor, shape: tuple[int, int] | None = None
) -> None:
    """Raise ValueError unless values is a matrix of numbers, with as many rows and
    columns as there are labels (shape).
    """
    found = tuple(values.shape)
    if shape is None and len(found) != 2:
        raise ValueError(f"{name} must have two axes, got the shape {found}")
    if shape not in (None, found):
        raise ValueError(
            f"{name} must have the shape {shape} of its labels, got {found}"
        )
    if not values.numel():
        raise ValueError(
            f"{name} must have at least one row and one column, got {found}"
        )
    _refuse_cells(name, "numbers", values, ~values.isfinite())


def check_scores(name: str, values: Tensor, shape: tuple[int, int]) -> None:
    """The same, where minus infinity stands for a masked cell."""
    check_matrix(name, values.new_zeros(values.shape), shape)
    wrong = values.isnan() | values.isposinf()
    _refuse_cells(name, "numbers or minus infinity", values, wrong)


def _refuse_cells(name: str, kind: str, values: Tensor, wrong: Tensor) -> None:
    if wrong.any():
        row, column = wrong.nonzero()[0].tolist()
        raise ValueError(
            f"{name} must be {kind}, got {values[row, column].item()} "
            f"in row {row}, column {column}"
        )


def check_some(**values: Sequence[Any] | Mapping[str, Any]) -> None:
    """Raise ValueError for the first that is empty, by its name."""
    for name, value in values.items():
        if not len(value):
            raise ValueError(f"{name} must have at least one value")


def check_lengths(length: int, values: Mapping[str, Sequence[Any]]) -> None:
    """Raise ValueError for the first that has another length, by its name."""
    for name, value in values.items():
        if len(value) != length:
            raise ValueError(f"{name} must have {length} values, got {len(value)}")
