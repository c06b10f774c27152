"""What a reader can choose, part by part, as `site/static/decoder/choice.js` reads it: a
test holds the two equal at every bound.
"""

import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tinydecoder.config import ModelConfig
from tinydecoder.text.tokenizer import END

LIMIT = 32  # tokens of a target
KINDS = ("cross", "self", "encoder")
HEAD = re.compile(r"(self|cross|encoder)(?:\.([0-9])\.([0-9]))?|feed")


@dataclass(frozen=True)
class Bound:
    """What a part of the choice must be, in words and as a test."""

    says: str
    holds: Callable[[Any], bool]


def _whole(low: int, high: int, or_none: bool = False) -> Bound:
    says = f"a whole number from {low} to {high}" + ", or None" * or_none
    return Bound(
        says,
        lambda x: (or_none and x is None) or (type(x) is int and low <= x <= high),
    )


def _number(low: float, high: float) -> Bound:
    return Bound(
        f"a number from {low:g} to {high:g} with at most three decimals",
        lambda x: type(x) in (int, float) and low <= x <= high and round(x, 3) == x,
    )


def _one(*names: str) -> Bound:
    return Bound(
        f"one of {', '.join(names)}", lambda x: isinstance(x, str) and x in names
    )


def _list(says: str, holds: Callable[[Any], bool], limit: int) -> Bound:
    return Bound(
        f"a list of at most {limit} {says}",
        lambda x: (
            isinstance(x, list | tuple) and len(x) <= limit and all(map(holds, x))
        ),
    )


def _ids(low: int, high: int) -> Bound:
    return _list(f"token ids from {low} to {high}", _whole(low, high).holds, LIMIT)


def _heads(layers: int, heads: int) -> Bound:
    def holds(name: Any) -> bool:
        found = isinstance(name, str) and HEAD.fullmatch(name)
        if not found or found[2] is None:
            return bool(found)
        return int(found[2]) < layers and int(found[3]) < heads

    says = f'names such as "cross" or "self.0.1", of {layers} layers with {heads} heads'
    return _list(says, holds, 24)


_SWITCH = Bound("True or False", lambda x: isinstance(x, bool))
BOUNDS = {
    "ids": _ids(0, 9999),
    "at": _whole(0, LIMIT),
    "mode": _one("greedy", "sample", "beam", "reference"),
    "temperature": _number(0.1, 3),
    "topK": _whole(0, 20),
    "topP": _number(0.05, 1),
    "seed": _whole(1, 50),
    "width": _whole(1, 6),
    "pads": _whole(0, 8),
    **dict.fromkeys(("causal", "padding", "position", "scale"), _SWITCH),
    "off": _heads(10, 10),
    "kind": _one(*KINDS),
    **dict.fromkeys(("layer", "head"), _whole(0, 9, or_none=True)),
    **dict.fromkeys(("row", "column"), _whole(0, 60, or_none=True)),
}


def bounds_of(config: ModelConfig, n_target: int, n_written: int) -> dict[str, Bound]:
    """BOUNDS as narrow as this model has them, where n_written tokens can count."""
    return BOUNDS | {
        "ids": _ids(END, n_target - 1),
        "at": _whole(0, min(n_written, LIMIT)),
        "off": _heads(config.n_layers, config.n_heads),
        "layer": _whole(0, config.n_layers - 1, or_none=True),
        "head": _whole(0, config.n_heads - 1, or_none=True),
    }


def check_choice(choice: Mapping[str, Any], bounds: Mapping[str, Bound]) -> None:
    """Raises ValueError, which names the value and what would be right."""
    for name, value in choice.items():
        if name not in bounds:
            raise ValueError(f"{name!r} is no choice; there are {', '.join(bounds)}")
        if not bounds[name].holds(value):
            raise ValueError(
                f"{name} must be {bounds[name].says}, got {reprlib.repr(value)}"
            )
