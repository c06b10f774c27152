"""One row reads others: what it asks, what each offers, how much is read, what is copied."""

from collections.abc import Sequence

from decoderbook import theme
from decoderbook.figures.checks import check_lengths, check_some
from decoderbook.figures.drawings import Drawing, drawing, text_at

WIDTH, TOP, ROW = (
    400,
    96,
    58,
)  # pixels: the frame, the first row's middle, from row to row
KEYS, BARS, VALUES = 158, 208, 348  # where the columns stand; bars grow to the right
FULL = 70  # pixels of a bar whose weight is 1


def query_key_value(
    tokens: Sequence[str],
    asks: str,
    offers: Sequence[str],
    gives: Sequence[str],
    weights: Sequence[float],
) -> Drawing:
    """The last of the tokens asks (its query); each token offers a key, is read by its
    weight and gives a value; the values, mixed by the weights, are what the row takes home.

    Raises ValueError where a list has another length than tokens, or there are none.
    """
    check_some(tokens=tokens)
    columns = {"offers": offers, "gives": gives, "weights": weights}
    check_lengths(len(tokens), columns)
    asker = tokens[-1].split()[-1]
    last = TOP + ROW * (len(tokens) - 1)
    parts = [
        text_at(86, 31, f"{asker} asks", "end"),
        _chip(KEYS, 26, asks, theme.QUERY, "query"),
        text_at(KEYS, 66, "key", "middle", 13),
        text_at(BARS, 66, "weight", "start", 13),
        text_at(VALUES, 66, "value", "middle", 13),
        # The query meets every key, from the side.
        _line(f"M{KEYS} 40V50H{KEYS - 58}V{last}", theme.QUERY),
        _line(f"M{VALUES + 46} {TOP}V{last + 56}h-8", theme.RESULT),
    ]
    rows = zip(tokens, offers, gives, weights, strict=True)
    for i, (token, offer, given, weight) in enumerate(rows):
        y = TOP + ROW * i
        parts += [
            *_token(token, y),
            _line(f"M{KEYS - 58} {y}h10", theme.QUERY),
            _chip(KEYS, y, offer, theme.KEY),
            f'<rect x="{BARS + 4}" y="{y - 16}" width="{FULL * weight:.1f}" '
            f'height="12" fill="{theme.WEIGHT}"/>',
            text_at(BARS + 4, y + 14, f"{weight:.2f} ×"),
            _chip(VALUES, y, given, theme.VALUE),
            _line(f"M{VALUES + 38} {y}h8", theme.RESULT, 1 + 6 * weight),
        ]
    parts += [
        text_at(VALUES - 56, last + 60, f"{asker} takes home:", "end"),
        _chip(VALUES, last + 56, "mixture", theme.RESULT),
    ]
    reads = ", ".join(
        f"{token.split()[-1]} ({offer}) with weight {weight:.2f} and gets {given}"
        for token, offer, given, weight in zip(
            tokens, offers, gives, weights, strict=True
        )
    )
    words = f"The row {asker} asks: {asks} It reads {reads}."
    return drawing(parts, WIDTH, last + 86, words)


def _token(token: str, y: float) -> list[str]:
    """A token and, below it, its transliteration."""
    first, _, latin = token.partition(" ")
    if not latin:
        return [text_at(8, y + 5, first, size=15)]
    return [text_at(8, y - 3, first, size=16, lang="kn"), text_at(8, y + 16, latin)]


def _chip(x: float, y: float, text: str, colour: str, name: str = "") -> str:
    """A framed label around (x, y); name stands beside it."""
    half = 48 if colour in (theme.KEY, theme.QUERY) else 38
    frame = (
        f'<rect x="{x - half}" y="{y - 15}" width="{2 * half}" height="30" rx="6" '
        f'fill="none" stroke="{colour}" stroke-width="2"/>'
    )
    beside = text_at(x + half + 8, y + 5, name) if name else ""
    return frame + text_at(x, y + 5, text, "middle") + beside


def _line(path: str, colour: str, width: float = 2) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.1f}"/>'
    )
