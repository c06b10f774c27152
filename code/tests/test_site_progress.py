"""Guesses and quizzes on the page, with and without scripts, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from site_pages import DESKTOP, PAGES, Visit, needs_page, open_page, settle

from decoderbook.checks import source

KEY = "decoder-course-progress"
NAME = "05-queries-keys-values"
CHAPTER, PROGRESS = f"book/{NAME}.html", "book/progress.html"
GUESS = next(q for q in source.declared(NAME).questions if q.kind == "guess")
QUIZ = next(q for q in source.declared(NAME).questions if q.kind == "quiz")
WRONG = next(i for i, c in enumerate(GUESS.choices) if not c.right)
RIGHT = next(i for i, c in enumerate(GUESS.choices) if c.right)
BOX = f"#guess-{GUESS.slug}"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport=DESKTOP, asks_first=True, accept_downloads=True
    )
    yield context
    context.close()


def kept(page: Page) -> dict:
    return json.loads(page.evaluate(f"localStorage.getItem('{KEY}')") or "null")


def open_chapter(context: BrowserContext, site: str, name: str = CHAPTER) -> Visit:
    visit = open_page(context, site, name)
    settle(visit.page)
    return visit


def hidden(page: Page) -> bool:
    """Whether what follows the guess is out of sight, and out of the keyboard's reach."""
    states = page.locator(f"{BOX} + .guessed").evaluate(
        "run => [...run.children].filter(e => !e.matches('.unveil'))"
        ".map(e => getComputedStyle(e).visibility === 'hidden')"
    )
    assert len(set(states)) == 1, "a part is hidden, and another one is not"
    return states[0]


def choose(page: Page, index: int) -> None:
    page.locator(f"{BOX} > details > summary").nth(index).click()


def test_what_follows_a_guess_waits_for_it(context: BrowserContext, site: str) -> None:
    visit = open_chapter(context, site)
    page = visit.page
    assert hidden(page)
    choose(page, WRONG)
    page.locator(f"{BOX} .guess-said", has_text="Not this one").wait_for()
    assert not hidden(page)
    assert page.locator(f"{BOX} > details").nth(WRONG).get_by_text("No.").is_visible()
    # Another choice is read, and the first one stays the guess.
    choose(page, RIGHT)
    page.locator(f"{BOX} .guess-said", has_text="This is the one.").wait_for()
    entry = kept(page)["chosen"][f"guess-{GUESS.slug}"]
    assert entry["choice"] == WRONG and entry["right"] is False
    assert "seen" not in entry
    page.reload()
    settle(page)
    said = page.locator(f"{BOX} .guess-said")
    label = GUESS.choices[WRONG].label
    assert said.inner_text() == f"Your first guess was “{label}”: not right."
    assert not hidden(page)
    assert page.locator(f"{BOX} > details.chosen").count() == 1
    assert visit.complaints == [] and visit.foreign == []


def test_the_right_guess_is_said_to_be_right(
    context: BrowserContext, site: str
) -> None:
    page = open_chapter(context, site).page
    choose(page, RIGHT)
    page.locator(f"{BOX} .guess-said", has_text="Right.").wait_for()
    assert kept(page)["chosen"][f"guess-{GUESS.slug}"]["right"] is True


def test_a_guess_is_made_by_keyboard(context: BrowserContext, site: str) -> None:
    page = open_chapter(context, site).page
    page.locator(f"{BOX} summary").first.focus()
    for _ in range(RIGHT):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(f"{BOX} .guess-said", has_text="Right.").wait_for()


def test_nobody_has_to_guess(context: BrowserContext, site: str) -> None:
    page = open_chapter(context, site).page
    show = page.locator(f"{BOX} + .guessed > .unveil")
    show.focus()
    page.keyboard.press("Enter")
    assert not hidden(page) and show.count() == 0
    assert page.evaluate("document.activeElement !== document.body"), "focus is lost"
    assert kept(page) is None, "nothing was chosen"
    # Who has looked and then chooses is answered, and not counted as right at once.
    choose(page, RIGHT)
    assert kept(page)["chosen"][f"guess-{GUESS.slug}"]["seen"] is True
    page.goto(site + needs_page(PROGRESS))
    row = page.locator("#progress tbody tr", has_text="Queries, keys and values")
    assert "1 of" in row.inner_text() and "0 right at once" in row.inner_text()


def test_a_guess_can_be_forgotten(context: BrowserContext, site: str) -> None:
    page = open_chapter(context, site).page
    choose(page, WRONG)
    page.locator(f"{BOX} .guess-forget").click()
    assert kept(page)["chosen"] == {} and hidden(page)
    assert page.locator(f"{BOX} > details[open]").count() == 0
    choose(page, RIGHT)
    page.locator(f"{BOX} .guess-said", has_text="Right.").wait_for()
    assert kept(page)["chosen"][f"guess-{GUESS.slug}"]["seen"] is True


