"""Panels as SVG: one alone, or all side by side, each the magnification of a box of the one before.

Meaning is carried by words and shapes: a pill is a tensor, a rectangle a step, a double rectangle
a stack; colour repeats who owns the numbers.
"""

from html import escape

from decoderbook.diagram.parts import ADD, DATA, STACK, Arrow, Box, Panel
from decoderbook.diagram.places import HEIGHT, WIDTH, Frame, frame, within
from decoderbook.diagram.words import about
from decoderbook.figures.drawings import Drawing, drawing
from decoderbook.theme import BLOCKED, KEY, QUERY, RESULT, VALUE, WEIGHT

GAP = 90  # between panels
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"
SMALL, LABEL = 12.6, 13.2  # at least 11 px when a panel shrinks to 350
COLOURS = {
    "source": KEY,
    "target": QUERY,
    "query": QUERY,
    "key": KEY,
    "value": VALUE,
    "weights": WEIGHT,
    "result": RESULT,
    "blocked": BLOCKED,
    "plain": BLOCKED,
}
COUNTS = {
    "B": "sentences",
    "S": "English tokens",
    "T": "Kannada tokens",
    "h": "heads",
    "d_k": "= d_model / h",
}


def text(
    x: float,
    y: float,
    words: str,
    size: float = LABEL,
    anchor: str = "middle",
    more: str = "",
) -> str:
    """A line of text; y is its middle."""
    return (
        f'<text x="{x:g}" y="{y + size * 0.35:g}" font-size="{size:g}" '
        f'text-anchor="{anchor}"{more}>{escape(words)}</text>'
    )


def mono(x: float, y: float, words: str, anchor: str = "middle") -> str:
    """A line of a shape."""
    return text(x, y, words, SMALL, anchor, f' font-family="{MONO}"')


def head(x: float, y: float, way: str) -> str:
    """The tip of an arrow that ends at (x, y)."""
    ends = {
        "down": f"{x - 4.5},{y - 8} {x + 4.5},{y - 8}",
        "right": f"{x - 8},{y - 4.5} {x - 8},{y + 4.5}",
        "left": f"{x + 8},{y - 4.5} {x + 8},{y + 4.5}",
    }
    return f'<polygon points="{x},{y} {ends[way]}"/>'


def line(path: str, dashed: bool = False) -> str:
    """An arrow's shaft."""
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="1.5"{dashes}/>'


def _arrow(panel: Panel, arrow: Arrow) -> str:
    start, end = frame(panel, panel[arrow.start]), frame(panel, panel[arrow.end])
    if arrow.route == "across":
        shaft = line(f"M{start.right:g} {end.y:g}H{end.left - 6:g}")
        return shaft + head(end.left, end.y, "right")
    if arrow.route == "skip":
        y = start.bottom + 7
        path = f"M{start.x:g} {y:g}H348V{end.y:g}H{end.right + 6:g}"
        return line(path, dashed=True) + head(end.right, end.y, "left")
    narrower = min(start, end, key=lambda place: place.right - place.left)
    x = narrower.x
    return line(f"M{x:g} {start.bottom:g}V{end.top - 6:g}") + head(x, end.top, "down")


def _shape_beside(panel: Panel, box: Box) -> str:
    # To the right of the arrow that leaves; in the layer's panel to its left, off the residuals.
    if box.shape is None or within(panel, box):
        return ""
    place = frame(panel, box)
    lines = box.shape.symbols, box.shape.numbers
    if panel.columns == 1 and box.column == 0:
        y = place.bottom + (18 if box.kind == ADD else 15)
        return mono(place.x - 9, y, "  ".join(lines), "end")
    x, anchor = (place.x, "middle") if "memory" in box.key else (place.x + 8, "start")
    return "".join(
        mono(x, place.bottom + 12 + 15 * row, words, anchor)
        for row, words in enumerate(lines)
    )


def _outline(place: Frame, box: Box) -> str:
    width, height = place.right - place.left, place.bottom - place.top
    colour = COLOURS[box.role]
    radius = height / 2 if box.kind in (DATA, ADD) else 7
    if box.kind == DATA:
        radius = min(radius, 20)

    def rectangle(shift: float, fill: str) -> str:
        return (
            f'<rect x="{place.left + shift:g}" y="{place.top - shift:g}" width="{width:g}" '
            f'height="{height:g}" rx="{radius:g}" stroke="{colour}" stroke-width="2" {fill}/>'
        )

    tint = f'fill="{colour}" fill-opacity="0.13"'
    behind = (
        rectangle(4, 'fill="none" stroke-opacity="0.55"') if box.kind == STACK else ""
    )
    return behind + rectangle(0, tint)


