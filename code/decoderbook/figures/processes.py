"""One training step shared by two processes: a drawing."""

from collections.abc import Sequence

from decoderbook import theme
from decoderbook.figures.drawings import Drawing, drawing

WIDTH, HALF = 420, 203  # pixels: the frame, and one process's column
SIZE, LINE = 14, 20  # pixels: the text, and from one line to the next
TOKEN = 13  # pixels: the side of a token's square, its gap counted
COLOURS = theme.QUERY, theme.KEY  # of the two processes
LONGEST = 12  # tokens that fit into a column


def two_processes(lengths: Sequence[int]) -> Drawing:
    """Which sentences of a batch each of two processes takes, and where they meet.

    lengths: target tokens of each sentence; sentence n goes to process n % 2. Raises
    ValueError unless there is one for each process, or for a length that is not between
    1 and LONGEST.
    """
    if len(lengths) < 2:
        raise ValueError(f"two processes need two sentences, got {len(lengths)}")
    for length in lengths:
        if not 1 <= length <= LONGEST:
            raise ValueError(f"a length must be from 1 to {LONGEST}, got {length}")
    shares = [list(lengths[rank::2]) for rank in (0, 1)]
    counts, whole = [sum(share) for share in shares], sum(lengths)
    parts = _box(0, WIDTH, 0, ["One batch, the same order everywhere"], None)
    y = 0 + 32.0
    parts += [_arrow(HALF / 2, y), _arrow(WIDTH - HALF / 2, y)]
    y += 26
    tall = 0.0
    for rank, (share, count) in enumerate(zip(shares, counts, strict=True)):
        left = rank * (WIDTH - HALF)
        rows = [
            f"process {rank}",
            "a copy of the model",
            "",
            *["" for _ in share],
            f"sum of {count} losses",
            f"its gradient × 2 / {whole}",
        ]
        parts += _box(left, HALF, y, rows, COLOURS[rank])
        for row, length in enumerate(share):
            parts += _tokens(left + 12, y + 52 + 18 * row, length, COLOURS[rank])
        tall = max(tall, 14.0 + LINE * len(rows))
    y += tall
    parts += [_arrow(HALF / 2, y), _arrow(WIDTH - HALF / 2, y)]
    y += 26
    meet = [
        f"all-reduce: {counts[0]} + {counts[1]} = {whole} tokens,",
        "then the mean of the two gradients",
    ]
    parts += _box(0, WIDTH, y, meet, None)
    y += 14 + LINE * len(meet)
    parts += [_arrow(HALF / 2, y), _arrow(WIDTH - HALF / 2, y)]
    y += 26
    for rank in (0, 1):
        left = rank * (WIDTH - HALF)
        parts += _box(
            left, HALF, y, ["the same step:", "the same weights"], COLOURS[rank]
        )
    y += 14 + 2 * LINE
    words = (
        f"A batch of {len(lengths)} sentences is shared by two processes with a copy of "
        f"the model each. Process 0 has {counts[0]} tokens, process 1 has {counts[1]}. Each sums its "
        f"losses and makes a gradient, scaled by 2 / {whole}. The all-reduce adds the counts of tokens and "
        "takes the mean of the gradients. Both make the same step and keep the same weights."
    )
    return drawing(parts, WIDTH, y + 2, words)


def _box(
    left: float, wide: float, y: float, rows: Sequence[str], colour: str | None
) -> list[str]:
    """A frame with lines of text; an empty line leaves its room."""
    ink = colour or "currentColor"
    high = 12 + LINE * len(rows)
    frame = (
        f'<rect x="{left + 1:g}" y="{y + 1:g}" width="{wide - 2:g}" height="{high - 2:g}" '
        f'rx="5" fill="{ink}" fill-opacity="0.08" stroke="{ink}" stroke-width="1.5"/>'
    )
    texts = [
        f'<text x="{left + wide / 2:g}" y="{y + 21 + LINE * i:g}" font-size="{SIZE}" '
        f'text-anchor="middle">{row}</text>'
        for i, row in enumerate(rows)
        if row
    ]
    return [frame, *texts]


def _tokens(left: float, y: float, length: int, colour: str) -> list[str]:
    return [
        f'<rect x="{left + TOKEN * i:g}" y="{y:g}" width="{TOKEN - 2}" '
        f'height="{TOKEN - 2}" rx="2" fill="{colour}"/>'
        for i in range(length)
    ]


def _arrow(x: float, y: float) -> str:
    points = f"{x - 5:g},{y + 15:g} {x + 5:g},{y + 15:g} {x:g},{y + 23:g}"
    return (
        f'<path d="M{x:g},{y + 3:g} V{y + 16:g}" stroke="currentColor" stroke-width="1.5"/>'
        f'<polygon points="{points}"/>'
    )
