"""The drawing of one row that reads others says what it was given, in ink and in words."""

import re
import xml.etree.ElementTree as ET

import pytest

from decoderbook import theme
from decoderbook.figures.three_maps import FULL, WIDTH, query_key_value

TOKENS = ["ನಾನು nānu", "ಶಾಲೆ śāle"]
SVG = "{http://www.w3.org/2000/svg}"


def drawn():
    return query_key_value(
        TOKENS, "who?", ["a person", "a place"], ["I", "school"], [0.75, 0.25]
    )


def test_the_bars_are_as_long_as_the_weights():
    bars = [
        float(rect.get("width"))
        for rect in ET.fromstring(drawn().svg).iter(f"{SVG}rect")
        if rect.get("fill") == theme.WEIGHT
    ]
    assert bars == [round(FULL * 0.75, 1), round(FULL * 0.25, 1)]


def test_every_label_is_drawn_in_the_frame_and_large_enough_for_a_phone():
    labels = list(ET.fromstring(drawn().svg).iter(f"{SVG}text"))
    texts = {label.text for label in labels}
    assert {"who?", "a person", "a place", "I", "school", "0.75 ×", "nānu"} <= texts
    for label in labels:
        assert 0 <= float(label.get("x")) <= WIDTH
        assert float(label.get("font-size")) * 350 / WIDTH >= 11
        kannada = bool(re.search("[\u0c80-\u0cff]", label.text))
        assert (label.get("lang") == "kn") == kannada


def test_the_words_say_who_asks_and_what_is_read():
    words = drawn().words
    assert words.startswith("The row śāle asks: who?")
    assert "nānu (a person) with weight 0.75 and gets I" in words


def test_lists_of_another_length_are_refused():
    with pytest.raises(ValueError, match="gives must have 2 values, got 1"):
        query_key_value(TOKENS, "who?", ["a", "b"], ["c"], [0.5, 0.5])
    with pytest.raises(ValueError, match="tokens"):
        query_key_value([], "who?", [], [], [])
