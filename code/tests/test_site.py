"""The built site in a real browser: each page as it stands before a reader touches it.

`make build` makes the site; `decoderbook.tools.chromium` finds the browser. Every request
that leaves the machine is refused. No test here changes the page that it shares.
"""

from __future__ import annotations

from playwright.sync_api import Browser
from site_pages import (
    NEAR,
    PAGES,
    PLOTLY,
    SITE,
    WITH_FIGURES,
    Visit,
    draw,
    open_page,
    weight,
)

MAX_PLAIN_PAGE = 350_000  # bytes, compressed, of a page without figures


def test_the_site_is_built() -> None:
    assert PAGES, f"there is no built site in {SITE}; run `make build` first"
    assert WITH_FIGURES, "no page has a figure"


def test_plotly_waits_for_a_figure(visit: Visit) -> None:
    figures = visit.figures()
    fetched = [url for url in visit.asked if PLOTLY in url]
    if not figures:
        assert (
            visit.page.locator("script[src*=player], script[src*=plotly]").count() == 0
        )
        assert not fetched
    elif figures[0].bounding_box()["y"] > 800 + NEAR:
        assert not fetched, "plotly was fetched although no figure is near"


def test_a_page_without_figures_is_light(visit: Visit) -> None:
    if not visit.figures():
        loaded = {response.url: weight(response) for response in visit.responses}
        assert sum(loaded.values()) <= MAX_PLAIN_PAGE, sorted(
            loaded.items(), key=lambda item: -item[1]
        )


def test_formulas_are_drawn(visit: Visit) -> None:
    drawn = visit.page.locator("math").evaluate_all(
        "all => all.map((m) => [m.textContent, m.getBoundingClientRect().height])"
    )
    source = (SITE / visit.name).read_text(encoding="utf-8")
    assert len(drawn) == source.count("<math"), (
        "the browser found fewer formulas than the page has"
    )
    assert [text for text, height in drawn if not height] == []


def test_the_theme_can_be_switched(browser: Browser, site: str) -> None:
    context = browser.new_context(color_scheme="light")
    page = open_page(context, site, PAGES[0]).page
    button = page.locator(".theme-switch-button").first
    seen = {page.evaluate("document.documentElement.dataset.theme")}
    for _ in range(3):
        button.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
    context.close()


def test_the_search_finds_a_word(browser: Browser, site: str) -> None:
    context = browser.new_context()
    visit = open_page(context, site, PAGES[0])
    page = visit.page
    page.locator(".search-button__button >> visible=true").first.click()
    page.keyboard.type("attention")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    assert "search.html" in page.url
    assert page.locator("#search-results li p.context").first.inner_text(), (
        "no excerpt beside the result"
    )
    assert visit.complaints == [] and visit.foreign == []
    context.close()


def test_the_front_door_opens(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site, wait_until="commit")
    page.wait_for_selector("article h1")
    assert page.url != site
    context.close()


def test_pages_work_from_a_folder(browser: Browser) -> None:
    name = WITH_FIGURES[0]
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type == "error" else None,
    )
    page.goto((SITE / name).as_uri())
    draw(page.locator("figure.interactive").first)
    assert page.locator("math").first.bounding_box()["width"] > 0
    assert complaints == []
    context.close()
