"""The figures of the chapter on other inputs say what they were given."""

import re
import xml.etree.ElementTree as ET

import pytest
import torch

from decoderbook import theme
from decoderbook.figures import forecast_points, patch_map, three_inputs
from decoderbook.figures.input_lanes import WIDTH

SVG = "{http://www.w3.org/2000/svg}"


def test_the_drawing_fits_its_frame_and_a_phone():
    root = ET.fromstring(three_inputs().svg)
    labels = list(root.iter(f"{SVG}text"))
    assert {"memory", "Decoder", "patches", "rāja"} <= {label.text for label in labels}
    for label in labels:
        assert 0 <= float(label.get("x")) <= WIDTH
        assert float(label.get("font-size")) * 350 / WIDTH >= 11
        kannada = bool(re.search("[\u0c80-\u0cff]", label.text))
        assert (label.get("lang") == "kn") == kannada
    rows = [r for r in root.iter(f"{SVG}rect") if r.get("fill") == theme.KEY]
    assert len(rows) == 3 * 4


def points(**forecasts):
    return forecast_points([-2.0, 0.0], [0.5, 1.0], [0.5, 3.0], [0.9, -1.0], forecasts)


def test_a_forecast_is_drawn_from_the_last_known_point():
    figure = points(flat=[1.0, 1.0])
    known, after, flat = figure.data
    assert tuple(known.x) == (-2, 0) and tuple(after.y) == (0.9, -1)
    assert tuple(flat.x) == (0, 0.5, 3) and tuple(flat.y) == (1, 1, 1)
    assert "flat is at most 2.0 off" in figure.layout.meta["alt"]
    table = figure.layout.meta["table"]
    assert table["rows"][-1] == [3, -1, 1] and table["columns"][-1] == "flat"


def test_forecasts_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="short must have 2 values, got 1"):
        points(short=[1.0])
    with pytest.raises(ValueError, match="at most 3 forecasts, got 4"):
        points(**{name: [0.0, 0.0] for name in "abcd"})
    with pytest.raises(ValueError, match="past must have at least one value"):
        forecast_points([], [], [1.0], [1.0], {})


def picture():
    pixels = torch.ones(3, 4, 6)
    pixels[:, 3, 5] = torch.tensor([1.0, 0.0, 0.0])
    return pixels


def test_a_picture_keeps_its_colours_and_the_largest_weight_is_framed():
    weights = torch.tensor([[0.1, 0.0, 0.2], [0.0, 0.0, 0.7]])
    figure = patch_map(picture(), weights, "A look")
    drawn, map_ = figure.data
    scale = dict(drawn.colorscale)
    share = drawn.z[3][5] / drawn.zmax
    assert scale[share] == "rgb(255, 0, 0)"
    assert scale[drawn.z[0][0] / drawn.zmax] == "rgb(255, 255, 255)"
    assert [[float(text) for text in row] for row in map_.text] == [
        pytest.approx(row) for row in weights.tolist()
    ]
    frames = [s for s in figure.layout.shapes if s.line.width == 3]
    assert {(s.xref, s.x0, s.y0) for s in frames} == {("x", 2, 1), ("x2", 2, 1)}
    assert "0.70, is on the patch in row 2, column 3" in figure.layout.meta["alt"]


def test_a_picture_of_one_colour_is_drawn_too():
    figure = patch_map(torch.ones(3, 4, 6), torch.ones(2, 3) / 6)
    assert dict(figure.data[0].colorscale)[0] == "rgb(255, 255, 255)"


def test_patches_that_do_not_divide_the_picture_are_refused():
    with pytest.raises(ValueError, match="4 × 6 pixels has no 3 × 3 patches"):
        patch_map(picture(), torch.ones(3, 3))
