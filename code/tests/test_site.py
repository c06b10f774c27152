"""The built site in a real browser: each page as it stands before a reader touches it.

`make build` makes the site; `decoderbook.tools.chromium` finds the browser. Every request
that leaves the machine is refused. No test here changes the page that it shares.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from site_pages import (
    DESKTOP,
    PAGES,
    PLOTLY,
    SITE,
    WITH_FIGURES,
    Visit,
    draw,
    needs_page,
    open_page,
    weight,
)

MAX_PLAIN_PAGE = 350_000  # bytes, compressed, of a page without figures


def test_the_site_is_built() -> None:
    assert PAGES, f"there is no built site in {SITE}; run `make build` first"
    assert WITH_FIGURES, "no page has a figure"


def test_plotly_waits_for_a_touch(visit: Visit) -> None:
    if not visit.figures():
        scripts = "script[src*=player], script[src*=figure-], script[src*=plotly]"
        assert visit.page.locator(scripts).count() == 0
    for figure in visit.figures():
        figure.scroll_into_view_if_needed()
    visit.page.wait_for_load_state("networkidle")
    assert not [url for url in visit.asked if PLOTLY in url], "nobody touched a figure"


def test_a_still_stands_in_each_figure(visit: Visit) -> None:
    for figure in visit.figures():
        figure.scroll_into_view_if_needed()
        place = figure.locator(".figure-plot").bounding_box()
        stills = [
            s for s in figure.locator(".figure-still svg").all() if s.is_visible()
        ]
        (still,) = stills
        box = still.bounding_box()
        assert box["width"] > 0.9 * place["width"] and box["height"] > 100
        assert box["height"] <= place["height"], "more than the reserved height"
        assert still.locator("text").count() > 3, "a still without words"
        marks = still.locator("path, rect, image").count()
        assert marks > 3 or still.locator("image").count(), "a still without marks"


def test_stills_follow_the_theme(browser: Browser, site: str) -> None:
    inks = set()
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(site + WITH_FIGURES[0])
        page.wait_for_selector(f"html[data-theme={scheme}]")
        page.locator(".figure-still.wide text").first.scroll_into_view_if_needed()
        fills, lines = (
            page.locator(f".figure-still.wide {what}").evaluate_all(
                f"all => all.map((e) => getComputedStyle(e).{paint})"
            )
            for what, paint in (("text", "fill"), ("path", "stroke"))
        )
        ink = max(fills, key=fills.count)
        grid = page.evaluate(
            "getComputedStyle(document.documentElement).getPropertyValue('--figure-grid')"
        ).strip()
        rgb = ", ".join(str(int(grid[i : i + 2], 16)) for i in (1, 3, 5))
        assert f"rgb({rgb})" in lines
        assert "rgb(1, 2, 3)" not in fills and "rgb(4, 5, 6)" not in lines
        inks.add(ink)
        context.close()
    assert inks == {"rgb(34, 48, 60)", "rgb(223, 230, 238)"}  # --figure-ink


def test_a_figure_needs_no_scripts(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + WITH_FIGURES[0])
    still = page.locator(".figure-still.wide svg").first
    still.scroll_into_view_if_needed()
    assert still.is_visible()
    assert not page.locator(".figure-controls").first.is_visible()
    context.close()


def test_a_page_without_figures_is_light(visit: Visit) -> None:
    if not visit.figures():
        # The model's weights are what the page is for; they have a limit of their own.
        responses = [r for r in visit.responses if not r.url.endswith(".safetensors")]
        loaded = {response.url: weight(response) for response in responses}
        assert sum(loaded.values()) <= MAX_PLAIN_PAGE, sorted(
            loaded.items(), key=lambda item: -item[1]
        )


# What `book/about.md` says that a browser keeps.
KEPT = {"decoder-course-progress", "mode", "theme", "sphinx_highlight_terms"}
KEPT_BY_TAB = {"sidebar-scroll-top"}


def test_nothing_is_collected(visit: Visit) -> None:
    assert visit.foreign == []
    assert visit.page.context.cookies() == []
    kept, by_tab = visit.page.evaluate(
        "[Object.keys(localStorage), Object.keys(sessionStorage)]"
    )
    assert set(kept) <= KEPT and set(by_tab) <= KEPT_BY_TAB


def test_the_page_on_data_names_all_that_is_kept() -> None:
    source = (SITE / needs_page("book/about.html")).read_text(encoding="utf-8")
    table = source.partition('id="what-data-is-collected"')[2]
    named = set(re.findall(r'<span class="pre">([\w-]+)</span>', table))
    assert named >= KEPT | KEPT_BY_TAB


def test_a_link_to_a_folded_answer_opens_it(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    needs_page("book/03-positional-encoding.html")  # has the cell
    page.goto(site + needs_page("book/teach-chapters.html"))
    link = page.locator('a[href$="#proof-similar-or-learned"]').first
    link.evaluate("e => e.closest('details').open = true")
    link.click()
    cell = page.locator("#proof-similar-or-learned")
    cell.wait_for()
    assert cell.evaluate("e => e.closest('details').open")
    context.close()


def test_formulas_are_drawn(visit: Visit) -> None:
    drawn = visit.page.locator("math").evaluate_all(
        "all => all.filter((m) => !m.closest('.onlyprint'))"  # the contents on paper
        ".filter((m) => !m.closest('details:not([open])'))"  # replies, hints, solutions
        ".map((m) => [m.textContent, m.getBoundingClientRect().height])"
    )
    on_paper = visit.page.locator(".onlyprint math, details:not([open]) math").count()
    source = (SITE / visit.name).read_text(encoding="utf-8")
    assert len(drawn) + on_paper == source.count("<math"), (
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


PHONE = {"width": 390, "height": 844}
CHAPTERS = [name for name in PAGES if Path(name).name[:2].isdigit()]


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_first_picture_stands_within_two_screens(
    browser: Browser, site: str, name: str
) -> None:
    """All of it on a desktop; on a phone it begins there."""
    for viewport, edge in ((DESKTOP, "bottom"), (PHONE, "top")):
        page = browser.new_page(viewport=viewport)
        page.goto(site + name)
        picture = page.locator("figure svg").filter(visible=True).first
        box = picture.evaluate("e => e.getBoundingClientRect()")
        assert box["height"] > 100
        assert box[edge] < 2 * viewport["height"], viewport
        page.close()


@pytest.mark.parametrize(
    "name", ["book/notation.html", "book/06-masked-self-attention.html"]
)
def test_kannada_is_drawn_in_its_own_font(
    browser: Browser, site: str, name: str
) -> None:
    """Where the system has no Kannada font, too: no box may stay in the place of a letter."""
    page = browser.new_page(viewport=DESKTOP)
    page.goto(site + needs_page(name))
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")
    page.evaluate(  # a space is drawn in any font
        "document.querySelectorAll('article :is(p, td) [lang=kn]').forEach((e) => "
        "e.classList.toggle('one-word', !/\\s/.test(e.textContent)))"
    )
    session = page.context.new_cdp_session(page)
    for command in ("DOM.enable", "CSS.enable"):
        session.send(command)
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    found = session.send(
        "DOM.querySelectorAll",
        {"nodeId": root, "selector": ".one-word"},
    )["nodeIds"]
    assert found
    for node in found[:12]:
        session.send("DOM.scrollIntoViewIfNeeded", {"nodeId": node})
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})
        assert {f["familyName"] for f in fonts["fonts"]} == {"Noto Sans Kannada"}
    page.close()
