"""A training run in one file, from which it goes on as if it had never stopped.

The file is in the safetensors format: numbers and text, nothing that runs.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.optim import Optimizer

from tinydecoder.batches import Example
from tinydecoder.config import TrainConfig
from tinydecoder.files import safetensors_metadata, write_atomically
from tinydecoder.model import Transformer

FORMAT = "tinydecoder training state 1"
MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what AdamW keeps for each weight


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
    for name, values in vars(history).items():
        dtype = torch.int64 if name == "tokens" else torch.float64
        tensors[f"history.{name}"] = torch.tensor(values, dtype=dtype)
    metadata = {
        "format": FORMAT,
        "step": str(len(history.loss)),
        "settings": json.dumps(_settings(model, config, data)),
    }
    write_atomically(path, safetensors.torch.save(tensors, metadata))


def load_state(
    path: str | Path,
    model: Transformer,
    optimizer: Optimizer,
    config: TrainConfig,
    data: str,
) -> History:
    """Put a saved state into model and optimizer; the steps so far as a History.

    How many processes wrote it does not matter. Raises FileNotFoundError, or ValueError
    for a file that is cut or something else, and for the state of a run with another
    model, config or data; model and optimizer are unchanged then.
    """
    tensors, settings = _read(path)
    now = json.loads(json.dumps(_settings(model, config, data)))
    other = [
        f"{name} was {settings.get(name)}, now {now.get(name)}"
        for name in {**settings, **now}
        if settings.get(name) != now.get(name)
    ]
    parameters = {f"model.{name}": p for name, p in model.named_parameters()}
    saved = {name: t for name, t in tensors.items() if name.startswith("model.")}
    other += [
        f"{name} was {_kind(saved.get(name))}, now {_kind(parameters.get(name))}"
        for name in {**saved, **parameters}
        if _kind(saved.get(name)) != _kind(parameters.get(name))
    ]
    if other:
        raise ValueError(
            f"{path} is the state of another run ({'; '.join(other)}): go on with what "
            "it had, or begin anew with another path"
        )
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(saved[name])
    moments = {}
    for i, (name, _) in enumerate(model.named_parameters()):
        keys = {moment: f"{moment}.{name}" for moment in MOMENTS}
        moments[i] = {m: tensors[key] for m, key in keys.items() if key in tensors}
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})
    names = [column.name for column in fields(History)]
    return History(**{name: tensors[f"history.{name}"].tolist() for name in names})


def _settings(model: Transformer, config: TrainConfig, data: str) -> dict[str, Any]:
    """What must be the same for a run to go on."""
    return {**asdict(model.config), **asdict(config), "examples": data}


def _kind(tensor: Tensor | None) -> str:
    if tensor is None:
        return "missing"
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


def _read(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the settings of a state file."""
    # Read, not mapped into memory: Windows cannot replace a file that is mapped.
    content = Path(path).read_bytes()
    try:
        tensors = safetensors.torch.load(content)
        metadata = safetensors_metadata(content)
        if (found := metadata.get("format")) != FORMAT:
            raise ValueError(f"its format must be {FORMAT!r}, got {found!r}")
        return tensors, json.loads(metadata["settings"])
    except (SafetensorError, ValueError, KeyError) as error:
        raise ValueError(
            f"{path} is not a whole training state, as save_state writes it ({error}): "
            "remove it to begin anew"
        ) from error
