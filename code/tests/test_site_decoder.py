"""The decoder in the pages, worked by a reader: by keyboard, with bad input, without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from site_pages import (
    DESKTOP,
    MAX_LAYOUT_SHIFT,
    SITE,
    Visit,
    needs_page,
    open_page,
    set_scheme,
)

from decoderbook.page_model.__main__ import WEIGHTS
from tinydecoder.checkpoint import Translator, load_pretrained
from tinydecoder.translation import read_attention, translate

PAGE = "book/decode.html"
SENTENCE = "the boy bought a red book"
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "\u202eI go\u0000 to \u001bschool\ud83d\ude80",
    "ನಾನು ಶಾಲೆಗೆ 我去学校 أذهب",
    "I go to school " * 700,
    "__proto__ constructor toString",
    "   ",
]


@pytest.fixture(scope="module")
def translator() -> Translator:
    return load_pretrained()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP)
    yield context
    context.close()


def open_decoder(context: BrowserContext, site: str, address: str = "") -> Visit:
    """Open the page of the decoder and wait until its weights are there."""
    visit = open_page(context, site, PAGE + (f"#decoder?{address}" if address else ""))
    visit.page.wait_for_selector("#decoder[data-state=ready]")
    return visit


def press(page: Page, name: str, times: int = 1) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    for _ in range(times):
        button.focus()
        page.keyboard.press("Enter")


def tokens(page: Page) -> list[str]:
    """The Kannada tokens written so far."""
    found = page.locator(
        ".stage-tokens .token:not(.next) .token-text"
    ).all_inner_texts()
    return [text for text in found if text]


# ---- The first page ----------------------------------------------------------------


def test_the_first_page_moves_by_itself_and_asks_for_no_weights(
    context: BrowserContext, site: str
) -> None:
    visit = open_page(context, site, "book/index.html")
    visit.page.wait_for_selector(".stage-lines path.fresh", timeout=2000)
    visit.page.wait_for_function(
        "() => document.querySelector('.decoder-run').dataset.at === '2'", timeout=6000
    )
    assert not [url for url in visit.asked if "safetensors" in url]
    assert visit.page.evaluate("window.shift") < MAX_LAYOUT_SHIFT
    assert visit.complaints == [] and visit.foreign == []


def test_the_first_page_is_still_where_motion_is_not_wanted(
    browser: Browser, site: str
) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = open_page(context, site, "book/index.html").page
    before = page.locator(".stage").inner_html()
    page.wait_for_timeout(2500)
    assert page.locator(".stage").inner_html() == before
    assert len(tokens(page)) == len(_runs()[0]["tokens"])
    context.close()


def _runs() -> list[dict[str, Any]]:
    root = SITE.parents[1]
    return json.loads((root / "_build/page_model/runs.json").read_text("utf-8"))


def test_the_first_page_is_worked_by_keyboard(
    context: BrowserContext, site: str
) -> None:
    page = open_page(context, site, "book/index.html").page
    for run in reversed(_runs()):
        press(page, run["english"])
        press(page, "Pause")
        for i, token in enumerate(run["tokens"]):
            press(page, "Step")
            assert tokens(page) == [t["token"] for t in run["tokens"][: i + 1]]
            assert token["written"] in page.locator(".stage-written").inner_text()
        press(page, "Back")
        assert len(tokens(page)) == len(run["tokens"]) - 1
    assert page.evaluate("window.shift") < MAX_LAYOUT_SHIFT


# ---- What it computes --------------------------------------------------------------


def test_the_page_says_what_pytorch_says(
    context: BrowserContext, site: str, translator: Translator
) -> None:
    page = open_decoder(context, site, f"text={SENTENCE}").page
    press(page, "To the end")
    (translation,) = translate(translator, [SENTENCE])
    written = page.locator(".stage-text").inner_text()
    assert written == translation.text
    read = read_attention(translator, SENTENCE, translation)
    n_layers, n_heads = read.weights.shape[:2]
    for layer in range(n_layers):
        for head in range(n_heads):
            press(page, f"Layer {layer}, head {head}")
            cells = page.locator(".map-table td[role=gridcell]").all_inner_texts()
            expected = [w for row in read.weights[layer, head].tolist() for w in row]
            assert [float(cell) for cell in cells] == pytest.approx(
                expected, abs=0.0101
            )


def test_the_causal_mask_is_what_keeps_rows_from_looking_ahead(
    context: BrowserContext, site: str
) -> None:
    page = open_decoder(context, site, f"text={SENTENCE}&mode=reference&kind=self").page
    press(page, "Step", 5)
    verdict = page.locator(".verdict")
    assert "row" not in verdict.inner_text(), "nobody has touched the mask"
    assert page.locator("td.masked").count() == 5 * 6 / 2
    mask = page.get_by_role("checkbox", name=re.compile("causal mask"))
    mask.press("Space")
    expect(verdict).to_contain_text("look ahead, at what they are to predict")
    moved = float(re.search(r"by (\d+\.\d+)", verdict.inner_text())[1])
    assert moved > 0.1
    assert page.locator("td.masked").count() == 0
    mask.press("Space")
    expect(verdict).to_contain_text("by 0.00 at most: no row looks ahead")


def test_a_cell_is_the_sum_that_stands_below_it(
    context: BrowserContext, site: str
) -> None:
    page = open_decoder(context, site, f"text={SENTENCE}").page
    press(page, "To the end")
    page.locator("summary", has_text="All numbers of this sum").click()
    for i, j in [(0, 1), (5, 2), (7, 6)]:
        page.locator(f"td[data-i='{i}'][data-j='{j}']").click()
        rows = page.locator(".sum-table tbody tr").all()
        numbers = [
            [
                float(text.replace("\u2212", "-"))
                for text in row.locator("td").all_inner_texts()
            ]
            for row in rows
        ]
        assert len(numbers) == 32
        score = sum(q * k for q, k, *_ in numbers)
        said = (
            page.locator(".sum-line strong").first.inner_text().replace("\u2212", "-")
        )
        assert float(said) == pytest.approx(score, abs=0.02)
        for q, k, product, *_ in numbers:
            assert product == pytest.approx(q * k, abs=1e-3)
        weight = page.locator(f"td[data-i='{i}'][data-j='{j}']").inner_text()
        chosen = page.locator(".sum-softmax .chosen .sum-weight").inner_text()
        assert float(weight) == float(chosen)


# ---- Every control by keyboard -------------------------------------------------------


def test_tab_reaches_every_control_once(context: BrowserContext, site: str) -> None:
    page = open_decoder(context, site, "mode=sample").page
    press(page, "Step", 3)
    wanted = page.evaluate(
        """() => [...document.querySelectorAll(
             "#decoder :is(button, input, select, summary, [tabindex='0'])")]
          .filter((e) => e.tabIndex >= 0 && e.checkVisibility())
          .filter((e) => !e.disabled && !(e.type === "radio" && !e.checked)).length"""
    )
    page.evaluate("document.activeElement.blur()")
    page.locator("#decoder input[type=text]").focus()
    seen = set()
    for _ in range(wanted + 5):
        key = page.evaluate(
            """() => { const e = document.activeElement; if (!e.closest("#decoder")) return null;
               e.dataset.seen ??= String(Math.random()); return e.dataset.seen; }"""
        )
        if key is None:
            break
        outline = page.evaluate(
            """() => { const s = getComputedStyle(document.activeElement);
               return s.outlineStyle + s.boxShadow; }"""
        )
        assert outline != "nonenone", "what has the focus does not show it"
        seen.add(key)
        page.keyboard.press("Tab")
    assert len(seen) == wanted


def test_the_arrow_keys_walk_through_the_map(
    context: BrowserContext, site: str
) -> None:
    page = open_decoder(context, site, f"text={SENTENCE}").page
    press(page, "To the end")
    cell = page.locator("td[role=gridcell][tabindex='0']")
    cell.focus()
    for key, step in {
        "ArrowUp": (-1, 0), "ArrowLeft": (0, -1), "ArrowRight": (0, 1), "ArrowDown": (1, 0)
    }.items():  # fmt: skip
        before = page.evaluate("({ ...document.activeElement.dataset })")
        page.keyboard.press(key)
        after = page.evaluate("({ ...document.activeElement.dataset })")
        assert (int(after["i"]), int(after["j"])) == (
            int(before["i"]) + step[0],
            int(before["j"]) + step[1],
        )
        assert cell.get_attribute("aria-selected") == "true"
    assert page.locator("td[role=gridcell][tabindex='0']").count() == 1


def test_a_word_is_taken_from_the_suggestions(
    context: BrowserContext, site: str
) -> None:
    page = open_decoder(context, site).page
    box = page.get_by_role("combobox", name="English sentence")
    box.fill("")
    page.keyboard.type("the el")
    options = page.get_by_role("option")
    assert "elephant" in options.all_inner_texts()
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant")
    page.keyboard.press("Enter")
    assert box.input_value().startswith("the elephant")
    page.keyboard.type("sleeps zebra")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator(".sentence-note")).to_contain_text("zebra")
    assert page.locator(".stage-words li.unknown").count() == 1


def test_force_undo_and_the_address(context: BrowserContext, site: str) -> None:
    page = open_decoder(context, site, f"text={SENTENCE}").page
    press(page, "Step", 2)
    first = tokens(page)
    page.locator(".candidates button").nth(2).press("Enter")
    forced = tokens(page)
    assert len(forced) == 3 and forced[:2] == first
    press(page, "To the end")
    end = tokens(page)
    assert end[:3] == forced
    page.wait_for_function(  # the address follows a little later
        "at => location.hash.includes(`at=${at}`)", arg=len(end)
    )
    address = page.url
    press(page, "Undo")
    assert tokens(page) == first
    again = context.new_page()
    again.goto(address)
    again.wait_for_selector("#decoder[data-state=ready]")
    assert tokens(again) == end
    again.reload()
    again.wait_for_selector("#decoder[data-state=ready]")
    assert tokens(again) == end


@pytest.mark.parametrize("mode", ["greedy", "sample", "beam", "reference"])
def test_every_way_of_writing_has_no_fault_for_axe(
    context: BrowserContext, site: str, mode: str
) -> None:
    visit = open_decoder(
        context, site, f"text={SENTENCE}&mode={mode}&causal=off&pads=2"
    )
    page = visit.page
    press(page, "Step", 4)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("light", "dark"):
        set_scheme(page, scheme)
        page.add_style_tag(
            content="* { transition: none !important; animation: none !important; }"
        )
        result = Axe().run(page, context="#decoder", options={"preload": False})
        assert result.violations_count == 0, result.generate_report()
    assert visit.complaints == []


# ---- What can go wrong -----------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_typed_is_only_text(
    context: BrowserContext, site: str, text: str
) -> None:
    visit = open_decoder(context, site)
    page, dialogs = visit.page, []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    box = page.get_by_role("combobox", name="English sentence")
    box.fill(text)
    page.keyboard.press("Enter")
    press(page, "To the end")
    assert page.locator("#decoder :is(img, script, iframe)").count() == 0
    assert page.locator("#decoder").get_attribute("data-state") == "ready"
    page.reload()
    page.wait_for_selector("#decoder[data-state=ready]")
    assert dialogs == [] and visit.complaints == []


@pytest.mark.parametrize(
    "address",
    [
        "text=<img src=x onerror=alert(1)>&row=99&column=99&layer=9&head=9",
        "ids=1.2.3.99999&at=40&mode=evil&__proto__=1&constructor=2",
        "temperature=NaN&topP=1e9&width=-3&seed=0x10&off=cross-9-9.self-0-0",
        "%E0%A4%A&text=%",
        "x" * 10_000,
        "text=" + "book " * 2_000,
    ],
)
def test_an_address_that_makes_no_sense_does_no_harm(
    context: BrowserContext, site: str, address: str
) -> None:
    visit = open_decoder(context, site, address)
    press(visit.page, "Step", 2)
    assert len(tokens(visit.page)) >= 1
    assert visit.complaints == []


def test_what_is_left_out_of_an_address_is_named(
    context: BrowserContext, site: str
) -> None:
    page = open_decoder(context, site, "ids=1.0.9999&layer=9&head=9&causal=off").page
    note = page.locator(".decoder-note")
    expect(note).to_have_text(
        "Left out of the address, because it cannot be: ids, layer, head."
    )
    for hostile, said in {
        "&".join(f"p{i}=1" for i in range(300)): "p0, p1, p2 and 297 more.",
        "%E2%80%AEcba%00=1": ": cba.",
        "seed=9999&topK=999&mode=reference&text=zebra": ": mode, seed, topK.",
        "pads=3&temperature=0.123&mode=sample": "",
    }.items():
        page.evaluate("(hash) => { location.hash = hash; }", f"decoder?{hostile}")
        expect(note).to_have_text(re.compile(re.escape(said) + "$"))
    assert page.locator(".switches select").input_value() == "3"
    assert page.locator("[data-label=temperature]").input_value() == "0.1"


def test_back_and_a_followed_link_are_not_undone(
    context: BrowserContext, site: str
) -> None:
    page = open_decoder(context, site).page
    before = page.locator("#decoder input[type=text]").input_value()
    page.evaluate("location.hash = 'decoder?text=you+sleep'")
    box = page.locator("#decoder input[type=text]")
    expect(box).to_have_value("you sleep")
    page.go_back()
    expect(box).to_have_value(before)
    press(page, "Step")
    page.evaluate("location.hash = 'somewhere'")
    page.wait_for_timeout(600)
    assert page.url.endswith("#somewhere")


def test_the_button_of_a_chapter_hands_the_focus_on(
    context: BrowserContext, site: str
) -> None:
    page = open_page(context, site, "book/11-inference.html").page
    press(page, "Try it here")
    page.wait_for_selector("[data-decoder=workbench][data-state=ready]")
    page.wait_for_function("() => document.activeElement.textContent === 'Play'")


def _open_figure(context: BrowserContext, site: str, page: str, figure: str) -> Page:
    """The page at a figure whose decoder a reader has started."""
    opened = open_page(context, site, f"book/{page}.html").page
    opened.locator(f"{figure} >> text=Try it here").click()
    opened.wait_for_selector(f"{figure} [data-state=ready]")
    return opened


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_causal_mask_and_its_triangle_are_seen_together(
    browser: Browser, site: str, size: tuple[int, int]
) -> None:
    """Figure 6.1: from its title to the map's last row, on a laptop and on a phone."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height})
    page = _open_figure(context, site, "06-masked-self-attention", "#figure-6-1")
    top = page.locator("#figure-6-1").bounding_box()["y"]
    table = page.locator("#figure-6-1 .map-table")
    box, switch = table.bounding_box(), page.locator(".asked").bounding_box()
    assert top < switch["y"] < box["y"]
    assert box["y"] + box["height"] - top < height - 200
    assert table.evaluate("table => table.scrollWidth - table.clientWidth") <= 0
    small = page.locator(".map-table td.faint").first
    colour = small.evaluate("cell => getComputedStyle(cell).color")
    assert (colour == "rgba(0, 0, 0, 0)") == (width < 500)
    context.close()


