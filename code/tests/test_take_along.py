"""The files to take along, made of a chapter and two short pages: zip, PDF, EPUB, and the links to them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path, PurePosixPath

import pytest
from bs4 import BeautifulSoup
from lxml import etree
from playwright.sync_api import Browser, Page
from pypdf import PdfReader
from site_pages import SITE, draw

from decoderbook.site.downloads import fill, link, published, size
from decoderbook.take_along import offline, paper, pdf
from decoderbook.take_along.__main__ import main
from decoderbook.take_along.words import Words
from decoderbook.tools import address, serve

CHAPTER = (
    "book/04-encoder-memory"  # guesses, exercises, figures, links to other chapters
)
NAMES = ["book/notation", CHAPTER, "book/references"]
STEM = PurePosixPath(CHAPTER).name
KANNADA = re.compile("[\u0c80-\u0cff]{2,}")
# In a process of its own: one playwright runs here.
MAKE = (
    "import sys; from pathlib import Path; from decoderbook.take_along.__main__ import make;"
    "make(Path(sys.argv[1]), sys.argv[2:])"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built site, with the files of a few of its pages."""
    site = tmp_path_factory.mktemp("take") / "html"
    shutil.copytree(SITE, site, ignore=shutil.ignore_patterns("downloads"))
    subprocess.run([sys.executable, "-c", MAKE, str(site), *NAMES], check=True)
    return site


