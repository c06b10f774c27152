"""What the checks of chapter 11 try: inference."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import PAD, START
from tinydecoder import causal_mask, merge_heads, scaled_dot_product_attention, split_heads


@cases_of("cache-bytes")
def cache_bytes(draw: Draw) -> Iterator[Case]:
    """One number after the other leaves 1."""
    layers, B, T, d_head = draw.sizes(4, 3, 12)
    groups, times = draw.pick([2, 4]), draw.pick([3, 5])
    h = groups * times

    def case(n: int, heads: int, kv: int, B: int, T: int, look: str) -> Case:
        d = heads * d_head
        right = 2 * torch.empty(n, B, kv, T, d_head, dtype=torch.float16).nbytes
        name = f"layers {n}, heads {heads} and {kv}, d_model {d}, texts {B}, tokens {T}"
        return Case(name, (n, heads, kv, d, B, T), right, look, rtol=1e-9)

    yield case(1, 1, 1, 1, 1, "one key and one value, of `d_model` numbers each, of two bytes each.")
    yield case(1, 1, 1, 1, T, "each token leaves one key and one value.")
    yield case(1, 1, 1, B, T, "each text has rows of its own.")
    yield case(layers, 1, 1, B, T, "each layer has keys and values of its own.")
    yield case(1, h, h, B, T, "all heads side by side have `d_model` features.")
    yield case(layers, h, groups, B, T, "fewer heads are kept than ask, each with `d_model // n_heads` features.")


def _texts(draw: Draw, lengths: list[int], T: int) -> Tensor:
    ids = draw.whole(4, 50, len(lengths), T)
    ids[:, 0] = START
    return ids.masked_fill(torch.arange(T) >= torch.tensor(lengths)[:, None], PAD)


@cases_of("newest-row")
def newest_row(draw: Draw) -> Iterator[Case]:
    """One text without PAD, one with, then several."""
    T, vocab_size, n = draw.sizes(3, 5, 11)
    n = min(n, T - 2)

    def case(name: str, lengths: list[int], look: str) -> Case:
        logits = draw.normal(len(lengths), T, vocab_size)
        right = torch.stack([logits[b, n - 1] for b, n in enumerate(lengths)])
        return Case(name, (logits, _texts(draw, lengths, T)), right, look)

    yield case(f"one text of {T} tokens, no PAD", [T], "nothing is filled up: the newest row is the last.")
    yield case(
        f"one text of {n} tokens and {T - n} PAD",
        [n],
        f"the newest of {n} tokens stands in row {n - 1}, for rows are counted from 0.",
    )
    yield case("a text of START alone", [1], "START is a token, and its row chooses the first one.")
    lengths = [n, T, 1, n + 1]
    yield case(
        f"texts of {', '.join(map(str, lengths))} tokens",
        lengths,
        "one text was right: now each has another row.",
    )


def _log_p(draw: Draw, rows: int, vocab_size: int, scale: float = 1.5) -> Tensor:
    """Log-probabilities of which PAD and START have none."""
    logits = draw.normal(rows, vocab_size, scale=scale)
    logits[:, [PAD, START]] = -torch.inf
    return logits.log_softmax(dim=-1)


@cases_of("no-repeat")
def no_repeat(draw: Draw) -> Iterator[Case]:
    """The last token far from the best, then the best, then nearly certain, then a batch."""
    (vocab_size,) = draw.sizes(1, 9, 14)
    last = draw.pick(range(4, vocab_size))

    def right(log_p: Tensor, last: Tensor) -> list[int]:
        tokens = range(log_p.size(1))
        return [
            max((i for i in tokens if i != t), key=row.tolist().__getitem__)
            for row, t in zip(log_p, last.tolist(), strict=True)
        ]

    def case(name: str, log_p: Tensor, last: list[int], look: str) -> Case:
        given = torch.tensor(last)
        return Case(name, (log_p, given), torch.tensor(right(log_p, given)), look)

    def favoured(logits: float) -> Tensor:
        found = _log_p(draw, 1, vocab_size)
        found[0, last] = found.max() + logits
        return found.log_softmax(dim=-1)

    yield case("a last token that nobody wants", favoured(-20), [last], "the best token may stay.")
    yield case("a last token that is the best by a little", favoured(0.1), [last], "it must not come again.")
    yield case("a last token that is nearly certain", favoured(8), [last], "however sure the model is.")
    log_p = _log_p(draw, 3, vocab_size)
    log_p[:2, last] = 1.0  # the best of rows 0 and 1
    other = draw.pick([i for i in range(2, vocab_size) if i != last])
    best = log_p[2].argmax().item()
    yield case(
        "three texts, of which the second wrote last what the first wants now",
        log_p.log_softmax(dim=-1),
        [other, last, best],
        "one text was right: each row has a forbidden token of its own.",
    )


@cases_of("min-p")
def min_p(draw: Draw) -> Iterator[Case]:
    """The two ends, a share between, then rows that are sure and torn."""
    sure_one, vocab_size = draw.sizes(2, 4, 12)
    vocab_size = max(vocab_size, sure_one + 2)

    def case(name: str, log_p: Tensor, share: float, look: str) -> Case:
        p = log_p.exp().double()
        kept = p * (p >= share * (1 - 1e-9) * p.amax(-1, keepdim=True))
        return Case(name, (log_p, share), kept / kept.sum(-1, keepdim=True), look)

    one = _log_p(draw, 1, vocab_size)
    yield case("one row at share 0", one, 0.0, "everything is let in: the distribution itself.")
    share = draw.pick([0.15, 0.2, 0.3])
    yield case(f"one row at share {share:g}", one, share, "who is let in, and do the shares sum to one again?")
    yield case("one row at share 1", one, 1.0, "only the best is left, with all of the probability.")
    torn = _log_p(draw, 3, vocab_size, scale=0.3)
    torn[1, sure_one] += 12  # one row that is sure
    yield case(
        "a row that is sure between two that are torn",
        torn.log_softmax(dim=-1),
        0.5,
        "each row has a best token of its own.",
    )


def _three(answer: Callable[..., Any], *arguments: Any) -> tuple[Tensor, ...]:
    """What came back, as tensors; lists will do."""
    found = answer(*arguments)
    if not isinstance(found, list | tuple) or len(found) != 3:
        raise ValueError("three things should come back: the new totals, the paths, the tokens")
    return tuple(map(torch.as_tensor, found))


@cases_of("beam-step")
def beam_step(draw: Draw) -> Iterator[Case]:
    """Greedy, the first step, several paths, and one that leaves the others behind."""
    n, width, vocab_size = draw.sizes(3, 3, 8)
    vocab_size += width  # dividing by the width must not do

    def case(name: str, totals: Tensor, width: int, look: str) -> Case:
        log_p = draw.normal(len(totals), vocab_size).log_softmax(dim=-1)
        # As a list of all candidates; unravel_index loads much at its first call, so here, unclocked.
        candidates = (totals[:, None] + log_p).flatten().tolist()
        best = sorted(range(len(candidates)), key=lambda i: -candidates[i])[:width]
        paths, ids = torch.unravel_index(torch.tensor(best), log_p.shape)
        right = torch.tensor([candidates[i] for i in best]), paths, ids
        return Case(name, (totals, log_p, width), right, look, _three)

    start = torch.zeros(1)
    yield case("one path, width 1", start - 2.0, 1, "this is greedy: the best token, added to the total.")
    yield case(f"the first step, width {width}", start, width, f"the {width} best tokens after START, the best first.")
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


def _stepped(answer: Callable[..., Any], row: Tensor, cache: Any, *rest: Any) -> tuple[Tensor, Any]:
    found = answer(row, cache, *rest)
    if not isinstance(found, list | tuple) or len(found) != 2:
        raise ValueError("two things should come back at each step, `return output, cache`")
    if not isinstance(found[0], Tensor) or found[0].shape != row.shape:
        got = tuple(getattr(found[0], "shape", ())) or type(found[0]).__name__
        raise ValueError(f"each output should have the shape of the row, {tuple(row.shape)}; it is {got}")
    return found[0], found[1]


def _fed(answer: Callable[..., Any], x: Tensor, maps: list[list[Tensor]], h: int) -> Tensor:
    """The outputs of all rows, fed one at a time; row i with the i-th maps, or the last."""
    cache, outputs = None, []
    for i, row in enumerate(x.split(1, dim=1)):
        output, cache = _stepped(answer, row, cache, *maps[min(i, len(maps) - 1)], h)
        outputs.append(output)
    return torch.cat(outputs, dim=1)


def _in_turn(answer: Callable[..., Any], both: Tensor, maps: list[Tensor], h: int) -> Tensor:
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
        split_heads(torch.stack([x[:, i] @ W[m] for i, W in enumerate(of_row)], dim=1), h)
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

    yield case("one row, one head", draw.normal(1, 1, d), 1, "nothing is kept yet: the row reads itself, so look at `W_V` and `W_O`.")
    yield case("two rows, one head", draw.normal(1, 2, d), 1, "the second row reads the first and itself: two keys, two values.")
    yield case(f"{T} rows, one head", draw.normal(1, T, d), 1, "two rows were right: is everything handed on that the third one needs?")
    yield case(f"{T} rows, {h} heads", draw.normal(1, T, d), h, "one head was right: look at the root, and at how heads are cut and merged.")
    yield case(f"a batch of {B}", draw.normal(B, T, d), h, "one text was right: count axes from the end.")
    both = draw.normal(2, T, d)
    yield Case(
        "two texts, a row of each in turn",
        (both, maps, h),
        _masked(both, one, h),
        "each text has a cache of its own: keep nothing outside of `cache`.",
        _in_turn,
    )
    other = [maps[0], *(draw.normal(d, d, scale=1.5 / d**0.5) for _ in range(2)), maps[3]]
    x, changing = draw.normal(1, T, d), [maps, maps, other]
    yield Case(
        "another `W_K` and `W_V` from row 2 on, so that it shows which keys are kept",
        (x, changing, h),
        _masked(x, changing, h),
        "the keys and values of rows 0 and 1 must stay those that were computed when they came.",
        _fed,
    )
