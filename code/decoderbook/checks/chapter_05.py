"""What the checks of chapter 05 try: queries, keys and values."""

from collections.abc import Iterator

import torch
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import merge_heads, scaled_dot_product_attention, split_heads


@cases_of("lost-root")
def lost_root(draw: Draw) -> Iterator[Case]:
    """The weights that come of it, for any scores."""
    query, key = draw.normal(5, 64), draw.normal(7, 64)
    _, meant = scaled_dot_product_attention(query, key, key)
    yield Case(
        "scores of 64 features, not divided",
        (query @ key.T,),
        meant,
        "a temperature divides the scores before the softmax.",
        lambda temperature, scores: (scores / temperature).softmax(dim=-1),
    )


@cases_of("safe-softmax")
def safe_softmax(draw: Draw) -> Iterator[Case]:
    """One row, then more axes, then a temperature, then large and distant scores."""
    rows, columns, more = draw.sizes(3, 3, 8)
    row, table = draw.normal(columns), draw.normal(rows, columns)
    heat = draw.pick([0.5, 2.0, 3.0])
    yield Case(
        "one row of scores", (row,), row.softmax(-1), "powers first, then divide by their sum."
    )
    yield Case(
        "a table of scores",
        (table,),
        table.softmax(-1),
        "every row must make one. Which axis do `sum` and the maximum run along, and is it kept?",
    )
    block = draw.normal(more, rows, columns)
    yield Case("three axes", (block,), block.softmax(-1), "write the axis as -1, not as 1.")
    yield Case(
        f"temperature {heat:g}",
        (table, heat),
        (table / heat).softmax(-1),
        "the temperature divides the scores, before the powers.",
    )
    yield Case(
        "scores of 10,000",
        (1e4 * table,),
        (1e4 * table).softmax(-1),
        "`exp` overflows above 88 in float32. What may be subtracted without changing a share?",
    )
    distant = table - 500 * torch.arange(rows)[:, None]
    yield Case(
        "rows 500 apart",
        (distant,),
        distant.softmax(-1),
        "each row needs a maximum of its own.",
    )


def _reads(W_Q: Tensor, x: Tensor, W_K: Tensor) -> Tensor:
    return ((x @ W_Q) @ (x @ W_K).T / 2**0.5).softmax(dim=-1)


@cases_of("second-question")
def second_question(draw: Draw) -> Iterator[Case]:
    """The rows of the chapter: what each reads."""
    x = torch.tensor([[1.0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]])
    W_Q = torch.tensor([[0.0, 0], [0, 0], [2, 0], [0, 0]])
    W_K = torch.tensor([[2.0, 0], [0, 2], [0, 0], [0, 0]])
    before = _reads(W_Q, x, W_K)
    yield Case(
        "what the rows nānu and -utt read",
        (x, W_K),
        before[[0, 2]],
        "their weights must stay as they were, so their rows of `W_Q` must too.",
        lambda my_W_Q, *rest: _reads(my_W_Q, *rest)[[0, 2]],
    )
    yield Case(
        "the rows to which śāle gives more than 0.3",
        (x, W_K),
        [1],
        "a place is offered by row 1, śāle itself.",
        lambda my_W_Q, *rest: (_reads(my_W_Q, *rest)[1] > 0.3).nonzero()[:, 0].tolist(),
    )
    yield Case(
        "whether that share is above 0.9",
        (x, W_K),
        True,
        "make the question louder.",
        lambda my_W_Q, *rest: bool(_reads(my_W_Q, *rest)[1, 1] > 0.9),
    )


def _attention(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor, h: int) -> Tensor:
    heads = [split_heads(x @ W, h) for W in (W_Q, W_K, W_V)]
    return merge_heads(scaled_dot_product_attention(*heads)[0]) @ W_O


@cases_of("own-attention")
def own_attention(draw: Draw) -> Iterator[Case]:
    """One row alone, then one head, then many heads in a batch."""
    B, T, d_head = draw.sizes(3, 3, 7)
    h = draw.pick([2, 3, 4])
    d = h * d_head
    maps = [draw.normal(d, d, scale=1.5 / d**0.5) for _ in range(4)]

    def case(name: str, x: Tensor, heads: int, look: str) -> Case:
        return Case(name, (x, *maps, heads), _attention(x, *maps, heads), look)

    yield case(
        "one row, one head",
        draw.normal(1, 1, d),
        1,
        "a row alone gives itself all its attention, so neither query nor key counts: "
        "look at `W_V` and `W_O`.",
    )
    yield case(
        f"{T} rows, one head",
        draw.normal(1, T, d),
        1,
        "nothing is cut yet: look at the scores, the root, and the axis of the softmax.",
    )
    yield case(
        f"{T} rows, {h} heads",
        draw.normal(1, T, d),
        h,
        "one head was right: look at how heads are cut and merged, and at the root for a narrower head.",
    )
    yield case(
        f"a batch of {B}",
        draw.normal(B, T, d),
        h,
        "one sentence was right: count axes from the end.",
    )


@cases_of("shared-keys")
def shared_keys(draw: Draw) -> Iterator[Case]:
    """As many heads on both sides, then one group, then several."""
    B, T, d_k = draw.sizes(3, 3, 7)
    times, groups = draw.pick([2, 3]), draw.pick([2, 3])

    def case(name: str, h: int, g: int, look: str) -> Case:
        query = draw.normal(B, h, T, d_k)
        key, value = draw.normal(B, g, T, d_k), draw.normal(B, g, T, d_k)
        shared = [t.repeat_interleave(h // g, dim=1) for t in (key, value)]
        right, _ = scaled_dot_product_attention(query, *shared)
        return Case(name, (query, key, value), right, look)

    yield case(
        f"{times} heads and as many heads of keys",
        times,
        times,
        "nothing is shared yet: this is plain attention.",
    )
    yield case(
        f"{times} heads and one head of keys",
        times,
        1,
        "all heads read the same keys.",
    )
    yield case(
        f"{times * groups} heads and {groups} heads of keys",
        times * groups,
        groups,
        f"heads 0 to {times - 1} read the first head of keys, the next {times} the second.",
    )