@pytest.fixture(scope="module")
def folder(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, unpacked."""
    place = tmp_path_factory.mktemp("journey")
    with zipfile.ZipFile(made / "downloads" / "course-offline.zip") as archive:
        archive.extractall(place)
    (top,) = place.iterdir()
    return top


@pytest.fixture
def from_folder(browser: Browser, folder: Path) -> Iterator[Page]:
    """A tab for pages from the folder, which may ask for nothing else and complain of nothing."""
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console",
        lambda m: said.append(m.text) if m.type in ("error", "warning") else None,
    )
    page.on("requestfailed", lambda request: said.append(request.url))
    page.on(
        "request",
        lambda request: (
            said.append(request.url)
            if not request.url.startswith(("file:", "data:", "blob:"))
            else None
        ),
    )
    yield page
    context.close()
    assert said == []


def go(page: Page, folder: Path, name: str) -> None:
    page.goto((folder / "site" / name).as_uri())
    page.wait_for_function("() => !document.querySelector('script[data-later]')")


# ---- The folder --------------------------------------------------------------------------


def test_the_zip_holds_the_site_and_nothing_of_the_other_files(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "START-HERE.html", "README.txt", "serve.py", "site"
    }  # fmt: skip
    there, here = (
        {path.relative_to(root) for path in root.rglob("*") if path.is_file()}
        for root in (folder / "site", SITE)
    )
    here = {p for p in here if p.parts[0] not in {"downloads", *offline.SPARE}}
    added = there - here
    assert here <= there and {path.suffix for path in added} == {".js"}
    assert (folder / "serve.py").read_bytes() == Path(serve.__file__).read_bytes()
    readme = (folder / "README.txt").read_text("utf-8")
    assert address.read().site in readme and "{" not in readme


def test_the_same_site_gives_the_same_bytes(made: Path) -> None:
    words = Words.read()
    first = offline.make_zip(made, words)
    (made / "index.html").touch()
    assert offline.make_zip(made, words) == first
    assert (made / "downloads" / "course-offline.zip").read_bytes() == first


def test_it_starts_and_its_figures_answer(from_folder: Page, folder: Path) -> None:
    from_folder.goto((folder / "START-HERE.html").as_uri())
    from_folder.wait_for_url("**/site/book/index.html")
    from_folder.wait_for_selector("#run[data-at]")  # the first page's run goes
    go(from_folder, folder, f"{CHAPTER}.html")
    for font in ("STIX Two Math", "Font Awesome 6 Free"):
        assert from_folder.evaluate(
            "name => [...document.fonts].some((f) => f.family.includes(name) && f.status === 'loaded')",
            font,
        )
    figure = from_folder.locator("figure.interactive:has(input, select)").first
    draw(figure)
    record = from_folder.evaluate(
        "f => JSON.parse(f.querySelector('.figure-record').textContent)",
        figure.element_handle(),
    )
    control = figure.locator("input[type=range], select").first
    shown = "f => JSON.stringify(f.querySelector('.figure-live').data)"
    before = from_folder.evaluate(shown, figure.element_handle())
    if control.evaluate("c => c.tagName") == "SELECT":
        control.select_option(index=1)
    else:
        control.press("ArrowRight")
    from_folder.wait_for_function(
        f"([f, old]) => ({shown})(f) !== old", arg=[figure.element_handle(), before]
    )
    assert len(record["frames"]) > 1


def test_its_decoder_decodes(from_folder: Page, folder: Path) -> None:
    go(from_folder, folder, "book/decode.html")
    from_folder.wait_for_selector("#decoder[data-state=ready]")
    from_folder.get_by_role("button", name="Step", exact=True).click()
    from_folder.wait_for_selector(".stage-tokens .token-text:not(:empty)")


def test_its_guesses_are_kept(from_folder: Page, folder: Path) -> None:
    go(from_folder, folder, f"{CHAPTER}.html")
    guess = from_folder.locator(".guess").first
    guess.scroll_into_view_if_needed()
    guess.locator("summary:visible, .guess-slide button").first.click()
    kept = "() => JSON.parse(localStorage.getItem('decoder-course-progress')).chosen"
    assert from_folder.evaluate(kept)


def test_its_search_finds(browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((folder / "site" / "search.html").as_uri() + "?q=teacher+forcing")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results a[href*='10-training']").count()
    page.close()


def test_one_command_serves_it(folder: Path, tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, str(folder / "serve.py")],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = ""
        while not (address := re.search(r"http://127\.0\.0\.1:\d+/", said)):
            line = server.stdout.readline()
            assert line, f"the server ended: {said}"
            said += line
        with urllib.request.urlopen(f"{address[0]}{CHAPTER}.html") as answer:
            assert answer.status == 200
            assert answer.read() == (folder / "site" / f"{CHAPTER}.html").read_bytes()
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def test_a_server_without_a_site_says_so(tmp_path: Path) -> None:
    shutil.copy(serve.__file__, tmp_path / "serve.py")
    command = [sys.executable, str(tmp_path / "serve.py")]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 1 and "is no folder" in found.stderr
    assert "Traceback" not in found.stderr


# ---- Paper -------------------------------------------------------------------------------


@cache
def read_pdf(made: Path, name: str) -> PdfReader:
    return PdfReader(made / "downloads" / name)


@cache
def texts(made: Path, name: str) -> list[str]:
    """What stands on each page of a PDF, with single spaces."""
    pages = read_pdf(made, name).pages
    return [" ".join(page.extract_text().split()) for page in pages]


@pytest.mark.parametrize("name", ["course.pdf", f"chapters/{STEM}.pdf"])
def test_a_pdf_is_tagged_and_says_what_it_is(made: Path, name: str) -> None:
    reader = read_pdf(made, name)
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.root_object["/Lang"] == "en"
    words = Words.read()
    assert reader.metadata.author == words.author
    title = words.title if name == "course.pdf" else "4 · The encoder’s memory"
    assert reader.metadata.title == title
    tops = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert tops[-1:] if name == "course.pdf" else tops == ["The encoder’s memory"]
    assert [text for text in texts(made, name) if len(text) < 40] == []
    assert pdf.lost_links(reader) == []


def test_the_contents_name_the_pages_on_which_things_begin(made: Path) -> None:
    reader = read_pdf(made, "course.pdf")
    contents = texts(made, "course.pdf")[1]
    for entry in (e for e in reader.outline if not isinstance(e, list)):
        page = reader.get_destination_page_number(entry)
        heading = entry.title.replace("\n", " ")
        assert re.search(rf"{re.escape(heading)}\s*{page + 1}\b", contents), contents
        assert heading in texts(made, "course.pdf")[page][:200]


def test_links_between_pages_stay_in_the_book_and_others_lead_to_the_course(
    made: Path,
) -> None:
    def links(name: str) -> tuple[set[str], set[str]]:
        reader = read_pdf(made, name)
        inside, outside = set(), set()
        for page in reader.pages:
            for annotation in page.get("/Annots", []):
                found = annotation.get_object()
                if "/Dest" in found:
                    inside.add(found["/Dest"].removeprefix("/"))
                elif found.get("/A", {}).get("/URI"):
                    outside.add(found["/A"]["/URI"])
        assert inside <= {n.removeprefix("/") for n in reader.named_destinations}
        return inside, outside

    course = f"https://{address.read().site}/book/"
    inside, outside = links("course.pdf")
    assert any(name.startswith("references--") for name in inside), inside
    assert any(a.startswith(f"{course}08-cross-attention.html") for a in outside)
    assert not [a for a in outside if a.startswith(f"{course}references")]
    _, alone = links(f"chapters/{STEM}.pdf")
    assert any(a.startswith(f"{course}references.html#") for a in alone)


def test_kannada_is_text_in_a_font_of_its_own(made: Path) -> None:
    reader = read_pdf(made, "course.pdf")
    said = texts(made, "course.pdf")
    pages = [
        page
        for page, text in zip(reader.pages, said, strict=True)
        if KANNADA.search(text)
    ]
    assert pages
    fonts = {
        font.get_object()["/BaseFont"]: font.get_object()
        for page in pages
        for font in page["/Resources"]["/Font"].values()
    }
    kannada = [font for name, font in fonts.items() if "Kannada" in name]
    assert kannada
    for font in kannada:
        (inner,) = font.get("/DescendantFonts", [font])
        descriptor = inner.get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & descriptor.keys()


def test_replies_hints_and_solutions_stand_at_the_end(made: Path) -> None:
    html = BeautifulSoup((SITE / f"{CHAPTER}.html").read_text("utf-8"), "html.parser")
    text = " ".join(texts(made, f"chapters/{STEM}.pdf"))
    body, end = text.split("Replies, hints and solutions")
    guess = html.select_one(".guess")
    reply = " ".join(guess.select_one("details > p").get_text().split())[:60]
    choice = " ".join(guess.select_one("summary").get_text().split())
    assert choice in body and reply in end and reply not in body
    hints = html.find_all("summary", string=re.compile("^Hint "))
    assert end.count("Hint ") >= len(hints) > 0
    assert end.count("A solution") == len(html.find_all("summary", string="A solution"))
    assert "Open in Colab" not in text and "Copy link" not in text


def test_no_script_has_a_hand_in_it(browser: Browser) -> None:
    for leaf in paper.read_leaves(browser, SITE, ["book/index", CHAPTER]):
        by_scripts = ("diagram-line", "diagram-buttons", "guess-said", "guess-kept")
        classes = " ".join(leaf.article.xpath("//@class")).split()
        assert not set(by_scripts) & set(classes), leaf.name


def test_a_link_to_this_machine_stops_it(browser: Browser) -> None:
    (leaf,) = paper.read_leaves(browser, SITE, ["book/references"])
    link_of = next(leaf.article.iter(f"{{{paper.XHTML}}}a"))
    link_of.set("href", "http://127.0.0.1:8000/book/index.html")
    with pytest.raises(pdf.LostLink, match=r"127\.0\.0\.1"):
        pdf.make_pdf(browser, SITE, pdf.Book("References", [leaf], Words.read()))


def test_a_page_that_is_not_built_is_named(browser: Browser) -> None:
    with pytest.raises(paper.LeafError, match=r"none\.html is not in .*make build"):
        paper.read_leaves(browser, SITE, ["book/none"])


def test_every_page_but_those_that_live_in_a_browser_is_on_paper() -> None:
    names = paper.names_in_order()
    pages = {f"book/{path.stem}" for path in (SITE / "book").glob("*.html")}
    assert set(names) == pages - set(paper.ONLY_ALIVE) and len(names) == len(set(names))
    assert names[0] == "book/index" and set(paper.ONLY_ALIVE) <= pages


# ---- The e-reader ------------------------------------------------------------------------


def test_the_epub_is_whole_and_its_links_resolve(made: Path) -> None:
    data = (made / "downloads" / "course.epub").read_bytes()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        first = archive.infolist()[0]
        files = {name: archive.read(name) for name in archive.namelist()}
    assert first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED
    assert files["mimetype"] == b"application/epub+zip"
    names = {"o": "http://www.idpf.org/2007/opf", "h": paper.XHTML}
    package = etree.fromstring(files["EPUB/book.opf"])
    listed = package.xpath("//o:manifest/o:item/@href", namespaces=names)
    assert {f"EPUB/{name}" for name in listed} | {
        "mimetype", "META-INF/container.xml", "EPUB/book.opf"
    } == set(files)  # fmt: skip
    pages = {
        name: etree.fromstring(files[f"EPUB/{name}"])
        for name in listed
        if name.endswith(".xhtml")
    }
    assert len(package.xpath("//o:itemref", namespaces=names)) == len(pages) == 5
    ids = {name: page.xpath("//@id") for name, page in pages.items()}
    for name, page in pages.items():
        assert len(ids[name]) == len(set(ids[name]))
        assert not page.xpath("//h:script | //h:button | //h:details", namespaces=names)
        for href in page.xpath("//h:a/@href", namespaces=names):
            if not href.startswith("http"):
                target, _, place = href.partition("#")
                assert place in ids[target] if place else target in pages, href
    chapter = files[f"EPUB/{STEM}.xhtml"]
    assert b"<math" in chapter and b"<svg" in chapter


# ---- The links of the pages --------------------------------------------------------------


def hrefs(path: Path) -> list[str]:
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    return [a["href"] for a in soup.select("a.download")]


def test_links_lead_to_the_files_that_are_there(made: Path, folder: Path) -> None:
    chapter, other = f"{CHAPTER}.html", "book/06-masked-self-attention.html"
    assert hrefs(made / chapter) == [f"../downloads/chapters/{STEM}.pdf"]
    for page in (made / chapter, made / "book" / "take-along.html"):
        for href in hrefs(page):
            assert (page.parent / href).is_file()
    assert len(hrefs(made / "book" / "take-along.html")) == 3
    name = "chapters/06-masked-self-attention.pdf"  # not made here
    assert hrefs(made / other) == hrefs(folder / "site" / other) == [published(name)]
    assert hrefs(folder / "site" / chapter) == [published(f"chapters/{STEM}.pdf")]


def test_a_link_says_the_size_of_its_file_and_forgets_it_with_the_file(
    tmp_path: Path,
) -> None:
    page = f"<p>{link('a.zip', 'All of it', published('a.zip'))}</p>"
    file = tmp_path / "downloads" / "a.zip"
    file.parent.mkdir()
    file.write_bytes(bytes(1_400_000))
    filled = fill(page, "book/x.html", tmp_path)
    assert 'href="../downloads/a.zip">All of it (1.4 MB)</a>' in filled
    file.write_bytes(bytes(3_000))
    again = fill(filled, "book/x.html", tmp_path)
    assert ">All of it (3 kB)</a>" in again
    assert fill(again, "book/x.html", None) == page
    assert [size(n) for n in (10, 999_499, 999_501, 12_300_000)] == [
        *("1 kB", "999 kB", "1.0 MB", "12 MB")
    ]


def test_without_a_built_site_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, status, said in (
        ([str(tmp_path)], 1, "make build"),
        ([], 2, "usage:"),
    ):
        monkeypatch.setattr(sys, "argv", ["take_along", *arguments])
        assert main() == status
        assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
