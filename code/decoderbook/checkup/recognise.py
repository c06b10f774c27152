"""What kind of decoder is this? The common signatures are known; the rest needs an adapter."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn

from decoderbook.checkup.adapters import tinydecoder_model, torch_transformer
from decoderbook.checkup.problem import ProblemError, adapter, article
from decoderbook.checkup.subject import Batch, Subject
from decoderbook.checkup.tables import Call, read
from tinydecoder.model import Transformer

TARGETS = (
    "target_ids",
    "target",
    "tgt",
    "trg",
    "decoder_input_ids",
    "tgt_ids",
    "trg_ids",
)
TARGETS += ("decoder_input", "decoder_inputs", "dec_input", "dec_inputs", "y")
SOURCES = ("source_ids", "source", "src", "input_ids", "src_ids", "encoder_input")
SOURCES += ("encoder_inputs", "enc_input", "enc_inputs", "x")
PADS = ("pad_id", "pad_idx", "pad_token_id", "padding_idx", "pad")
LIMITS = ("max_length", "max_len", "block_size", "context_length", "max_seq_len")
LIMITS += ("max_sequence_length", "max_position_embeddings", "n_positions")


def subject_of(thing: Any, **given: Any) -> Subject:
    """The subject that a thing is or that can be made of it.

    given: fields of Subject that are known; None counts as not given. Raises
    ProblemError.
    """
    given = {name: value for name, value in given.items() if value is not None}
    given.setdefault("name", type(thing).__name__)
    if isinstance(thing, Subject):
        return thing
    if isinstance(thing, Transformer):
        return tinydecoder_model(thing, **_only(given, "name", "fresh"))
    if isinstance(thing, nn.Transformer | nn.TransformerDecoder):
        try:
            return torch_transformer(thing, **_only(given, "name", "fresh"))
        except ValueError as error:
            raise ProblemError(f"{error}.") from error
    if isinstance(thing, nn.Module):
        return _of_module(thing, given)
    raise ProblemError(
        f"it gives {article(type(thing).__name__)}; an nn.Module or a Subject is needed."
    )


def _of_module(model: nn.Module, given: dict[str, Any]) -> Subject:
    calls, has_source = _calls_of(model)
    pads = {
        side: _number(model, [*(f"{p}_{n}" for p in prefixes for n in PADS), *PADS], 0)
        for side, prefixes in (
            ("source_pad_id", ("source", "src", "encoder")),
            ("target_pad_id", ("target", "tgt", "trg", "decoder")),
        )
    }
    limit = _number(model, LIMITS, 1)
    was_training = model.training
    model.eval()
    try:
        seen = read(model, calls, has_source, limit)
    finally:
        model.train(was_training)
    for side, table, size in (
        ("target_pad_id", seen.target_table, seen.target_size),
        ("source_pad_id", seen.source_table, seen.source_size),
    ):
        if pads[side] is None and table is not None:
            pads[side] = table.padding_idx
        if pads[side] is not None and size is not None and pads[side] >= size:
            pads[side] = None  # a number that means something else
    found = {
        "logits": seen.call,
        "target_vocab_size": seen.target_size,
        "source_vocab_size": seen.source_size,
        "max_length": limit,
        "module": model,
        **pads,
        **given,
    }
    if not has_source:
        found["source_pad_id"] = None
    try:
        return Subject(**found)
    except ValueError as error:
        raise ProblemError(f"{error}.") from error


def _calls_of(model: nn.Module) -> tuple[list[Call], bool]:
    """How the model may be called with a batch, the likeliest first; and whether it reads
    a source.
    """
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    try:
        parameters = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):  # of compiled code
        parameters = ()
    named = [p for p in parameters if p.kind in kinds]
    names = [p.name for p in named]
    required = [p.name for p in named if p.default is inspect.Parameter.empty]
    target = next((n for n in TARGETS if n in names), None)
    source = next((n for n in SOURCES if n in names and target), None)
    used = [n for n in (source, target) if n] if source else names[:1]
    if not used:
        raise ProblemError(f"its forward takes nothing by name.\n\n{adapter()}")
    if missing := [name for name in required if name not in used]:
        raise ProblemError(
            f"its forward wants {', '.join(required)}, and what {' and '.join(missing)} "
            f"should be cannot be guessed.\n\n{adapter(source is not None)}"
        )
    masked = "attention_mask" in names

    def call(batch: Batch, **more: Tensor) -> Any:
        inputs: dict[str, Any] = {used[-1]: batch.target_ids}
        if source:
            inputs[source] = batch.source_ids
        if masked:
            real = batch.source_real if source else batch.target_real
            inputs["attention_mask"] = real.long()
        return logits_of(model(**inputs, **more))

    calls: list[Call] = [call]
    if "targets" in names and "targets" not in used:
        # Without them some give the last row only; with them others flatten their rows.
        calls.append(lambda batch: call(batch, targets=batch.target_ids))
    return calls, source is not None


def logits_of(result: Any) -> Tensor:
    """The logits in what a forward gave: a tensor, the first of several, or `.logits`."""
    if isinstance(result, dict) and "logits" in result:
        return result["logits"]
    if hasattr(result, "logits"):
        return result.logits
    if isinstance(result, tuple | list):
        return next(
            (r for r in result if isinstance(r, Tensor) and r.dim() == 3), result
        )
    return result


def _number(model: nn.Module, names: Iterable[str], least: int) -> int | None:
    """The first whole number that the model, or its config, has under one of the names."""
    for name in names:
        for owner in (
            model,
            getattr(model, "config", None),
            getattr(model, "cfg", None),
        ):
            value = getattr(owner, name, None)
            if (
                isinstance(value, int)
                and not isinstance(value, bool)
                and value >= least
            ):
                return value
    return None


def _only(given: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in names}
