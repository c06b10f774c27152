"""Pictures of tokens: a drawing of one text at several levels, and a strip with ids."""

import re
import xml.etree.ElementTree as ET

import pytest

from decoderbook import figures
from decoderbook.figures.levels import UNIT, WIDTH, token_levels

WORD = {
    "letters": [("ನ", "na", 1), ("ು", "u", 1)],
    "words": [("ನು", "nu", 2)],
}


def rectangles(picture):
    root = ET.fromstring(picture.svg)
    return [
        tuple(float(rect.get(name)) for name in ("x", "y", "width", "height"))
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
    ]


def test_a_box_is_as_wide_as_what_it_covers_and_boxes_stand_side_by_side():
    first, second, whole = rectangles(token_levels([WORD]))
    assert first[2] == second[2] == UNIT - 3
    assert whole[2] == 2 * UNIT - 3
    assert second[0] - first[0] == UNIT and whole[0] == first[0]
    assert whole[1] > first[1] + first[3]


def test_words_go_on_a_further_line_where_they_do_not_fit():
    fits = (WIDTH // UNIT + 1) // 3  # of two code points, and a gap between two
    for count in (1, fits, fits + 1, 2 * fits + 1):
        boxes = rectangles(token_levels([WORD] * count))
        assert max(x + wide for x, _, wide, _ in boxes) <= WIDTH
        assert len({y for _, y, _, _ in boxes}) == 2 * -(-count // fits)


def test_the_words_say_each_level():
    said = token_levels([WORD, WORD], "words").words
    assert "letters, 4: na, u, na, u" in said and "words, 2: nu, nu" in said


def test_text_is_large_enough_on_a_phone():
    sizes = re.findall(r'font-size="([\d.]+)"', token_levels([WORD]).svg)
    assert min(map(float, sizes)) * 350 / WIDTH >= 11


def test_levels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="cover as many"):
        token_levels([{**WORD, "words": [("ನು", "nu", 3)]}])
    with pytest.raises(ValueError, match="'bytes'"):
        token_levels([WORD], "bytes")
    with pytest.raises(ValueError, match="levels of the first"):
        token_levels([WORD, {"letters": WORD["letters"]}])
    with pytest.raises(ValueError, match="words"):
        token_levels([])


@pytest.mark.parametrize("count", [1, 3, 30])
def test_a_strip_has_a_box_for_each_token_and_none_over_another(count):
    tokens = ["ನಾನು nānu", "END", "-ಗೆ -ge"] * (count // 3) or ["END"]
    figure = figures.token_strip(tokens, list(range(len(tokens))), "strip")
    outline, labels = figure.data
    lefts, rights = outline.x[0::6], outline.x[1::6]
    heads = outline.y[0::6]
    assert len(lefts) == len(labels.text) == len(tokens)
    for i in range(1, len(tokens)):
        assert lefts[i] > rights[i - 1] if heads[i] == heads[i - 1] else lefts[i] == 0
    assert max(rights) <= figure.layout.xaxis.range[1]
    assert max(outline.y[2::6]) <= figure.layout.yaxis.range[0]


def test_a_strip_says_tokens_and_ids():
    figure = figures.token_strip(["START", "ನಾನು nānu"], [1, 27], "two", room=3)
    assert "two: 2 tokens." in figure.layout.meta["alt"]
    higher = figure.layout.height
    assert higher > figures.token_strip(["START", "ನಾನು nānu"], [1, 27]).layout.height
    assert "nānu 27" in figure.layout.meta["alt"]
    with pytest.raises(ValueError, match="ids"):
        figures.token_strip(["START"], [1, 2])
