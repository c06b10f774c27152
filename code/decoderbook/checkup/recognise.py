"""What kind of decoder is this? The common signatures are known; the rest needs an adapter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from decoderbook.checkup.adapters import tinydecoder_model, torch_transformer
from decoderbook.checkup.attention_twins import attention_twins
from decoderbook.checkup.finding import one_line
from decoderbook.checkup.rows import reading_tables
from decoderbook.checkup.subject import Batch, Subject
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

ADAPTER = """\
Give it as a Subject instead, from a function without arguments:

    from decoderbook.checkup.subject import Subject

    def subject():
        model = …                        # with its arguments
        return Subject(
            logits=lambda batch: model(batch.source_ids, batch.target_ids),
            target_vocab_size=…, source_vocab_size=…,
            target_pad_id=0, source_pad_id=0, module=model,
        )

and point to your_module:subject."""


class ProblemError(Exception):
    """It cannot be examined; the message says why, and what to do."""


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
        f"it gives {_article(type(thing).__name__)}; an nn.Module or a Subject is needed."
    )


def _of_module(model: nn.Module, given: dict[str, Any]) -> Subject:
    call, has_source = _call_of(model)
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
        sizes = _vocabularies(model, call, has_source, limit)
    finally:
        model.train(was_training)
    target_size, source_size, target_table, source_table = sizes
    for side, table in (
        ("target_pad_id", target_table),
        ("source_pad_id", source_table),
    ):
        if pads[side] is None and table is not None:
            pads[side] = table.padding_idx
    found = {
        "logits": call,
        "target_vocab_size": target_size,
        "source_vocab_size": source_size,
        "max_length": limit,
        "module": model,
        "twins": lambda: attention_twins(model),
        **pads,
        **given,
    }
    if not has_source:
        found["source_pad_id"] = None
    return Subject(**found)


def _call_of(model: nn.Module) -> tuple[Callable[[Batch], Tensor], bool]:
    """How the model is called with a batch, and whether it reads a source."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(model.forward).parameters.values()
    named = [p for p in parameters if p.kind in kinds]
    names = [p.name for p in named]
    required = [p.name for p in named if p.default is inspect.Parameter.empty]
    target = next((n for n in TARGETS if n in names), None)
    source = next((n for n in SOURCES if n in names and target), None)
    used = [n for n in (source, target) if n] if source else names[:1]
    if not used:
        raise ProblemError(f"its forward takes nothing by name.\n\n{ADAPTER}")
    if missing := [name for name in required if name not in used]:
        raise ProblemError(
            f"its forward wants {', '.join(required)}, and what {' and '.join(missing)} "
            f"should be cannot be guessed.\n\n{ADAPTER}"
        )
    masked = "attention_mask" in names
    all_rows = "targets" in names  # without them some give the last row only

    def call(batch: Batch) -> Tensor:
        inputs: dict[str, Any] = {used[-1]: batch.target_ids}
        if source:
            inputs[source] = batch.source_ids
        if masked:
            real = batch.source_real if source else batch.target_real
            inputs["attention_mask"] = real.long()
        if all_rows:
            inputs["targets"] = batch.target_ids
        return logits_of(model(**inputs))

    return call, source is not None


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


def _vocabularies(
    model: nn.Module,
    call: Callable[[Batch], Tensor],
    has_source: bool,
    limit: int | None,
) -> tuple[int, int | None, nn.Embedding | None, nn.Embedding | None]:
    """Both sizes, from the tables that are seen to read the ids; and these tables."""
    first: Exception | None = None
    for target, source in ((4, 3), (4, 4), (limit, limit)):
        if target is None or source is None:
            continue
        # Different ids on the two sides tell apart what reads which.
        target_ids, source_ids = (
            torch.full((1, length), one) for length, one in ((target, 1), (source, 2))
        )
        batch = Batch(
            target_ids,
            source_ids if has_source else None,
            target_ids > 0,
            source_ids > 0 if has_source else None,
        )
        with torch.no_grad(), reading_tables(model, batch[:2]) as tables:
            try:
                logits = call(batch)
            except Exception as error:
                first = first or error
                continue
        if not isinstance(logits, Tensor) or logits.dim() != 3:
            raise ProblemError(
                "its forward must give logits of the shape (B, T, vocabulary); it gives "
                f"{_shape(logits)}.\n\n{ADAPTER}"
            )
        target_table, source_table = tables
        target_size = target_table.num_embeddings if target_table else logits.size(2)
        source_size = source_table.num_embeddings if source_table else None
        if has_source and source_size is None:
            raise ProblemError(
                "no nn.Embedding was seen to read the source's ids, so the size of its "
                f"vocabulary is not known.\n\n{ADAPTER}"
            )
        return target_size, source_size, target_table, source_table
    assert first is not None
    raise ProblemError(
        f"called with ids, {one_line(first)}. {_frame(first)}\n\n{ADAPTER}"
    ) from first


def _frame(error: BaseException) -> str:
    """Where in the code it happened: the innermost line that is not torch's."""
    own, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/torch/" not in code.co_filename.replace("\\", "/"):
            own = f"That was in line {trace.tb_lineno} of {code.co_name}."
        trace = trace.tb_next
    return own


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


def _shape(found: Any) -> str:
    if isinstance(found, Tensor):
        return f"a tensor of the shape {tuple(found.shape)}"
    return _article(type(found).__name__)


def _article(noun: str) -> str:
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"
