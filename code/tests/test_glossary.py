"""The glossary's terms, and that no chapter uses one before the chapter that introduces it."""

import re
from pathlib import Path

import nbformat
import pytest

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = sorted(BOOK.glob("[0-9][0-9]-*.ipynb"))
ENTRY = re.compile(
    r"^([^\n:]+)\n: (.+?) \[Chapter (\d\d)\]\((\S+?)\)(?:, in full \[chapter \d\d\]\(\S+\))?$",
    re.MULTILINE,
)


def entries():
    """Term → (its definition, the chapter's number, the link)."""
    text = (BOOK / "glossary.md").read_text("utf-8")
    return {m[1]: (m[2], m[3], m[4]) for m in ENTRY.finditer(text)}


def paragraphs(path):
    """A chapter's own words, paragraph by paragraph: no code, no formulas, no generated head."""
    cells = nbformat.read(path, as_version=4).cells
    own = [c for c in cells if c.cell_type == "markdown" and c.id != "chapter-front"]
    text = "\n\n".join(cell.source for cell in own)
    text = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$", " ", text, flags=re.DOTALL)
    return re.split(r"\n\s*\n", text)


def words_of(paragraph):
    """A paragraph without the addresses of its links."""
    return re.sub(r"\]\([^)]*\)", "]", paragraph)


def uses(term, text):
    """Whether a text has a term, or one of its names, as a word of its own or in the plural."""
    names = [re.escape(name).replace(r"\ ", r"\s+") for name in term.split(", ")]
    return any(re.search(rf"(?<![\w–-]){n}s?(?![\w–-])", text, re.I) for n in names)


def test_every_line_of_the_glossary_is_an_entry():
    text = (BOOK / "glossary.md").read_text("utf-8")
    assert len(entries()) == text.count("\n: ") >= 30
    assert list(entries()) == sorted(entries(), key=str.lower)


def test_a_use_is_found():
    assert uses("head", "Four heads, side by side") and uses(
        "top-k, top-p", "with top-p"
    )
    assert not uses("head", "ahead of the header") and not uses("key", "key-value")


@pytest.mark.parametrize("term", entries())
def test_a_term_is_introduced_before_it_is_used(term):
    """Bold in its chapter; before that, only in a paragraph that points ahead to that chapter."""
    definition, number, link = entries()[term]
    assert definition.endswith((".", "?")) and link.startswith(number)
    own = paragraphs(BOOK / link)
    bold = re.findall(r"\*\*(.+?)\*\*", "\n\n".join(own), re.DOTALL)
    assert uses(term, " · ".join(bold)), f"{link} does not set {term!r} bold"
    early = [
        f"{path.stem}: {one[:120]}"
        for path in CHAPTERS
        if path.name < link
        for one in paragraphs(path)
        if uses(term, words_of(one)) and f"({link}" not in one
    ]
    assert early == []
