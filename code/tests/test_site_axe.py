"""axe-core finds no fault on any page, wide and narrow, light and dark; nothing overflows."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from site_pages import Visit, draw, needs_page, set_scheme, settle

# Contrast takes axe longer than all its other rules, and depends on the scheme, not on the
# width: what only the narrow page shows are buttons without words.
COLOURS = ["color-contrast", "link-in-text-block"]
# axe needs half a minute for thousands of cells and code tokens. Tables of one kind are made by
# one function: it sees those that are open as long as they are few cells, and each token colour once.
LIGHTEN = """
let cells = 0;
for (const fold of document.querySelectorAll("details:has(td)")) {
  cells += fold.querySelectorAll("td").length;
  fold.open = cells < 400;
}
const seen = new Set();
for (const token of document.querySelectorAll("div.highlight pre span[class]")) {
  if (seen.has(token.className)) token.replaceWith(...token.childNodes);
  seen.add(token.className);
}
"""


# Out of sight while axe looks at colours: what it never judges, which are single letters and the words of
# a picture, and what another element is judged for, which are the tokens of a formula but one of each
# colour, and stressed words that are as dark as the paragraph around them.
OUT_OF_SIGHT = (
    "[data-colours] :is([data-alike], svg text) { visibility: hidden !important; }"
)
MARK_ALIKE = r"""
const style = (e) => getComputedStyle(e);
const paintsNothing = (e) => style(e).backgroundColor === "rgba(0, 0, 0, 0)"
  && style(e).backgroundImage === "none" && style(e).opacity === "1";
// Large words need less contrast.
const kind = (e) => `${style(e).color} ${parseFloat(style(e).fontSize) < 18}`;
const isJudged = (text) => /[\p{L}\p{N}]{2}/u.test(text);
for (const formula of document.querySelectorAll("math")) {
  const seen = new Set();
  if (![...formula.querySelectorAll("*")].every(paintsNothing)) continue;
  for (const token of formula.querySelectorAll("mi, mn, mo, mtext")) {
    const text = token.textContent.trim();
    token.toggleAttribute("data-alike", text.length === 1 || seen.has(kind(token)));
    if (isJudged(text)) seen.add(kind(token));
  }
}
for (const word of document.querySelectorAll("p > :is(em, strong)")) {
  const around = [...word.parentElement.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE);
  word.toggleAttribute("data-alike", isJudged(around.map((n) => n.data).join(" "))
    && !word.children.length && paintsNothing(word) && kind(word) === kind(word.parentElement));
}
document.documentElement.toggleAttribute("data-colours", true);
"""


@pytest.fixture(scope="module")
def lightened(visit: Visit) -> Visit:
    """A page with its figures drawn and its tables open, in the form that axe sees."""
    for figure in visit.figures():
        draw(figure)
        if (details := figure.locator(".figure-data")).count():
            details.locator("summary").click()
            figure.locator(".figure-table td").first.wait_for()
    visit.page.evaluate(LIGHTEN)
    # So that nobody has to wait until the theme has faded from one scheme to the other.
    visit.page.add_style_tag(content="* { transition: none !important; }")
    visit.page.add_style_tag(content=OUT_OF_SIGHT)
    return visit


def _look(page: Page, width: int, scheme: str) -> None:
    set_scheme(page, scheme)
    if page.viewport_size["width"] != width:
        page.set_viewport_size({"width": width, "height": 800})
        # plotly waits before it follows the window, and so does the theme
        page.wait_for_timeout(800)
    settle(page)


def _check(page: Page, **options: Any) -> None:
    # Without preload, because axe reads the addresses inside style sheets as if they
    # stood in the page; the elements that pass need not be described.
    options |= {"preload": False, "resultTypes": ["violations"]}
    result = Axe().run(page, options=options)
    assert result.response["passes"], "no rule found anything to check"
    assert result.violations_count == 0, result.generate_report()


# Colours depend on the scheme and the other rules on the width, so each is tried with one of the other;
# in this order the page changes its width once.
@pytest.mark.parametrize(
    ("width", "scheme", "colours", "others"),
    [
        (1280, "light", True, True),
        (1280, "dark", True, False),
        (390, "dark", False, False),
        (390, "light", False, True),
    ],
)
def test_nothing_overflows_and_axe_finds_nothing(
    lightened: Visit, width: int, scheme: str, colours: bool, others: bool
) -> None:
    page = lightened.page
    _look(page, width, scheme)
    widest = page.evaluate("document.documentElement.scrollWidth")
    assert widest <= width, f"the page is {widest} px wide in a window of {width} px"
    if colours:
        page.evaluate(MARK_ALIKE)
        _check(page, runOnly=COLOURS)
        page.evaluate("document.documentElement.removeAttribute('data-colours')")
    if others:
        _check(page, rules={rule: {"enabled": False} for rule in COLOURS})


# The theme's script takes from the keyboard what it has not laid out: at any moment, and all at once.
TAKE_AWAY = """async () => {
  const code = [...document.querySelectorAll("div.highlight pre")];
  const stops = () => code.map((element) => element.getAttribute("tabindex"));
  code.forEach((element) => (element.style.contentVisibility = "visible"));
  const wanted = code.map((element) => (element.scrollWidth > element.clientWidth + 1 ? "0" : null));
  const before = stops();
  code.forEach((element) => (element.tabIndex = -1));
  await null;
  const after = stops();
  code.forEach((element) => (element.style.contentVisibility = ""));
  return [wanted, before, after];
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_reaches_the_code_that_scrolls_and_no_script_takes_it_away(
    lightened: Visit, width: int
) -> None:
    _look(lightened.page, width, "light")
    wanted, before, after = lightened.page.evaluate(TAKE_AWAY)
    assert before == wanted
    assert after == wanted


def test_code_that_only_the_theme_sees_scroll_is_measured_again(
    browser: Browser, site: str
) -> None:
    """As where a reader's own style sheet spreads the letters: no event tells of it."""
    page = browser.new_page()
    page.goto(site + needs_page("book/06-masked-self-attention.html"))
    settle(page)
    code = page.locator("div.highlight pre:not([tabindex])").first.element_handle()
    code.evaluate("e => { e.style.width = '5em'; e.tabIndex = 0; }")
    settle(page)
    said = [code.get_attribute(name) for name in ("tabindex", "role", "aria-label")]
    assert said == ["0", "group", "Code, scrolls sideways"]
    page.close()
