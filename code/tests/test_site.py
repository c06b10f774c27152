"""The built site in a real browser: every page found by glob, every request that leaves the machine refused.

`make build` makes the site; `code/tests/chromium.py` finds the browser.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import FLAGS, find_chromium
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

SITE = Path(__file__).parents[2] / "_build" / "html"
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if 'http-equiv="refresh"'
    not in path.read_text(encoding="utf-8")  # the front door sends one on
)
PLOTLY = "plotly-cartesian"
NEAR = 400  # px, as in player.js
MAX_PLAIN_PAGE = 350_000  # bytes, compressed, of a page without figures
MAX_LAYOUT_SHIFT = 0.02
# What must be there, with an area, for each trace of a type.
MARKS = {
    "heatmap": ".heatmaplayer image",
    "scatter": ".scatterlayer .trace :is(.js-line, .point, text)",
    "bar": ".barlayer .point path",
}
WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
# axe needs half a minute for thousands of cells and code tokens, so it sees small tables
# and each token colour once.
LIGHTEN = """
document.querySelectorAll("details:has(td)").forEach((d) => (d.open = d.querySelectorAll("td").length < 300));
const seen = new Set();
for (const token of document.querySelectorAll("div.highlight pre span[class]")) {
  if (seen.has(token.className)) token.replaceWith(...token.childNodes);
  seen.add(token.className);
}
"""
STATE = "plot => JSON.stringify([plot.data, plot.layout.meta, plot.layout.annotations, plot.layout.shapes])"


@dataclass
class Visit:
    """One page in one browser tab, with everything that it asked for and said."""

    name: str
    page: Page
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    responses: list[Any] = field(default_factory=list)

    def figures(self) -> list[Locator]:
        """Return the page's figures."""
        return self.page.locator("figure.interactive").all()


def _weight(response: Any) -> int:
    body = response.body()
    return (
        len(body)
        if response.url.endswith((".woff2", ".png"))
        else len(gzip.compress(body))
    )


def _open(context: BrowserContext, address: str, name: str) -> Visit:
    page = context.new_page()
    visit = Visit(name, page)
    page.add_init_script(WATCH_SHIFTS)
    page.on("request", lambda request: visit.asked.append(request.url))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on(
        "requestfailed",
        lambda request: visit.complaints.append(f"not loaded: {request.url}"),
    )
    page.on(
        "console",
        lambda said: (
            visit.complaints.append(said.text)
            if said.type in ("error", "warning")
            else None
        ),
    )

    def answered(response: Any) -> None:
        visit.responses.append(response)
        if response.status >= 400:
            visit.complaints.append(f"{response.status}: {response.url}")

    page.on("response", answered)

    def only_local(route: Any) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            visit.foreign.append(route.request.url)
            route.abort()

    page.route("**/*", only_local)
    page.goto(address + name, wait_until="load")
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")
    return visit


@contextmanager
def serve() -> Iterator[str]:
    """Serve the built site from a free port of this machine; gives its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The served site."""
    if not PAGES:
        pytest.fail(f"there is no built site in {SITE}; run `make build` first")
    with serve() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium with a fresh profile."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module", params=PAGES)
