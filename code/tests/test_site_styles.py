"""Only style rules that no page can use are left out."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
import tinycss2
from site_pages import SITE, Visit

from decoderbook.site.styles import COMMA, is_used, used_rules, words_of

THEMES = ("pydata_sphinx_theme", "sphinx_book_theme", "sphinx_design", "myst_nb")
# What only holds at times, or is no element: `:hover`, `::before`.
AT_TIMES = re.compile(r"::?[\w-]+(?![\w(-])")


def test_a_rule_without_its_class_goes() -> None:
    css = ".a { x: 1 } .b, .a > .b, #c:is(.a, .z) { x: 2 } @media print { .z { x: 3 } .a { x: 4 } }"
    kept = used_rules(css, {"a", "c"})
    assert re.sub(r"\s+", "", kept) == ".a{x:1}#c:is(.a,.z){x:2}@mediaprint{.a{x:4}}"


def test_what_names_no_class_stays() -> None:
    css = (
        '@import "a.css";\n@font-face { font-family: F }\n@keyframes k { to { x: 1 } }\n'
        ':root { --a: 1 }\n[data-theme="dark"] p:not(.z)::before { x: 1 }\n'
    )
    assert re.sub(r"\s+", "", used_rules(css, set())) == re.sub(r"\s+", "", css)


@pytest.mark.parametrize(
    "selector", [".fa-house", ".a .nowhere", "#nowhere", ".a.nowhere:hover"]
)
def test_an_unknown_name_is_no_use(selector: str) -> None:
    assert not is_used(selector, {"a", "fa"})


def selectors_of(css: str) -> list[str]:
    """Every selector of a style sheet, also those inside its at-rules."""
    found, due = [], tinycss2.parse_stylesheet(css)
    while due:
        rule = due.pop()
        if rule.type == "qualified-rule":
            found += COMMA.split(tinycss2.serialize(rule.prelude))
        elif rule.type == "at-rule" and rule.lower_at_keyword == "media":
            due += tinycss2.parse_rule_list(rule.content)
    return [AT_TIMES.sub("", one).strip() for one in found]


@pytest.fixture(scope="module")
def dropped() -> list[str]:
    """The selectors of the themes' own style sheets that the site has no use for."""
    words = words_of(SITE)
    sheets = [
        path
        for theme in THEMES
        for path in files(theme).rglob("*.css")  # type: ignore[attr-defined]
    ]
    found = {
        one for path in sheets for one in selectors_of(path.read_text("utf-8")) if one
    }
    return sorted(one for one in found if not is_used(one, words))


def test_most_of_the_themes_rules_go(dropped: list[str]) -> None:
    assert len(dropped) > 2000


def test_no_element_of_a_page_wanted_what_was_dropped(
    visit: Visit, dropped: list[str]
) -> None:
    matched = visit.page.evaluate(
        "all => all.filter((one) => { try { return document.querySelector(one) } catch { return false } })",
        dropped,
    )
    assert matched == []
