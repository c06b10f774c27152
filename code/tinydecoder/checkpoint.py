"""A trained model in one file: its weights, its sizes and its two tokenizers.

The file is in the safetensors format: numbers and text. Nothing in it runs when it is
read, which cannot be said of a pickle.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from jaxtyping import Int
from safetensors import SafetensorError
from torch import Tensor

from tinydecoder.config import ModelConfig
from tinydecoder.corpus.tokenizers import KINDS
from tinydecoder.files import safetensors_metadata, write_atomically
from tinydecoder.model import Transformer
from tinydecoder.text.parallel import normalise
from tinydecoder.text.tokenizer import END, UNK, Tokenizer, from_state, pad

FORMAT = "tinydecoder checkpoint 1"
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
        document["sha256"] = _digest(document, tensors)
        # One entry: safetensors writes several in any order, so no two files were equal.
        metadata = {"checkpoint": json.dumps(document, ensure_ascii=False)}
        write_atomically(path, safetensors.torch.save(tensors, metadata))


def load(path: str | Path) -> Translator:
    """The translator that save wrote there, on the CPU and in evaluation mode.

    Raises FileNotFoundError, or ValueError for a file that is cut, changed or something
    else.
    """
    content = Path(path).read_bytes()
    try:
        return _translator(content)
    except (
        SafetensorError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RuntimeError,
    ) as error:
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
    tensors = safetensors.torch.load(content)
    document = json.loads(safetensors_metadata(content).get("checkpoint", "{}"))
    if (found := document.get("format")) != FORMAT:
        raise ValueError(f"its format must be {FORMAT!r}, got {found!r}")
    if document.pop("sha256") != _digest(document, tensors):
        raise ValueError("it is not what was saved (SHA-256 differs)")
    source = from_state(document["source_tokenizer"], KINDS)
    target = from_state(document["target_tokenizer"], KINDS)
    config = ModelConfig(**document["config"])
    model = Transformer(config, source.vocab_size, target.vocab_size)
    # Tied weights have one name in the file and two in the model: the second is a copy.
    missing, unknown = model.load_state_dict(tensors, strict=False)
    expected = {name for name, _ in model.named_parameters()}
    if unknown or expected & set(missing):
        raise ValueError(
            f"weights missing: {sorted(expected & set(missing))}, unknown: {unknown}"
        )
    return Translator(model.eval(), source, target, document["made"])


def _digest(document: dict[str, Any], tensors: dict[str, Tensor]) -> str:
    """SHA-256 of the text, and of the tensors' names, types, shapes and numbers."""
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
