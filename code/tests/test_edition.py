"""Pages that an edition leaves out: which they are, what is on them, and where links to them lead."""

from __future__ import annotations

import re

import pytest
import site_pages
from bs4 import BeautifulSoup
from site_pages import PAGES, ROOT, SITE, needs_page

from decoderbook.site.edition import lead_elsewhere, left_out, places

PLACE = re.compile(r"figure-\d+(-\d+)?|[DP]\d+|(exercise|guess|quiz|proof)-.+")
MISSING = ["book/05-a", "book/decode"]
UPSTREAM = "https://original.invalid/course"


def led(html: str, upstream: str = UPSTREAM, page: str = "book/06-b.html") -> str:
    return lead_elsewhere(html, page, MISSING, upstream)


def test_what_is_left_out_is_every_page_that_is_not_listed(tmp_path):
    book = tmp_path / "book"
    book.mkdir()
    for name in ("01-a.ipynb", "02-b.ipynb", "c.md", "chapters.yml", ".#02-b.ipynb"):
        (book / name).touch()
    (book / ".ipynb_checkpoints").mkdir()
    assert left_out(tmp_path, ["book/01-a"]) == {
        "book/02-b": book / "02-b.ipynb",
        "book/c": book / "c.md",
    }


@pytest.mark.parametrize("page", [p for p in PAGES if p.startswith("book/")])
def test_places_are_found_without_building_the_page(page):
    name = page.removesuffix(".html")
    html = BeautifulSoup((SITE / page).read_text("utf-8"), "html.parser")
    own = html.select(
        ":is(figure, .question-box, .exercise-box, .guess, .quiz, .cell)[id], span[id^=proof-]"
    )
    built = [tag["id"] for tag in own if PLACE.fullmatch(tag["id"])]
    assert sorted(places(left_out(ROOT, [])[name])) == sorted(built)


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("05-a.html", "book/05-a.html"),
        ("05-a.html#figure-5-1?at=2", "book/05-a.html#figure-5-1?at=2"),
        ("../book/05-a.html#D1", "book/05-a.html#D1"),
    ],
)
def test_a_link_to_a_missing_page_leads_to_the_original(address, leads):
    link = BeautifulSoup(
        led(f'<a class="x" href="{address}">There</a>'), "html.parser"
    ).a
    assert link["href"] == f"{UPSTREAM}/{leads}" and link["class"] == ["elsewhere"]
    assert link["title"] == "Not part of this edition: opens the original course"


@pytest.mark.parametrize(
    "html",
    [
        '<a href="07-c.html#D1">x</a>',
        '<a href="#figure-5-1">x</a>',
        '<a href="https://elsewhere.invalid/book/05-a.html">x</a>',
        '<p data-page="07-c.html">x</p>',
        '<script type="application/json">{"a": "<b href=05-a.html>"}</script>',
    ],
)
def test_all_else_stays_as_it_is(html):
    assert led(html) == html and led(html, "") == html


def test_what_scripts_read_leads_there_too():
    box = '<g data-page="05-a.html"></g><div data-link="decode.html"></div>'
    root = f"{UPSTREAM}/book"
    assert led(box) == (
        f'<g data-page="{root}/05-a.html"></g><div data-link="{root}/decode.html"></div>'
    )
    assert led(box, "") == "<g></g><div></div>"


def test_without_an_original_the_words_stay():
    assert led('See <a href="05-a.html#D1"><b>there</b></a>.', "") == (
        'See <span class="elsewhere" title="Not part of this edition"><b>there</b></span>.'
    )


def test_only_what_is_left_out_lets_a_test_be_skipped(monkeypatch):
    monkeypatch.setattr(site_pages, "LISTED", ["book/index"])
    with pytest.raises(pytest.skip.Exception, match=r"book/decode is not part of this"):
        needs_page("book/decode.html#decoder?at=0")
    for address in ("book/index.html", "book/misspelt.html", "search.html"):
        assert needs_page(address) == address
