"""Slides: one file that asks nobody for anything, its figures alive, and nothing over a slide's edge."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from decoderbook.assign import chapter, shell, slides
from decoderbook.assign.assignment import AssignmentError
from decoderbook.assign.chapter import read_chapter
from decoderbook.assign.markup import sentence, to_line
from decoderbook.assign.question import NEEDS_ITS_PAGE
from decoderbook.checks import source
from decoderbook.tools import fronts
from decoderbook.tools.teaching import read_notes

CHAPTERS = source.chapters()
SIZES = [(1280, 720), (1024, 768)]
READY = "html[data-ready]"
PRESENT = "section.present section.present"
# What reaches below its slide's padding, or beyond its edge; text that others do not see is left out.
OVER = """() => [...document.querySelectorAll(".slides section section")].flatMap((slide) => {
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v, 99);
  const box = slide.getBoundingClientRect();
  const scale = box.height / slide.offsetHeight;
  const floor = box.bottom - parseFloat(getComputedStyle(slide).paddingBottom) * scale + 1;
  const over = [...slide.querySelectorAll("*")].filter((element) => {
    if (element.closest(".visually-hidden, aside, script, math, svg")) return false;
    const { width, height, right, bottom } = element.getBoundingClientRect();
    return width && height && (bottom > floor || right > box.right + 1);
  });
  const scrolls = slide.scrollHeight > slide.clientHeight + 1 || slide.scrollWidth > slide.clientWidth + 1;
  const name = slide.querySelector("h1, h2").textContent;
  return over.length || scrolls ? [`${name}: ${over[0]?.tagName} ${slide.scrollHeight}`] : [];
})"""


@pytest.fixture(scope="module", params=CHAPTERS)
def deck(request, tmp_path_factory) -> tuple[str, Path]:
    """A chapter's name and its slides."""
    (path,) = slides.write(request.param, tmp_path_factory.mktemp("slides"))
    return request.param, path


@pytest.fixture(scope="module")
def one(tmp_path_factory) -> Path:
    """The slides of one chapter."""
    (path,) = slides.write("05-queries-keys-values", tmp_path_factory.mktemp("one"))
    return path


