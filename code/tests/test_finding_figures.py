"""The grid of what was found, and the points beside a band."""

import pytest

from decoderbook import figures, theme

GROUPS = {"Ours": ("causality", "padding"), "Theirs": ("cache",)}
FOUND = {"right": [], "1 mask": ["causality", "cache"]}


def test_the_grid_says_what_was_found_where():
    figure = figures.finding_map(FOUND, GROUPS, [("1 mask", "cache")])
    (grid,) = figure.data
    assert [list(row) for row in grid.z] == [[0, 0, 0], [1, 0, 1]]
    assert [list(row) for row in grid.text] == [["", "", ""], ["", "", "●"]]
    assert figure.layout.meta["table"]["rows"][1] == ["1 mask", "found", "", "found"]
    assert "right: nothing; 1 mask: causality, cache." in figure.layout.meta["alt"]
    assert list(figure.layout.xaxis.ticktext) == ["a", "b", "c"]
    key = figure.layout.annotations[0].text
    assert key == "Ours: a causality, b padding<br>Theirs: c cache"
    assert [shape.x0 for shape in figure.layout.shapes] == [1.5]


def test_a_long_key_is_broken_where_a_phone_ends():
    groups = {"Ours": [f"detector {i}" for i in range(20)]}
    figure = figures.finding_map({"right": []}, groups)
    lines = figure.layout.annotations[0].text.split("<br>")
    assert len(lines) > 5 and max(map(len, lines)) <= 44
    assert " ".join(lines).count("detector") == 20
    assert figure.layout.margin.b > 14 * len(lines)


@pytest.mark.parametrize(
    ("found", "groups", "named", "said"),
    [
        ({}, GROUPS, [], "found must have at least one"),
        (FOUND, {"Ours": []}, [], "columns must have at least one"),
        (FOUND, {"Ours": [str(i) for i in range(27)]}, [], "at most 26, got 27"),
        ({"right": ["luck"]}, GROUPS, [], "not in the grid: .*luck"),
        (FOUND, GROUPS, [("2 heads", "cache")], "not in the grid: .*2 heads"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(found, groups, named, said):
    with pytest.raises(ValueError, match=said):
        figures.finding_map(found, groups, named)


def test_points_lie_beside_the_band_of_one_of_them():
    values = {"right": [1.5, 1.25, 1.75], "1 mask": [0.5, 0.25, 0.375]}
    figure = figures.points_beside(values, "right", "last loss")
    assert [list(trace.x) for trace in figure.data] == [
        [1.5, 1.25, 1.75],
        [0.5, 0.25, 0.375],
    ]
    (band,) = figure.layout.shapes
    assert (band.x0, band.x1) == (1.25, 1.75)
    assert [trace.marker.color for trace in figure.data] == [theme.VALUE, theme.CHANGE]
    assert "1 mask 0.25 to 0.5" in figure.layout.meta["alt"]
    assert figure.layout.meta["table"]["rows"][0] == ["right", 1.5, 1.25, 1.75]


@pytest.mark.parametrize(
    ("values", "band", "said"),
    [
        ({}, "right", "values must have at least one"),
        ({"bug": [1.0]}, "right", r"one of \['bug'\], got 'right'"),
        ({"right": [1.0, 2.0], "bug": [1.0]}, "right", "bug must have 2 values, got 1"),
    ],
)
def test_points_that_cannot_be_are_refused(values, band, said):
    with pytest.raises(ValueError, match=said):
        figures.points_beside(values, band, "last loss")