def test_what_the_browser_opens_is_no_guess(context: BrowserContext, site: str) -> None:
    """A link to words, and a search on the page, open the fold that has them."""
    page = open_chapter(context, site).page
    page.locator(f"{BOX} > details").nth(RIGHT).evaluate("fold => (fold.open = true)")
    page.wait_for_timeout(100)
    assert kept(page) is None and hidden(page)


@pytest.mark.parametrize("name", [p for p in PAGES if "/0" in p or "/1" in p])
def test_every_guess_hides_what_follows_it(
    context: BrowserContext, site: str, name: str
) -> None:
    page = open_chapter(context, site, name).page
    chapter = Path(name).stem
    guesses = [q for q in source.declared(chapter).questions if q.kind == "guess"]
    for guess in guesses:
        run = page.locator(f"#guess-{guess.slug} + .guessed")
        assert run.evaluate("run => run.clientHeight") < 100
        assert run.locator(".unveil").is_visible()
        run.locator(".unveil").click()
        assert run.locator(":scope > *").first.is_visible()
        assert run.evaluate("run => getComputedStyle(run).maxHeight") == "none"
    assert page.locator(".guessed").count() == len(guesses)


SLIDERS = [
    (chapter, question)
    for chapter in source.chapters()
    for question in source.declared(chapter).questions
    if question.slider
]


@pytest.mark.parametrize(
    ("chapter", "guess"), SLIDERS, ids=lambda it: getattr(it, "slug", it)
)
def test_a_slider_asks_to_be_moved(
    context: BrowserContext, site: str, chapter: str, guess: source.Question
) -> None:
    page = open_chapter(context, site, f"book/{chapter}.html").page
    box = page.locator(f"#guess-{guess.slug}")
    slider, done = box.locator("input[type=range]"), box.locator(".guess-slide button")
    assert done.is_disabled() and box.locator("details:visible").count() == 0
    s = guess.slider
    assert abs(s.low - s.right) > s.within, "where it begins is right"
    slider.focus()
    page.keyboard.press("ArrowRight")
    done.focus()
    page.keyboard.press("Enter")
    value = slider.input_value()
    place = 1 if abs(float(value) - s.right) <= s.within + 1e-9 else 0
    chosen = box.locator("details.chosen summary").inner_text()
    assert chosen == guess.choices[place].label and float(value) > s.low
    assert slider.is_disabled() and done.is_disabled()
    page.reload()
    settle(page)
    assert box.locator("output").inner_text() == value == slider.input_value()


def test_what_follows_stays_closed_until_it_is_painted(
    context: BrowserContext, site: str
) -> None:
    """The script that opens it may come late, and must not be needed to hide it."""
    held: list = []
    page = context.new_page()
    page.route("**/progress.js*", lambda route: held.append(route))
    page.goto(site + needs_page(CHAPTER), wait_until="commit")
    page.locator(f"{BOX} + .guessed").wait_for(state="attached")
    assert hidden(page)
    held[0].abort()
    page.wait_for_load_state("load")
    page.wait_for_function("() => !document.documentElement.dataset.asks")
    assert not hidden(page)


def test_an_address_of_what_is_hidden_shows_it(
    context: BrowserContext, site: str
) -> None:
    page = open_chapter(context, site).page
    figure = page.locator(f"{BOX} + .guessed [id^=figure-]").first.get_attribute("id")
    page.goto(f"{site}{CHAPTER}#{figure}")
    page.reload()
    settle(page)
    assert not hidden(page)
    assert 0 <= page.locator(f"#{figure}").bounding_box()["y"] < DESKTOP["height"]


def test_paper_hides_nothing(context: BrowserContext, site: str) -> None:
    page = open_chapter(context, site).page
    page.emulate_media(media="print")
    assert not hidden(page)
    assert not page.locator(".unveil").first.is_visible()


def test_without_scripts_every_choice_opens_its_reply(
    browser: Browser, site: str
) -> None:
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
    page = context.new_page()
    page.goto(site + needs_page(CHAPTER))
    choices = page.locator(f"{BOX} > details")
    assert choices.count() == len(GUESS.choices)
    choices.nth(RIGHT).locator("summary").click()
    assert choices.nth(RIGHT).get_by_text("Yes.").is_visible()
    assert page.locator(f"{BOX} + .guessed figure").first.is_visible()
    context.close()


def test_where_nothing_can_be_kept_the_page_still_answers(
    context: BrowserContext, site: str
) -> None:
    context.add_init_script(
        "const set = Storage.prototype.setItem;"
        "Storage.prototype.setItem = function (key, value) {"
        f"  if (key === '{KEY}') throw new DOMException('full', 'QuotaExceededError');"
        "  set.call(this, key, value); }"
    )
    visit = open_chapter(context, site)
    choose(visit.page, RIGHT)
    visit.page.locator(f"{BOX} .guess-said", has_text="forgets it").wait_for()
    assert visit.complaints == []


