"""Links to the files of `make downloads`, which are made from the built pages and so come after them.

A page says where a link belongs by the comment `<!-- download FILE: WORDS -->`. As built,
the link leads to the published file; once the file lies beside the pages, it leads there and
says how large it is.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup, Comment

from decoderbook.tools import repository

FOLDER = "downloads"
ASKED = re.compile(r"\s*download (\S+): (.+?)\s*")
LINK = re.compile(r'<a class="download" data-file="([^"]+)"[^>]*>([^<(]+)[^<]*</a>')


def size(count: int) -> str:
    """A number of bytes in words: 950 kB, 1.4 MB, 12 MB."""
    if count < 999_500:
        return f"{max(count / 1000, 1):.0f} kB"
    return f"{count / 1e6:.{1 if count < 9.95e6 else 0}f} MB"


def link(file: str, words: str, address: str, note: str = "") -> str:
    """The link to a file at an address, in the form that `fill` knows again."""
    shown = f"{escape(words)} ({note})" if note else escape(words)
    return (
        f'<a class="download" data-file="{escape(file)}" href="{escape(address)}">'
        f"{shown}</a>"
    )


def published(file: str) -> str:
    """Where the published course has the file."""
    return f"https://{repository.read().site}/{FOLDER}/{file}"


def place_links(soup: BeautifulSoup) -> None:
    """Put a link to the published file in the place of each comment that asks for one."""
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        if asked := ASKED.fullmatch(comment):
            file, words = asked.groups()
            made = link(file, words, published(file))
            comment.replace_with(BeautifulSoup(made, "html.parser"))


def fill(html: str, name: str, site: Path | None) -> str:
    """The page `name`, with each of its links led to the file in the built `site`.

    Where there is no site, or no such file in it, a link leads to the published one.
    """

    def lead(found: re.Match[str]) -> str:
        file, words = found[1], found[2].strip()
        path = site and site / FOLDER / file
        if not (path and path.is_file()):
            return link(file, words, published(file))
        address = "../" * name.count("/") + f"{FOLDER}/{file}"
        return link(file, words, address, size(path.stat().st_size))

    return LINK.sub(lead, html)
