"""The files of the built site: what they load, where links lead, what each page says."""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
import plotly.offline
import pytest
from bs4 import BeautifulSoup

from decoderbook.checks import source
from decoderbook.tools import fronts

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
STATIC = ROOT / "code" / "decoderbook" / "site" / "static"
OF_SLIDES = ROOT / "code" / "decoderbook" / "assign" / "static"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
ELSEWHERE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
# Attributes by which an element makes the browser fetch something; <a href> waits for the reader.
LOADING = {
    "*": ["src", "srcset", "poster", "data", "background", "xlink:href"],
    "link": ["href"],
    "image": ["href"],
    "use": ["href"],
    "base": ["href"],
    "form": ["action"],
}
STYLE_LOADS = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
SCRIPT_LOADS = re.compile(
    r"""(?:\bimport\s*\(?|\bfrom|importScripts\(|\bfetch\(|new\s+(?:Shared)?Worker\()\s*["'`]((?:https?:|wss?:)?//[^"'`]*)"""
)


REQUIRE_CAPTIONS = True  # until every figure has one


@cache
def soup(page: str) -> BeautifulSoup:
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


@cache
def places(page: str) -> set[str]:
    """The ids of a page: to look for one among thousands of elements takes long."""
    return {tag["id"] for tag in soup(page).find_all(id=True)}


def loads_of(html: BeautifulSoup) -> list[str]:
    """Return every address that a page makes the browser load."""
    found = []
    for tag in html.find_all(True):
        for attribute in LOADING["*"] + LOADING.get(tag.name, []):
            value = tag.get(attribute)
            if value and not (
                tag.name == "script" and tag.get("type") == "application/json"
            ):
                found += (
                    [part.split()[0] for part in value.split(",")]
                    if attribute == "srcset"
                    else [value]
                )
        found += [a or b for a, b in STYLE_LOADS.findall(tag.get("style", ""))]
        if tag.name == "style":
            found += [a or b for a, b in STYLE_LOADS.findall(tag.get_text())]
        if (
            tag.name == "script"
            and tag.string
            and tag.get("type") != "application/json"
        ):
            found += SCRIPT_LOADS.findall(tag.string)
    return found


def test_the_site_is_built() -> None:
    assert PAGES, f"there is no built site in {SITE}; run `make build` first"


def test_the_scanner_sees_what_it_should() -> None:
    html = """<script src="https://x.example/a.js"></script><link rel="stylesheet" href="//x.example/a.css">
      <img srcset="a.png 1x, https://x.example/b.png 2x"><iframe src="https://x.example"></iframe>
      <p style="background: url('https://x.example/c.png')"></p><style>@import "https://x.example/d.css";</style>
      <script>import("https://x.example/e.js")</script><a href="https://x.example/fine">only a link</a>"""
    assert (
        len(
            [
                load
                for load in loads_of(BeautifulSoup(html, "html.parser"))
                if ELSEWHERE.match(load)
            ]
        )
        == 7
    )


@pytest.mark.parametrize("page", PAGES)
def test_pages_load_only_from_the_site(page: str) -> None:
    loads = loads_of(soup(page))
    assert [load for load in loads if ELSEWHERE.match(load)] == []
    for load in loads:
        if not load.startswith("data:"):
            path = (SITE / page).parent / unquote(urlsplit(load).path)
            assert path.exists(), f"{load} is not there"


def test_styles_and_scripts_load_only_from_the_site() -> None:
    foreign = []
    for path in [*SITE.rglob("*.css"), *SITE.rglob("*.js"), *SITE.rglob("*.svg")]:
        text = path.read_text(encoding="utf-8")
        pattern = SCRIPT_LOADS if path.suffix == ".js" else STYLE_LOADS
        for found in pattern.findall(text):
            load = found if isinstance(found, str) else found[0] or found[1]
            if ELSEWHERE.match(load):
                foreign.append((path.name, load))
            elif path.suffix == ".css" and not load.startswith(("data:", "#", "%23")):
                assert (path.parent / urlsplit(load).path).exists(), (
                    f"{path.name}: {load} is not there"
                )
    assert foreign == []


