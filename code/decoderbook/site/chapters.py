"""Numbers of chapters on the page: in the sidebar, and above the title with the place in the book."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

from decoderbook.site.captions import chapter_number

REFRESHER = "0"  # what a reader may know already


def number_chapters(soup: BeautifulSoup, name: str) -> None:
    """Write "6 · " before each chapter in the sidebar, and "Chapter 6 · 2 of 6" above
    the title of the page `name`. Chapter 0 stands before the others and is not counted.
    """
    here = chapter_number(name)
    found = []
    for link in soup.select(".bd-sidebar-primary nav a"):
        address = link["href"].partition("#")[0].removesuffix(".html")
        number = chapter_number(address) if address else here
        if number is None or link.find_parent("li", class_="toctree-l1") is None:
            continue
        found.append(number)
        mark = soup.new_tag("span", attrs={"class": "chapter-number"})
        mark.string = f"{number} · "
        link.insert(0, mark)
    title = soup.select_one("article h1")
    if here in found and isinstance(title, Tag):
        line = soup.new_tag("p", attrs={"class": "chapter-line"})
        counted = [number for number in found if number != REFRESHER]
        place = (
            f"{counted.index(here) + 1} of" if here in counted else "before the other"
        )
        line.string = f"Chapter {here} · {place} {len(counted)}"
        title.insert_before(line)
