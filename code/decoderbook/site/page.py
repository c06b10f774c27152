"""The last pass over each page: what it loads, what it is allowed, what it announces.

It works on the rendered HTML, because only there the theme, the other extensions and the
chapter have come together.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag
from sphinx.application import Sphinx
from sphinx.jinja2glue import BuiltinTemplateLoader

from decoderbook.site.accessibility import mend
from decoderbook.site.chapters import number_chapters
from decoderbook.site.downloads import place_links
from decoderbook.site.exercises import wrap_guessed
from decoderbook.site.fronts import frame_front

KANNADA = re.compile(
    r"[\u0c80-\u0cff][\u0c80-\u0cff\u200c\u200d]*(?:[ ]+[\u0c80-\u0cff][\u0c80-\u0cff\u200c\u200d]*)*"
)
# Part of an asset's address: the CSS selector of what needs it; None where nothing in this book does.
ASSETS = {
    "togglebutton": None,  # collapsible blocks are native <details>
    "sphinx-thebe": None,  # there is no kernel behind the page
    "fontawesome.js": None,  # the icon font draws the icons
    "searchtools.js": "#search-results",
    "language_data.js": "#search-results",
    "searchindex.js": "#search-results",
    "design-tabs.js": "[class*=sd-tab]",
    "sphinx-design": "[class*=sd-]",
    "clipboard.min.js": "div.highlight",
    "copybutton": "div.highlight",
    "progress.js": ".guess, .quiz, .exercise-box, #progress",
}
# Scripts that no reader waits for, in the order in which they run.
PUT_OFF = (
    "scripts/bootstrap.js",
    "scripts/pydata-sphinx-theme.js",
    "clipboard.min.js",
    "copybutton.js",
)
SETTLE = """(() => {
  const { dataset } = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  if (!["light", "dark"].includes(dataset.theme)) dataset.theme = dark ? "dark" : "light";
})();"""
# Beginnings of inline scripts that belong to assets dropped above.
INLINE = re.compile(r"\s*(const THEBE_JS_URL|kernelName|let toggle|var togglebutton)")


def drop_unused(soup: BeautifulSoup) -> None:
    """Remove the scripts and styles that the page does not need."""
    for tag in soup.select("script[src], link[href]"):
        address = tag.get("src") or tag["href"]
        for part, needed_by in ASSETS.items():
            if part in address and not (needed_by and soup.select_one(needed_by)):
                tag.decompose()
                break
    for script in soup.select("script:not([src])"):
        if (
            INLINE.match(script.string or "")
            or script.get("type") == "text/x-thebe-config"
        ):
            script.decompose()
    for meta in soup.select(
        'meta[name^="docsearch"]'
    ):  # for a search service that we do not use
        meta.decompose()


def mark_kannada(soup: BeautifulSoup) -> None:
    """Wrap Kannada script in `<span lang="kn">`, so that it is pronounced, hyphenated and set as Kannada."""
    for text in soup.body.find_all(string=KANNADA):
        if text.find_parent(
            ["script", "style", "option", "title", "textarea"]
        ) or text.find_parent(lang="kn"):
            continue
        position, parts = 0, []
        for match in KANNADA.finditer(text):
            span = soup.new_tag("span", lang="kn")
            span.string = match[0]
            parts += [NavigableString(text[position : match.start()]), span]
            position = match.end()
        text.replace_with(*parts, NavigableString(text[position:]))


def describe(soup: BeautifulSoup) -> None:
    """Add the meta description, from the first paragraph where the page's front matter gives none."""
    if soup.select_one('meta[name="description"]'):
        return
    paragraph = next(
        (p for p in soup.select("article p") if len(p.get_text()) > 40), None
    )
    text = (
        " ".join(paragraph.get_text().split()) if paragraph else soup.title.get_text()
    )
    if len(text) > 155:
        text = text[:155].rsplit(" ", 1)[0] + " …"
    soup.head.append(
        soup.new_tag("meta", attrs={"name": "description", "content": text})
    )


def reserve_code(soup: BeautifulSoup) -> None:
    """Tell the style sheet how many lines each code block has: its height, before it
    is laid out.
    """
    for block in soup.select("article div.highlight > pre"):
        lines = block.get_text().rstrip("\n").count("\n") + 1
        block["style"] = f"--lines:{lines}"


def put_off_scripts(soup: BeautifulSoup) -> None:
    """Let the theme's scripts and the copy buttons wait until the page is there: `page.js` then runs
    them one by one, each as a task of its own.
    """
    for part in PUT_OFF:
        for script in soup.select(f'script[src*="{part}"]'):
            address = script["src"]
            script.attrs = {"type": "text/plain", "data-later": address}
            soup.body.append(script.extract())
        for link in soup.select(f'link[rel="preload"][href*="{part}"]'):
            link.decompose()


def settle_theme(soup: BeautifulSoup) -> None:
    """Choose light or dark before anything is painted: the theme's script does it later, and then
    every element of a long page gets its colours a second time.
    """
    script = soup.new_tag("script")
    script.string = SETTLE
    soup.head.append(script)


def secure(soup: BeautifulSoup) -> None:
    """Add the content security policy: this site alone, and the inline scripts of now."""
    hashes = {
        "'sha256-"
        + base64.b64encode(hashlib.sha256(script.string.encode()).digest()).decode()
        + "'"
        for script in soup.select("script:not([src]):not([type='application/json'])")
        if script.string
    }
    policy = [
        "default-src 'none'",
        " ".join(["script-src 'self'", *sorted(hashes)]),
        "style-src 'self' 'unsafe-inline'",  # plotly sets the style attribute of what it draws
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",  # the search page reads the pages it found, for their excerpts
        "base-uri 'none'",
        "form-action 'self'",
    ]
    meta = soup.new_tag(
        "meta",
        attrs={"http-equiv": "Content-Security-Policy", "content": "; ".join(policy)},
    )
    charset: Tag | None = soup.select_one("meta[charset]")
    if charset is None:
        soup.head.insert(0, meta)
    else:
        charset.insert_after(meta)


def finish(html: str, name: str) -> str:
    """Return the finished page for the theme's rendered page of that name."""
    soup = BeautifulSoup(html, "html.parser")
    drop_unused(soup)
    describe(soup)
    number_chapters(soup, name)
    frame_front(soup, name)
    place_links(soup)
    wrap_guessed(soup)
    reserve_code(soup)
    mend(soup)
    mark_kannada(soup)
    put_off_scripts(soup)
    settle_theme(soup)
    secure(soup)
    return str(soup)


class FinishingTemplates(BuiltinTemplateLoader):
    """Sphinx's own templates, with `finish` after each."""

    def render(self, template: str, context: dict) -> str:
        """Render a template; whole pages are finished, everything else is left as it is."""
        html = super().render(template, context)
        if "<html" not in html[:500]:
            return html
        return finish(html, context.get("pagename", ""))


def use_templates(app: Sphinx, config: Any) -> None:
    """Put `FinishingTemplates` in the place of Sphinx's own."""
    config.template_bridge = f"{__name__}.FinishingTemplates"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the last pass."""
    app.connect("config-inited", use_templates)
    return {}
