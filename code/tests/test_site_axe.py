"""axe-core finds no fault on any page, wide and narrow, light and dark; nothing overflows."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from site_pages import Visit, draw, set_scheme, settle

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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overflows(lightened: Visit, width: int, scheme: str) -> None:
    _look(lightened.page, width, scheme)
    widest = lightened.page.evaluate("document.documentElement.scrollWidth")
    assert widest <= width, f"the page is {widest} px wide in a window of {width} px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_have_contrast(lightened: Visit, scheme: str) -> None:
    _look(lightened.page, 1280, scheme)
    _check(lightened.page, runOnly=COLOURS)


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_else(lightened: Visit, width: int) -> None:
    """The rules that do not look at colours see the same page in either scheme."""
    _look(lightened.page, width, "light")
    others = {rule: {"enabled": False} for rule in COLOURS}
    _check(lightened.page, rules=others)
