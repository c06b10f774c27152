"""How long a chapter takes to read: words, code and figures, as the page shows them.

What the page folds away does not count: the set-up, the code that only calls a figure,
long sources, the cells that prove a viewer's question, the replies to a guess. Nor do quizzes and exercises,
which say themselves how long they take.
"""

import math
import re
from collections.abc import Iterable

from nbformat import NotebookNode

from decoderbook.source import SHORT

WORDS = 200  # a minute
LINE, FIGURE = 4, 90  # seconds for a line of code, and for a figure with its controls
PRACTICE = re.compile(r"^(quiz|exercise)-|^exercises$")  # ids of cells
DEPTH = "## Going deeper"  # what a first reader may leave out begins here
SET_UP = 2  # cells of code at a chapter's head
FIGURES = {
    "application/vnd.plotly.v1+json",
    "application/vnd.decoderbook.explore",
    "application/vnd.decoderbook.decoder",
    "image/svg+xml",
}
SOURCE = re.compile(
    r"^`(?:tinydecoder|decoderbook)[\w.]*`\n\n```python\n(.*?)\n```", re.S
)


def minutes(notebook: NotebookNode) -> tuple[int, int]:
    """(minutes of the core, minutes of what goes deeper), each rounded up."""
    core, deeper = split(notebook.cells)
    set_up = {cell.id for cell in code_cells(notebook.cells)[:SET_UP]}
    times = (
        sum(seconds(cell) for cell in part if cell.id not in set_up)
        for part in (core, deeper)
    )
    first, second = times
    return math.ceil(first / 60), math.ceil(second / 60)


def split(cells: list[NotebookNode]) -> tuple[list[NotebookNode], list[NotebookNode]]:
    """The cells of the core, and those under *Going deeper*."""
    core: list[NotebookNode] = []
    deeper: list[NotebookNode] = []
    part = core
    for cell in cells:
        if cell.cell_type == "markdown":
            if cell.source.startswith(DEPTH):
                part = deeper
            elif cell.source.startswith("## "):
                part = core
        if not PRACTICE.search(cell.get("id", "")):
            part.append(cell)
    return core, deeper


def code_cells(cells: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The cells of code, in order."""
    return [cell for cell in cells if cell.cell_type == "code"]


def seconds(cell: NotebookNode) -> float:
    """What one cell takes, with its output."""
    if cell.cell_type == "markdown":
        open_text = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.S)
        words = re.sub(r"\]\([^)]*\)", "]", open_text)  # not the addresses of links
        return 60 * len(words.split()) / WORDS
    proof = any(tag.startswith("question-") for tag in cell.metadata.get("tags", []))
    figures = [o for o in cell.outputs if FIGURES & set(o.get("data", {}))]
    only_figures = figures and len(figures) == len(cell.outputs)
    folded = proof or (only_figures and "assert" not in cell.source)
    lines = 0 if folded else len(cell.source.splitlines())
    for output in cell.outputs:
        shown = SOURCE.match(output.get("data", {}).get("text/markdown", ""))
        length = len(shown[1].splitlines()) if shown else 0
        lines += length if length <= SHORT else 0
    return LINE * lines + FIGURE * len(figures)
