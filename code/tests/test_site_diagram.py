"""The picture of the decoder on the page: without scripts, by keyboard, on a phone, to download."""

import itertools
import re

import pytest
from playwright.sync_api import expect
from site_pages import DESKTOP, SITE, needs_page

PAGE = "book/01-the-whole-decoder.html"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def page(browser, site):
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    page = context.new_page()
    page.goto(site + needs_page(PAGE))
    yield page
    context.close()


def test_without_scripts_all_panels_are_there(browser, site):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(site + needs_page(PAGE))
    panels = page.locator(".diagram-explorer svg")
    boxes = [panels.nth(i).bounding_box() for i in range(panels.count())]
    assert len(boxes) == 4
    for above, below in itertools.pairwise(boxes):
        assert below["y"] >= above["y"] + above["height"]  # one under the other
        assert below["x"] >= 0 and below["x"] + below["width"] <= PHONE["width"]
    context.close()


def test_a_box_opens_its_panel_by_keyboard_and_says_what_it_is(page):
    explorer = page.locator(".diagram-explorer")
    shown = explorer.locator("svg:visible")
    expect(shown).to_have_count(1)
    box = explorer.locator('[data-box="whole/decoder.layers"]')
    explorer.locator('[data-box="whole/source_ids"]').focus()
    for _ in range(60):
        if box.evaluate("box => box === document.activeElement"):
            break
        page.keyboard.press("ArrowDown")
    line = explorer.get_by_role("status").first
    expect(line).to_contain_text("(B, T, d_model) = 1×7×128")
    expect(line).to_contain_text("x ← layer(x, memory)")
    for panel in ("A decoder layer", "Its cross-attention", "One head"):
        page.keyboard.press("Enter")
        expect(shown.locator("text").first).to_have_text(panel)
        inside = shown.locator('[data-inside]:not([data-inside=""])')
        if inside.count():
            inside.first.focus()
    explorer.get_by_role("button", name="The whole").click()
    expect(shown.locator("text").first).to_have_text("The whole")


def test_a_box_alone_leads_to_the_figure_of_its_panel(page):
    figure = page.locator(
        "figure.drawn", has=page.locator('[data-box^="whole/"]')
    ).first
    figure.locator('[data-box="whole/decoder.layers"]').click()
    figure.get_by_role("button", name="Open it").click()
    focus = page.evaluate("document.activeElement.dataset.box")
    assert focus.startswith("layer/")


def test_enter_on_a_box_that_holds_nothing_more_leads_to_the_link_of_its_chapter(page):
    needs_page("book/04-encoder-memory.html")
    box = page.locator('.diagram-explorer [data-box="whole/memory"]')
    box.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith(PAGE)  # nobody is thrown out of the page
    assert page.evaluate("document.activeElement.href").endswith(
        "/04-encoder-memory.html"
    )


@pytest.mark.parametrize("name", [PAGE, "book/index.html"])
def test_boxes_link_only_to_pages_that_are_there(page, site, name):
    page.goto(site + name)
    pages = page.eval_on_selector_all(
        "[data-page]", "boxes => boxes.map((box) => box.dataset.page)"
    )
    assert pages
    for address in set(pages):
        if not address.startswith("https://"):  # of the original course
            assert (SITE / "book" / address.split("#")[0]).is_file()


def test_the_files_to_download_are_there(page):
    links = page.eval_on_selector_all(
        ".diagram-downloads a",
        "links => links.map((link) => link.getAttribute('href'))",
    )
    assert len(links) == 4
    for link in links:
        content = (SITE / "book" / link).resolve().read_bytes()
        assert re.match(rb"<svg |%PDF|<mxfile", content)


def test_on_paper_all_panels_are_there_and_nothing_to_press(page):
    page.emulate_media(media="print")
    explorer = page.locator(".diagram-explorer")
    assert explorer.locator("svg:visible").count() == 4
    assert explorer.locator("button:visible").count() == 0
