"""A fork: a new name and address, three chapters dropped, two exchanged. It builds, and links are right."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
import yaml
from bs4 import BeautifulSoup
from site_pages import LISTED, ROOT, SITE, listed, needs_page

from decoderbook.tools import address

# In two pieces, as in test_repository.py.
FORK = "https://github.com/" + "someone/seminar"
TITLE = "Attention: a seminar"
# The first, one to which many pages lead, and the last; then two that change places.
DROPPED = [
    f"book/{n}"
    for n in ("00-the-mathematics", "05-queries-keys-values", "13-scaling-up")
]
SWAPPED = ["book/11-inference", "book/12-other-inputs"]
TEXTS = {".html", ".js", ".md", ".yml", ".ipynb", ".cff", ".toml"}
# What depends on which pages there are, and on the address, and needs no browser.
TESTS = [
    "code/tests/test_site_files.py",
    "code/tests/test_chapters.py",
    "code/tests/test_layout.py::test_every_page_is_in_the_table_of_contents_once",
]


@dataclass(frozen=True)
class Fork:
    """The copy of the course's repository, and what its build said."""

    root: Path
    said: str

    def run(self, *command: str) -> subprocess.CompletedProcess:
        return _run(self.root, *command)

    def soup(self, page: str) -> BeautifulSoup:
        return _soup(self.root / "_build" / "html" / page)


@cache
def _soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def _run(root: Path, *command: str) -> subprocess.CompletedProcess:
    """Run Python in the copy, with the packages of the copy."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "code")},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def _copy(root: Path) -> None:
    """Copy what git has or would take in, and the pages' model, which takes minutes to make."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
    shutil.copytree(ROOT / "_build" / "page_model", root / "_build" / "page_model")
    subprocess.run(["git", "init", "--quiet", root], check=True)


def _edit_contents(root: Path) -> None:
    """Delete the dropped chapters' lines in `_toc.yml`, and exchange two others."""
    toc = root / "_toc.yml"
    lines = toc.read_text("utf-8").splitlines(keepends=True)
    lines = [line for line in lines if line.split()[-1] not in DROPPED]
    one, other = (
        next(i for i, line in enumerate(lines) if name in line) for name in SWAPPED
    )
    lines[one], lines[other] = lines[other], lines[one]
    toc.write_text("".join(lines), "utf-8")


def _build_command() -> list[str]:
    """What the Makefile runs to build the book, without its Python."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (line,) = re.findall(r"^\t@\$\(PY\) (.* jupyter-book build .*)$", makefile, re.M)
    return line.split()


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fork]:
    for name in (*DROPPED, *SWAPPED):
        needs_page(name)
    root = tmp_path_factory.mktemp("fork")
    _copy(root)
    moved = _run(root, "-m", "decoderbook.tools.repository", FORK, "--title", TITLE)
    assert moved.returncode == 0, moved.stderr
    _edit_contents(root)
    built = _run(root, *_build_command())
    assert built.returncode == 0, built.stdout + built.stderr
    yield Fork(root, built.stdout + built.stderr)
    shutil.rmtree(root)


def original() -> str:
    """The site of the course that the fork comes from; this may be a fork itself."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    return config["sphinx"]["config"]["upstream"] or f"https://{address.read().site}"


def test_it_builds_without_a_warning(fork: Fork) -> None:
    assert "warning" not in fork.said.lower()
    built = {p.stem for p in (fork.root / "_build" / "html" / "book").glob("*.html")}
    assert {f"book/{name}" for name in built} == set(LISTED) - set(DROPPED)


def test_its_own_tests_are_green(fork: Fork) -> None:
    """Among them: every link to a page of the site and every anchor leads to something."""
    ini = ["-c", "code/pyproject.toml", "--rootdir", "."]
    tested = fork.run("-m", "pytest", *ini, "-q", "-p", "no:cacheprovider", *TESTS)
    assert tested.returncode == 0, tested.stdout[-5000:]
    assert fork.run("-m", "decoderbook.tools.repository", "--check").returncode == 0


def test_links_to_what_was_dropped_lead_to_that_place_of_the_original(
    fork: Fork,
) -> None:
    upstream, found = original(), set()
    for page in listed(fork.root):
        soup = fork.soup(f"{page}.html")
        boxes = {tag["data-page"] for tag in soup.select(f'[data-page^="{upstream}"]')}
        links = {link["href"] for link in soup.select("article a.elsewhere")}
        assert all(
            a["title"].startswith("Not part of this") for a in soup.select(".elsewhere")
        )
        there = {a["href"] for a in soup.select(f'article a[href^="{upstream}/"]')}
        assert links == there, page
        found |= {link.removeprefix(f"{upstream}/") for link in links | boxes}
    assert {urldefrag(link).url for link in found} == {
        f"{name}.html" for name in DROPPED
    }
    for link in found:
        target = urldefrag(link)
        if target.fragment:
            assert _soup(SITE / target.url).find(id=unquote(target.fragment)), link
    for place in ("#D1", "#D20", "#figure-5-1", "#exercise-shared-keys"):
        assert any(link.endswith(place) for link in found), place


def test_the_order_is_that_of_the_table_of_contents(fork: Fork) -> None:
    order, seen = listed(fork.root), []
    page = order[0]
    while page:
        seen.append(page)
        following = fork.soup(f"{page}.html").select_one("a.right-next")
        page = following and "book/" + following["href"].removesuffix(".html")
    assert seen == order
    before, after = (sorted(SWAPPED, key=where.index) for where in (LISTED, order))
    assert before == after[::-1]
    rows = fork.soup("book/progress.html").select("#progress tbody a")
    chapters = [name for name in order if re.match(r"book/\d\d-", name)]
    assert [f"book/{a['href']}" for a in rows] == [f"{name}.html" for name in chapters]
    solutions = fork.soup("book/solutions.html")
    headings = [h.get_text() for h in solutions.select("article section section > h2")]
    assert [int(h.split(" · ")[0]) for h in headings] == [int(n[5:7]) for n in chapters]


def test_the_search_knows_what_is_left(fork: Fork) -> None:
    script = (fork.root / "_build" / "html" / "searchindex.js").read_text("utf-8")
    index = json.loads(re.fullmatch(r"Search\.setIndex\((.*)\)", script, re.S)[1])
    assert sorted(index["docnames"]) == sorted(listed(fork.root))


def test_the_old_name_and_address_stand_only_where_the_licence_asks(fork: Fork) -> None:
    old = address.read()
    gone = [old.url]
    if original() == f"https://{old.site}":  # else it is a fork, and may be "Attention"
        gone.append(old.title)
    allowed = re.compile(rf"https://{re.escape(old.site)}(/book/|\"|  #)")
    for path in fork.root.rglob("*"):
        if path.suffix in TEXTS:
            text = path.read_text("utf-8")
            assert not [words for words in gone if words in text], path
            assert len(allowed.findall(text)) == text.count(old.site), path
    assert (fork.root / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    page = fork.soup("book/index.html")
    assert TITLE in page.title.string and page.h1.get_text().startswith(TITLE)
    assert page.select_one(".logo__title").get_text() == TITLE
    assert page.select_one(f'.bd-footer-content a[href="{original()}"]')
