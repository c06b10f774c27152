"""A matrix product as two tables that meet in a third: a drawing."""

from collections.abc import Sequence

from torch import Tensor

from decoderbook import theme
from decoderbook.figures.checks import check_matrix
from decoderbook.figures.drawings import Drawing, drawing, text_at

LABEL, CELL, GAP = 102, 38, 16  # pixels: a row's name, a number, between two tables
TALL, LOW = 40, 28  # a row whose name has a transliteration below it, and another
HEAD, FOOT = 26, 66  # above the tables, and below: the shapes, and the sum in two lines
SIZE, SMALL = 14.5, 13


def table_product(
    left: Tensor,
    right: Tensor,
    rows: Sequence[str],
    inner: Sequence[str],
    names: tuple[str, str],
    row: int,
    column: int | None = None,
) -> Drawing:
    """left (T, d) stands left of left @ right (T, k), and right (d, k) above it, so that each
    result lies where its row and its column cross.

    rows, inner: what the T rows and the d rows of `right` are called; names: of the two
    tables. row and column are set off, or without a column the whole row with its sum
    over the rows of `right`. Raises ValueError where sizes do not fit.
    """
    check_matrix(names[0], left, (len(rows), len(inner)))
    check_matrix(names[1], right, (len(inner), right.size(-1)))
    if not (0 <= row < len(rows) and (column is None or 0 <= column < right.size(1))):
        raise ValueError(
            f"row {row} and column {column} must lie in a product of "
            f"{len(rows)} × {right.size(1)}"
        )
    result = left @ right  # (T, k)
    beside = LABEL + CELL * len(inner) + GAP
    below = HEAD + _height(inner) * len(inner) + GAP
    end = below + _height(rows) * len(rows)
    width = beside + CELL * right.size(1) + 2
    first, second = names
    corners = ((left, LABEL, below), (right, beside, HEAD), (result, beside, below))
    heights = (_height(rows), _height(inner), _height(rows))
    parts = [
        *_labels(inner, beside - GAP + 6, HEAD),
        *_labels(rows, LABEL - 6, below),
        *_frames(*corners[:2], heights, row, column),
        *(
            line
            for (table, x, y), high in zip(corners, heights, strict=True)
            for line in _numbers(table, x, y, high)
        ),
        _shape(second, right, beside, HEAD - 9),
        _shape(first, left, LABEL, end + 20),
        _shape(f"{first} {second}", result, beside, end + 20),
    ]
    lines = _sum_lines(left, right, rows, inner, row, column)
    parts += [
        text_at(4, end + 42 + 18 * i, said, size=SMALL) for i, said in enumerate(lines)
    ]
    words = (
        f"{first} of {_size(left)} times {second} of {_size(right)} makes {first} {second} "
        f"of {_size(result)}. Set off: {' '.join(lines)}."
    )
    return drawing(parts, width, end + FOOT, words)


def _sum_lines(
    left: Tensor,
    right: Tensor,
    rows: Sequence[str],
    inner: Sequence[str],
    row: int,
    column: int | None,
) -> list[str]:
    """How what is set off is made: number by number, or row by row."""
    factors = left[row].tolist()
    name = _latin(rows[row])
    if column is None:
        pairs = zip(factors, inner, strict=True)
        told = " + ".join(f"{factor:g} · {_latin(label)}" for factor, label in pairs)
        return [f"new row of {name} =", told]
    pairs = zip(factors, right[:, column].tolist(), strict=True)
    told = " + ".join(f"{a:g}·{b:g}" for a, b in pairs)
    return [
        f"row of {name}, column {column + 1}:",
        f"{told} = {_entry(left, right, row, column):g}",
    ]


def _entry(left: Tensor, right: Tensor, row: int, column: int) -> float:
    return (left[row] @ right[:, column]).item()


def _latin(label: str) -> str:
    return label.split(" ")[-1]


def _size(table: Tensor) -> str:
    return f"{table.size(0)} × {table.size(1)}"


def _height(labels: Sequence[str]) -> int:
    return TALL if any(" " in label for label in labels) else LOW


def _labels(labels: Sequence[str], x: float, top: float) -> list[str]:
    """The names of a table's rows, at its left; a transliteration stands below."""
    high, parts = _height(labels), []
    for i, label in enumerate(labels):
        y = top + high * i + high / 2
        if " " in label:
            first, latin = label.split(" ", 1)
            parts.append(text_at(x, y - 3, first, "end", 14, "kn"))
            parts.append(text_at(x, y + 14, latin, "end", SMALL))
        else:
            parts.append(text_at(x, y + 5, label, "end", SMALL))
    return parts


def _numbers(table: Tensor, x: float, y: float, high: float) -> list[str]:
    """The cells of a table, each with its number."""
    parts = []
    for i, row in enumerate(table.tolist()):
        for j, number in enumerate(row):
            left, top = x + CELL * j, y + high * i
            parts += [
                f'<rect x="{left:g}" y="{top:g}" width="{CELL}" height="{high}" '
                f'fill="none" stroke="{theme.BLOCKED}"/>',
                text_at(
                    left + CELL / 2, top + high / 2 + 5, f"{number:g}", "middle", SIZE
                ),
            ]
    return parts


def _frames(
    left: tuple[Tensor, float, float],
    right: tuple[Tensor, float, float],
    heights: Sequence[float],
    row: int,
    column: int | None,
) -> list[str]:
    """The ground of what is set off: a row of the left table, a column of the right one
    (or all of it), and what they make. Each table comes with its corner.
    """
    (first, x, y), (second, x_right, y_right) = left, right
    from_column, wide = (0, second.size(1)) if column is None else (column, 1)
    at = x_right + CELL * from_column
    down = y + heights[0] * row
    return [
        _ground(x, down, CELL * first.size(1), heights[0], theme.QUERY),
        _ground(at, y_right, CELL * wide, heights[1] * second.size(0), theme.KEY),
        _ground(at, down, CELL * wide, heights[2], theme.RESULT),
    ]


def _ground(x: float, y: float, wide: float, high: float, colour: str) -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" fill="{colour}" '
        f'fill-opacity="0.25" stroke="{colour}" stroke-width="4"/>'
    )


def _shape(name: str, table: Tensor, x: float, y: float) -> str:
    middle = x + CELL * table.size(1) / 2
    said = f"{name} ({table.size(0)}, {table.size(1)})"
    return text_at(middle, y, said, "middle", SMALL)
