"""A reader at one figure: play and step, the state in the address, a tap, a scroll past it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Locator, Page
from site_pages import PLOTLY, SITE, WITH_FIGURES, draw, figures_of, needs_page, settle

from decoderbook.site.figures import _control


def _first_with_slider() -> tuple[str, str, dict]:
    for name in WITH_FIGURES:
        for html in figures_of(name):
            if 'type="range"' not in html:
                continue
            figure = BeautifulSoup(html, "html.parser").figure
            record = json.loads(figure.select_one("script.figure-record").string)
            start = [c["start"] for c in record["controls"] if c["kind"] == "slider"]
            if start[0] == 0 and len(record["controls"]) > 1:
                return name, figure["id"], record
    raise LookupError("no figure has a slider that starts at its first value")


NAME, FIGURE, RECORD = _first_with_slider()
SLIDER = next(c for c in RECORD["controls"] if c["kind"] == "slider")
LAST = len(SLIDER["values"]) - 1
PACE = 900  # ms, as in figure-play.js


@pytest.fixture
def opened(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Open the page at a hash, with the slider's buttons as a record that plays has them."""
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True
    )

    def open_at(fragment: str = "", **media: str) -> Page:
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        if media:
            page.emulate_media(**media)
        html = BeautifulSoup((SITE / NAME).read_text("utf-8"), "html.parser")
        field = html.select_one(f"#{FIGURE} #{FIGURE}-{SLIDER['name']}").parent
        playing = _control(FIGURE, {**SLIDER, "play": True})
        field.replace_with(BeautifulSoup(playing, "html.parser"))
        page.route(
            site + NAME,
            lambda route: route.fulfill(body=str(html), content_type="text/html"),
        )
        page.goto(site + NAME + fragment)
        return page

    yield open_at
    context.close()


def _slider(page: Page) -> Locator:
    return page.locator(f"#{FIGURE}-{SLIDER['name']}")


def _press(page: Page, name: str) -> None:
    page.locator(f"#{FIGURE}").get_by_role(
        "button", name=f"{name}: {SLIDER['label']}", exact=True
    ).click()


def test_nothing_plays_by_itself_and_steps_stop_at_the_ends(opened: Callable) -> None:
    page = opened()
    _press(page, "One step back")
    assert _slider(page).input_value() == "0"
    _press(page, "One step on")
    assert _slider(page).input_value() == "1"
    page.wait_for_timeout(PACE + 300)
    assert _slider(page).input_value() == "1"
    assert _slider(page).get_attribute("aria-valuetext") == SLIDER["values"][1]
    for button in page.locator(f"#{FIGURE} .figure-play button").all():
        assert min(button.bounding_box()[side] for side in ("width", "height")) >= 44


def test_play_goes_to_the_end_and_begins_again(opened: Callable) -> None:
    page = opened()
    page.clock.install(time=0)
    page.clock.pause_at(1000)  # only run_for moves it, however busy the machine is
    _press(page, "Play")
    seen = [_slider(page).input_value()]
    for _ in range(LAST + 2):
        page.clock.run_for(PACE)
        seen.append(_slider(page).input_value())
    assert seen == [str(min(i + 1, LAST)) for i in range(LAST + 3)]
    _press(page, "Play")  # it has stopped: the button says so
    assert _slider(page).input_value() == "0"
    _press(page, "Pause")
    page.clock.run_for(3 * PACE)
    assert _slider(page).input_value() == "0"


def test_play_pauses_when_the_figure_leaves_the_window(opened: Callable) -> None:
    page = opened()
    _press(page, "Play")
    page.evaluate("window.scrollTo(0, 0)")
    page.locator(f'#{FIGURE} .figure-play [aria-label^="Play"]').wait_for(
        state="attached"
    )
    value = _slider(page).input_value()
    page.wait_for_timeout(PACE + 300)
    assert _slider(page).input_value() == value


def _states(page: Page) -> list[str]:
    fields = page.locator(f"#{FIGURE} .figure-control :is(input, select)")
    return [field.input_value() for field in fields.all()]


def test_the_address_holds_the_state(opened: Callable) -> None:
    page = opened()
    settle(page)  # what is measured above the figure may still change its height
    before = page.evaluate("history.length")
    _press(page, "One step on")
    page.wait_for_url(re.compile(rf"#{FIGURE}\?.*{SLIDER['name']}="))
    place, state = page.evaluate("scrollY"), _states(page)
    assert page.evaluate("history.length") == before
    again = opened(page.url[page.url.index("#") :])
    again.wait_for_selector(f"#{FIGURE}[data-state=drawn]")
    assert _states(again) == state
    again.wait_for_function(
        "(id) => { const { y } = document.getElementById(id).getBoundingClientRect();"
        " return 0 <= y && y < 300; }",
        arg=FIGURE,
    )
    assert page.evaluate("scrollY") == place
    assert again.complaints == []


