"""Tensors and a JSON document in one safetensors file, with one sum over both.

The format holds numbers and text: nothing in it runs when it is read, which cannot be said
of a pickle.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

MAX_HEADER = 100_000_000  # bytes, as the format has it
Document = dict[str, Any]


def pack(key: str, document: Document, tensors: Mapping[str, Tensor]) -> bytes:
    """The file's bytes; key: under which the document stands in the header."""
    document = {**document, "sha256": digest(document, tensors)}
    # One entry: safetensors writes several in any order, so no two files were equal.
    metadata = {key: json.dumps(document, ensure_ascii=False)}
    return safetensors.torch.save(dict(tensors), metadata)


def unpack(key: str, format: str, content: bytes) -> tuple[Document, dict[str, Tensor]]:
    """What pack was given; raises ValueError for bytes that are cut, changed or others.

    format: what the document's entry "format" must be.
    """
    try:
        tensors = safetensors.torch.load(content)
        length = int.from_bytes(
            content[:8], "little"
        )  # of the JSON header that follows
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
        document = json.loads(metadata.get(key, "{}"))
        if not isinstance(document, dict):
            raise ValueError(f"its {key} must be a mapping")
        if (found := document.get("format", metadata.get("format"))) != format:
            raise ValueError(f"its format must be {format!r}, got {found!r}")
        if document.pop("sha256", None) != digest(document, tensors):
            raise ValueError("it is not what was saved (SHA-256 differs)")
    # RecursionError is one of the RuntimeErrors, for brackets in brackets without end.
    except (SafetensorError, LookupError, TypeError, RuntimeError) as error:
        raise ValueError(str(error)) from error
    return document, tensors


def digest(document: Document, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of the text, and of the tensors' names, types, shapes and numbers."""
    found = hashlib.sha256(json.dumps(document, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        numbers = tensor.cpu().contiguous().flatten()
        found.update(numbers.view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def read_document(key: str, path: Path) -> Document | None:
    """The document that pack wrote under this key; None for a file that begins otherwise.

    Only the file's head is read: nothing is checked against the sum.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MAX_HEADER:
            return None
        header = file.read(length)
    try:
        document = json.loads(json.loads(header)["__metadata__"][key])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def dtype_and_shape(tensor: Tensor | None) -> str:
    """Type and shape in words."""
    if tensor is None:
        return "missing"
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


def check_finite(tensors: Mapping[str, Tensor]) -> None:
    """Raises ValueError, which names the tensor with a NaN or an infinity in it."""
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise ValueError(f"{name} has numbers that are not finite")
