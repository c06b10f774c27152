"""Attention sublayers of an unknown model, recognised by their four maps, beside torch's."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from decoderbook.checkup.subject import Twin
from tinydecoder.functional import causal_mask

# What a map is called once “proj”, “linear”, “w” and the like are taken off.
ROLES = {
    "q": ("q", "query", "queries"),
    "k": ("k", "key", "keys"),
    "v": ("v", "value", "values"),
    "qkv": ("qkv", "cattn", "in", "toqkv", "query_key_value"),
    # "": what is left of linear_layer.
    "out": (
        *("o", "out", "output", "fc", "dense", "concat", "c", "merge", "unifyheads"),
        "",
    ),
}
DECORATION = re.compile(r"(projection|proj|linear|layer|weights?|matrix|^w|^to|_)")
HEADS = ("n_heads", "num_heads", "n_head", "nhead", "nheads", "heads", "h")


def attention_twins(model: nn.Module | None) -> list[Twin]:
    """One for the first attention of each class that is recognised."""
    found: dict[type, Twin] = {}
    for part in model.modules() if model is not None else ():
        if type(part) not in found and not isinstance(part, nn.MultiheadAttention):
            twin = attention_twin(part)
            if twin is not None:
                found[type(part)] = twin
    return list(found.values())


def attention_twin(part: nn.Module) -> Twin | None:
    """The part beside torch's own, if it is an attention: its maps, its heads, its call."""
    maps = _maps(part)
    heads = next(
        (
            getattr(part, n)
            for n in HEADS
            if isinstance(getattr(part, n, 0), int) and getattr(part, n, 0) > 0
        ),
        None,
    )
    if maps is None or heads is None:
        return None
    own = sum(weight.numel() for weight in part.parameters())
    if own != sum(w.numel() for role in maps.values() for w in role.parameters()):
        return None  # it does more than attend
    out = maps["out"]
    d_model = out.out_features
    if out.in_features != d_model or d_model % heads:
        return None
    weight = out.weight
    x = torch.randn(2, 5, d_model).to(weight)
    call = _call(part, x)
    if call is None:
        return None
    with torch.no_grad():
        mine = call(x)
    blocked = ~causal_mask(5, weight.device)
    candidates = []
    for (q, k, v), mask in itertools.product(
        _projections(maps, heads), (None, blocked)
    ):
        torchs = (
            nn.MultiheadAttention(d_model, heads, batch_first=True).to(weight).eval()
        )
        with torch.no_grad():
            torchs.in_proj_weight.copy_(torch.cat([q[0], k[0], v[0]]))
            torchs.in_proj_bias.copy_(torch.cat([q[1], k[1], v[1]]))
            torchs.out_proj.weight.copy_(out.weight)
            torchs.out_proj.bias.copy_(_bias(out))
        candidates.append(_asks(torchs, mask))
    # A causal mask of its own, or none; heads cut before or after q, k and v: all are right.
    nearest = min(
        candidates, key=lambda ask: float((ask(x) - mine).detach().abs().max())
    )
    return Twin(f"the attention of {type(part).__name__}", (x,), call, nearest)


def _asks(
    attention: nn.MultiheadAttention, mask: Tensor | None
) -> Callable[[Tensor], Tensor]:
    return lambda x: attention(x, x, x, attn_mask=mask, need_weights=False)[0]


def _maps(part: nn.Module) -> dict[str, nn.Linear] | None:
    """The linear maps by role, if they are those of an attention."""
    found: dict[str, nn.Linear] = {}
    for name, child in part.named_children():
        listed = list(child) if isinstance(child, nn.ModuleList) else []
        if len(listed) == 4 and all(isinstance(one, nn.Linear) for one in listed):
            # In the order in which they are used.
            found = dict(zip(("q", "k", "v", "out"), listed, strict=True))
        if isinstance(child, nn.Linear):
            bare = DECORATION.sub("", name.lower())
            for role, names in ROLES.items():
                if bare in names:
                    found[role] = child
    if "out" not in found:
        return None
    width = found["out"].out_features
    if "qkv" in found and found["qkv"].weight.shape == (3 * width, width):
        return found
    square = all(
        role in found and found[role].weight.shape == (width, width) for role in "qkv"
    )
    return found if square else None


def _projections(
    maps: dict[str, nn.Linear], heads: int
) -> Iterator[list[tuple[Tensor, Tensor]]]:
    """Weight and bias of query, key and value, for each way in which they can be packed."""
    if "qkv" not in maps:
        yield [(maps[role].weight, _bias(maps[role])) for role in "qkv"]
        return
    weight, bias = maps["qkv"].weight, _bias(maps["qkv"])
    yield list(zip(weight.chunk(3), bias.chunk(3), strict=True))
    width = weight.size(1)
    by_head = weight.view(heads, 3, width // heads, width).unbind(1)
    biases = bias.view(heads, 3, width // heads).unbind(1)
    pairs = zip(by_head, biases, strict=True)
    yield [(w.reshape(width, width), b.reshape(width)) for w, b in pairs]


def _bias(linear: nn.Linear) -> Tensor:
    bias = linear.bias
    return torch.zeros(linear.out_features).to(linear.weight) if bias is None else bias


def _call(part: nn.Module, x: Tensor) -> Callable[[Tensor], Tensor] | None:
    """How the part attends from rows to the same rows: with them once or three times."""
    parameters = inspect.signature(part.forward).parameters.values()
    needed = [
        p for p in parameters if p.default is inspect.Parameter.empty and p.kind < 2
    ]
    for rows in (1, 3) if len(needed) != 3 else (3, 1):
        blanks = [None] * max(len(needed) - rows, 0)

        def call(x: Tensor, rows: int = rows, blanks: list[Any] = blanks) -> Tensor:
            result = part(*[x] * rows, *blanks)
            return result[0] if isinstance(result, tuple | list) else result

        try:
            with torch.no_grad():
                found = call(x)
        except Exception:
            continue
        if isinstance(found, Tensor) and found.shape == x.shape:
            return call
    return None
