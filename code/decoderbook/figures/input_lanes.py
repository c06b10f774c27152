"""Three inputs on their way into one decoder: points in time, patches of a picture, words."""

import math

from decoderbook import theme
from decoderbook.figures.drawings import Drawing, drawing, text_at

WIDTH, TOP, LANE = 400, 34, 108  # pixels: the frame, the first lane, from lane to lane
ROWS, DECODER, OUT = 138, 212, 310  # where the columns begin
BOX = 74  # pixels that the decoder is wide
HEIGHT = TOP + 3 * LANE
SIZE = 13
WORDS = (
    "Three lanes lead into one decoder. Points in time, numbers with a time stamp, become "
    "rows of the memory, and the decoder writes the next numbers. The patches of a picture "
    "become rows of the memory, and it writes a caption, red ring and so on. The words of "
    "a fact and a question become rows of the memory, and it writes the answer, rāja. The "
    "decoder is the same in all three."
)


def three_inputs() -> Drawing:
    """The picture at the head of the chapter on other inputs."""
    names = ["points in time", "patches", "words"]
    written = [
        ("numbers", "0.4, −0.2, …"),
        ("a caption", "red ring …"),
        ("an answer", ""),
    ]
    parts = [
        text_at(52, 18, "source", "middle", SIZE),
        text_at(ROWS + 22, 18, "memory", "middle", SIZE),
        text_at(OUT + 42, 18, "written", "middle", SIZE),
        f'<rect x="{DECODER}" y="{TOP}" width="{BOX}" height="{HEIGHT - TOP - 12}" rx="8" '
        f'fill="none" stroke="{theme.QUERY}" stroke-width="2.5"/>',
        text_at(DECODER + BOX / 2, HEIGHT / 2 + 2, "Decoder", "middle", 16),
        text_at(DECODER + BOX / 2, HEIGHT / 2 + 22, "the same", "middle", SIZE),
    ]
    for lane, (name, icon) in enumerate(
        zip(names, (_points, _patches, _words), strict=True)
    ):
        y = TOP + LANE * lane
        parts += [*icon(y), text_at(52, y + 88, name, "middle", SIZE)]
        parts += [
            f'<rect x="{ROWS}" y="{y + 8 + 15 * i}" width="44" height="10" rx="2" '
            f'fill="{theme.KEY}"/>'
            for i in range(4)
        ]
        kind, example = written[lane]
        parts += [
            _arrow(ROWS - 26, ROWS - 4, y + 36),
            _arrow(ROWS + 48, DECODER - 4, y + 36),
            _arrow(DECODER + BOX + 2, OUT - 4, y + 36),
            text_at(OUT, y + 32, kind, size=SIZE),
        ]
        if example:
            parts.append(text_at(OUT, y + 50, example, size=SIZE))
        else:
            parts.append(text_at(OUT, y + 52, "ರಾಜ", size=16, lang="kn"))
            parts.append(text_at(OUT + 36, y + 50, "rāja", size=SIZE))
    return drawing(parts, WIDTH, HEIGHT, WORDS)


def _points(y: float) -> list[str]:
    places = [4, 10, 15, 44, 50, 78, 84, 98]  # uneven
    marks = [
        f'<circle cx="{x + 2}" cy="{y + 36 - 22 * math.sin(x / 14):.1f}" r="4" fill="{theme.KEY}"/>'
        for x in places
    ]
    return [*marks, f'<path d="M2 {y + 68}H102" stroke="currentColor"/>']


def _patches(y: float) -> list[str]:
    size, left, top = 16, 20, y + 4
    lines = [
        f'<path d="M{left + size * i} {top}v{4 * size}M{left} {top + size * i}h{4 * size}" '
        f'stroke="{theme.BLOCKED}"/>'
        for i in range(5)
    ]
    ring = (
        f'<circle cx="{left + 24}" cy="{top + 8}" r="5" fill="none" '
        f'stroke="{theme.CHANGE}" stroke-width="3"/>'
    )
    square = f'<rect x="{left + 35}" y="{top + 51}" width="10" height="10" fill="{theme.QUERY}"/>'
    return [*lines, ring, square]


def _words(y: float) -> list[str]:
    return [
        text_at(52, y + 20 + 20 * i, line, "middle", 14)
        for i, line in enumerate(("The king gave", "a ball … Who", "gave the ball?"))
    ]


def _arrow(start: float, end: float, y: float) -> str:
    return (
        f'<path d="M{start} {y}H{end}m-6 -4l6 4l-6 4" fill="none" stroke="currentColor" '
        f'stroke-width="1.5"/>'
    )
