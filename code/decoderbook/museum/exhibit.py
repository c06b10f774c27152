"""What an exhibit is: a wrong twin, the name that it takes, and the line that is wrong."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from tinydecoder import embedding
from tinydecoder.config import ModelConfig

# Every size differs from the others, so that exchanged axes show.
CONFIG = ModelConfig(d_model=48, n_heads=4, d_ff=40, n_layers=2, tie_weights=False)


@dataclass(frozen=True)
class Exhibit:
    """A published bug as one name of the package with another meaning.

    slug: its name. title: the piece that it is of, which gives nothing away. twin: the wrong code.
    name: what it takes the place of, such as "tinydecoder.attention.merge_heads".
    wrong, right: the lines of the twin that are wrong, and what they should be.
    detector: by which the page says that it is found. config: where the bug needs other
    sizes than CONFIG to live.
    """

    slug: str
    title: str
    twin: Callable[..., Any]
    name: str
    wrong: str
    right: str
    detector: str
    config: ModelConfig = field(default=CONFIG)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """The package with this bug in it, as long as the block lasts."""
        with installed(self.name, self.twin):
            yield

    def mended(self) -> Callable[..., Any]:
        """The twin with the right lines in the place of the wrong ones."""
        source = textwrap.dedent(inspect.getsource(self.twin))
        names = vars(inspect.getmodule(self.twin)).copy()
        exec(compile(replaced(source, self.wrong, self.right), "mended", "exec"), names)
        return names[self.twin.__name__]


@contextmanager
def installed(name: str, twin: Any) -> Iterator[None]:
    """The package with another meaning of one name, as long as the block lasts."""
    embedding._encoding_table.cache_clear()  # it keeps what the other meaning has made
    try:
        with patch(name, twin):
            yield
    finally:
        embedding._encoding_table.cache_clear()


def replaced(source: str, wrong: str, right: str) -> str:
    """Source with the lines `wrong`, at whatever depth they stand, replaced by `right`.

    Raises ValueError where they are not in it exactly once.
    """
    lines, old = source.splitlines(), [line.strip() for line in wrong.splitlines()]
    size = len(old)
    places = [
        i
        for i in range(len(lines) - size + 1)
        if [line.strip() for line in lines[i : i + size]] == old
    ]
    if len(places) != 1:
        raise ValueError(
            f"these lines stand {len(places)} times in the source: {wrong}"
        )
    (start,) = places
    depth = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
    new = textwrap.indent(right, depth).splitlines()
    return "\n".join([*lines[:start], *new, *lines[start + size :]])
