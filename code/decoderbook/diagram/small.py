"""The whole as a small picture for the head of a chapter, with the chapter's own boxes lit."""

from collections.abc import Iterable
from dataclasses import dataclass

from decoderbook.diagram.svg import head, line, text
from decoderbook.figures.drawings import Drawing, drawing
from decoderbook.theme import BLOCKED, KEY, QUERY, RESULT

WIDTH, HEIGHT, SIZE = 346, 222, 11.5


@dataclass(frozen=True)
class Place:
    """A box of the small picture: its words, and its place in pixels."""

    label: str
    colour: str
    left: float
    top: float
    width: float
    height: float = 22


def _row(number: float) -> float:
    return 6 + 31 * number


PLACES = {
    "layer": Place("", QUERY, 162, _row(2) - 6, 183, 96),
    "source tokens": Place("English tokens", KEY, 6, _row(0), 132),
    "source embedding": Place("Embed", KEY, 6, _row(1), 58),
    "source position": Place("+ position", KEY, 68, _row(1), 70),
    "encoder": Place("Encoder × N", KEY, 6, _row(2), 132),
    "memory": Place("Memory", KEY, 6, _row(3), 132),
    "target tokens": Place("Kannada so far", QUERY, 170, _row(0), 148),
    "target embedding": Place("Embed", QUERY, 170, _row(1), 66),
    "target position": Place("+ position", QUERY, 242, _row(1), 76),
    "masked self-attention": Place("Masked self-attention", QUERY, 170, _row(2), 148),
    "cross-attention": Place("Cross-attention", QUERY, 170, _row(3), 148),
    "feed-forward": Place("Feed-forward", QUERY, 170, _row(4), 148),
    "logits": Place("Output layer", QUERY, 170, _row(5), 148),
    "next token": Place("Next token", RESULT, 170, _row(6), 148),
}
TOGETHER = {  # chapters are about more than one box
    "tokens": (
        "source tokens",
        "source embedding",
        "target tokens",
        "target embedding",
    ),
    "position": ("source position", "target position"),
    "attention": ("masked self-attention", "cross-attention"),
    "everything": tuple(PLACES),
}


def mini(lit: str | Iterable[str] = ()) -> Drawing:
    """The encoder at the left, the decoder at the right; `lit` boxes are thick, filled and bold.

    lit: names of PLACES or TOGETHER; ValueError for any other.
    """
    chosen: set[str] = set()
    for name in [lit] if isinstance(lit, str) else lit:
        if name not in PLACES and name not in TOGETHER:
            raise ValueError(
                f"no box {name!r}: choose among {', '.join([*PLACES, *TOGETHER])}"
            )
        chosen.update(TOGETHER.get(name, (name,)))
    parts = [_box(place, name in chosen) for name, place in PLACES.items()]
    parts.append(text(331.5, _row(3) + 11, "× N", SIZE))
    columns = (("source tokens", 4), ("target tokens", 7))
    for first, rows in columns:
        x = PLACES[first].left + PLACES[first].width / 2
        for row in range(rows - 1):
            y = _row(row) + 22
            parts.append(line(f"M{x:g} {y:g}V{y + 3:g}") + head(x, y + 9, "down"))
    y = PLACES["memory"].top + 11
    parts.append(line(f"M138 {y:g}H164") + head(170, y, "right"))
    names = [name for name in PLACES if name in chosen]
    words = (
        "The whole model: an encoder makes memory of the English; decoder layers read it and "
        "the Kannada so far; the next token comes out."
    )
    if names:
        words += f" Here: {', '.join(names)}."
    return drawing(parts, WIDTH, HEIGHT, words)


def _box(place: Place, lit: bool) -> str:
    look = (
        f'stroke="{place.colour}" stroke-width="3" fill="{place.colour}" fill-opacity="0.3"'
        if lit
        else f'stroke="{place.colour if place.label else BLOCKED}" stroke-width="1.3" fill="none"'
    )
    dashes = "" if place.label or lit else ' stroke-dasharray="4 3"'
    weight = ' font-weight="700"' if lit else ""
    return (
        f'<rect x="{place.left:g}" y="{place.top:g}" width="{place.width:g}" '
        f'height="{place.height:g}" rx="6" {look}{dashes}/>'
    ) + (
        text(
            place.left + place.width / 2,
            place.top + place.height / 2,
            place.label,
            SIZE - 0.5 * lit,  # bold is wider
            more=weight,
        )
        if place.label
        else ""
    )
