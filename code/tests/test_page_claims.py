"""What the captions say of the trained decoder in the page, over all its sentences."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from decoder_page import decoder_page
from playwright.sync_api import Browser, Page

# The token ids that the decoder writes for each sentence, with some part of it switched off.
WRITE = """
parts => Object.fromEntries(language.sentences.map(({ english }) => {
  const session = new Session(half, language, { ...BEGINNING, text: english, ...parts }, () => {});
  while (session.step());
  return [english, session.written];
}))
"""
# The chance of each token of each reference, after the reference before it.
ASK = """
() => language.sentences.map(({ english }) => {
  const session = new Session(half, language, { ...BEGINNING, text: english, mode: "reference" }, () => {});
  const chances = [];
  while (!session.ended) {
    chances.push(session.chances(session.choice.at)[session.next()]);
    session.step();
  }
  return chances;
})
"""
DOG, CAT = "the dog catches the cat", "the cat catches the dog"
LIMIT = 32


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with decoder_page(browser, {}) as page:
        yield page


@pytest.fixture(scope="module")
def whole(page: Page) -> dict[str, list[int]]:
    """What the whole model writes."""
    return page.evaluate(WRITE, {})


def test_without_positions_the_dog_and_the_cat_are_one(
    page: Page, whole: dict[str, list[int]]
) -> None:
    """Figure 3.1."""
    without = page.evaluate(WRITE, {"position": False})
    assert whole[DOG] != whole[CAT]
    assert without[DOG] == without[CAT]
    assert without[DOG] != whole[DOG]


def test_each_example_shows_what_its_switch_does(
    page: Page, whole: dict[str, list[int]]
) -> None:
    """The sentences beside the switches; ÷ √d_head changes no translation, only chances."""
    found = page.evaluate(
        """() => EXAMPLES.map(([name, , parts]) => {
          const session = new Session(half, language, { ...BEGINNING, ...parts }, () => {});
          const { now, whole } = createComparison()(session);
          const gaps = now.chances.map((chance, i) => Math.abs(chance - whole.chances[i]));
          const lines = verdictLines(session, { now, whole }).map((line) => line.textContent);
          return [name, parts.text, now.ids, gaps, lines];
        })"""
    )
    assert {name for name, *_ in found} == {
        *("causal", "padding", "position", "scale", "self", "cross", "feed")
    }
    for name, text, ids, _, lines in found:
        assert (ids != whole[text]) == (name != "scale")
        assert ("The translation changes." in lines) == (name != "scale")
    _, text, ids, gaps, lines = next(one for one in found if one[0] == "scale")
    assert ids == whole[text] and max(gaps) > 0.2
    assert lines[2].startswith("Same translation. Largest change: token ")
    without = page.evaluate(WRITE, {"scale": False})
    assert without == whole


def test_the_verdict_follows_the_numbers(page: Page) -> None:
    said = page.evaluate(
        """() => [{}, { causal: false }, { causal: false, off: ["self"] }, { pads: 2 },
                  { pads: 2, padding: false }].map((parts) => {
          const session = new Session(half, language, { ...BEGINNING, ...parts }, () => {});
          while (session.step());
          return verdictLines(session, createComparison()(session)).map((line) => line.textContent).join(" ");
        })"""
    )
    masked, ahead, no_self, pads, read = said
    assert "by 0.00 at most: no row looks ahead" in masked and "END" not in masked
    assert "earlier rows look ahead" in ahead
    assert "by 0.00 at most: no row looks ahead" in no_self
    assert "No row gives padding any attention." in pads
    assert "layer" in read and "Padding gets up to" in read
    unasked = page.evaluate(
        """() => {
          const session = new Session(half, language, { ...BEGINNING, position: false }, () => {});
          while (session.step());
          return verdictLines(session, createComparison()(session), false).map((line) => line.textContent);
        }"""
    )
    assert len(unasked) == 3 and not any("row" in line for line in unasked)


def test_without_cross_attention_every_source_gives_one_sentence(
    page: Page, whole: dict[str, list[int]]
) -> None:
    """Figure 9.1: the English is lost."""
    without = page.evaluate(WRITE, {"off": ["cross"]})
    assert len({tuple(ids) for ids in without.values()}) == 1
    assert len({tuple(ids) for ids in whole.values()}) == len(whole) > 100


def test_without_self_attention_it_repeats_itself_or_stops(
    page: Page, whole: dict[str, list[int]]
) -> None:
    """Figure 9.1: what has been written is lost."""

    def repeats(ids: list[int]) -> bool:
        return len(ids) == LIMIT or any(a == b for a, b in itertools.pairwise(ids))

    without = page.evaluate(WRITE, {"off": ["self"]})
    assert all(repeats(ids) or len(ids) <= 3 for ids in without.values())
    assert not any(repeats(ids) or len(ids) <= 3 for ids in whole.values())


def test_without_feed_forward_it_stays_with_a_stem(
    page: Page, whole: dict[str, list[int]]
) -> None:
    """The example beside the switch: the first stems come right, and then one again and again."""
    without = page.evaluate(WRITE, {"off": ["feed"]})
    for text, ids in without.items():
        assert any(a == b for a, b in itertools.pairwise(ids)), text
        assert ids[0] == whole[text][0], text


def test_a_trained_decoder_gives_the_reference_about_nine_tenths(page: Page) -> None:
    """Figure 10.1."""
    chances = [chance for sentence in page.evaluate(ASK) for chance in sentence]
    assert len(chances) > 1000
    assert min(chances) > 0.8 and max(chances) < 0.95
