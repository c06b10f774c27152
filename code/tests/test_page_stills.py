"""The still pictures of the decoder: what stands in a page that no script has touched."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from base64 import b64encode
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from decoder_page import pretrained
from playwright.sync_api import Browser

from decoderbook import page_model
from decoderbook.page_model.recording import Run, record_run
from decoderbook.page_model.still import chances_still, map_still, reading_still
from decoderbook.page_model.weights import sentences
from decoderbook.page_model.widget import PLACE_TYPE, decoder_at_work

SVG = "{http://www.w3.org/2000/svg}"
TEXT = "I am going to school"


@pytest.fixture(scope="module")
def run() -> Run:
    known = {" ".join(sentence.english): sentence for sentence in sentences()}
    return record_run(pretrained(), known[TEXT])


def _texts(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_reading_has_every_word_and_token_and_a_line_for_each_weight(
    run: Run,
) -> None:
    still = reading_still(run)
    for word in run["words"]:
        assert word in _texts(still.svg)
    for token in run["tokens"]:
        assert token["token"] in _texts(still.svg)
    weights = [w for token in run["tokens"] for w in token["attention"]]
    lines = list(ET.fromstring(still.svg).iter(f"{SVG}path"))
    assert len(lines) == sum(weight >= 0.05 for weight in weights)
    assert "śāle reads school" in still.words


# The texts of one line, side by side on a phone: the least gap, and the least size of a letter.
SIDE_BY_SIDE = """
() => {
  const svg = document.querySelector("svg");
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const texts = [...svg.querySelectorAll("text")].filter((one) => one.textContent);
  const boxes = texts.map((one) => one.getBoundingClientRect());
  const follows = (a, b) => Math.abs(a.top - b.top) < 4 && b.left > a.left;
  const gaps = boxes.flatMap((a) => boxes.filter((b) => follows(a, b)).map((b) => b.left - a.right));
  const sizes = texts.map((one) => scale * parseFloat(one.getAttribute("font-size")));
  return [Math.min(...gaps), Math.min(...sizes)];
}
"""
FONT = Path(page_model.__file__).parents[1] / "site" / "static" / "fonts"


@pytest.mark.parametrize(
    ("text", "gap", "size"),
    [
        (TEXT, 10, 11),
        ("the dog catches the cat", 9, 11),
        ("she did not drink milk", 9, 11),
        ("the boy bought a red book", 7, 9),
    ],
)
def test_on_a_phone_the_words_of_a_still_stand_apart(
    browser: Browser, text: str, gap: float, size: float
) -> None:
    """The stills of the chapters, as wide as a phone's column."""
    known = {" ".join(sentence.english): sentence for sentence in sentences()}
    font = b64encode((FONT / "noto-sans-kannada-kannada-700-normal.woff2").read_bytes())
    page = browser.new_page()
    page.set_content(
        "<style>@font-face { font-family: 'Noto Sans Kannada'; font-weight: 700; "
        f"src: url(data:font/woff2;base64,{font.decode()}) }}</style>"
        f"<div style='width: 342px'>{reading_still(record_run(pretrained(), known[text])).svg}</div>"
    )
    page.evaluate("document.fonts.ready")
    found = page.evaluate(SIDE_BY_SIDE)
    page.close()
    assert found[0] >= gap and found[1] >= size


def test_a_map_is_a_triangle(run: Run) -> None:
    length = len(run["tokens"])
    weights = torch.rand(length, length).tril().softmax(-1).tril()
    still = map_still(run, weights, layer=1, head=2)
    cells = list(ET.fromstring(still.svg).iter(f"{SVG}rect"))
    assert len(cells) == length * (length + 1) // 2
    assert _texts(still.svg).count("–") == length * (length - 1) // 2
    reds = [int(cell.attrib["fill"][1:3], 16) for cell in cells]
    shades = [(255 - red) / (255 - 0x56) for red in reds]
    below = [weights[i, j].item() for i in range(length) for j in range(i + 1)]
    torch.testing.assert_close(shades, below, atol=0.005, rtol=0)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_numbers_of_a_map_are_dark_on_their_cells(
    browser: Browser, run: Run, scheme: Literal["light", "dark"]
) -> None:
    """As drawn: the colours come from the browser, in the place of the page's ink."""
    length = len(run["tokens"])
    weights = torch.linspace(0, 1, length * length).reshape(length, length).tril()
    svg = map_still(run, weights, layer=1, head=2).svg
    ink, ground = (
        ("#323232", "#ffffff") if scheme == "light" else ("#ced6dd", "#14181e")
    )
    page = browser.new_page(color_scheme=scheme)
    page.set_content(f'<body style="color: {ink}; background: {ground}">{svg}')
    drawn = page.evaluate(
        """() => [...document.querySelectorAll("rect")].map((cell) => {
          const rgb = (one) => "#" + getComputedStyle(one).fill.match(/\\d+/g)
            .map((part) => Number(part).toString(16).padStart(2, "0")).join("");
          return [rgb(cell), rgb(cell.nextElementSibling)];
        })"""
    )
    page.close()
    assert len(drawn) == length * (length + 1) // 2
    for cell, text in drawn:
        low, high = sorted((_luminance(cell), _luminance(text)))
        assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("at", [0, 3])
def test_bars_are_as_long_as_the_chances(run: Run, at: int) -> None:
    still = chances_still(run, at)
    bars = [
        float(b.attrib["width"]) for b in ET.fromstring(still.svg).iter(f"{SVG}rect")
    ]
    chances = [other["probability"] for other in run["tokens"][at]["candidates"]]
    assert len(bars) == len(chances) == 5
    assert bars[0] / 250 == pytest.approx(chances[0], abs=0.005)
    assert bars == sorted(bars, reverse=True)
    assert run["tokens"][at]["latin"] in still.words  # greedy takes the first


@pytest.mark.parametrize(
    ("panels", "choice", "kind"),
    [
        ("sentence switches", {}, "which English word"),
        ("attention", {"kind": "self"}, "self-attention"),
        ("sentence next", {"at": 2}, "after two tokens"),
    ],
)
def test_the_picture_is_of_what_the_panels_show(
    monkeypatch: pytest.MonkeyPatch, panels: str, choice: dict[str, Any], kind: str
) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(
        page_model.widget, "display", lambda data, raw: shown.append(data)
    )
    decoder_at_work(pretrained(), TEXT, panels, **choice)
    assert kind in shown[0][PLACE_TYPE]
    assert shown[0]["image/svg+xml"].startswith('<svg class="decoder-still"')
