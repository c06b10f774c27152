"""A trained model in one file: its weights, its sizes and its two tokenizers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from tinydecoder.batches import pad
from tinydecoder.config import ModelConfig
from tinydecoder.corpus.tokenizers import KINDS
from tinydecoder.files import write_atomically
from tinydecoder.model import Transformer
from tinydecoder.tensor_file import check_finite, dtype_and_shape, pack, unpack
from tinydecoder.text.parallel import normalise
from tinydecoder.text.tokenizer import END, UNK, Tokenizer, from_state

FORMAT = "tinydecoder checkpoint 1"
LAYERS = "encoder.layers."  # how the names of its layers' weights begin
PRETRAINED = Path(__file__).parent / "assets" / "english-kannada.safetensors"


@dataclass(frozen=True)
class Translator:
    """A model and what makes ids of text and text of ids.

    made: how it was made, as text by name: data, seed, steps, score.
    """

    model: Transformer
    source_tokenizer: Tokenizer
    target_tokenizer: Tokenizer
    made: dict[str, str] = field(default_factory=dict)

    def source_ids(self, texts: Sequence[str]) -> Int[Tensor, "B S"]:
        """The ids of these texts, each with END, padded, where the model is."""
        ids = [[*self.source_tokenizer.encode(normalise(t)), END] for t in texts]
        return pad(ids).to(next(self.model.parameters()).device)

    def unknown(self, text: str) -> list[str]:
        """The pieces of this text that the model does not know, as it reads them."""
        text = normalise(text)
        pieces = self.source_tokenizer.pieces(text)
        ids = self.source_tokenizer.encode(text)
        return [p for p, id in zip(pieces, ids, strict=True) if id == UNK]

    def save(self, path: str | Path) -> None:
        """Write all of it, or nothing if that fails; raises OSError then."""
        # Each weight has one name here, tied weights too: the format stores none twice.
        tensors = {
            name: parameter.detach().cpu().contiguous()
            for name, parameter in self.model.named_parameters()
        }
        document = {
            "format": FORMAT,
            "config": asdict(self.model.config),
            "source_tokenizer": self.source_tokenizer.state(),
            "target_tokenizer": self.target_tokenizer.state(),
            "made": self.made,
        }
        write_atomically(path, pack("checkpoint", document, tensors))


def load(path: str | Path) -> Translator:
    """The translator that save wrote there, on the CPU and in evaluation mode.

    Raises FileNotFoundError, or ValueError for a file that is cut, changed or something
    else.
    """
    content = Path(path).read_bytes()
    try:
        return _translator(content)
    except ValueError as error:
        raise ValueError(
            f"{path} is not a whole checkpoint, as `tinydecoder train` writes it: {error}"
        ) from error


def load_pretrained() -> Translator:
    """The English → Kannada translator that comes with the package; see its model card.

    Raises FileNotFoundError or ValueError as load does.
    """
    if not PRETRAINED.exists():
        raise FileNotFoundError(
            f"{PRETRAINED} is missing: install the package again, or make the file with "
            "`make train`"
        )
    return load(PRETRAINED)


def _translator(content: bytes) -> Translator:
    document, tensors = unpack("checkpoint", FORMAT, content)
    keys = ("format", "config", "source_tokenizer", "target_tokenizer", "made")
    if wrong := document.keys() ^ set(keys):
        raise ValueError(f"it must have {', '.join(keys)}; wrong: {sorted(wrong)}")
    source = from_state(document["source_tokenizer"], KINDS)
    target = from_state(document["target_tokenizer"], KINDS)
    config = _config(document["config"])
    made = document["made"]
    if not isinstance(made, dict) or not all(isinstance(v, str) for v in made.values()):
        raise ValueError("made must be a mapping of texts")
    head = made.get("alignment head", "0,0")
    heads = (f"{i},{j}" for i in range(config.n_layers) for j in range(config.n_heads))
    vocab_sizes = source.vocab_size, target.vocab_size
    _check_weights(tensors, config, vocab_sizes)
    if head not in heads:
        raise ValueError(f"alignment head must be a layer and a head of it, got {head}")
    model = Transformer(config, *vocab_sizes)
    # Tied weights have one name in the file and two in the model: the second is a copy.
    model.load_state_dict(tensors, strict=False)
    return Translator(model.eval(), source, target, made)


def _config(values: Any) -> ModelConfig:
    if not isinstance(values, dict):
        raise ValueError(f"config must be a mapping, got {values!r}")
    due = {column.name for column in fields(ModelConfig)}
    if wrong := values.keys() ^ due:
        raise ValueError(f"config must have {sorted(due)}; wrong: {sorted(wrong)}")
    return ModelConfig(**values)


def _check_weights(
    tensors: dict[str, Tensor], config: ModelConfig, vocab_sizes: tuple[int, int]
) -> None:
    """Raises ValueError unless these are the weights of a model of these sizes.

    No size is believed before the weights show it: what a config claims may be more
    than a computer can build.
    """
    layers = [name.split(".")[2] for name in tensors if name.startswith(LAYERS)]
    if config.n_layers != (count := len(set(layers))):
        raise ValueError(
            f"size mismatch: n_layers is {config.n_layers}, with weights of {count}"
        )
    full = [tensor for tensor in tensors.values() if tensor.numel()]
    widest = max((size for tensor in full for size in tensor.shape), default=0)
    for name in ("d_model", "d_ff"):
        if (claimed := getattr(config, name)) > widest:
            raise ValueError(
                f"size mismatch: {name} is {claimed}, the widest weight has {widest}"
            )
    with torch.device("meta"):  # sizes without numbers; all layers are like the first
        model = Transformer(replace(config, n_layers=1), *vocab_sizes)
    due = {
        name.replace(".layers.0.", f".layers.{i}."): parameter
        for name, parameter in model.named_parameters()
        for i in range(config.n_layers if ".layers.0." in name else 1)
    }
    missing, unknown = sorted(due.keys() - tensors), sorted(tensors.keys() - due)
    if missing or unknown:
        raise ValueError(f"weights missing: {missing[:3]}, unknown: {unknown[:3]}")
    for name, tensor in sorted(tensors.items()):
        if tensor.shape != due[name].shape or not tensor.is_floating_point():
            raise ValueError(
                f"size mismatch: {name} is {dtype_and_shape(tensor)}, must be {dtype_and_shape(due[name])}"
            )
    check_finite(tensors)
