"""How many tokens a model has on each side, and which tables read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from decoderbook.checkup.problem import ADAPTER, ProblemError, article, one_line
from decoderbook.checkup.rows import reading_tables
from decoderbook.checkup.subject import Batch


def vocabularies(
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


def _shape(found: Any) -> str:
    if isinstance(found, Tensor):
        return f"a tensor of the shape {tuple(found.shape)}"
    return article(type(found).__name__)