def box_group(panel: Panel, box: Box) -> str:
    """A box with its words; a pointer that rests on it is told the sentence."""
    place = frame(panel, box)
    weight = ' font-weight="600"'
    words = [
        text(place.x, place.y, box.label, 18 if box.kind == ADD else LABEL, more=weight)
    ]
    if within(panel, box):
        words = [
            text(place.x, place.y - 19, box.label, more=weight),
            mono(place.x, place.y + 2, box.shape.symbols),
            mono(place.x, place.y + 20, box.shape.numbers),
        ]
    elif box.note:
        words = [
            text(place.x, place.y - 9, box.label, more=weight),
            text(place.x, place.y + 10, box.note, SMALL),
        ]
    known = about(box.key)
    shape = f"{box.shape.symbols} = {box.shape.numbers}" if box.shape else ""
    facts = {
        "box": f"{panel.key}/{box.key}",
        "label": "Sum" if box.kind == ADD else box.label,
        "shape": shape,
        "formula": known.formula,
        "page": known.page,
        "inside": box.inside,
    }
    data = "".join(f' data-{name}="{escape(fact)}"' for name, fact in facts.items())
    inner = (
        f"<title>{escape(known.sentence)}</title>{_outline(place, box)}{''.join(words)}"
    )
    return f"<g{data}>{inner}</g>"


def panel_parts(panel: Panel) -> list[str]:
    """The frame, the heading, arrows and boxes of one panel, from (0, 0)."""
    parts = [
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="14" fill="none" '
        'stroke="currentColor" stroke-opacity="0.35"/>',
        text(18, 24, panel.title, 17, "start", ' font-weight="700"'),
    ]
    parts += [_arrow(panel, arrow) for arrow in panel.arrows]
    leaving = {arrow.start for arrow in panel.arrows}
    for box in panel.boxes:
        if box.key not in leaving:
            place = frame(panel, box)
            parts.append(line(f"M{place.x:g} {place.bottom:g}v24"))
            parts.append(head(place.x, place.bottom + 30, "down"))
    parts += [_shape_beside(panel, box) for box in panel.boxes]
    if panel.columns == 2:
        parts += _letters(panel)
    return parts + [box_group(panel, box) for box in panel.boxes]


def _letters(panel: Panel) -> list[str]:
    # Below the shorter stack there is room for what the letters count.
    top = HEIGHT - 32 - 21 * len(COUNTS)
    parts = []
    for number, (letter, counted) in enumerate(COUNTS.items()):
        y = top + 21 * number
        parts += [mono(20, y, letter, "start"), text(52, y, counted, SMALL, "start")]
    return parts


def in_words(panel: Panel) -> str:
    """The panel for those who do not see it: its boxes in order, with what leaves them."""
    steps = [
        f"{box.label}{f' {box.shape.symbols}' if box.shape else ''}"
        for box in panel.boxes
        if box.kind != ADD
    ]
    return f"{panel.title}: {', then '.join(steps)}."


def one_panel(panels: tuple[Panel, ...], key: str) -> Drawing:
    """The panel of that key, 400 pixels wide; ValueError for a key that none has."""
    for panel in panels:
        if panel.key == key:
            return drawing(panel_parts(panel), WIDTH, HEIGHT, in_words(panel))
    raise ValueError(
        f"no panel {key!r}: choose one of {', '.join(p.key for p in panels)}"
    )


def side_by_side(panels: tuple[Panel, ...]) -> Drawing:
    """All panels in a row; a faint trapezoid leads from a box to its magnification."""
    parts: list[str] = []
    step = WIDTH + GAP
    for number, panel in enumerate(panels):
        for box in panel.boxes:
            if box.inside:
                place, left = frame(panel, box), number * step
                near, far = left + place.right + 4, left + step
                corners = f"{near:g},{place.top - 4:g} {far},10 {far},{HEIGHT - 10} {near:g},{place.bottom:g}"
                parts.append(f'<polygon points="{corners}" fill-opacity="0.08"/>')
    for number, panel in enumerate(panels):
        inner = "".join(panel_parts(panel))
        parts.append(
            f'<g class="poster-panel" transform="translate({number * step} 0)">{inner}</g>'
        )
    words = " ".join(map(in_words, panels))
    return drawing(parts, len(panels) * step - GAP, HEIGHT, words)
