"""The record replays to exactly the figures that fn made; the live side calls fn again."""

import functools
import itertools
import json
import sys

import ipywidgets
import plotly.io
import pytest
import torch
from site_pages import replay

from decoderbook import figures
from decoderbook.frames import record
from decoderbook.widgets import FIGURE_TYPE, RECORD_TYPE, VIEW_TYPE, explore

MODULE = sys.modules[
    "decoderbook.widgets"
]  # the package's name explore is the function


def show(rows=2, kind="weights"):
    torch.manual_seed(rows)
    weights = torch.randn(rows, 3).softmax(-1)
    names = [f"q{i}" for i in range(rows)]
    draw = figures.attention_map if kind == "weights" else figures.score_map
    return draw(weights, names, ["a", "b", "c"], kind)


CONTROLS = {"rows": [1, 2, 3], "kind": ["weights", "scores"]}


def plain(figure):
    parts = json.loads(figure.to_json())
    return {"data": parts["data"], "layout": parts["layout"]}


def grown(figure, height):
    return figure.update_layout(height=height)


@pytest.fixture
def shown(monkeypatch):
    """Run explore and return the one output that it displays."""
    outputs = []
    monkeypatch.setattr(MODULE, "display", lambda data, raw: outputs.append(data))
    monkeypatch.setattr(
        MODULE, "mime_bundle", lambda figure: {FIGURE_TYPE: plain(figure)}
    )

    def run(fn, **controls):
        explore(fn, **controls)
        (output,) = outputs
        return output

    return run


def test_every_frame_replays_to_the_figure_that_was_drawn(shown):
    output = shown(show, **CONTROLS)
    parts = json.loads(output[RECORD_TYPE])
    height = plain(show(3))["layout"]["height"]  # of the tallest
    assert output[FIGURE_TYPE] == plain(grown(show(), height))
    for index, (rows, kind) in enumerate(itertools.product(*CONTROLS.values())):
        drawn = plain(grown(show(rows, kind), height))
        assert replay(output[FIGURE_TYPE], parts, index) == drawn


def test_bars_keep_their_size_in_a_taller_frame(shown):
    def bars(count=1):
        return figures.token_bars(["a", "b"][:count], {"p": [0.5] * count})

    output = shown(bars, count=[1, 2])
    one, two = plain(bars())["layout"], plain(bars(2))["layout"]
    layout = output[FIGURE_TYPE]["layout"]
    assert layout["height"] == two["height"] > one["height"]
    added = two["height"] - one["height"]
    assert layout["margin"] == {**one["margin"], "b": one["margin"]["b"] + added}


def test_a_figure_without_a_height_has_plotlys_own(shown):
    def bare(tall=0):
        figure = figures.lines([0, 1], {"y": [0, 1]}, "x", "y")
        return figure.update_layout(height=600 if tall else None)

    assert shown(bare, tall=[0, 1])[FIGURE_TYPE]["layout"]["height"] == 600


def test_play_marks_one_slider_in_the_record_and_changes_nothing_else(shown):
    parts = json.loads(shown(show, play="rows", **CONTROLS)[RECORD_TYPE])
    assert parts["version"] == 1
    rows, kind = parts["controls"]
    assert rows.pop("play") is True
    assert set(rows) == set(kind) == {"name", "label", "kind", "values", "start"}


def test_the_live_player_moves_its_slider_and_the_slider_moves_it(shown):
    output = shown(show, play="rows", **CONTROLS)
    box = ipywidgets.widgets.widget._instances[output[VIEW_TYPE]["model_id"]]
    player, slider = box.children[0].children
    assert (player.min, player.max, player.interval) == (0, 2, 900)
    assert player.value == slider.index == 1  # where the signature starts
    player.value = 2
    assert slider.value == 3
    slider.value = 1
    assert player.value == 0


@pytest.mark.parametrize(
    ("play", "says"),
    [
        ("head", r"play is 'head', which is none of \['rows', 'kind'\]"),
        ("kind", "play is 'kind', which is no slider"),
        ([1, 2], "no control can be called 'play'"),
    ],
)
def test_what_cannot_play_is_refused(play, says):
    with pytest.raises(ValueError, match=says):
        explore(show, play=play, **CONTROLS)


