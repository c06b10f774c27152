"""What the checks of chapter 11 try: inference."""

from collections.abc import Iterator

import torch
from torch import Tensor

from decoderbook.checks import chapter_11_more as chapter_11_more
from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import PAD, START


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

    yield case(
        1,
        1,
        1,
        1,
        1,
        "one key and one value, of `d_model` numbers each, of two bytes each.",
    )
    yield case(1, 1, 1, 1, T, "each token leaves one key and one value.")
    yield case(1, 1, 1, B, T, "each text has rows of its own.")
    yield case(layers, 1, 1, B, T, "each layer has keys and values of its own.")
    yield case(1, h, h, B, T, "all heads side by side have `d_model` features.")
    yield case(
        layers,
        h,
        groups,
        B,
        T,
        "fewer heads are kept than ask, each with `d_model // n_heads` features.",
    )


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

    yield case(
        f"one text of {T} tokens, no PAD",
        [T],
        "nothing is filled up: the newest row is the last, and comes out as it is.",
    )
    yield case(
        f"one text of {n} tokens and {T - n} PAD",
        [n],
        f"the newest of {n} tokens stands in row {n - 1}, for rows are counted from 0.",
    )
    yield case(
        "a text of START alone",
        [1],
        "START is a token, and its row chooses the first one.",
    )
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

    yield case(
        "a last token that nobody wants",
        favoured(-20),
        [last],
        "the best token may stay. One id a row comes back, a tensor of shape (B,).",
    )
    yield case(
        "a last token that is the best by a little",
        favoured(0.1),
        [last],
        "it must not come again.",
    )
    yield case(
        "a last token that is nearly certain",
        favoured(8),
        [last],
        "however sure the model is.",
    )
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
    yield case(
        "one row at share 0", one, 0.0, "everything is let in: the distribution itself."
    )
    share = draw.pick([0.15, 0.2, 0.3])
    yield case(
        f"one row at share {share:g}",
        one,
        share,
        "who is let in, and do the shares sum to one again?",
    )
    yield case(
        "one row at share 1",
        one,
        1.0,
        "only the best is left, with all of the probability.",
    )
    torn = _log_p(draw, 3, vocab_size, scale=0.3)
    torn[1, sure_one] += 12  # one row that is sure
    yield case(
        "a row that is sure between two that are torn",
        torn.log_softmax(dim=-1),
        0.5,
        "each row has a best token of its own.",
    )
