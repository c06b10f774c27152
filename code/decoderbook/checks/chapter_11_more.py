"""What the checks of chapter 11 try, continued: a beam, and a cache."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import (
    causal_mask,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)


def _three(answer: Callable[..., Any], *arguments: Any) -> tuple[Tensor, ...]:
    """What came back, as tensors; lists will do."""
    found = answer(*arguments)
    if not isinstance(found, list | tuple) or len(found) != 3:
        raise ValueError(
            "three things should come back: the new totals, the paths, the tokens"
        )
    return tuple(map(torch.as_tensor, found))


@cases_of("beam-step")
def beam_step(draw: Draw) -> Iterator[Case]:
    """Greedy, the first step, several paths, and one that leaves the others behind."""
    n, width, vocab_size = draw.sizes(3, 3, 8)
    vocab_size += width  # dividing by the width must not do

    def case(name: str, totals: Tensor, width: int, look: str) -> Case:
        log_p = draw.normal(len(totals), vocab_size).log_softmax(dim=-1)
        table = (totals[:, None] + log_p).tolist()
        candidates = [
            (value, path, id)
            for path, row in enumerate(table)
            for id, value in enumerate(row)
        ]
        best = sorted(candidates, reverse=True)[:width]
        right = tuple(map(torch.tensor, zip(*best, strict=True)))
        return Case(name, (totals, log_p, width), right, look, _three)

    start = torch.zeros(1)
    yield case(
        "one path, width 1",
        start - 2.0,
        1,
        "this is greedy: the best token, added to the total.",
    )
    yield case(
        f"the first step, width {width}",
        start,
        width,
        f"the {width} best tokens after START, the best first.",
    )
    totals = -draw.normal(n).abs() - torch.arange(n) / 2
    yield case(
        f"{n} paths, width {width}",
        totals,
        width,
        "add to each row the total of its path, and compare all candidates with one another.",
    )
    behind = torch.tensor([-40.0] * (n - 1) + [-3.0])
    yield case(
        f"{n} paths, of which the last leaves the others far behind",
        behind,
        width,
        f"all {width} survivors grow from path {n - 1}.",
    )


def _stepped(
    answer: Callable[..., Any], row: Tensor, cache: Any, *rest: Any
) -> tuple[Tensor, Any]:
    found = answer(row, cache, *rest)
    if not isinstance(found, list | tuple) or len(found) != 2:
        raise ValueError(
            "two things should come back at each step, `return output, cache`"
        )
    if not isinstance(found[0], Tensor) or found[0].shape != row.shape:
        got = tuple(getattr(found[0], "shape", ())) or type(found[0]).__name__
        raise ValueError(
            f"each output should have the shape of the row, {tuple(row.shape)}; it is {got}"
        )
    return found[0], found[1]


def _fed(
    answer: Callable[..., Any], x: Tensor, maps: list[list[Tensor]], h: int
) -> Tensor:
    """The outputs of all rows, fed one at a time; row i with the i-th maps, or the last."""
    cache, outputs = None, []
    for i, row in enumerate(x.split(1, dim=1)):
        output, cache = _stepped(answer, row, cache, *maps[min(i, len(maps) - 1)], h)
        outputs.append(output)
    return torch.cat(outputs, dim=1)


def _in_turn(
    answer: Callable[..., Any], both: Tensor, maps: list[Tensor], h: int
) -> Tensor:
    """Two texts, a row of each in turn."""
    caches: list[Any] = [None, None]
    outputs: list[list[Tensor]] = [[], []]
    for rows in both.split(1, dim=1):
        for text, row in enumerate(rows.split(1)):
            output, caches[text] = _stepped(answer, row, caches[text], *maps, h)
            outputs[text].append(output)
    return torch.cat([torch.cat(rows, dim=1) for rows in outputs])


def _masked(x: Tensor, maps: list[list[Tensor]], h: int) -> Tensor:
    """One masked pass over all rows."""
    of_row = [maps[min(i, len(maps) - 1)] for i in range(x.size(1))]
    query, key, value = (
        split_heads(
            torch.stack([x[:, i] @ W[m] for i, W in enumerate(of_row)], dim=1), h
        )
        for m in range(3)
    )
    heads, _ = scaled_dot_product_attention(query, key, value, causal_mask(x.size(1)))
    return merge_heads(heads) @ maps[0][3]


@cases_of("kv-cache")
def kv_cache(draw: Draw) -> Iterator[Case]:
    """One row, two, many, heads, a batch, two texts in turn, and what is kept."""
    B, T, d_head = draw.sizes(3, 4, 7)
    h = draw.pick([2, 3])
    d = h * d_head
    maps = [draw.normal(d, d, scale=1.5 / d**0.5) for _ in range(4)]
    one = [maps]

    def case(name: str, x: Tensor, h: int, look: str) -> Case:
        return Case(name, (x, one, h), _masked(x, one, h), look, _fed)

    yield case(
        "one row, one head",
        draw.normal(1, 1, d),
        1,
        "nothing is kept yet: the row reads itself, so look at `W_V` and `W_O`.",
    )
    yield case(
        "two rows, one head",
        draw.normal(1, 2, d),
        1,
        "the second row reads two keys and two values, joined along the axis of the rows, "
        "and all that is old comes from `cache`.",
    )
    yield case(
        "nine rows, one head",
        draw.normal(1, 9, d),
        1,
        "two rows were right: is everything handed on that the later ones need?",
    )
    yield case(
        f"{T} rows, {h} heads",
        draw.normal(1, T, d),
        h,
        "one head was right: look at the root, and at how heads are cut and merged.",
    )
    yield case(
        f"a batch of {B}",
        draw.normal(B, T, d),
        h,
        "one text was right: count axes from the end.",
    )
    both = draw.normal(2, T, d)
    yield Case(
        "two texts, a row of each in turn",
        (both, maps, h),
        _masked(both, one, h),
        "each text has a cache of its own: keep nothing outside of `cache`.",
        _in_turn,
    )
    other = [
        maps[0],
        *(draw.normal(d, d, scale=1.5 / d**0.5) for _ in range(2)),
        maps[3],
    ]
    x, changing = draw.normal(1, T, d), [maps, maps, other]
    yield Case(
        "another `W_K` and `W_V` from row 2 on, so that it shows which keys are kept",
        (x, changing, h),
        _masked(x, changing, h),
        "the keys and values of rows 0 and 1 must stay those that were computed when they came.",
        _fed,
    )
