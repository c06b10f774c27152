"""watch: one figure drawn anew while a cell runs, and one output when it is over."""

import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from decoderbook import figures, watch
from decoderbook.tools.notebooks import run

MODULE = sys.modules["decoderbook.live"]
FIGURE = "application/vnd.plotly.v1+json"
RECORD = "application/vnd.decoderbook.explore"
CELLS = """
from decoderbook import explore, figures, watch
def draw(losses):
    return figures.lines([0, 1], {"loss": [len(losses), 0]}, "x", "y")
on_step = watch(draw, 6, every=2)
for step in range(6):
    on_step(step, 1.0)
"""


def draw(losses):
    return figures.lines([0, 1], {"loss": [len(losses), sum(losses)]}, "x", "y")


class Screen:
    """What a notebook shows, in the place of IPython's display."""

    kernel = "any"

    def __init__(self, monkeypatch):
        self.shown, self.cleared = [], 0
        monkeypatch.setattr(MODULE, "get_ipython", lambda: self)
        monkeypatch.setattr(MODULE, "mime_bundle", lambda figure: figure)
        monkeypatch.setattr(MODULE, "display", self.display)
        monkeypatch.setattr(MODULE, "clear_output", self.clear)

    def display(self, figure, raw):
        self.shown.append(figure)
        assert self.cleared == len(self.shown), "the figure before must go"

    def clear(self, wait):
        assert wait, "without it the last figure would vanish before another is there"
        self.cleared += 1


def test_the_figure_is_drawn_at_once_then_every_so_often_and_at_the_end(monkeypatch):
    screen = Screen(monkeypatch)
    on_step = watch(draw, steps=7, every=3)
    for step in range(7):
        on_step(step, 0.5)
    assert [figure.data[0].y for figure in screen.shown] == [
        (0, 0),
        (3, 1.5),
        (6, 3.0),
        (7, 3.5),
    ]
    titles = [figure.layout.title.text for figure in screen.shown]
    assert titles[0] == "░" * 10 + " step 0 of 7"
    assert titles[1].startswith("█" * 4 + "░" * 6 + " step 3 of 7, ")
    assert titles[3] == "█" * 10 + " step 7 of 7, 0 s left"
    assert screen.cleared == 5  # once more, for what the cell shows next


def test_outside_a_notebook_nothing_is_shown(capsys):
    drawn = []

    def record(losses):
        drawn.append(len(losses))
        return draw(losses)

    on_step = watch(record, steps=4, every=2)
    for step in range(4):
        on_step(step, 1.0)
    assert drawn == [0, 2, 4]
    assert capsys.readouterr() == ("", "")


def test_steps_below_one_are_refused():
    with pytest.raises(ValueError, match="must be at least 1, got 5 and 0"):
        watch(draw, 5, every=0)


def test_a_notebook_keeps_one_output(tmp_path):
    """The last figure, or what the cell shows after it; run refuses stderr."""
    last = "def show(n=1):\n    return draw([0] * n)\nexplore(show, n=[1, 2])"
    path = tmp_path / "live.ipynb"
    cells = [new_code_cell(CELLS), new_code_cell(f"{CELLS}\n{last}")]
    nbformat.write(new_notebook(cells=cells), path)
    alone, replaced = (cell.outputs for cell in run(path).cells)
    assert [set(output["data"]) >= {FIGURE} for output in alone] == [True]
    title = alone[0]["data"][FIGURE]["layout"]["title"]["text"]
    assert title.endswith("step 6 of 6, 0 s left")
    assert [RECORD in output["data"] for output in replaced] == [True]
