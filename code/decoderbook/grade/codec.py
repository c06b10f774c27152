"""How values come back from a child: a few tagged forms in JSON, and nothing that could do anything.

None, True and False, numbers, strings, `...`, lists, tuples, dicts and tensors come across as what they are.
Everything else comes as `Opaque`, the name of its type, which is never right. Nothing is pickled. Both sides
use this module, so it needs nothing but Python, and torch once a tensor comes.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 1 << 20  # of one tensor
MOST_ITEMS = 50_000  # of one value, all levels together
MOST_DEPTH = 20
MOST_TEXT = 20_000  # characters of one string
MOST_BITS = 1024  # of one whole number
FRAME = 4 << 20  # bytes of one message
DTYPES = (
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
    *("bool", "uint8", "int8", "int16", "int32", "int64"),
)
PLAIN_KEYS = (type(None), bool, int, float, str, tuple)


class MalformedError(ValueError):
    """What came is not of the form that a child writes."""


class _TooMuchError(Exception):
    """A value is deeper or longer than anything that an exercise asks for."""


@dataclass(frozen=True)
class Opaque:
    """Stands for what does not come across: an object of some type. It equals nothing that is right."""

    kind: str

    def __repr__(self) -> str:
        return f"an object of type {self.kind}"


def encode(value: Any) -> Any:
    """A value in the forms that JSON knows; what has none becomes the name of its type."""
    try:
        return _encode(value, 0, [MOST_ITEMS])
    except _TooMuchError:
        return ["object", f"{_name(type(value))}, too deep or too long to be sent"]


def _encode(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if depth > MOST_DEPTH or left[0] < 0:
        raise _TooMuchError
    kind = type(value)
    if value is None or kind is bool:
        return value
    if value is ...:
        return ["..."]
    # An object of a subclass is read as its base has it: what it overrides has no say.
    if issubclass(kind, str):
        text = str.__str__(value)
        return text if len(text) <= MOST_TEXT else ["object", "very long str"]
    if issubclass(kind, int):
        whole = int.__int__(value)
        return (
            whole if whole.bit_length() <= MOST_BITS else ["object", "very large int"]
        )
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, complex):
        plain = complex.__complex__(value)
        return ["complex", plain.real, plain.imag]
    for base, tag in ((list, "list"), (tuple, "tuple")):
        if issubclass(kind, base):
            inside = base.__iter__(value)
            return [tag, *(_encode(v, depth + 1, left) for v in inside)]
    if issubclass(kind, dict):
        pairs = [
            [_encode(k, depth + 1, left), _encode(v, depth + 1, left)]
            for k, v in dict.items(value)
        ]
        return ["dict", *pairs]
    return _encode_tensor(value, kind) or ["object", _name(kind)]


def _encode_tensor(value: Any, kind: type) -> Any:
    import torch

    if kind.__module__ == "numpy" and hasattr(kind, "__array__"):
        try:
            value, kind = torch.as_tensor(kind.__array__(value).copy()), torch.Tensor
        except Exception:  # letters, objects and dates
            return None
    if kind not in (torch.Tensor, torch.nn.Parameter):
        return None
    dtype = str(value.dtype).removeprefix("torch.")
    if (
        dtype not in DTYPES
        or value.layout is not torch.strided
        or value.device.type != "cpu"
    ):
        return ["object", f"Tensor of another sort ({dtype}, {value.device.type})"]
    if value.numel() * value.element_size() > MOST_BYTES:
        shape = tuple(value.shape)
        return ["object", f"Tensor of shape {shape}, too large to be sent"]
    flat = torch.empty(value.numel(), dtype=value.dtype)
    flat.copy_(value.detach().reshape(-1))
    raw = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
    return ["tensor", dtype, list(value.shape), base64.b64encode(raw).decode("ascii")]


def _name(kind: type) -> str:
    """A type's own name, whatever its class says of it."""
    name = type.__dict__["__name__"].__get__(kind)
    return "".join(c for c in name[:60] if c.isalnum() or c in "_. ") or "?"


def decode(data: Any) -> Any:
    """The value that was encoded. Raises MalformedError for anything else, whoever made it."""
    return _decode(data, 0, [MOST_ITEMS])


def _decode(data: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if depth > MOST_DEPTH or left[0] < 0:
        raise MalformedError("too deep or too long")
    if data is None or type(data) in (bool, float):
        return data
    if type(data) is int and data.bit_length() <= MOST_BITS:
        return data
    if type(data) is str and len(data) <= MOST_TEXT:
        return data
    if type(data) is not list or not data or type(data[0]) is not str:
        raise MalformedError("not one of the known forms")
    tag, *rest = data
    if tag in ("list", "tuple"):
        inside = [_decode(v, depth + 1, left) for v in rest]
        return inside if tag == "list" else tuple(inside)
    if tag == "dict":
        made = {}
        for pair in rest:
            if type(pair) is not list or len(pair) != 2:
                raise MalformedError("an entry of a dict is a pair")
            key = _decode(pair[0], depth + 1, left)
            if type(key) not in PLAIN_KEYS:
                return Opaque("dict with keys of another sort")
            try:
                made[key] = _decode(pair[1], depth + 1, left)
            except TypeError:  # a tuple that holds a list
                return Opaque("dict with keys of another sort")
        return made
    if tag == "..." and not rest:
        return ...
    if tag == "complex" and [type(v) for v in rest] == [float, float]:
        return complex(*rest)
    if tag == "object" and len(rest) == 1 and type(rest[0]) is str:
        return Opaque(rest[0][:200])
    if tag == "tensor" and len(rest) == 3:
        return _decode_tensor(*rest)
    raise MalformedError("not one of the known forms")


def _decode_tensor(dtype: Any, shape: Any, text: Any) -> Any:
    import torch

    sizes_are_plain = type(shape) is list and all(
        type(n) is int and 0 <= n <= MOST_BYTES for n in shape
    )
    if dtype not in DTYPES or not sizes_are_plain or len(shape) > 16:
        raise MalformedError("no tensor has this type or shape")
    if type(text) is not str or len(text) > 2 * MOST_BYTES:
        raise MalformedError("a tensor's numbers are missing, or too many")
    try:
        raw = bytearray(base64.b64decode(text.encode("ascii"), validate=True))
    except ValueError:
        raise MalformedError("a tensor's numbers cannot be read") from None
    kind = getattr(torch, dtype)
    count = 1
    for size in shape:
        count *= size
    if count * kind.itemsize != len(raw) or len(raw) > MOST_BYTES:
        raise MalformedError("a tensor has as many numbers as its shape says")
    if not raw:
        try:
            return torch.empty(shape, dtype=kind)
        except RuntimeError:  # no numbers, and axes too long to be counted
            raise MalformedError("no tensor has this type or shape") from None
    if kind == torch.bool:  # a byte of 2 would be neither True nor False
        return torch.frombuffer(raw, dtype=torch.uint8).ne(0).reshape(shape)
    return torch.frombuffer(raw, dtype=kind).reshape(shape)


def frame(message: Any) -> bytes:
    """A message as bytes: how long it is, then JSON."""
    text = json.dumps(message).encode("ascii")
    return len(text).to_bytes(4, "big") + text


def unframe(text: bytes) -> Any:
    """The message in the bytes behind its length. Raises MalformedError for what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedError("a message is no JSON") from None
