"""The drawing of a matrix product: its numbers are the tensors', its sum is the result."""

import re
import xml.etree.ElementTree as ET

import pytest
import torch

from decoderbook import theme
from decoderbook.figures import table_product
from decoderbook.figures.labels import text_width
from decoderbook.figures.table_products import CELL

WORDS = ["ನಾನು nānu", "ಶಾಲೆಗೆ śālege", "ಹೋಗುತ್ತಿದ್ದೇನೆ hōguttiddēne"]
FEATURES = ["person", "place", "speaker", "motion"]
X = torch.arange(12.0).reshape(3, 4)
W = torch.tensor([[100.0, 1], [200, 2], [300, 3], [400, 4]])
A = torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0], [0.5, 0.25, 0.25]])
SVG = "{http://www.w3.org/2000/svg}"


def texts(drawn):
    return list(ET.fromstring(drawn.svg).iter(f"{SVG}text"))


def test_all_three_tables_are_written_and_each_result_lies_where_row_and_column_cross():
    drawn = table_product(X, W, WORDS, FEATURES, ("X", "W"), 1, 1)
    at = {t.text: (float(t.get("x")), float(t.get("y"))) for t in texts(drawn)}
    for number in torch.cat([W.flatten(), (X @ W).flatten()]).tolist():
        assert f"{number:g}" in at
    assert at[f"{(X @ W)[1, 0]:g}"][0] == at["200"][0]  # below its column of W
    assert at[f"{(X @ W)[1, 1]:g}"][1] == at[f"{(X @ W)[1, 0]:g}"][1]
    assert {"X (3, 4)", "W (4, 2)", "X W (3, 2)"} <= at.keys()


def test_the_sum_says_how_the_number_is_made():
    drawn = table_product(X, W, WORDS, FEATURES, ("X", "W"), 1, 1)
    (said,) = [t.text for t in texts(drawn) if "=" in t.text]
    products, total = said.split(" = ")
    factors = [map(float, part.split("·")) for part in products.split(" + ")]
    assert sum(a * b for a, b in factors) == float(total) == (X @ W)[1, 1]
    assert said in drawn.words and "row of śālege, column 2" in drawn.words


def test_without_a_column_the_whole_row_is_set_off():
    drawn = table_product(A, X, WORDS, WORDS, ("A", "X"), 2)
    grounds = [
        (rect.get("fill"), float(rect.get("width")))
        for rect in ET.fromstring(drawn.svg).iter(f"{SVG}rect")
        if rect.get("fill") != "none"
    ]
    assert grounds == [
        (theme.QUERY, 3 * CELL), (theme.KEY, 4 * CELL), (theme.RESULT, 4 * CELL)
    ]  # fmt: skip
    assert "0.5 · nānu + 0.25 · śālege + 0.25 · hōguttiddēne" in drawn.words


@pytest.mark.parametrize(
    "drawn",
    [
        table_product(X, W, WORDS, FEATURES, ("X", "W"), 0, 0),
        table_product(A, X, WORDS, WORDS, ("A", "X"), 2),
    ],
)
def test_labels_stay_in_the_frame_and_large_enough_for_a_phone(drawn):
    width = float(ET.fromstring(drawn.svg).get("viewBox").split()[2])
    assert width <= 420
    for label in texts(drawn):
        size, x = float(label.get("font-size")), float(label.get("x"))
        beside = re.sub("\u0ccd.", "", label.text)  # a joined letter stands below
        wide = text_width(beside, size)
        shift = {"start": 0, "middle": wide / 2, "end": wide}[label.get("text-anchor")]
        assert x - shift >= 0 and x - shift + wide <= width, label.text
        assert size * min(1, 350 / width) >= 11
        kannada = bool(re.search("[\u0c80-\u0cff]", label.text))
        assert (label.get("lang") == "kn") == kannada


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"X must have the shape \(3, 4\)"):
        table_product(X.T, W, WORDS, FEATURES, ("X", "W"), 0, 0)
    with pytest.raises(ValueError, match=r"W must have the shape \(4, 2\)"):
        table_product(X, W[:3], WORDS, FEATURES, ("X", "W"), 0, 0)
    with pytest.raises(ValueError, match="row 0 and column 2 must lie in"):
        table_product(X, W, WORDS, FEATURES, ("X", "W"), 0, 2)
