"""A drawing: its frame, its words, what a notebook shows of it."""

import xml.etree.ElementTree as ET

import pytest

from decoderbook.figures import drawing


def test_a_drawing_is_well_formed_and_says_its_words():
    picture = drawing(['<text x="1" y="2">ನಾನು</text>'], 120, 40.5, 'a < b & "c"')
    root = ET.fromstring(picture.svg)
    assert root.get("viewBox") == "0 0 120 40.5"
    assert root.get("aria-label") == picture.words == 'a < b & "c"'
    assert root[0].text == "ನಾನು"


def test_a_notebook_shows_the_picture_and_the_words():
    picture = drawing([], 10, 10, "nothing")
    data, metadata = picture._repr_mimebundle_()
    assert data == {"image/svg+xml": picture.svg, "text/plain": "nothing"}
    assert metadata["image/svg+xml"]["needs_background"] == "light"


def test_a_drawing_without_words_is_refused():
    with pytest.raises(ValueError, match="words"):
        drawing([], 10, 10, "  ")
