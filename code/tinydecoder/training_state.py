"""A training run in one file, from which it goes on as if it had never stopped."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from tinydecoder.batches import Example
from tinydecoder.config import TrainConfig
from tinydecoder.files import write_atomically
from tinydecoder.model import Transformer
from tinydecoder.tensor_file import check_finite, dtype_and_shape, pack, unpack

FORMAT = "tinydecoder training state 2"
MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what AdamW keeps for each weight
COLUMNS = {  # of the history
    "loss": torch.float64,
    "learning_rate": torch.float64,
    "gradient_norm": torch.float64,
    "tokens": torch.int64,
}


@dataclass
class History:
    """What was measured at each step; place i of every list is step i.

    loss: mean over the tokens of the whole batch, in nats, before the update.
    gradient_norm: before clipping.
    tokens: target tokens of the batch, START and padding not counted.
    """

    loss: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)


def fingerprint(examples: Sequence[Example]) -> str:
    """Their number and the start of their SHA-256: the same for the same examples."""
    digest = hashlib.sha256(json.dumps(examples).encode()).hexdigest()
    return f"{len(examples)}, SHA-256 {digest[:16]}"


def save_state(
    path: str | Path,
    model: Transformer,
    optimizer: Optimizer,
    history: History,
    config: TrainConfig,
    data: str,
) -> None:
    """Write the weights, AdamW's moments and the history, whole or not at all.

    data: fingerprint of the examples. Raises OSError if the file cannot be written; the
    state that was there before stays.
    """
    tensors = {}
    # Each weight has one name here, tied weights too: the format stores none twice.
    for name, parameter in model.named_parameters():
        tensors[f"model.{name}"] = parameter.detach()
        for moment, value in optimizer.state[parameter].items():
            tensors[f"{moment}.{name}"] = value
    for name, dtype in COLUMNS.items():
        tensors[f"history.{name}"] = torch.tensor(getattr(history, name), dtype=dtype)
    settings = _settings(model, config, data)
    document = {"format": FORMAT, "step": len(history.loss), "settings": settings}
    write_atomically(path, pack("state", document, tensors))


def load_state(
    path: str | Path,
    model: Transformer,
    optimizer: Optimizer,
    config: TrainConfig,
    data: str,
) -> History:
    """Put a saved state into model and optimizer; the steps so far as a History.

    How many processes wrote it does not matter. Raises FileNotFoundError, or ValueError
    for a file that is cut, changed or something else, and for the state of a run with
    another model, config or data; model and optimizer are unchanged then.
    """
    # Read, not mapped into memory: Windows cannot replace a file that is mapped.
    content = Path(path).read_bytes()
    try:
        document, tensors = unpack("state", FORMAT, content)
        settings, step = document.get("settings"), document.get("step")
        if not isinstance(settings, dict) or type(step) is not int or step < 0:
            raise ValueError("it must have settings and a step")
    except ValueError as error:
        raise _not_whole(path, error) from error
    weights = {f"model.{name}": p for name, p in model.named_parameters()}
    now = json.loads(json.dumps(_settings(model, config, data)))
    other = [
        f"{name} was {settings.get(name)}, now {now.get(name)}"
        for name in {**settings, **now}
        if settings.get(name) != now.get(name)
    ]
    saved = {name: t for name, t in tensors.items() if name.startswith("model.")}
    other += _differences(saved, weights)
    if other:
        raise ValueError(
            f"{path} is the state of another run ({'; '.join(other)}): go on with what "
            "it had, or begin anew with another path"
        )
    try:
        _check(tensors, model, step, config.steps)
    except ValueError as error:
        raise _not_whole(path, error) from error
    with torch.no_grad():
        for name, parameter in weights.items():
            parameter.copy_(saved[name])
    moments = {}
    for i, (name, _) in enumerate(model.named_parameters()):
        keys = {moment: f"{moment}.{name}" for moment in MOMENTS}
        moments[i] = {m: tensors[key] for m, key in keys.items() if key in tensors}
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})
    return History(**{name: tensors[f"history.{name}"].tolist() for name in COLUMNS})


def _settings(model: Transformer, config: TrainConfig, data: str) -> dict[str, Any]:
    """What must be the same for a run to go on: all that changes its result."""
    found = {**asdict(model.config), **asdict(config), "examples": data}
    del found["checkpoint_every"]
    return found


def _check(
    tensors: dict[str, Tensor], model: Transformer, step: int, steps: int
) -> None:
    """Raises ValueError unless these are all the tensors of a state at this step.

    fused AdamW reads past the end of a moment that is too short, so nothing of another
    shape or type may reach it.
    """
    if step > steps:
        raise ValueError(f"it is at step {step}, the run has {steps}")
    due = {f"model.{name}": p.detach() for name, p in model.named_parameters()}
    for name, parameter in model.named_parameters():
        if step and parameter.requires_grad:
            for moment in MOMENTS:
                due[f"{moment}.{name}"] = parameter.detach()
            due[f"step.{name}"] = torch.tensor(float(step))
    for name, dtype in COLUMNS.items():
        due[f"history.{name}"] = torch.empty(step, dtype=dtype)
    if wrong := _differences(tensors, due):
        more = f" and {len(wrong) - 1} more" if wrong[1:] else ""
        raise ValueError(f"{wrong[0].replace('now', 'must be')}{more}")
    check_finite(tensors)
    for name, tensor in tensors.items():
        if name.startswith("step.") and tensor != step:
            raise ValueError(f"{name} is {tensor.item()}, the history has {step} steps")


def _differences(found: Mapping[str, Tensor], due: Mapping[str, Tensor]) -> list[str]:
    """In words, each tensor that is missing, too many, or of another type or shape."""
    return [
        f"{name} was {dtype_and_shape(found.get(name))}, now {dtype_and_shape(due.get(name))}"
        for name in sorted({**found, **due})
        if dtype_and_shape(found.get(name)) != dtype_and_shape(due.get(name))
    ]


def _not_whole(path: str | Path, error: ValueError) -> ValueError:
    return ValueError(
        f"{path} is not a whole training state, as save_state writes it ({error}): "
        "remove it to begin anew"
    )
