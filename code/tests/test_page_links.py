"""The links in captions that set the decoder of their page."""

from __future__ import annotations

import html
import re
from pathlib import Path

from decoder_page import decoder_page
from playwright.sync_api import Browser

from decoderbook.tools.canonical import read

BOOK = Path(__file__).parents[2] / "book"
LINK = re.compile(r'<a href="#figure-[\d-]+-decoder\?([^"]+)">')
# What an address asks for, and what the model writes by itself in that state.
OPEN = """
address => {
  const { choice, ignored } = fromAddress(address);
  const session = new Session(half, language, { ...choice, ids: [], at: 0 }, () => {});
  while (session.step());
  return { choice, ignored, written: session.written };
}
"""


def test_links_lead_to_what_the_model_writes(browser: Browser) -> None:
    addresses = [
        html.unescape(address)
        for path in sorted(BOOK.glob("*.ipynb"))
        for cell in read(path).cells
        for address in LINK.findall(cell.source)
    ]
    assert len(addresses) == 4
    with decoder_page(browser, {}) as page:
        opened = [page.evaluate(OPEN, address) for address in addresses]
    for found in opened:
        assert not found["ignored"]
        assert found["choice"]["ids"] == found["written"]
        assert found["choice"]["at"] == len(found["written"])
    with_positions = [found["choice"]["position"] for found in opened]
    assert with_positions == [True, True, False, False]
    dog, cat, dog_without, cat_without = (found["written"] for found in opened)
    assert dog != cat and dog_without == cat_without != dog
