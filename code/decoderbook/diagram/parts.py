"""What the picture of the decoder is made of: boxes, arrows, and the four panels that hold them."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from tinydecoder.tracing import TRACED, Activation

LETTERS = {"n_heads": "h", "d_head": "d_k"}  # as the notation has them
OPERATION, DATA, STACK, ADD = "operation", "data", "stack", "add"


@dataclass(frozen=True)
class Shape:
    """The axes of one tensor: their letters, and their sizes in this forward pass."""

    axes: tuple[str, ...]
    sizes: tuple[int, ...]

    @property
    def symbols(self) -> str:
        """Such as (B, T, d_model)."""
        return f"({', '.join(self.axes)}{',' * (len(self.axes) == 1)})"

    @property
    def numbers(self) -> str:
        """Such as 1×7×128."""
        return "×".join(map(str, self.sizes))


@dataclass(frozen=True)
class Box:
    """One step, or one tensor, and what leaves it.

    key: its name in the picture, and where it has one, in the trace; `words.about` knows what to
    say of it. role: the colour's meaning (see `svg.COLOURS`). column, row, span: where it stands
    in its panel. inside: the key of the panel that shows it enlarged. note: a second line.
    """

    key: str
    label: str
    role: str
    column: float
    row: float
    shape: Shape | None = None
    span: float = 1
    kind: str = OPERATION
    inside: str = ""
    note: str = ""


@dataclass(frozen=True)
class Arrow:
    """From one box to another of the same panel; route: down, across or skip (a residual)."""

    start: str
    end: str
    route: str = "down"


@dataclass(frozen=True)
class Panel:
    """One magnification; columns and rows are the size of its grid."""

    key: str
    title: str
    columns: int
    rows: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    def __getitem__(self, key: str) -> Box:
        """The box of that key; KeyError without one."""
        found = {box.key: box for box in self.boxes}
        return found[key]


class Traced:
    """The shapes of a forward pass, by the names that the trace gives them."""

    def __init__(self, model: nn.Module, activations: Mapping[str, Activation]):
        self.model, self.activations = model, activations

    def __contains__(self, name: str) -> bool:
        return name in self.activations

    def shape(self, name: str, axes: str = "") -> Shape:
        """The shape of a traced variable; its letters are those of TRACED, or `axes`."""
        path, _, variable = name.rpartition(".")
        owner = type(self.model.get_submodule(path)).__name__
        letters = (axes or TRACED[owner][variable]).split()
        return self.known(letters, self.activations[name].value)

    @staticmethod
    def known(letters: list[str], value: Tensor) -> Shape:
        """The shape of a tensor with these letters; ValueError where their number differs."""
        if len(letters) != value.dim():
            raise ValueError(f"{letters} cannot name the axes of {tuple(value.shape)}")
        axes = tuple(LETTERS.get(letter, letter) for letter in letters)
        return Shape(axes, tuple(value.shape))