@pytest.mark.parametrize("page", PAGES)
def test_links_and_anchors_resolve(page: str) -> None:
    for link in soup(page).select("a[href]"):
        target = urlsplit(urljoin(page, link["href"]))
        if target.scheme or target.netloc:
            continue
        name = unquote(target.path) or page
        assert (SITE / name).is_file(), f"{link['href']} leads nowhere"
        place = target.fragment.partition("?")[0]  # "#figure-3-1?…" is a state of it
        if place and name.endswith(".html"):
            assert unquote(place) in places(name), (
                f"{link['href']}: no such place on {name}"
            )


def test_an_answer_can_be_linked_to() -> None:
    """`proof-<name>` is the cell that asserts it, and no other."""
    listed = [c for c in source.chapters() if f"book/{c}.html" in PAGES]
    assert listed
    for chapter in listed:
        page = soup(f"book/{chapter}.html")
        cells = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4).cells
        code = {cell.id: cell.source for cell in cells}
        for question in source.declared(chapter).questions:
            place = page.find(id=f"proof-{question.slug}")
            cell = place if "cell" in place.get("class", []) else place.parent
            shown = cell.select_one("div.highlight pre").get_text()
            assert shown.strip() == code[question.proof].strip(), question.slug


def test_no_address_is_escaped_twice() -> None:
    """A video is opened at its minute: nothing between its parts but what is meant."""
    addresses = [
        link["href"] for page in PAGES for link in soup(page).select("a[href]")
    ]
    assert any(re.search(r"youtu\.be/[\w-]+\?t=\d+$", a) for a in addresses)
    assert not [a for a in addresses if "&amp" in a]


