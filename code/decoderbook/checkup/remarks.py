"""What is worth a word in the head of a report, and no fault."""

from __future__ import annotations

from collections import Counter

from torch import nn


def notes(module: nn.Module | None) -> list[str]:
    """Layers of one list that are one and the same module, and so share their weights."""
    shared = 0
    for part in module.modules() if module is not None else ():
        if isinstance(part, nn.ModuleList | nn.Sequential):
            # Not by `children`, which gives the same module once.
            layers = [one for one in part if any(True for _ in one.parameters())]
            counts = Counter(map(id, layers)).values()
            shared += sum(count for count in counts if count > 1)
    if not shared:
        return []
    return [f"{shared} layers are one and the same module (shared weights)"]
