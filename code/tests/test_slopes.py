"""The straight line through a point of a curve has the slope that was given."""

import pytest

from decoderbook.figures import slope_at

X, Y = [0.0, 1.0, 2.0, 4.0], [9.0, 4.0, 1.0, 0.0]


@pytest.mark.parametrize("at", range(len(X)))
def test_the_line_goes_through_the_point_with_its_slope(at):
    curve, line, point = slope_at(X, Y, at, -2.5, "score", "loss").data
    assert list(curve.x) == X and list(curve.y) == Y
    (x_0, x_1), (y_0, y_1) = line.x, line.y
    assert (y_1 - y_0) / (x_1 - x_0) == pytest.approx(-2.5)
    assert point.x == (X[at],) and point.y == (Y[at],)
    assert (x_0 + x_1) / 2 == pytest.approx(X[at])
    assert (y_0 + y_1) / 2 == pytest.approx(Y[at])


def test_the_axes_do_not_move_with_the_point():
    first, last = (slope_at(X, Y, at, -1, "x", "y").layout for at in (0, 3))
    assert first.xaxis.range == last.xaxis.range
    assert first.yaxis.range == last.yaxis.range


def test_the_words_say_the_slope():
    alt = slope_at(X, Y, 1, -2.5, "score", "loss").layout.meta["alt"]
    assert "At score 1 the curve is at 4.00, and its slope is -2.50." in alt


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="y must have 4 values, got 3"):
        slope_at(X, Y[:3], 0, 1, "x", "y")
    with pytest.raises(ValueError, match="at must be one of 4 points, got 4"):
        slope_at(X, Y, 4, 1, "x", "y")
    with pytest.raises(ValueError, match="x must have at least one"):
        slope_at([], [], 0, 1, "x", "y")