HOSTILE = [
    "<img src=x onerror=window.hurt=1>",
    f"{SLIDER['name']}=<script>window.hurt=1</script>",
    f"{SLIDER['name']}=javascript:window.hurt=1",
    f"{SLIDER['name']}=99999&constructor=1&__proto__=2&toString=3",
    f"{SLIDER['name']}=ನಾನು 你好 \u202e",
    f"{SLIDER['name']}=" + "9" * 10_000,
    "%",
    "=&&=?#",
]


def test_a_hostile_address_changes_nothing(opened: Callable) -> None:
    default = [str(control["start"]) for control in RECORD["controls"]]
    page = opened(f"#{FIGURE}?{HOSTILE[0]}")
    for query in HOSTILE:
        for hash_ in (f"#{FIGURE}?{query}", f"#{FIGURE}?{quote(query)}", f"#{query}"):
            page.evaluate("hash => { location.hash = hash; }", hash_)
            page.wait_for_timeout(20)  # the browser tells of a new hash later
            assert _states(page) == default, hash_
    assert page.evaluate("window.hurt") is None and page.complaints == []
    good = RECORD["controls"].index(SLIDER)
    page.evaluate(
        "hash => { location.hash = hash; }",
        f"#{FIGURE}?{SLIDER['name']}={SLIDER['values'][1]}&nonsense=1",
    )
    page.wait_for_function(
        "slider => slider.value === '1'", arg=_slider(page).element_handle()
    )
    assert _states(page)[good] == "1"


def test_the_link_is_copied_and_said(opened: Callable) -> None:
    page = opened()
    page.locator(f"#{FIGURE} .figure-copy").click()
    said = page.locator(f"#{FIGURE} .figure-said")
    said.filter(has_text=re.compile("copied|selected")).wait_for()
    if "selected" in said.inner_text():
        link = page.evaluate(
            "getSelection().toString() || document.activeElement.value"
        )
        assert f"#{FIGURE}?" in link


def _first_heat_map() -> tuple[str, str]:
    for name in WITH_FIGURES:
        html = BeautifulSoup((SITE / name).read_text("utf-8"), "html.parser")
        for figure in html.select("figure.interactive:has(script.figure-start)"):
            start = json.loads(figure.select_one("script.figure-start").string)
            if start["data"][0]["type"] == "heatmap":
                return name, figure["id"]
    raise LookupError("no figure is a heat map")


def test_a_tap_says_what_lies_there(browser: Browser, site: str) -> None:
    name, figure_id = _first_heat_map()
    page = browser.new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    page.goto(site + name)
    figure = page.locator(f"#{figure_id}")
    plot = draw(figure)
    assert plot.evaluate("plot => plot.data[0].type") == "heatmap"
    box = plot.locator(".heatmaplayer image").first.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    figure.locator(".figure-said").filter(has_text=re.compile(r"\d")).wait_for()
    ring = figure.locator(".figure-ring").bounding_box()
    assert box["x"] - 2 <= ring["x"] <= box["x"] + box["width"]
    assert ring["width"] < box["width"] / 1.9
    page.close()


def test_a_mouse_that_scrolls_past_wakes_nothing(browser: Browser, site: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site + NAME)
    page.mouse.move(600, 400)
    for _ in range(60):
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(20)
    assert not [url for url in asked if PLOTLY in url]
    plot = page.locator(f"#{FIGURE} .figure-plot")
    plot.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # the wheel's last turn is over
    plot.hover()
    page.wait_for_selector(f"#{FIGURE}[data-state=drawn]")
    page.close()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_motion_is_obeyed(opened: Callable, motion: str) -> None:
    page = opened(reduced_motion=motion)
    plot = draw(page.locator(f"#{FIGURE}"))
    _press(page, "One step on")
    page.wait_for_function(
        "([s]) => s.dataset.state === 'drawn'",
        arg=[page.locator(f"#{FIGURE}").element_handle()],
    )
    moves = plot.evaluate("plot => plot.layout.transition?.duration ?? 0")
    curves = plot.evaluate(  # neither cells nor a pattern can move bit by bit
        "plot => plot.data.every((t) => t.type !== 'heatmap'"
        " && ![t.marker?.pattern?.shape].flat().some(Boolean))"
    )
    assert (moves > 0) == (curves and motion == "no-preference")


def _patterned() -> list[tuple[str, str]]:
    """Figures that play and whose bars have a pattern."""
    found = []
    for name in WITH_FIGURES:
        for html in figures_of(name):
            if "figure-play" not in html or '"pattern"' not in html:
                continue
            figure = BeautifulSoup(html, "html.parser").figure
            start = json.loads(figure.select_one("script.figure-start").string)
            shapes = (t.get("marker", {}).get("pattern", {}) for t in start["data"])
            if any(pattern.get("shape") for pattern in shapes):
                found.append((name, figure["id"]))
    return found


PATTERNED = _patterned()


