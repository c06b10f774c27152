"""What is different between two results, in words: what a learner should look at."""

from __future__ import annotations

import itertools
import math
import numbers
import re
from typing import Any

import torch
from torch import Tensor

from decoderbook.checks.compare import plain, same

HALF = (torch.float16, torch.bfloat16)


def shown(value: Any) -> str:
    """A value in a few characters, as a message shows it."""
    value = plain(value)
    if isinstance(value, Tensor):
        if value.numel() <= 8 and value.dim() == 1:
            return "[" + ", ".join(shown(v) for v in value) + "]"
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        if isinstance(value, list | tuple) and len(value) <= 8:
            inside = ", ".join(shown(v) for v in value)
            return f"[{inside}]" if isinstance(value, list) else f"({inside})"
        try:
            text = repr(value)
        except Exception:
            return (
                f"a {type(value).__name__} that cannot be shown "
                "(is `super().__init__()` missing?)"
            )
        return text if len(text) <= 70 else text[:67] + "…"
    if isinstance(value, numbers.Integral):
        text = str(value)
        return text if len(text) <= 40 else f"{text[:20]}… ({len(text)} digits)"
    if not math.isfinite(value):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1e6 else f"{value:.4g}"


def difference(got: Any, right: Any) -> str:
    """What is different, in a sentence or two: what was expected, what came, and which axis or
    term to look at.
    """
    got, right = plain(got), plain(right)
    if isinstance(right, Tensor):
        return _of_tensors(got, right)
    if isinstance(right, dict) and isinstance(got, dict):
        return _of_dicts(got, right)
    if isinstance(right, list | tuple) and isinstance(got, list | tuple):
        return _of_lists(list(got), list(right))
    if isinstance(got, Tensor) and isinstance(right, list | tuple | dict):
        kind = type(right).__name__
        return f"Expected a {kind}, got a tensor of shape {tuple(got.shape)}."
    if isinstance(got, Tensor):
        return (
            f"Expected {shown(right)}, got a tensor of shape {tuple(got.shape)}: "
            "one number is left to make of it."
        )
    return f"Expected {shown(right)}, got {shown(got)}." + _ratio(got, right)


def type_differs(got: Any, right: Any) -> bool:
    """Whether a tensor came for something else, or True and False for numbers, or the reverse."""
    got, right = plain(got), plain(right)
    if isinstance(right, Tensor) != isinstance(got, Tensor):
        return True
    tensors = isinstance(right, Tensor)
    return tensors and (got.dtype == torch.bool) != (right.dtype == torch.bool)


def _ratio(got: Any, right: Any) -> str:
    numbers_both = all(
        isinstance(v, numbers.Real) and not isinstance(v, bool) for v in (got, right)
    )
    if not numbers_both or not (got and right) or not math.isfinite(got):
        return ""
    if math.isclose(got, -right, rel_tol=1e-3):
        return " Only the sign is different."
    factor = got / right
    for times in (2, 3, 4, 8, 10, 100, 1000):
        if math.isclose(factor, times, rel_tol=1e-3):
            return f" That is {times} times too large."
        if math.isclose(factor, 1 / times, rel_tol=1e-3):
            return f" That is {times} times too small."
    return ""


def _of_dicts(got: dict, right: dict) -> str:
    missing, extra = right.keys() - got.keys(), got.keys() - right.keys()
    if missing or extra:
        parts = []
        if missing:
            parts.append("missing: " + ", ".join(sorted(map(str, missing))))
        if extra:
            parts.append("not asked for: " + ", ".join(sorted(map(str, extra))))
        return f"The entries are not those that were expected; {'; '.join(parts)}."
    key = next(k for k in right if not same(got[k], right[k]))
    return f"At {key!r}: {difference(got[key], right[key])}"


def _of_lists(got: list, right: list) -> str:
    if len(got) != len(right):
        count = _count(len(right), "entry", "entries")
        return f"Expected {count}, got {len(got)}: {shown(right)} against {shown(got)}."
    if same(got[::-1], right):
        return f"The right entries in reverse order: expected {shown(right)}."
    at = next(
        i for i, (g, r) in enumerate(zip(got, right, strict=True)) if not same(g, r)
    )
    inner = difference(got[at], right[at])
    found = re.match(r"At entry (\d+(?:, \d+)*) \(counted from 0\): ", inner)
    where = f"{at}, {found[1]}" if found else str(at)
    return f"At entry {where} (counted from 0): {inner[found.end() if found else 0 :]}"