@pytest.mark.parametrize(
    "stored",
    ["{", "[]", "null", '{"version": 0}', '{"version": 1, "chosen": 5, "solved": {}}',
     '{"version": 1, "chosen": {"x": {"choice": "a"}}, "solved": {}}'],
)  # fmt: skip
def test_what_is_stored_badly_is_left_alone(
    context: BrowserContext, site: str, stored: str
) -> None:
    context.add_init_script(
        "if (!sessionStorage.seen) "
        f"{{ localStorage.setItem('{KEY}', {json.dumps(stored)}); sessionStorage.seen = 1; }}"
    )
    visit = open_chapter(context, site)
    choose(visit.page, RIGHT)
    assert kept(visit.page)["chosen"][f"guess-{GUESS.slug}"]["choice"] == RIGHT
    assert visit.complaints == []


def test_what_a_later_version_stored_is_not_overwritten(
    context: BrowserContext, site: str
) -> None:
    later = {"version": 2, "else": 1}
    context.add_init_script(
        f"localStorage.setItem('{KEY}', JSON.stringify({json.dumps(later)}))"
    )
    visit = open_chapter(context, site)
    choose(visit.page, RIGHT)
    visit.page.locator(f"{BOX} .guess-said", has_text="forgets it").wait_for()
    assert kept(visit.page) == later and visit.complaints == []


def test_progress_is_counted_saved_read_and_erased(
    context: BrowserContext, site: str, tmp_path: Path
) -> None:
    page = open_chapter(context, site).page
    choose(page, RIGHT)
    page.locator(f"#quiz-{QUIZ.slug} summary").first.click()
    page.locator(".exercise-box .exercise-done input").first.check()
    page.goto(site + needs_page(PROGRESS))
    row = page.locator("#progress tbody tr", has_text="Queries, keys and values")
    declared = source.declared(NAME)
    first = QUIZ.choices[0].right
    assert row.locator("td").all_inner_texts() == [
        f"2 of {len(declared.questions)}, {1 + first} right at once",
        f"1 of {len(declared.exercises)}",
    ]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save it as a file").click()
    saved = tmp_path / "saved.json"
    download.value.save_as(saved)
    assert json.loads(saved.read_text()) == kept(page)

    erase = page.get_by_role("button", name="Erase it")
    erase.click()
    assert (
        "3 entries would be gone"
        in page.locator("#progress [role=status]").inner_text()
    )
    assert kept(page) is not None, "one press erases nothing"
    page.get_by_role("button", name="Really erase it").click()
    assert kept(page) is None
    assert row.locator("td").nth(1).inner_text().startswith("0 of")

    bad = tmp_path / "bad.json"
    bad.write_text('{"version": 1, "chosen": [], "solved": {}}')
    for wrong in (bad, Path(__file__)):
        page.set_input_files("#progress-file", wrong)
        page.locator(
            "#progress [role=status]", has_text="nothing was changed"
        ).wait_for()
        page.get_by_role("button", name="Save it as a file").focus()
        assert kept(page) is None
    page.set_input_files("#progress-file", saved)
    page.locator("#progress [role=status]", has_text="Read: 3 entries new").wait_for()
    assert kept(page)["chosen"] == json.loads(saved.read_text())["chosen"]


def test_a_file_never_replaces_a_guess_of_this_browser(
    context: BrowserContext, site: str, tmp_path: Path
) -> None:
    page = open_chapter(context, site).page
    choose(page, RIGHT)
    guess, quiz = f"guess-{GUESS.slug}", f"quiz-{QUIZ.slug}"
    other = {"choice": WRONG, "right": False, "on": "2026-01-01"}
    chosen = {guess: other, quiz: other, "guess-else": other, "__proto__": other}
    file = tmp_path / "other.json"
    written = {"version": 1, "chosen": chosen, "solved": {"exercise-else": True}}
    file.write_text(json.dumps(written))
    page.goto(site + needs_page(PROGRESS))
    page.set_input_files("#progress-file", file)
    page.locator(
        "#progress [role=status]", has_text="Read: 1 entry new, 1 that this browser had"
    ).wait_for()
    assert kept(page)["chosen"][guess]["choice"] == RIGHT
    assert set(kept(page)["chosen"]) == {guess, quiz} and not kept(page)["solved"]


def test_a_reader_may_always_see_figures_at_once(
    context: BrowserContext, site: str
) -> None:
    page = open_chapter(context, site, PROGRESS).page
    page.get_by_label("Show every figure at once").check()
    page.goto(site + needs_page(CHAPTER))
    settle(page)
    assert page.locator(".unveil").count() == 0 and not hidden(page)


def test_the_page_of_progress_names_every_item(site: str) -> None:
    from bs4 import BeautifulSoup, SoupStrainer
    from site_pages import SITE

    soup = BeautifulSoup(
        (SITE / needs_page(PROGRESS)).read_text("utf-8"), "html.parser"
    )
    named = {
        name
        for row in soup.select("#progress tbody tr")
        for part in ("data-asked", "data-tasks")
        for name in json.loads(row[part])
    }
    # Only these, by the quicker parser: whole pages take long.
    items = SoupStrainer(class_=["guess", "quiz", "exercise-box"])
    on_pages = {
        element["id"]
        for page in PAGES
        for element in BeautifulSoup(
            (SITE / page).read_text("utf-8"), "lxml", parse_only=items
        ).find_all(items)
    }
    assert named == on_pages and named