def visit(
    request: pytest.FixtureRequest, browser: Browser, address: str
) -> Iterator[Visit]:
    """Each page in turn, opened once for all tests that look at it on a desktop."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield _open(context, address, request.param)
    context.close()


def test_the_site_is_built() -> None:
    assert PAGES, f"there is no built site in {SITE}; run `make build` first"
    assert any(
        "figure-plot" in (SITE / page).read_text(encoding="utf-8") for page in PAGES
    ), "no page has a figure"


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
        loaded = {response.url: _weight(response) for response in visit.responses}
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


def _draw(figure: Locator) -> Locator:
    figure.scroll_into_view_if_needed()
    figure.page.wait_for_function(
        "figure => figure.dataset.state", arg=figure.element_handle(), timeout=10_000
    )
    assert figure.get_attribute("data-state") == "drawn"
    return figure.locator(".figure-plot")


def test_every_figure_is_drawn(visit: Visit) -> None:
    for figure in visit.figures():
        plot = _draw(figure)
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
        alt = figure.locator("figcaption").inner_text()
        assert len(alt) > 20
        assert figure.page.get_by_role("img", name=alt, exact=True).count() >= 1
    fetched = [url for url in visit.asked if PLOTLY in url]
    assert len(fetched) == (1 if visit.figures() else 0)


def _json(figure: Locator, name: str) -> Any:
    script = figure.locator(f"script.figure-{name}")
    return json.loads(script.inner_text()) if script.count() else None


def _expected(figure: Locator) -> dict[str, Any]:
    """Return the recorded figure for the controls' values, worked out apart from player.js."""
    start, record = _json(figure, "start"), _json(figure, "record")
    if record is None:
        return start
    index = 0
    for control, box in zip(
        record["controls"],
        figure.locator(".figure-control :is(input, select)").all(),
        strict=True,
    ):
        index = index * len(control["values"]) + int(box.input_value())
    changes = record["frames"][index]
    for path, value in zip(changes[::2], changes[1::2], strict=True):
        *parents, last = record["paths"][path]
        place = start
        for key in parents:
            place = place[key]
        place[last] = record["values"][value]
    return start