def open_deck(browser, path, size=SIZES[0], **options):
    """A page with the slides, without any network; what it asked for and what it complained of."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, offline=True, **options
    )
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    page.wait_for_selector(READY)
    return page, asked, said


def go_to(page, name):
    """Show the slide that has an element of this id, and wait for its figure."""
    page.evaluate(
        """(name) => {
          const slide = document.getElementById(name).closest("section");
          const { h, v } = Reveal.getIndices(slide);
          Reveal.slide(h, v);
        }""",
        name,
    )
    page.wait_for_selector(f"#{name}[data-state=drawn]")


def test_nothing_runs_over_an_edge_and_nothing_is_asked_for(deck, browser):
    _, path = deck
    page, asked, said = open_deck(browser, path)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(OVER) == []
    foreign = [url for url in asked if not url.startswith("data:")]
    assert foreign == [path.as_uri()] and said == []
    page.context.close()


def test_the_check_finds_what_runs_over(browser, one):
    page, _, _ = open_deck(browser, one)
    page.add_style_tag(content=".reveal li { font-size: 60px !important }")
    assert any(name.startswith("5 · Queries") for name in page.evaluate(OVER))
    page.context.close()


def test_the_slides_have_what_the_chapter_has(deck):
    name, path = deck
    read, declared = read_chapter(name), source.declared(name)
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    shown = [figure["id"] for figure in soup.select("figure.seen")]
    notebook = (fronts.BOOK / f"{name}.ipynb").read_text("utf-8")
    captions = re.findall(r'"\*\*Figure (\d+\.\d+) · ', notebook)
    assert shown == [f"figure-{number.replace('.', '-')}" for number in captions]
    kinds = [s["data-kind"] for s in soup.select(".slides > section > section")]
    asked = [q for q in declared.questions if q.slug not in NEEDS_ITS_PAGE]
    assert kinds.count("question") == len(asked)
    titles = [
        s.h2.get_text() for s in soup.select("section > section[data-kind=board]")
    ]
    assert len(titles) == len(read.board) >= 3
    assert kinds.count("figure") == len(shown)
    assert [kinds[0], *kinds[-3:]] == ["title", "known", "exercises", "next"]
    assert len(soup.select("[data-kind=title] li")) == len(read.able)
    rows = soup.select("[data-kind=exercises] tbody tr")
    assert [row.select("td")[2].get_text() for row in rows] == [
        str(e.points) for e in declared.exercises
    ]
    for slide in soup.select(".slides > section > section"):
        words = [e.get_text(strip=True) for e in slide.select("h1, h2")]
        assert len(words) == 1 and words[0], "each slide has one heading"
        for aside in slide.select("aside"):
            aside.extract()
        assert slide.select("p, li, td, svg, .formula"), f"{words}: a heading alone"
        assert "Try it here" not in slide.get_text(), "what the slide has not"


def test_every_picture_has_words(deck):
    _, path = deck
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    for figure in soup.select("figure.seen"):
        image = figure.select_one('[role="img"]')
        described = image.get("aria-describedby")
        words = soup.find(id=described).get_text() if described else image["aria-label"]
        assert len(words) > 20
        assert soup.find(id=figure["aria-labelledby"]).get_text(strip=True)


def test_a_guess_keeps_its_answer_back(deck, browser):
    _, path = deck
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    asked = soup.select(".slides section section[data-kind=question]")
    for kicker in (slide.select_one(".kicker").get_text() for slide in asked):
        assert kicker in ("Guess first", "Quiz")
    for slide in asked:
        (answer,) = slide.select(".fragment")
        assert slide.select_one("aside.notes").get_text(strip=True)
        answer.extract()
        # What asks for a number shows no choices: their labels give it away.
        number = "A number from" in slide.get_text()
        assert bool(slide.select("ol > li")) != number


def test_a_guess_that_needs_its_page_is_left_out(deck):
    name, path = deck
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    shown = {heading.get_text() for heading in soup.select("h2")}
    for question in source.declared(name).questions:
        title = BeautifulSoup(to_line(question.title, name), "html.parser").get_text()
        assert (title in shown) == (question.slug not in NEEDS_ITS_PAGE)


def test_what_is_written_comes_after_what_it_names():
    cells = slides.compose(read_chapter("05-queries-keys-values")).cells
    texts = [str(cell.get("outputs") or cell.source) for cell in cells]

    def at(words):
        (place,) = (i for i, text in enumerate(texts) if words in text)
        return place

    places = ['id="figure-5-2"', "## Attention in one line", "## Why divide by"]
    assert [at(words) for words in places] == sorted(map(at, places))
    assert at("## Why divide by") < at('id="figure-5-3"') < at("## Heads")


def test_a_place_that_is_not_there_is_named(monkeypatch):
    name = CHAPTERS[3]
    notes = read_notes(name)
    lost = replace(notes.board[0], after="figure-3-99")
    changed = replace(notes, board=(lost, *notes.board[1:]))
    monkeypatch.setattr(chapter, "read_notes", lambda name: changed)
    read_chapter.cache_clear()
    with pytest.raises(AssignmentError, match=f"{name} after figure-3-99"):
        read_chapter(name)


def test_a_guess_stands_before_the_figure_that_answers_it():
    kinds = [
        getattr(item, "slug", None) or item.number
        for section in read_chapter("05-queries-keys-values").sections
        for item in section.shown
    ]
    assert kinds.index("shares-when-hot") < kinds.index("5.2")


def test_a_figure_answers(browser, one):
    page, _, said = open_deck(browser, one)
    go_to(page, "figure-5-2")
    figure = page.locator("#figure-5-2")
    before = figure.locator(".figure-description").text_content()
    figure.locator("input[type=range]").focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "(old) => document.querySelector('#figure-5-2 .figure-description').textContent !== old",
        arg=before,
    )
    assert "figure-5-2" in page.locator(f"{PRESENT} figure").get_attribute("id")
    page.keyboard.press("Escape")
    page.keyboard.press("PageDown")
    page.wait_for_function(
        f"() => !document.querySelector('{PRESENT} #figure-5-2')"
    )  # the keys are the slides' again
    assert said == []
    page.context.close()


def test_the_keys_in_a_choice_are_the_figures(browser, one):
    page, _, _ = open_deck(browser, one)
    go_to(page, "figure-5-3")
    page.locator("#figure-5-3 select").focus()
    for key in ("ArrowRight", "ArrowDown", "Space"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.locator(f"{PRESENT} #figure-5-3").count() == 1
    page.context.close()


def leaves(page, name, key):
    """Whether a key shows another slide than that of this figure."""
    page.keyboard.press(key)
    page.wait_for_timeout(50)
    left = page.locator(f"{PRESENT} #{name}").count() == 0
    go_to(page, name)
    return left


def test_a_remote_turns_the_page_whatever_was_touched(browser, one):
    page, _, said = open_deck(browser, one)
    name = "figure-5-2"
    go_to(page, name)
    slider = page.locator(f"#{name} input[type=range]")
    for key in ("PageDown", "PageUp"):
        slider.focus()
        before = slider.input_value()
        assert leaves(page, name, key)
        assert slider.input_value() == before
    for key in ("PageDown", "PageUp", "Space", "n"):
        slider.click(position={"x": 30, "y": 10})
        assert leaves(page, name, key)
    assert slider.input_value() != before  # the click did move it
    page.locator(f"#{name} .figure-play button").first.click()
    assert leaves(page, name, "Space")
    name = "figure-5-3"
    go_to(page, name)
    for key in ("PageDown", "n"):
        choice = page.locator(f"#{name} select")
        choice.click()
        choice.select_option(index=0 if choice.input_value() != "0" else 1)
        assert leaves(page, name, key)
    assert said == []
    page.context.close()


def test_arrows_are_the_figures_while_its_control_has_the_focus(browser, one):
    page, _, _ = open_deck(browser, one)
    go_to(page, "figure-5-2")
    slider = page.locator("#figure-5-2 input[type=range]")
    slider.focus()
    before = int(slider.input_value())
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert int(slider.input_value()) == before + 2
    assert page.locator(f"{PRESENT} #figure-5-2").count() == 1
    page.context.close()


# The smallest letters of the plot on the slide, in px of the screen.
LETTERS = """(name) => Math.min(...[...document.querySelectorAll(`#${name} .figure-live text`)]
  .filter((text) => text.textContent.trim() && text.getBoundingClientRect().width)
  .flatMap((text) => [text, ...text.querySelectorAll("tspan")])
  .map((text) => [parseFloat(getComputedStyle(text).fontSize), text.getScreenCTM()])
  .map(([size, { a, b }]) => size * Math.hypot(a, b)))"""


def test_letters_of_plots_are_large_enough_for_a_room(browser, tmp_path):
    (path,) = slides.write("08-cross-attention", tmp_path)
    page, _, _ = open_deck(browser, path)
    for number in (2, 4, 5, 7):
        go_to(page, f"figure-8-{number}")
        assert page.evaluate(LETTERS, f"figure-8-{number}") > 15.9
    page.context.close()


def test_a_mouse_finds_what_it_points_at(browser, one):
    """The figure is drawn at another scale than its own."""
    page, _, _ = open_deck(browser, one, (1600, 900))
    go_to(page, "figure-5-4")
    scale = page.evaluate(
        "() => document.querySelector('#figure-5-4 .figure-body').getBoundingClientRect().width / 720"
    )
    assert scale > 1.2
    plot = page.locator("#figure-5-4 .nsewdrag").first.bounding_box()
    page.mouse.move(plot["x"] + plot["width"] * 5.5 / 6, plot["y"] + 10)
    page.wait_for_function(
        "() => document.querySelector('#figure-5-4 .figure-said').textContent.includes('END')"
    )
    ring = page.locator("#figure-5-4 .figure-ring").bounding_box()
    assert abs(ring["x"] + ring["width"] - plot["x"] - plot["width"]) < 6
    page.context.close()


def test_light_and_dark(browser, one):
    page, _, _ = open_deck(browser, one, color_scheme="dark")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.keyboard.press("d")
    assert page.evaluate(theme) == "light"
    page.context.close()


def test_letters_are_those_that_the_file_brings(browser, one):
    page, _, _ = open_deck(browser, one)
    page.evaluate("() => Reveal.slide(1, 0)")
    page.evaluate("() => document.fonts.load('400 30px \"Noto Sans Kannada\"', 'ಕ')")
    faces = page.evaluate(
        "() => [...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    )
    assert {name.strip('"') for name in faces} >= {"Noto Sans Kannada", "STIX Two Math"}
    page.context.close()


def test_the_speaker_has_a_window(browser, one):
    page, _, _ = open_deck(browser, one)
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    window = opened.value
    window.wait_for_selector("#upcoming-slide iframe")
    page.evaluate("() => Reveal.slide(1, 0)")
    note = page.locator(f"{PRESENT} aside.notes").text_content().split()[0]
    window.wait_for_function(
        "(word) => document.querySelector('.speaker-controls-notes .value')?.textContent.includes(word)",
        arg=note,
    )
    page.context.close()


def test_an_address_leads_to_a_figure(browser, one):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto(f"{one.as_uri()}#figure-5-2?temperature=0.5")
    page.wait_for_selector(f"{PRESENT} #figure-5-2[data-state=drawn]")
    assert page.locator("#figure-5-2 output").text_content() == "0.5"
    context.close()


def test_the_policy_lets_nothing_else_in(browser, one):
    page, _, said = open_deck(browser, one)
    page.evaluate("() => fetch('https://example.org/').catch(() => {})")
    page.evaluate(
        "() => document.body.append(Object.assign(new Image(), {src: 'https://example.org/a.png'}))"
    )
    page.wait_for_timeout(200)
    assert sum("Content Security Policy" in text for text in said) >= 2
    page.context.close()


def test_the_same_chapter_gives_the_same_bytes(one, tmp_path):
    (again,) = slides.write("05-queries-keys-values", tmp_path)
    assert again.read_bytes() == one.read_bytes()


def test_a_sentence_ends_where_it_ends():
    assert sentence("A row (see *it*. Really) ends. Next.")[1] == "Next."
    assert sentence("It is $a. b$ or `x. Y`. Then.")[1] == "Then."
    assert sentence("Vaswani et al. 2017 say so. Then.")[1] == "Then."
    assert sentence("**Bold. Still.** Then.") == ("**Bold. Still.**", "Then.")
    assert sentence("No end") == ("No end", "")


def test_what_cannot_be_made_is_said(monkeypatch, tmp_path):
    with pytest.raises(AssignmentError, match="there is no chapter '99-none'"):
        slides.write("99-none", tmp_path / "new")
    monkeypatch.setattr(fronts, "BOOK", tmp_path / "nowhere")
    read_chapter.cache_clear()
    with pytest.raises(AssignmentError, match="Clone the course's repository"):
        slides.write(CHAPTERS[0], tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_script_cannot_end_early(monkeypatch, tmp_path):
    (tmp_path / "reveal").mkdir()
    for name in ("reveal/reveal.min.js", "reveal/notes.min.js", "slides.js"):
        (tmp_path / name).write_text('"</script>"', encoding="utf-8")
    monkeypatch.setattr(shell, "STATIC", tmp_path)
    shell._scripts.cache_clear()
    try:
        assert '"<\\/script>"</script>' in shell._scripts()
    finally:
        shell._scripts.cache_clear()
