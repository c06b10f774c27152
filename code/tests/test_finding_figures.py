"""The grid of what was found, the points beside a band, and two bands."""

import pytest

from decoderbook import figures, theme

GROUPS = {"Ours": ("causality", "padding"), "Theirs": ("cache",)}
FOUND = {"right": [], "1 mask": ["causality", "cache"]}


def test_the_grid_says_what_was_found_where():
    figure = figures.finding_map(FOUND, GROUPS, [("1 mask", "cache")])
    (grid,) = figure.data
    assert [list(row) for row in grid.z] == [[None, None, None], [1, None, 1]]
    assert [list(row) for row in grid.text] == [["", "", ""], ["", "", "●"]]
    assert figure.layout.meta["table"]["rows"][1] == ["1 mask", "found", "", "found"]
    assert "right: nothing. 1 mask: causality; cache." in figure.layout.meta["alt"]
    assert list(figure.layout.xaxis.ticktext) == ["a", "b", "c"]
    key = figure.layout.annotations[0].text
    assert key == "Ours: a\xa0causality; b\xa0padding<br>Theirs: c\xa0cache"
    assert [shape.x0 for shape in figure.layout.shapes] == [1.5]


def test_cells_without_a_finding_are_open_and_can_be_counted():
    """They have the page's ground, light or dark, and thin lines between them."""
    figure = figures.finding_map(FOUND, GROUPS)
    assert {end for _, end in figure.data[0].colorscale} == {theme.CHANGE_SCALE[1][1]}
    assert figure.data[0].xgap and figure.data[0].ygap
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert axis.minor.showgrid and axis.minor.gridcolor == theme.CELL_EDGE
        assert (axis.minor.tick0, axis.minor.dtick) == (-0.5, 1)


def test_a_long_key_is_broken_where_a_phone_ends():
    groups = {"Ours": [f"detector {i}" for i in range(20)]}
    figure = figures.finding_map({"right": []}, groups)
    lines = figure.layout.annotations[0].text.split("<br>")
    assert len(lines) > 5 and max(map(len, lines)) <= 44
    assert " ".join(lines).count("detector") == 20
    starts = [line for line in lines if not line.startswith("Ours")]
    assert all(not line.endswith(letter) for line in starts for letter in "abcde")
    assert figure.layout.margin.b > 14 * len(lines)


@pytest.mark.parametrize(
    ("found", "groups", "named", "said"),
    [
        ({}, GROUPS, [], "found must have at least one"),
        (FOUND, {"Ours": []}, [], "columns must have at least one"),
        (FOUND, {"Ours": [str(i) for i in range(27)]}, [], "at most 26, got 27"),
        ({"right": ["luck"]}, GROUPS, [], "not in the grid: .*luck"),
        (FOUND, GROUPS, [("2 heads", "cache")], "not in the grid: .*2 heads"),
        (FOUND, GROUPS, [("right", "cache")], "nothing was found .*right"),
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


RUNS = {"right": [[2, 1], [3, 1.5]], "bug": [[2.5, 0], [4, 1.25]]}


def test_a_band_goes_from_the_lowest_run_to_the_highest():
    figure = figures.bands([0, 4], RUNS, "step", "loss")
    assert [list(t.y) for t in figure.data] == [[2, 1], [3, 1.5], [2.5, 0], [4, 1.25]]
    assert [trace.fill for trace in figure.data] == [None, "tonexty"] * 2
    assert [t.name for t in figure.data if t.showlegend] == ["right", "bug"]
    lines = [trace.line for trace in figure.data]
    assert [line.color for line in lines] == [theme.VALUE] * 2 + [theme.CHANGE] * 2
    assert len({line.dash for line in lines}) == 2
    table = figure.layout.meta["table"]
    assert table["columns"][:3] == ["step", "right, lowest", "right, highest"]
    assert table["rows"] == [[0, 2, 3, 2.5, 4], [4, 1, 1.5, 0, 1.25]]
    alt = figure.layout.meta["alt"]
    assert "At step 4: right from 1 to 1.5; bug from 0 to 1.25." in alt
    assert alt.endswith("The two overlap at 2 of 2 places.")


def test_bands_that_do_not_meet_say_so_and_one_alone_has_nothing_to_meet():
    apart = figures.bands([0], {"right": [[2.0]], "bug": [[1.0]]}, "step", "loss")
    assert apart.layout.meta["alt"].endswith("The two overlap at 0 of 1 places.")
    alone = figures.bands([0, 4], {"right": RUNS["right"]}, "step", "loss")
    assert "overlap" not in alone.layout.meta["alt"]


@pytest.mark.parametrize("index", [0, 1])
def test_the_area_of_a_band_has_the_colour_of_its_line(index):
    high = figures.bands([0, 4], RUNS, "step", "loss").data[2 * index + 1]
    red, green, blue = (int(high.line.color[i : i + 2], 16) for i in (1, 3, 5))
    assert high.fillcolor.startswith(f"rgba({red},{green},{blue},0.")


@pytest.mark.parametrize(
    ("x", "runs", "said"),
    [
        ([], RUNS, "x must have at least one"),
        ([0, 4], {}, "runs must have at least one"),
        ([0, 4], {"right": []}, "right must have at least one"),
        ([0, 4], {"right": [[1], [1, 2]]}, "right, curve 1 must have 2 values, got 1"),
        ([0, 4], {**RUNS, "other": [[1, 2]]}, "at most 2 names, got 3"),
    ],
)
def test_bands_that_cannot_be_are_refused(x, runs, said):
    with pytest.raises(ValueError, match=said):
        figures.bands(x, runs, "step", "loss")