@pytest.mark.parametrize("page", PAGES)
def test_each_page_says_what_it_must(page: str) -> None:
    html = soup(page)
    assert html.html["lang"] == "en"
    assert html.title.get_text(strip=True)
    description = html.select('meta[name="description"]')
    assert len(description) == 1 and 15 < len(description[0]["content"]) <= 200
    policy = html.select_one('meta[http-equiv="Content-Security-Policy"]')["content"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert (
        "'unsafe" not in rules.get("script-src", "")
        and "http" not in policy
        and "*" not in policy
    )
    ids = [tag["id"] for tag in html.find_all(id=True)]
    assert len(ids) == len(set(ids)), sorted(
        name for name in set(ids) if ids.count(name) > 1
    )
    if html.select_one("article"):
        assert re.search(
            r"Verified with Python 3\.\d+.*PyTorch \d.*Jupyter Book 1\.",
            html.select_one(".bd-footer-content").get_text(),
        )


def test_kannada_is_marked() -> None:
    kannada = re.compile("[\u0c80-\u0cff]")
    for page in PAGES:
        for text in soup(page).body.find_all(string=kannada):
            if not text.find_parent(["script", "option"]):
                assert text.find_parent(lang="kn"), (
                    f"{page}: {text!r} is not marked as Kannada"
                )


def test_no_sources_and_no_spare_files() -> None:
    assert not (SITE / "_sources").exists()
    spare = [
        p.name
        for pattern in ("*.map", "*.ttf", "*thebe*", "*mathjax*")
        for p in SITE.rglob(pattern)
    ]
    assert spare == []


@pytest.mark.parametrize("folder", [STATIC, OF_SLIDES], ids=["site", "assign"])
def test_vendored_files_are_what_the_table_says(folder: Path) -> None:
    text = (folder / "VENDORED.md").read_text("utf-8")
    table = re.findall(r"^\| `([^`]+)` \|.*`([0-9a-f]{64})`", text, re.M)
    found = [*folder.rglob("*.woff2"), *folder.rglob("*.min.js")]
    found += folder.glob("reveal/*")
    assert {name for name, _ in table} == {
        path.relative_to(folder).as_posix() for path in found
    }
    for name, digest in table:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    for licence in re.findall(r"`(licences/[^`]+)`", text):
        assert (folder / licence).is_file(), licence


def test_the_player_has_the_same_plotly_as_the_notebooks() -> None:
    with (STATIC / "plotly-cartesian.min.js").open(encoding="utf-8") as script:
        head = script.read(200)
    assert f"v{plotly.offline.get_plotlyjs_version()}\n" in head


def test_captions_say_something() -> None:
    bare = []
    for page in PAGES:
        for figure in soup(page).select("figure.interactive"):
            title, text = (
                figure.select_one(".figure-title"),
                figure.select_one("figcaption > p"),
            )
            words = title.get_text()
            if " · " not in words:
                bare.append(words)
                continue
            chapter = re.search(r"/\d\d-", page)
            number = r"\d+\.\d+" if chapter else r"\d+"
            assert re.match(rf"Figure {number} · \S", words), words
            assert text is not None and len(text.get_text()) > 20, f"{words}: no text"
    assert not (REQUIRE_CAPTIONS and bare), f"no caption: {bare}"


def test_the_stills_stay_small() -> None:
    for page in PAGES:
        stills = soup(page).select(".figure-still")
        size = len(gzip.compress("".join(map(str, stills)).encode()))
        assert size <= 25_000, f"{page}: the stills take {size} bytes compressed"
        assert len(stills) == 2 * len(soup(page).select("figure.interactive"))
        for still in stills:
            assert not still.select(
                "[style*=font-family], [class], script, foreignObject"
            )


def test_long_code_is_folded_and_claims_stay_open() -> None:
    folds = [fold for page in PAGES for fold in soup(page).select("details.folded")]
    summaries = [fold.summary.get_text() for fold in folds]
    with_code = [p for p in PAGES if re.search(r"/(\d\d-|bug-museum)", p)]
    assert summaries.count("Set-up") == len(with_code)
    assert any(re.fullmatch(r"tinydecoder\.[\w.]+ \d+ lines", s) for s in summaries)
    for fold, summary in zip(folds, summaries, strict=True):
        assert not fold.has_attr("open")
        if summary == "Code of this figure":
            assert "assert" not in fold.pre.get_text()
        elif lines := re.search(r"(\d+) lines$", summary):
            code = fold.pre.get_text().rstrip("\n")
            assert code.count("\n") + 1 == int(lines[1]) > 12


def test_chapters_are_numbered() -> None:
    for page in PAGES:
        if not (number := re.search(r"/0*(\d+)-", page)):
            assert not soup(page).select(".chapter-line")
            continue
        line = soup(page).select_one("article h1").find_previous_sibling("p")
        place = r"\d+ of" if number[1] != "0" else "before the other"
        assert re.fullmatch(rf"Chapter {number[1]} · {place} \d+", line.get_text())
        marks = [
            m.get_text()
            for m in soup(page).select(".bd-sidebar-primary .chapter-number")
        ]
        assert f"{number[1]} · " in marks


def test_a_chapter_about_no_box_has_no_small_picture() -> None:
    for name, chapter in fronts.read_data()["chapters"].items():
        if (page := f"book/{name}.html") in PAGES:
            shown = soup(page).select(".front-box > .front-place svg")
            assert len(shown) == bool(chapter["lights"]), name


# A selector's last part without a tag, a class, an id or an attribute is tried on every element.
BARE_END = re.compile(r"(?:^|[\s>+~])(?::(?:is|where|has|lang|not)\([^)]*\))+$")


def bare_ends(css: str) -> list[str]:
    """Selectors that the browser has to try on every element of a page."""
    text = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    selectors = [
        one.strip()
        for rule in re.findall(r"([^{}]+)\{", text)
        for one in re.split(r",(?![^(]*\))", rule)
    ]
    return [one for one in selectors if BARE_END.search(one)]


def test_a_bare_end_is_found():
    assert bare_ends(".a :is(p, ul) { x: y } :lang(kn), .b { }") == [
        ".a :is(p, ul)",
        ":lang(kn)",
    ]
    assert (
        bare_ends('.a p:is(.b), :is(.a, .b) p, [lang="kn"], .a :is(p):focus { }') == []
    )


@pytest.mark.parametrize(
    "name",
    sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.css")),
)
def test_no_selector_of_ours_is_tried_on_every_element(name):
    """Thousands of elements a chapter: such selectors cost a slow phone tens of milliseconds."""
    assert bare_ends((STATIC / name).read_text(encoding="utf-8")) == []
