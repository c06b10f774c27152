"""One text cut in several ways, one way above the other: a drawing."""

import unicodedata
from collections.abc import Mapping, Sequence
from html import escape

from decoderbook import theme
from decoderbook.figures.checks import check_some
from decoderbook.figures.drawings import Drawing, drawing
from decoderbook.figures.labels import text_width

WIDTH, UNIT = 420, 30  # pixels: the frame, and one code point in it
HEADING, BOX, GAP = 18, 39, 2  # pixels: a level's name, its boxes, what is below
BETWEEN = 10  # pixels between two lines of text
SIZE, SMALL = 15.5, 13.5  # a piece, and how it sounds
SIGN = (
    1.0  # how much wider than its letters a text is that begins with a sign, in sizes
)

# What a piece reads, how it sounds, and how many code points of the text it covers.
Piece = tuple[str, str, int]


def token_levels(
    words: Sequence[Mapping[str, Sequence[Piece]]], chosen: str = ""
) -> Drawing:
    """Each word as a row of boxes for each level, as wide as what it covers.

    Words stand side by side as long as they fit. chosen: the level that is set off by
    its colour. Raises ValueError where the levels of a word cover different lengths, or
    a word has no chosen level.
    """
    check_some(words=words)
    parts, y = [], 0.0
    for line in _lines(words, chosen):
        for level in line[0]:
            colour = theme.QUERY if level == chosen else theme.BLOCKED
            parts.append(
                f'<text x="1" y="{y + 13:g}" font-size="{SMALL}"'
                f"{' font-weight=' + chr(34) + 'bold' + chr(34) if level == chosen else ''}>"
                f"{escape(level)}</text>"
            )
            x = 0
            for word in line:
                for piece in word[level]:
                    parts += _box(x, y + HEADING, piece, colour, level == chosen)
                    x += piece[2]
                x += 1
            y += HEADING + BOX + GAP
        y += BETWEEN
    return drawing(parts, WIDTH, y - BETWEEN, _words(words))


def _lines(
    words: Sequence[Mapping[str, Sequence[Piece]]], chosen: str
) -> list[list[Mapping[str, Sequence[Piece]]]]:
    """The words line by line, by how many code points fit."""
    lines: list[list[Mapping[str, Sequence[Piece]]]] = []
    room = 0
    for number, word in enumerate(words):
        check_some(**{f"word {number}": word})
        lengths = {level: sum(p[2] for p in pieces) for level, pieces in word.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(
                f"the levels of word {number} must cover as many code points each, "
                f"got {lengths}"
            )
        if word.keys() != words[0].keys() or (chosen and chosen not in word):
            raise ValueError(
                f"word {number} must have the levels of the first, {chosen!r} among "
                f"them, got {list(word)}"
            )
        length = max(lengths.values())
        if lines and length < room:
            lines[-1].append(word)
            room -= length + 1
        else:
            lines.append([word])
            room = WIDTH // UNIT - length
    return lines


def _box(place: int, y: float, piece: Piece, colour: str, set_off: bool) -> list[str]:
    text, latin, length = piece
    left, wide = place * UNIT + 1.5, length * UNIT - 3
    middle = left + wide / 2
    centred = f'x="{middle:g}" text-anchor="middle"'
    return [
        f'<rect x="{left:g}" y="{y:g}" width="{wide:g}" height="{BOX}" rx="4" '
        f'fill="{colour}" fill-opacity="{0.16 if set_off else 0.08}" '
        f'stroke="{colour}" stroke-width="{2 if set_off else 1}"/>',
        f'<text {centred} y="{y + 15:g}" font-size="{_size(text, wide):g}" lang="kn">'
        f"{escape(text)}</text>",
        f'<text {centred} y="{y + 34.5:g}" font-size="{SMALL}">{escape(latin)}</text>',
    ]


def _size(text: str, wide: float) -> float:
    """A sign alone is drawn on a dotted circle, which may need a smaller size to fit."""
    if not unicodedata.category(text[0]).startswith("M"):
        return SIZE
    return max(SMALL, min(SIZE, round(wide / (text_width(text, 1) + SIGN), 1)))


def _words(words: Sequence[Mapping[str, Sequence[Piece]]]) -> str:
    """Each level with its number of boxes and how they sound."""
    told = []
    for level in words[0]:
        pieces = [piece for word in words for piece in word[level]]
        told.append(f"{level}, {len(pieces)}: {', '.join(p[1] for p in pieces)}")
    return f"The same text cut in {len(told)} ways. {'; '.join(told)}."
