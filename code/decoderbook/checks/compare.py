"""Whether two results are the same."""

from __future__ import annotations

import contextlib
import math
import numbers
from typing import Any

import torch
from torch import Tensor


def same(got: Any, right: Any, rtol: float = 1e-4, atol: float = 1e-5) -> bool:
    """Whether a result is the right one: numbers within a tolerance, a list for a tuple, and
    a tensor for a number are accepted; a different shape or order is not.
    """
    got, right = plain(got), plain(right)
    if isinstance(right, Tensor):
        if not isinstance(got, Tensor) or got.shape != right.shape:
            return False
        if (got.dtype == torch.bool) != (right.dtype == torch.bool):
            return False
        if right.dtype == torch.bool or not _has_fractions(got, right):
            return torch.equal(got.to(right.dtype), right)
        if got.is_complex() or right.is_complex():
            return False
        return torch.allclose(
            got.double(), right.double(), rtol=rtol, atol=atol, equal_nan=True
        )
    if isinstance(right, bool) or isinstance(got, bool):
        return isinstance(got, bool) and isinstance(right, bool) and got == right
    if isinstance(right, numbers.Real):
        if not isinstance(got, numbers.Real):
            return False
        if math.isnan(right) or math.isnan(got):
            return math.isnan(right) and math.isnan(got)
        return math.isclose(got, right, rel_tol=rtol, abs_tol=atol)
    if isinstance(right, dict):
        return (
            isinstance(got, dict)
            and got.keys() == right.keys()
            and all(same(got[key], right[key], rtol, atol) for key in right)
        )
    if isinstance(right, list | tuple):
        return (
            isinstance(got, list | tuple)
            and len(got) == len(right)
            and all(same(g, r, rtol, atol) for g, r in zip(got, right, strict=True))
        )
    if type(got) is not type(right):
        return False
    if isinstance(right, torch.nn.Module):
        return same(got.state_dict(), right.state_dict(), rtol, atol)
    if type(right).__eq__ is object.__eq__ and hasattr(right, "__dict__"):
        return same(vars(got), vars(right), rtol, atol)
    try:
        return bool(got == right)
    except Exception:
        return got is right


def plain(value: Any) -> Any:
    """Without the wrappings that make no difference: numpy, gradients, shapes, tensors of one
    number.
    """
    if hasattr(value, "__array__") and not isinstance(value, Tensor | type):
        # Letters, objects and dates stay what they are.
        with contextlib.suppress(Exception):
            value = torch.as_tensor(value.__array__().copy())
    if isinstance(value, Tensor):
        value = value.detach()
        return value.item() if value.dim() == 0 else value
    return tuple(value) if isinstance(value, torch.Size) else value


def _has_fractions(*tensors: Tensor) -> bool:
    return any(t.is_floating_point() for t in tensors)
