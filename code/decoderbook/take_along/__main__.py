"""Make the files to take along from the built site, and lead its pages to them.

python -m decoderbook.take_along _build/html
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright
from tqdm import tqdm

from decoderbook.site.downloads import FOLDER, fill
from decoderbook.take_along.epub import make_epub
from decoderbook.take_along.offline import make_zip
from decoderbook.take_along.paper import LeafError, names_in_order, read_leaves
from decoderbook.take_along.pdf import Book, LostLink, make_pdf
from decoderbook.take_along.words import Words
from decoderbook.tools.chromium import FLAGS, find_chromium

Made = tuple[str, Callable[[], bytes]]


def to_make(
    site: Path, names: list[str], browser: object, words: Words
) -> Iterator[Made]:
    """Each file's name below the folder of downloads, with what makes its bytes."""
    yield "course-offline.zip", lambda: make_zip(site, words)
    leaves = read_leaves(browser, site, tqdm(names, "pages", leave=False))
    for leaf in leaves:
        if leaf.chapter:
            book = Book(leaf.heading, [leaf], words)
            yield (
                f"chapters/{leaf.stem}.pdf",
                lambda book=book: make_pdf(browser, site, book),
            )
    whole = Book(words.title, leaves, words)
    yield "course.epub", lambda: make_epub(site, leaves, words)
    yield "course.pdf", lambda: make_pdf(browser, site, whole)


def make(site: Path, names: list[str]) -> list[Path]:
    """Write the files into the site, all or none, and lead the links of its pages to them.

    names: the pages that the books have, such as "book/notation". Raises LeafError where one
    is not built, LostLink for a book whose links lead nowhere.
    """
    if not (site / "index.html").is_file():
        raise LeafError(f"{site} holds no built site: run `make build` first")
    words = Words.read()
    folder = site / FOLDER
    with (
        tempfile.TemporaryDirectory(dir=site.parent) as new,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=FLAGS
        )
        files = [*to_make(site, names, browser, words)]
        for name, content in tqdm(files, "files"):
            path = Path(new, FOLDER, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content())
        browser.close()
        shutil.rmtree(folder, ignore_errors=True)
        Path(new, FOLDER).replace(folder)
    for page in site.rglob("*.html"):
        old = page.read_text(encoding="utf-8")
        text = fill(old, page.relative_to(site).as_posix(), site)
        if text != old:
            page.write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name, _ in files]


def main() -> int:
    """Make all files for the site that the argument names."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("usage: python -m decoderbook.take_along _build/html", file=sys.stderr)
        return 2
    try:
        made = make(Path(sys.argv[1]), names_in_order())
    except (LeafError, LostLink, OSError) as error:
        print(f"nothing was made: {error}", file=sys.stderr)
        return 1
    for path in made:
        print(f"{path.stat().st_size:>12,} bytes  {path.as_posix()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
