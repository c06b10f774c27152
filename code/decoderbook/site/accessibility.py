"""The accessibility faults of the theme and of Sphinx's markup, mended (WCAG 2.2 AA).

axe-core checks the result in the tests.
"""

from __future__ import annotations

from bs4 import BeautifulSoup


def mend(soup: BeautifulSoup) -> None:
    """Change the page in place."""
    _name_buttons(soup)
    _hide_icons(soup)
    _landmarks(soup)
    _tables(soup)


def _name_buttons(soup: BeautifulSoup) -> None:
    # A name must contain the words one sees; the theme's "Search" button shows "Search Ctrl+K".
    for button in soup.select(".search-button-field"):
        del button["aria-label"]
    for selector, name in {
        ".primary-toggle": "Chapters",
        ".secondary-toggle": "On this page",
        ".theme-switch-button": "Light, dark or the system's colours",
    }.items():
        for button in soup.select(selector):
            button["aria-label"] = name
            button["title"] = name
            button.attrs.pop("data-bs-title", None)
    for summary in soup.select("nav details > summary"):
        link = summary.find_parent("li").find("a")
        summary["aria-label"] = (
            f"Chapters in {link.get_text(strip=True)}" if link else "More chapters"
        )
        summary.attrs.pop("role", None)


def _hide_icons(soup: BeautifulSoup) -> None:
    for icon in soup.select("i[class*=fa-], span[class*=fa-]"):
        icon["aria-hidden"] = "true"
        icon.attrs.pop("title", None)


def _landmarks(soup: BeautifulSoup) -> None:
    # The sidebar holds the logo and the search button, which no landmark of the theme contains.
    for sidebar, name in {
        "#pst-primary-sidebar": "Book",
        "#pst-secondary-sidebar": "Page",
    }.items():
        for element in soup.select(sidebar):
            element["role"] = "complementary"
            element["aria-label"] = name


def _tables(soup: BeautifulSoup) -> None:
    # Markdown has no table without a head; an empty one is a row of headings that say
    # nothing, and an empty corner is a heading of nothing.
    for head in soup.select("article thead"):
        if not head.get_text(strip=True):
            head.decompose()
    for heading in soup.select("article thead th"):
        if not heading.get_text(strip=True):
            heading.name = "td"
