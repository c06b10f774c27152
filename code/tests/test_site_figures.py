"""Each page of the built site with its figures drawn, as for a reader who scrolls through."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser
from site_pages import DESKTOP, MAX_LAYOUT_SHIFT, PLOTLY, Visit, draw

# What must be there, with an area, for each trace of a type.
MARKS = {
    "heatmap": ".heatmaplayer image",
    "scatter": ".scatterlayer .trace :is(.js-line, .point, text)",
    "bar": ".barlayer .point path",
}


@pytest.fixture(scope="module")
def drawn(visit: Visit) -> Visit:
    """A page with every figure drawn; the tests leave it as it is."""
    for figure in visit.figures():
        draw(figure)
    return visit


def test_every_figure_is_drawn(drawn: Visit) -> None:
    for figure in drawn.figures():
        plot = draw(figure)
        traces = plot.evaluate(
            "plot => plot.data.filter(t => t.visible !== false).map(t => t.type)"
        )
        assert traces, "a figure without traces"
        for kind in set(traces):
            areas = plot.locator(MARKS[kind]).evaluate_all(
                "all => all.map(e => { const b = e.getBoundingClientRect(); return b.width + b.height; })"
            )
            assert len([area for area in areas if area > 1]) >= traces.count(kind), (
                f"{kind} traces are missing"
            )
        title = figure.locator(".figure-title").inner_text()
        image = figure.get_by_role("img", name=title, exact=True)
        assert image.count() == 1, title
        described = image.get_attribute("aria-describedby")
        assert len(figure.locator(f"#{described}").text_content()) > 20
    fetched = [url for url in drawn.asked if PLOTLY in url]
    assert len(fetched) == (1 if drawn.figures() else 0)


# Of each still that is seen: fills that are not there, words outside its frame, and its bars.
STILL = """
figure => {
  const stills = [...figure.querySelectorAll(".figure-still svg")];
  const still = stills.find((svg) => svg.getBoundingClientRect().width);
  const frame = still.getBoundingClientRect();
  const out = [...still.querySelectorAll("text")].filter((text) => {
    const { top, bottom } = text.getBoundingClientRect();
    return top < frame.top - 1 || bottom > frame.bottom + 1;
  });
  const fills = [...still.querySelectorAll("[fill^='url']")].map((e) => e.getAttribute("fill").slice(5, -1));
  return [fills.filter((id) => !document.getElementById(id)), out.map((text) => text.textContent),
          fills.length];
}
"""
PATTERNED = """
plot => [...plot.querySelectorAll(".barlayer .point path")].filter((path) =>
  path.getBoundingClientRect().width > 0.5 && getComputedStyle(path).fill.startsWith("url")).length
"""


def test_a_still_shows_all_that_plotly_draws(browser: Browser, visit: Visit) -> None:
    """Seen before anything is touched; then beside what plotly draws."""
    page = browser.new_page(viewport=DESKTOP)
    page.goto(visit.page.url)
    for figure in page.locator("figure.interactive").all():
        figure.scroll_into_view_if_needed()
        missing, outside, patterned = figure.evaluate(STILL)
        assert missing == [] and outside == [], figure.get_attribute("id")
        start = json.loads(figure.locator("script.figure-start").inner_text())
        if any(trace["type"] == "bar" for trace in start["data"]):
            assert patterned >= draw(figure).evaluate(PATTERNED)
    page.close()


def test_the_layout_does_not_shift(drawn: Visit) -> None:
    assert drawn.page.evaluate("window.shift") < MAX_LAYOUT_SHIFT


def test_print_leaves_the_sidebars_out(drawn: Visit) -> None:
    page = drawn.page
    page.emulate_media(media="print")
    try:
        for selector in (
            "#pst-primary-sidebar",
            "#pst-secondary-sidebar",
            ".bd-header-article",
            ".figure-controls",
        ):
            assert not any(
                part.is_visible() for part in page.locator(selector).all()
            ), selector
        if "search" not in drawn.name:
            assert page.locator("article h1").is_visible()
        assert all(plot.is_visible() for plot in page.locator("svg.main-svg").all()[:1])
    finally:
        page.emulate_media(media="screen")


def test_nothing_came_from_elsewhere_and_nothing_complained(drawn: Visit) -> None:
    drawn.page.mouse.wheel(0, 100_000)
    drawn.page.wait_for_load_state("networkidle")
    assert drawn.foreign == []
    assert drawn.complaints == []
