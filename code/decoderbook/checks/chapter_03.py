"""What the checks of chapter 03 try: positional encoding."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from decoderbook.checks import chapter_03_more as chapter_03_more
from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import scaled_dot_product_attention, sinusoidal_positional_encoding


@cases_of("position-two")
def position_two(draw: Draw) -> Iterator[Case]:
    """The four numbers, first pair first."""
    right = sinusoidal_positional_encoding(torch.tensor([2]), 4, base=100.0)[0]

    def ask(row: Any, first: int, last: int) -> Tensor:
        return torch.as_tensor(row).reshape(-1)[first:last]

    yield Case(
        "how many numbers there are",
        right=4,
        look="one row: a number for each of the four features.",
        ask=lambda row: torch.as_tensor(row).numel(),
    )
    yield Case(
        "the first pair",
        (0, 2),
        right[:2],
        "its angle is the position itself, 2: the sine, then the cosine, to three decimals.",
        ask,
        atol=1e-3,
    )
    yield Case(
        "the second pair",
        (2, 4),
        right[2:],
        "its angle is 2 / 100^(2/4).",
        ask,
        atol=1e-3,
    )


@cases_of("eight-gibibytes")
def eight_gibibytes(draw: Draw) -> Iterator[Case]:
    """What the scores take for that length."""
    yield Case(
        "the MiB that the scores take for your length",
        right=8_192,
        look="2 MiB at 256 tokens, and four times as much for twice the length.",
        ask=lambda length: 2 * (float(length) / 256) ** 2,
    )


@cases_of("look-ahead")
def look_ahead(draw: Draw) -> Iterator[Case]:
    """Where the rows look: the eight of the figure, then others; then how sharply."""
    start = draw.pick(range(20, 900))

    def weights(W_Q: Any, first: int) -> Tensor:
        positions = torch.arange(first, first + 8)
        rows = sinusoidal_positional_encoding(positions, 64, dtype=torch.float64)
        query = rows @ torch.as_tensor(W_Q).detach().double()
        return scaled_dot_product_attention(query, rows, rows)[1]

    def looks_at(W_Q: Any, first: int) -> list[int]:
        return (first + weights(W_Q, first)[:6].argmax(dim=-1)).tolist()

    yield Case(
        "where positions 0 to 5 look most",
        (0,),
        [2, 3, 4, 5, 6, 7],
        "`my_rotation(k, 64).T` makes a row ask for the one k places ahead; a factor changes no direction.",
        looks_at,
    )
    yield Case(
        f"where positions {start} to {start + 5} look most",
        (start,),
        [start + 2 + i for i in range(6)],
        "one matrix has to do at every position.",
        looks_at,
    )
    yield Case(
        "the smallest share that goes two places ahead (0.8 and more count as 0.8)",
        (0,),
        0.8,
        "the direction is right: a longer query chooses more sharply.",
        lambda W_Q, first: weights(W_Q, first).diagonal(2).min().clamp(max=0.8),
    )


@cases_of("read-the-clock")
def read_the_clock(draw: Draw) -> Iterator[Case]:
    """From the start, a few places and many; then from later on."""
    few, many = draw.pick([2, 3, 4, 5]), draw.pick(range(900, 1000))
    late, middle = draw.pick(range(650, 750)), draw.pick(range(420, 500))
    for begin, offset, look in (
        (
            0,
            few,
            "the angle of a hand is its speed times the position; the speed is 10,000^(-2i / 64).",
        ),
        (0, many, "have some hands gone round by then? Which one has not?"),
        (
            middle,
            draw.pick(range(150, 250)),
            "from 0 on it was right: subtract angles, and mind where an angle jumps by a full round.",
        ),
        (
            late,
            draw.pick(range(200, 250)),
            "it was right for early positions: an angle grows evenly, a sine does not.",
        ),
    ):
        a, b = sinusoidal_positional_encoding(
            torch.tensor([begin, begin + offset]), 64, dtype=torch.float64
        )
        yield Case(f"the rows of {begin} and {begin + offset}", (a, b), offset, look)


@cases_of("learned-positions")
def learned_positions(draw: Draw) -> Iterator[Case]:
    """The two tables; then a full text, a short one, a batch, and one that is too long."""
    V, d, length, B = draw.sizes(4, 4, 10)
    V += length  # more tokens than places
    tokens, places = draw.normal(V, d), draw.normal(length, d)

    def filled(kind: type[nn.Module]) -> nn.Module:
        """The answer's module with our numbers in its tables."""
        with torch.random.fork_rng(devices=[]):
            module = kind(V, d, length)
        with torch.no_grad():
            for weight in module.parameters():
                for table in (tokens, places):
                    if weight.numel() == table.numel():
                        weight.copy_(table.view_as(weight))
        return module

    def refuses(kind: type[nn.Module], ids: Tensor) -> bool:
        try:
            filled(kind)(ids)
        except Exception:
            return True
        return False

    yield Case(
        "the numbers that can be learned in each table",
        right=sorted([V * d, length * d]),
        look="two tables, made once in `__init__`: a row for each token, and a row for each place.",
        ask=lambda kind: sorted(w.numel() for w in kind(V, d, length).parameters()),
    )

    def case(name: str, ids: Tensor, look: str) -> Case:
        right = tokens[ids] + places[: ids.shape[1]]
        return Case(name, (ids,), right, look, lambda kind, ids: filled(kind)(ids))

    full = draw.whole(0, V, 1, length)
    yield case(
        f"one text of {length} tokens, as long as it may be",
        full,
        "the token's row plus the row of its place, counted from 0.",
    )
    yield case("a text of 2 tokens", full[:, :2], "a shorter text uses the first rows.")
    yield case(
        f"a batch of {B}",
        draw.whole(0, V, B, length - 1),
        "the same places for each sentence.",
    )
    yield Case(
        f"whether {length + 1} tokens are refused, one more than there are places",
        (draw.whole(0, length, 1, length + 1),),
        True,
        "there is no row for the last of them: an error has to say so.",
        refuses,
    )