@pytest.mark.parametrize(("name", "figure_id"), PATTERNED)
def test_bars_with_a_pattern_play_and_print(
    browser: Browser, site: str, name: str, figure_id: str
) -> None:
    page = browser.new_page(reduced_motion="no-preference")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site + name)
    figure = page.locator(f"#{figure_id}")
    draw(figure)
    for button in ("One step on", "One step back"):
        figure.get_by_role("button", name=button).click()
        page.wait_for_timeout(700)  # a step moves for 450 ms
        assert figure.get_attribute("data-state") == "drawn"
    for event in ("beforeprint", "afterprint"):
        page.evaluate("name => { dispatchEvent(new Event(name)); }", event)
        page.wait_for_timeout(100)
    assert figure.get_attribute("data-state") == "drawn"
    assert not figure.locator(".figure-still").first.is_visible()
    assert complaints == []
    page.close()


def test_there_are_bars_with_a_pattern() -> None:
    assert (needs_page("book/11-inference.html"), "figure-11-8") in PATTERNED


def test_what_fails_later_leaves_the_plot(opened: Callable) -> None:
    page = opened()
    figure = page.locator(f"#{FIGURE}")
    draw(figure)
    page.evaluate("() => { Plotly.react = () => Promise.reject(new Error('no')); }")
    _press(page, "One step on")
    said = figure.locator(".figure-said")
    said.filter(has_text="could not be drawn. Choose others.").wait_for()
    assert figure.get_attribute("data-state") == "drawn"
    for event in ("beforeprint", "afterprint"):
        page.evaluate("name => { dispatchEvent(new Event(name)); }", event)
    page.wait_for_timeout(100)
    assert page.complaints == []


def test_after_a_failure_the_next_touch_tries_again(opened: Callable) -> None:
    page = opened()
    page.route(f"**/{PLOTLY}*", lambda route: route.abort())
    figures = page.locator("figure.interactive")
    for figure in (figures.first, page.locator(f"#{FIGURE}")):
        figure.locator(".figure-plot").dispatch_event("click")
        said = figure.locator(".figure-said")
        said.filter(has_text="Touch it again to try once more.").wait_for()
        assert figure.get_attribute("data-state") == "failed"
    page.unroute(f"**/{PLOTLY}*")
    for figure in (figures.first, page.locator(f"#{FIGURE}")):
        figure.locator(".figure-plot").dispatch_event("click")
        page.wait_for_selector(
            f"#{figure.get_attribute('id')}[data-state=drawn]", timeout=10_000
        )
        assert "did not load" not in figure.locator(".figure-said").inner_text()
    assert page.complaints == []


@pytest.mark.parametrize("lost", ["address.js", "figure-play.js", "figure-frames.js"])
def test_without_one_of_its_scripts_a_page_says_so(
    browser: Browser, site: str, lost: str
) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route(f"**/{lost}*", lambda route: route.abort())
    page.goto(site + NAME)
    said = page.locator(f"#{FIGURE} .figure-said").inner_text()
    assert "a script did not load. Load the page again" in said
    assert complaints == []
    page.close()


# The ground of an element, or of what stands before it, as painted; that of the page; its size.
GROUND = """
([selector, before]) => {
  const { backgroundColor, width, height } = getComputedStyle(document.querySelector(selector), before);
  const page = document.body.appendChild(document.createElement("div"));
  page.style.background = "Canvas";
  return [backgroundColor, getComputedStyle(page).backgroundColor, width, height];
}
"""
BORDERS = """
([chosen, other]) => [chosen, other].map((selector) => {
  const style = getComputedStyle(document.querySelector(selector));
  return [style.backgroundColor, style.borderTopColor, style.borderTopWidth].join();
})
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_bars_and_choices_are_seen(
    browser: Browser, site: str, scheme: str
) -> None:
    page = browser.new_page(forced_colors="active", color_scheme=scheme)
    page.goto(site + needs_page("book/decode.html#decoder?at=0"))
    page.wait_for_selector("#decoder[data-state=ready]")
    for selector, before in (
        (".candidate-bar > span", None),
        (".sum-bars .above", "::before"),
        (".sum-bars .below", "::before"),
    ):
        ground, around, *size = page.evaluate(GROUND, [selector, before])
        assert ground not in (around, "rgba(0, 0, 0, 0)"), selector
        assert all(float(side.removesuffix("px")) > 0 for side in size), selector
    for pair in (
        ['.map-head[aria-pressed="true"]', '.map-head[aria-pressed="false"]'],
        ['.kinds [aria-pressed="true"]', '.kinds [aria-pressed="false"]'],
        ['td[aria-selected="true"]', 'td[aria-selected="false"]'],
    ):
        chosen, other = page.evaluate(BORDERS, pair)
        assert chosen != other, pair
    rect = page.locator(".map-head svg").first
    assert (
        rect.evaluate("e => getComputedStyle(e).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    page.goto(f"{site}{NAME}")
    plot = page.locator(f"#{FIGURE} .figure-plot")
    assert (
        plot.evaluate("e => getComputedStyle(e).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    page.close()