OVERLAPS = """
() => {
  const words = document.querySelectorAll(".stage-words li > span:first-child");
  const chips = [...words].map((one) => one.getBoundingClientRect());
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  return chips.flatMap((a, i) => chips.slice(i + 1).filter((b) => !apart(a, b))).length;
}
"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_word_that_is_read_most_touches_no_other(
    context: BrowserContext, site: str, width: int
) -> None:
    page = open_decoder(context, site, f"text={SENTENCE}").page
    page.set_viewport_size({"width": width, "height": 800})
    page.add_style_tag(content="* { transition: none !important; }")
    for _ in range(8):
        press(page, "Step")
        assert page.evaluate(OVERLAPS) == 0
    dashed = page.locator("#decoder button:visible").evaluate_all(
        "all => all.filter((one) => getComputedStyle(one).borderStyle === 'dashed').length"
    )
    assert dashed == 0, "a dashed frame is a word that the model has never seen"


def test_the_first_page_leaves_no_room_below_its_sentences(
    context: BrowserContext, site: str
) -> None:
    page = open_page(context, site, "book/index.html").page
    page.wait_for_selector(".hero-sentences")
    run = page.locator(".decoder-run").bounding_box()
    last = page.locator(".hero-sentences").bounding_box()
    assert run["y"] + run["height"] - last["y"] - last["height"] < 30


def test_a_long_word_and_a_long_sentence_leave_the_page_as_wide_and_as_high(
    context: BrowserContext, site: str
) -> None:
    page = open_decoder(context, site, "text=you+sleep").page
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_timeout(300)
    low = page.locator(".stage").bounding_box()
    for text in (
        "w" * 200,
        "pneumonoultramicroscopicsilicovolcanoconiosis",
        "we " * 41,
    ):
        page.evaluate(
            "(text) => { location.hash = 'decoder?text=' + text + '&kind=encoder'; }",
            text,
        )
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator(".sentence-note")).to_contain_text("Only the first 40 words")
    page.evaluate("location.hash = 'decoder?text=you+sleep'")
    page.wait_for_timeout(300)
    high = page.locator(".stage").bounding_box()["height"]
    assert high == pytest.approx(low["height"], abs=1)


@pytest.mark.parametrize("fault", ["missing", "cut", "another file", "no connection"])
def test_without_its_weights_it_says_so_and_tries_again(
    context: BrowserContext, site: str, fault: str
) -> None:
    whole = (SITE / "_static" / "decoder" / WEIGHTS).read_bytes()
    answers = {
        "missing": lambda route: route.fulfill(status=404, body="no"),
        "cut": lambda route: route.fulfill(body=whole[: len(whole) // 2]),
        "another file": lambda route: route.fulfill(body=b"<!DOCTYPE html>" * 9),
        "no connection": lambda route: route.abort(),
    }
    page = context.new_page()
    page.route("**/*.safetensors", answers[fault])
    page.goto(site + needs_page(PAGE))
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert re.search(r"weights", alert.inner_text())
    page.unroute("**/*.safetensors")
    press(page, "Try again")
    page.wait_for_selector("#decoder[data-state=ready]")


def test_from_a_folder_the_run_plays_and_the_weights_are_chosen_by_hand(
    context: BrowserContext,
) -> None:
    page = context.new_page()
    page.goto((SITE / "book" / "index.html").as_uri())
    page.wait_for_selector(".stage-lines path.fresh", timeout=3000)
    page.goto((SITE / needs_page(PAGE)).as_uri())
    page.get_by_role("alert").wait_for()
    assert "folder" in page.get_by_role("alert").inner_text()
    file: Path = SITE / "_static" / "decoder" / WEIGHTS
    page.locator("#decoder input[type=file]").set_input_files(file)
    page.wait_for_selector("#decoder[data-state=ready]")
    press(page, "Step", 2)
    assert len(tokens(page)) == 2


def test_with_the_network_cut_it_goes_on(context: BrowserContext, site: str) -> None:
    visit = open_decoder(context, site)
    context.set_offline(True)
    press(visit.page, "To the end")
    assert tokens(visit.page)[-1] == "END"
    # The tab's icon is the browser's own request, at a time that it chooses.
    assert [said for said in visit.complaints if "/logo.svg" not in said] == []
    context.set_offline(False)