def _as_script_writes(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return re.sub("^-", "−", str(int(value) if whole else value))


def _check_table(figure: Locator) -> None:
    expected = _expected(figure)
    if own := expected["layout"]["meta"].get("table"):
        rows = figure.locator(".figure-table tbody tr").all()
        texts = [row.locator("th, td").all_inner_texts() for row in rows]
        written = [[_as_script_writes(v) for v in row] for row in own["rows"]]
        assert texts == written
        return
    traces = [trace for trace in expected["data"] if trace.get("visible", True)]
    shown = figure.locator(".figure-table td").all_inner_texts()
    numbers = [None if text == "–" else text.replace("−", "-") for text in shown]
    matrices = [
        value for trace in traces if "z" in trace for row in trace["z"] for value in row
    ]
    if len(matrices) and all("z" in trace for trace in traces):
        assert len(numbers) == len(matrices)
        for number, value in zip(numbers, matrices, strict=True):
            assert (
                (number is None)
                if value is None
                else (float(number) == pytest.approx(value))
            )
        return
    held = sorted(
        str(float(n)) if n.replace(".", "", 1).lstrip("-").isdigit() else n
        for n in numbers
        if n
    )
    for trace in traces:
        along = trace.get("x" if trace.get("orientation") == "h" else "y") or []
        for value in along:
            text = str(float(value)) if isinstance(value, int | float) else str(value)
            assert value is None or text in held, f"{value} is not in the table"


def test_the_table_holds_the_data(visit: Visit) -> None:
    for figure in visit.figures():
        details = figure.locator(".figure-data")
        if details.count():
            details.locator("summary").click()
            figure.locator(".figure-table td").first.wait_for()
            _check_table(figure)


def _press(box: Locator, plot: Locator, key: str) -> str:
    before = plot.evaluate(STATE)
    box.press(key)
    plot.page.wait_for_function(
        f"([plot, before]) => ({STATE})(plot) !== before",
        arg=[plot.element_handle(), before],
    )
    return plot.evaluate(STATE)


def test_every_control_answers_the_keyboard(visit: Visit) -> None:
    for figure in visit.figures():
        record = _json(figure, "record")
        if record is None:
            continue
        plot = _draw(figure)
        boxes = figure.locator(".figure-control :is(input, select)").all()
        assert len(boxes) == len(record["controls"]) > 0
        for control, box in zip(record["controls"], boxes, strict=True):
            slider = control["kind"] == "slider"
            role = "slider" if slider else "combobox"
            assert (
                figure.get_by_role(role, name=control["label"], exact=True).count() == 1
            )
            more, less = (
                ("ArrowRight", "ArrowLeft") if slider else ("ArrowDown", "ArrowUp")
            )
            if int(box.input_value()) == len(control["values"]) - 1:
                more, less = less, more
            at_first = plot.evaluate(STATE)
            caption = figure.locator("figcaption")
            assert _press(box, plot, more) != at_first
            value = str(control["values"][int(box.input_value())])
            if slider:
                assert (
                    box.get_attribute("aria-valuetext")
                    == value
                    == figure.locator(
                        f"output[for='{box.get_attribute('id')}']"
                    ).inner_text()
                )
            alt = _expected(figure)["layout"]["meta"]["alt"]
            visit.page.wait_for_function(
                "([e, alt]) => e.textContent === alt",
                arg=[caption.element_handle(), alt],
            )
            if figure.locator(".figure-table").count():
                _check_table(figure)
            assert _press(box, plot, less) == at_first, (
                "back at the start, the figure is another one"
            )


def test_the_layout_does_not_shift(visit: Visit) -> None:
    assert visit.page.evaluate("window.shift") < MAX_LAYOUT_SHIFT


def test_print_leaves_the_sidebars_out(visit: Visit) -> None:
    page = visit.page
    page.emulate_media(media="print")
    for selector in (
        "#pst-primary-sidebar",
        "#pst-secondary-sidebar",
        ".bd-header-article",
        ".figure-controls",
    ):
        assert not any(part.is_visible() for part in page.locator(selector).all()), (
            selector
        )
    if "search" not in visit.name:
        assert page.locator("article h1").is_visible()
    assert all(
        plot.is_visible()
        for plot in page.locator(".figure-plot svg.main-svg").all()[:1]
    )
    page.emulate_media(media="screen")


def test_nothing_came_from_elsewhere_and_nothing_complained(visit: Visit) -> None:
    visit.page.mouse.wheel(0, 100_000)
    visit.page.wait_for_load_state("networkidle")
    assert visit.foreign == []
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_overflows(
    visit: Visit, width: int, scheme: str
) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.wait_for_selector(f"html[data-theme={scheme}]")
    page.wait_for_timeout(
        300
    )  # the theme fades its colours, plotly waits before it follows the window
    widest = page.evaluate("document.documentElement.scrollWidth")
    assert widest <= width, f"the page is {widest} px wide in a window of {width} px"
    page.evaluate(LIGHTEN)
    # Without preload, because axe reads the addresses inside style sheets as if they stood in the page.
    options: dict[str, Any] = {"preload": False}
    if scheme == "dark":  # only the colours differ; the rest was checked in light
        options["runOnly"] = ["color-contrast", "link-in-text-block"]
    result = Axe().run(page, options=options)
    assert result.violations_count == 0, result.generate_report()


def test_the_theme_can_be_switched(browser: Browser, address: str) -> None:
    context = browser.new_context(color_scheme="light")
    page = _open(context, address, PAGES[0]).page
    button = page.locator(".theme-switch-button").first
    seen = {page.evaluate("document.documentElement.dataset.theme")}
    for _ in range(3):
        button.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
    context.close()


def test_the_search_finds_a_word(browser: Browser, address: str) -> None:
    context = browser.new_context()
    visit = _open(context, address, PAGES[0])
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


def test_the_front_door_opens(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("article h1")
    assert page.url != address
    context.close()


def test_pages_work_from_a_folder(browser: Browser) -> None:
    name = next(
        page
        for page in PAGES
        if "figure-plot" in (SITE / page).read_text(encoding="utf-8")
    )
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type == "error" else None,
    )
    page.goto((SITE / name).as_uri())
    _draw(page.locator("figure.interactive").first)
    assert page.locator("math").first.bounding_box()["width"] > 0
    assert complaints == []
    context.close()