def _of_tensors(got: Any, right: Tensor) -> str:
    if not isinstance(got, Tensor):
        kind = "" if got is None else f" ({type(got).__name__})"
        shape = tuple(right.shape)
        return f"Expected a tensor of shape {shape}, got {shown(got)}{kind}."
    if got.shape != right.shape:
        return _of_shapes(got, right)
    if (got.dtype == torch.bool) != (right.dtype == torch.bool):
        return f"Expected numbers of type {right.dtype}, got {got.dtype}."
    if right.dtype == torch.bool:
        if torch.equal(got, ~right):
            return "Every entry is the opposite of what was expected: True and False are swapped."
        if got.dim() >= 2 and same(got.transpose(-1, -2), right):
            return "The last two axes are swapped: rows stand where columns should."
        return _first_difference(got, right, got != right)
    if got.is_complex() != right.is_complex():
        return f"Expected numbers of type {right.dtype}, got {got.dtype}."
    if got.dtype in HALF and torch.allclose(got.to(right.dtype), right, 1e-2, 1e-2):
        return f"Only the precision differs: expected {right.dtype}, got {got.dtype}."
    ids = not right.is_floating_point()  # of ids a factor says nothing
    got, right = got.double(), right.double()
    if not torch.isfinite(got).all() and torch.isfinite(right).all():
        count = int((~torch.isfinite(got)).sum())
        return f"{count} of {got.numel()} numbers are nan or infinite; none should be."
    if same(got, -right):
        return "Every sign is the opposite of what was expected."
    away = ~torch.isclose(got, right, rtol=1e-4, atol=1e-5, equal_nan=True)
    if not away.any():  # the case is stricter than that
        return _first_difference(got, right, got != right)
    return ("" if ids else _pattern(got, right)) + _first_difference(got, right, away)


def _of_shapes(got: Tensor, right: Tensor) -> str:
    found, wanted = tuple(got.shape), tuple(right.shape)
    text = f"Expected shape {wanted}, got {found}."
    if got.dim() == right.dim() and sorted(found) == sorted(wanted):
        orders = itertools.permutations(range(len(found)))
        order = next(o for o in orders if tuple(found[i] for i in o) == wanted)
        moved = [i for i, o in enumerate(order) if i != o]
        return f"{text} The right sizes in another order: look at {_axes(moved)}."
    if got.dim() == right.dim():
        axes = [i for i, (f, w) in enumerate(zip(found, wanted, strict=True)) if f != w]
        return f"{text} Look at {_axes(axes)} (counted from 0)."
    if got.numel() == right.numel():
        return f"{text} As many numbers, cut into other axes."
    more = "more" if got.dim() > right.dim() else "fewer"
    number = _count(abs(got.dim() - right.dim()), "axis", "axes")
    return f"{text} That is {number} {more}."


def _axes(values: list[int]) -> str:
    word = "axis" if len(values) == 1 else "axes"
    return f"{word} {' and '.join(map(str, values))}"


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _pattern(got: Tensor, right: Tensor) -> str:
    """A regularity in what is wrong: a swapped axis, a factor, a shift; or nothing."""
    square = got.dim() >= 2 and got.shape[-1] == got.shape[-2]
    if square and same(got.transpose(-1, -2), right):
        return "The last two axes are swapped. "
    sure = right.abs() > 1e-6
    if sure.any():
        ratio = got[sure] / right[sure]
        alike = (ratio - ratio[0]).abs().max() < 1e-3 * ratio[0].abs()
        if alike and (ratio[0] - 1).abs() > 1e-2:
            return f"Every number is {ratio[0].item():.3g} times what it should be. "
    shift = got - right
    if shift.numel() > 1 and (shift - shift.flatten()[0]).abs().max() < 1e-5:
        return f"Every number is off by {shift.flatten()[0].item():+.3g}. "
    return ""


def _first_difference(got: Tensor, right: Tensor, away: Tensor) -> str:
    place = [int(i) for i in away.nonzero()[0]]
    count, total = int(away.sum()), away.numel()
    where = ", ".join(map(str, place))
    wanted, came = right[tuple(place)], got[tuple(place)]
    texts = shown(wanted), shown(came)
    if texts[0] == texts[1]:
        texts = f"{wanted.item():.9g}", f"{came.item():.9g}"
    text = (
        f"{count} of {total} entries are different, the first at [{where}]: "
        f"expected {texts[0]}, got {texts[1]}."
    )
    for axis in range(away.dim()):
        others = [a for a in range(away.dim()) if a != axis]
        hit = away.any(dim=others) if others else away
        wrong = [int(i) for i in hit.nonzero().flatten()]
        if away.dim() > 1 and 0 < len(wrong) <= len(hit) // 2:
            return f"{text} Along axis {axis} only {_indices(wrong)} differ."
    return text


def _indices(values: list[int]) -> str:
    return ("index " if len(values) == 1 else "indices ") + ", ".join(
        map(str, values[:6])
    )
