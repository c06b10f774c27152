"""Every named activation of a forward pass, read from the running code's variables.

No hook, no flag in the model: while the pass runs, Python reports each function of this
package that returns, and the tensors among its local variables are written down under
the names that the code gives them. So a shape in the book is a shape that the code had,
under the name that the code uses.

`cross_attention` and `self_attention_weights` read their weights by a plain hook, and no
variable: they are for metrics, which run on many sentences.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, no_type_check

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tinydecoder.model import Transformer, evaluating

PACKAGE = str(Path(__file__).parent)

# The contract between the code and what draws it: figures and chapters read these variables
# by name, each with these axes. Whoever renames one renames it here, and in what draws it;
# a test holds the three equal.
TRACED = {
    "MultiHeadAttention": {
        "x": "B T d_model",
        "source": "B S d_model",
        "query": "B T d_model",
        "key": "B S d_model",
        "value": "B S d_model",
        "query_heads": "B n_heads T d_head",
        "key_heads": "B n_heads S d_head",
        "value_heads": "B n_heads S d_head",
        "scores": "B n_heads T S",
        "weights": "B n_heads T S",
        "heads": "B n_heads T d_head",
        "merged": "B T d_model",
        "output": "B T d_model",
    },
    "FeedForward": {"expanded": "B T d_ff"},
    "DecoderLayer": {
        "x": "B T d_model",
        "attended": "B T d_model",
        "informed": "B T d_model",
    },
    "Decoder": {"x": "B T d_model"},
    "Transformer": {
        "source_ids": "B S",
        "target_ids": "B T",
        "memory": "B S d_model",
        "hidden": "B T d_model",
    },
}


@dataclass(frozen=True)
class Activation:
    """One tensor of a forward pass; name is the module's path, then the variable."""

    name: str
    value: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes, in order."""
        return tuple(self.value.shape)


@no_type_check  # its watcher runs at every call in Python: too often to check types
def trace(model: nn.Module, *args: Any, **kwargs: Any) -> dict[str, Activation]:
    """Run model(*args, **kwargs); return its activations by name, in order.

    A name is "module path.variable", such as "cross_attention.query"; the model itself
    has the path "". What a function of the package computes for a module counts as that
    module's; its parameters do not count again, they are the caller's variables.
    Nothing is copied: the values are the tensors themselves. Works with tensors on the
    "meta" device, which have shapes and no numbers.
    """
    paths = {id(module): path for path, module in model.named_modules()}
    activations: dict[str, Activation] = {}

    def frames(frame: FrameType | None) -> Iterator[FrameType]:
        while frame is not None:
            yield frame
            frame = frame.f_back

    def ours(frame: FrameType) -> bool:
        return frame.f_code.co_filename.startswith(PACKAGE)

    def record(frame: FrameType) -> None:
        owners = (paths.get(id(f.f_locals.get("self"))) for f in frames(frame))
        path = next((owner for owner in owners if owner is not None), None)
        if path is None:
            return
        variables = list(frame.f_locals.items())
        if "self" not in frame.f_locals:
            variables = variables[frame.f_code.co_argcount :]
        for variable, value in variables:
            if isinstance(value, Tensor):
                name = f"{path}.{variable}" if path else variable
                activations.setdefault(name, Activation(name, value))

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if not ours(frame) or event not in ("call", "return"):
            return
        if event == "return":
            record(frame)
        # A call is the moment to read the caller: what it has so far comes first.
        elif caller := next(filter(ours, frames(frame.f_back)), None):
            record(caller)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        model(*args, **kwargs)
    finally:
        sys.setprofile(before if callable(before) else None)
    return activations


def cross_attention(
    model: Transformer, source_ids: Int[Tensor, "B S"], target_ids: Int[Tensor, "B T"]
) -> Float[Tensor, "n_layers B n_heads T S"]:
    """Every head's cross-attention weights, of one forward pass in eval mode."""
    layers = [layer.cross_attention for layer in model.decoder.layers]
    return _weights_of(layers, model, source_ids, target_ids)


def self_attention_weights(
    model: Transformer, source_ids: Int[Tensor, "B S"], target_ids: Int[Tensor, "B T"]
) -> Float[Tensor, "n_layers B n_heads T T"]:
    """Every head's self-attention weights in the decoder, of one such pass."""
    layers = [layer.self_attention for layer in model.decoder.layers]
    return _weights_of(layers, model, source_ids, target_ids)


@torch.no_grad()
def _weights_of(layers: list[nn.Module], model: Transformer, *ids: Tensor) -> Tensor:
    """A hook on each layer takes the second thing that MultiHeadAttention.forward returns."""
    found: list[Tensor] = []

    def keep(_: nn.Module, __: tuple, result: tuple[Tensor, Tensor]) -> None:
        found.append(result[1])  # (B, n_heads, T, S)

    hooks = [layer.register_forward_hook(keep) for layer in layers]
    try:
        with evaluating(model):
            model(*ids)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack(found)
