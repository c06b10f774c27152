"""How a model takes ids: its call, its vocabularies, and the tables that read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from decoderbook.checkup.problem import ProblemError, adapter, article, one_line
from decoderbook.checkup.rows import reading_tables
from decoderbook.checkup.subject import Batch, with_masks

Call = Callable[[Batch], Any]


class Reading(NamedTuple):
    """What was seen when a model read ids: how it was called, and what read them.

    Both sizes of vocabulary, None where there is no source; the tables, None where none
    was seen.
    """

    call: Call
    target_size: int
    source_size: int | None
    target_table: nn.Embedding | None
    source_table: nn.Embedding | None


def read(
    model: nn.Module, calls: Sequence[Call], has_source: bool, limit: int | None
) -> Reading:
    """The first of the calls that gives a row of logits for each target id."""
    first: BaseException | None = None
    for target, source in ((4, 3), (4, 4), (limit, limit)):
        if target is None or source is None:
            continue
        given: Any = None
        for call in calls:
            batch = _batch(target, source, has_source)
            with torch.no_grad(), reading_tables(model, batch[:2]) as tables:
                try:
                    given = call(batch)
                except (Exception, SystemExit) as error:
                    first = first or error
                    continue
            if isinstance(given, Tensor) and given.shape[1:-1] == (target,):
                return _reading(call, given.size(2), has_source, *tables)
        if given is not None:
            raise ProblemError(
                "its forward must give logits of the shape (B, T, vocabulary), a row for "
                f"each id; for (B, T) = (1, {target}) it gives {_told(given)}.\n\n"
                f"{adapter(has_source)}"
            )
    assert first is not None
    raise ProblemError(
        f"called with ids, {one_line(first)}. {_frame(first)}\n\n{adapter(has_source)}"
    ) from first


def _batch(target: int, source: int, has_source: bool) -> Batch:
    """Different ids on the two sides, to tell apart what reads which."""
    target_ids, source_ids = torch.full((1, target), 1), torch.full((1, source), 2)
    return with_masks(target_ids, source_ids if has_source else None)


def _reading(
    call: Call,
    n_logits: int,
    has_source: bool,
    target_table: nn.Embedding | None,
    source_table: nn.Embedding | None,
) -> Reading:
    if has_source and source_table is None:
        raise ProblemError(
            "no nn.Embedding was seen to read the source's ids, so the size of its "
            f"vocabulary is not known.\n\n{adapter()}"
        )
    target_size = target_table.num_embeddings if target_table else n_logits
    source_size = source_table.num_embeddings if source_table else None
    return Reading(call, target_size, source_size, target_table, source_table)


def _frame(error: BaseException) -> str:
    """Where in the code it happened: the innermost line that is not torch's."""
    own, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = code.co_filename.replace("\\", "/")
        if "/torch/" not in file and not file.startswith("<frozen"):
            own = f"That was in line {trace.tb_lineno} of {code.co_name}."
        trace = trace.tb_next
    return own


def _told(found: Any) -> str:
    """“a tuple of a tensor (4, 65) and a tensor ()”."""
    if isinstance(found, Tensor):
        return f"a tensor {tuple(found.shape)}"
    name = article(type(found).__name__)
    parts = list(found.values()) if isinstance(found, dict) else found
    if not isinstance(parts, tuple | list) or not parts:
        return name
    more = ["…"] if len(parts) > 3 else []
    return f"{name} of {' and '.join([*map(_told, parts[:3]), *more])}"