def test_the_start_comes_from_the_signature_and_costs_nothing(shown):
    parts = json.loads(shown(show, **CONTROLS)[RECORD_TYPE])
    assert [control["start"] for control in parts["controls"]] == [1, 0]
    assert parts["frames"][2] == []  # rows=2, kind="weights"
    assert [control["kind"] for control in parts["controls"]] == ["slider", "choice"]


def test_equal_values_are_stored_once():
    def same(step):
        figure = figures.lines([0, 1], {"y": [0, 1]}, "x", "y")
        return figure.update_layout(height=300 + step % 2)

    parts = json.loads(
        record(same(0), [same(s) for s in range(6)], {"step": [*range(6)]}, {"step": 0})
    )
    assert parts["values"] == [301]
    assert parts["frames"] == [[], [0, 0]] * 3


def test_only_rows_that_differ_are_stored():
    """Causal maps differ from frame to frame in few rows: the others are not repeated."""

    def last_row(head):
        weights = torch.tensor([[1.0, 0.0], [0.25 * head, 1 - 0.25 * head]])
        figure = figures.attention_map(weights, ["a", "b"], ["a", "b"])
        return figure.update_layout(meta={"alt": "always the same"})

    parts = json.loads(
        record(last_row(1), [last_row(1), last_row(2)], {"head": [1, 2]}, {"head": 1})
    )
    assert parts["paths"] == [["data", 0, "z", 1]]


def test_live_controls_call_the_function_again(shown):
    calls = []

    def watched(rows=2, kind="weights"):
        calls.append((rows, kind))
        return show(rows, kind)

    output = shown(watched, **CONTROLS)
    model_id = output[VIEW_TYPE]["model_id"]
    box = ipywidgets.widgets.widget._instances[model_id]
    slider, choice, picture = box.children
    before, recorded = picture.outputs, len(calls)
    slider.value = 3
    choice.value = "scores"
    assert calls[recorded:] == [(3, "weights"), (3, "scores")]
    assert picture.outputs != before
    assert picture.outputs[0]["data"][FIGURE_TYPE] == plain(show(3, "scores"))


def test_the_output_says_in_words_what_it_shows(shown):
    text = shown(show, **CONTROLS)["text/plain"]
    assert text.startswith("weights, queries: 2, keys: 3.")
    assert text.endswith("Controls: rows, kind.")


@pytest.mark.parametrize(
    ("controls", "says"),
    [
        ({"heads": [1]}, r"show has no parameter 'heads'; it has \['rows', 'kind'\]"),
        ({"rows": []}, "the control 'rows' has no values"),
        ({"rows": 5}, "the control 'rows' must list its values, got 5"),
        ({"rows": None}, "the control 'rows' must list its values, got None"),
        ({"rows": [1, 3]}, r"rows starts at 2, which is not among its values \[1, 3\]"),
        ({"rows": list(range(1, 700))}, "span 699 frames, more than 600"),
    ],
)
def test_controls_that_cannot_work_are_refused(controls, says):
    with pytest.raises(ValueError, match=says):
        explore(show, **controls)


def test_a_function_that_draws_nothing_is_refused():
    def forgets(rows=2):
        show(rows)

    says = "forgets must return a plotly Figure, got None for rows=2"
    with pytest.raises(ValueError, match=says):
        explore(forgets, rows=[1, 2])


def test_a_function_without_a_name_can_be_refused_too():
    with pytest.raises(ValueError, match="the function has no parameter 'heads'"):
        explore(functools.partial(show, kind="scores"), heads=[1])


def test_a_record_too_large_to_publish_is_refused():
    def noisy(seed):
        torch.manual_seed(seed)
        return figures.encoding_map(torch.rand(32, 64))

    frames = [noisy(seed) for seed in range(20)]
    with pytest.raises(
        ValueError, match=r"the record of 20 frames takes .* bytes, more than 150,000"
    ):
        record(frames[0], frames, {"seed": [*range(20)]}, {"seed": 0})


def test_without_a_renderer_the_figure_itself_is_shown(monkeypatch):
    """plotly then shows nothing; an empty name turns its own display off."""
    outputs = []
    monkeypatch.setattr(MODULE, "display", lambda data, raw: outputs.append(data))
    monkeypatch.setattr(plotly.io.renderers, "default", "")
    explore(show, **CONTROLS)
    (output,) = outputs
    height = plain(show(3))["layout"]["height"]
    assert plain(grown(show(), height)).items() <= output[FIGURE_TYPE].items()
    assert RECORD_TYPE in output and VIEW_TYPE in output
