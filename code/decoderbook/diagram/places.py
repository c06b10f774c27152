"""Where each box of a panel lies, in pixels: grids of one, two and three columns."""

from dataclasses import dataclass

from decoderbook.diagram.parts import ADD, Box, Panel

WIDTH, HEIGHT, TITLE = 400, 800, 52  # pixels of a panel, and of its heading


@dataclass(frozen=True)
class Frame:
    """Where a box lies in its panel, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def x(self) -> float:
        """The middle, from left to right."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """The middle, from top to bottom."""
        return (self.top + self.bottom) / 2


def frame(panel: Panel, box: Box) -> Frame:
    """The place of a box: panels of one, two and three columns have grids of their own."""
    pitch = min((HEIGHT - TITLE - 30) / panel.rows, 122)
    y = TITLE + pitch * (box.row + 0.5) - 10
    if panel.columns == 1:
        x, width = (70, 116) if box.column < 0 else (235, 186)
    elif panel.columns == 2:
        x, width = (86, 250)[int(box.column)], 148
    else:
        x, width = (
            70 + 130 * (box.column + (box.span - 1) / 2),
            120 + 130 * (box.span - 1),
        )
    height = 70 if within(panel, box) else 44 if box.note or panel.columns > 2 else 38
    if box.kind == ADD:
        width = height = 28
    return Frame(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def within(panel: Panel, box: Box) -> bool:
    """Whether the shape stands in the box: in narrow columns no room is beside the arrow."""
    return panel.columns == 3 and box.shape is not None and box.span < 3
