"""What the checks of chapter 02 try: tokens and batches."""

from collections.abc import Callable, Iterator
from itertools import chain

import torch
from torch import Tensor, nn

from decoderbook.checks import chapter_02_more as chapter_02_more
from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import PAD


@cases_of("rows-that-enter")
def rows_that_enter(draw: Draw) -> Iterator[Case]:
    """The one shape that is asked for."""
    yield Case(
        "three sentences of 4, 9 and 6 morphemes",
        right=(3, 10, 16),
        look="sentences, tokens of the longest of them with START and without END, features.",
    )


@cases_of("real-mean")
def real_mean(draw: Draw) -> Iterator[Case]:
    """No padding, then padding, then padding that holds nan."""
    B, T, d = draw.sizes(3, 3, 8)

    def case(name: str, rows: Tensor, lengths: Tensor, look: str) -> Case:
        pairs = zip(rows, lengths.tolist(), strict=True)
        right = torch.stack([one[:n].mean(dim=0) for one, n in pairs])
        return Case(name, (rows, lengths), right, look)

    rows, full = draw.normal(B, T, d), torch.full((B,), T)
    yield case(
        f"{B} sentences of {T} tokens, no PAD",
        rows,
        full,
        "nothing is padded yet: add up the rows of each sentence, axis 1, and divide by how many they are; "
        "`lengths[:, None]` meets the features.",
    )
    lengths = torch.cat((torch.tensor([T, 1]), draw.whole(1, T, B - 2)))
    yield case(
        f"sentences of {', '.join(map(str, lengths.tolist()))} tokens",
        rows,
        lengths,
        "without padding it was right: which columns are real, and what is the sum divided by?",
    )
    padded = torch.arange(T)[None, :] >= lengths[:, None]
    yield case(
        "nan in the padding",
        torch.where(padded[..., None], torch.nan, rows),
        lengths,
        "ordinary numbers in the padding did no harm, nan does: 0 times nan is nan.",
    )


@cases_of("little-padding")
def little_padding(draw: Draw) -> Iterator[Case]:
    """Which places come, how large the batches are, and how much is padded."""
    size, many = draw.sizes(2, 2, 5)
    total = size * many
    different = draw.some(range(1, 60), total)
    alike = draw.some([3, 3, 3, 8, 8, 12] * total, total)

    def places(batches: list[list[int]]) -> list[int]:
        return sorted(chain.from_iterable(batches))

    def sizes(batches: list[list[int]]) -> list[int]:
        return [len(batch) for batch in batches]

    def pads_of(lengths: list[int]) -> Callable:
        def pads(batches: list[list[int]]) -> int:
            filled = [[lengths[place] for place in batch] for batch in batches]
            return sum(max(batch) - n for batch in filled for n in batch)

        return pads

    yield Case(
        f"all places of {total} sentences, sorted",
        (different, size),
        list(range(total)),
        "a list of batches, each a list of places, from 0 on; each place comes once.",
        then=places,
    )
    yield Case(
        f"the sizes of the batches for `size` {size}",
        (different, size),
        [size] * many,
        "each batch has `size` places.",
        then=sizes,
    )
    for name, lengths in (
        ("sentences that all differ in length", different),
        ("sentences that come with the shortest first", sorted(different)),
        ("sentences of which many are equally long", alike),
    ):
        ordered = sorted(lengths)
        stretches = [ordered[i : i + size] for i in range(0, total, size)]
        fewest = sum(max(batch) - n for batch in stretches for n in batch)
        yield Case(
            f"the number of PADs for {name}",
            (lengths, size),
            fewest,
            "sentences of similar length belong in one batch.",
            then=pads_of(lengths),
        )
        yield Case(
            f"all places of {name}, sorted",
            (lengths, size),
            list(range(total)),
            "equally long sentences are still different sentences.",
            then=places,
        )


@cases_of("table-gradient")
def table_gradient(draw: Draw) -> Iterator[Case]:
    """Every token once, then one twice, then PAD, then a batch."""
    B, T, d = draw.sizes(3, 3, 7)
    V = T + 6 + draw.pick([1, 2, 3])  # more than d

    def case(name: str, ids: Tensor, look: str) -> Case:
        gradients = draw.normal(*ids.shape, d)
        # The first backward pass of a session loads a lot: here, and not in a learner's time.
        table = torch.zeros(V, d, requires_grad=True)
        nn.functional.embedding(ids, table, padding_idx=PAD).backward(gradients)
        return Case(name, (ids, gradients, V), table.grad, look)

    once = torch.tensor([draw.some(range(1, V - 1), T)])
    yield case(
        f"{T} different tokens",
        once,
        "each row of the table gets the gradient of the one place that read it.",
    )
    twice = once.clone()
    twice[0, -1] = twice[0, 0]
    yield case(
        "a token that stands twice", twice, "both places pull at its row: add them."
    )
    padded = once.clone()
    padded[0, -2:] = PAD
    yield case("two PADs at the end", padded, "the row of PAD, id 0, stays 0.")
    batch = draw.whole(0, V - 1, B, T)
    batch[:, 0] = 1
    yield case(
        f"a batch of {B}",
        batch,
        "one sentence was right: add over the sentences too.",
    )
