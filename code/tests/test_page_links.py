"""Links that set the decoder: those in captions, and those that instructors project."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import urlsplit

from decoder_page import decoder_page
from playwright.sync_api import Browser

from decoderbook.checks import source
from decoderbook.tools.canonical import read
from decoderbook.tools.teaching import read_notes

BOOK = Path(__file__).parents[2] / "book"
LINK = re.compile(r'<a href="#figure-[\d-]+-decoder\?([^"]+)">')
# What an address asks for, and what the model writes by itself in that state.
OPEN = """
address => {
  const { choice, ignored } = fromAddress(address);
  const write = (choice) => {
    const session = new Session(half, language, { ...choice, ids: [], at: 0 }, () => {});
    while (session.step());
    return session.written;
  };
  const whole = fromAddress("").choice;
  return { choice, ignored, written: write(choice), whole: write({ ...whole, text: choice.text }) };
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


def test_the_states_that_instructors_project(browser: Browser) -> None:
    """Nothing of an address is left out, and each changes the sentence if it says so."""
    states = [s for chapter in source.chapters() for s in read_notes(chapter).decoder]
    assert len(states) > 10
    with decoder_page(browser, {}) as page:
        for state in states:
            query = urlsplit(state.address).fragment.removeprefix("decoder?")
            found = page.evaluate(OPEN, query)
            assert not found["ignored"], state
            assert (found["written"] != found["whole"]) == state.changes, state
            if found["choice"]["ids"]:
                assert found["choice"]["ids"] == found["written"], state
