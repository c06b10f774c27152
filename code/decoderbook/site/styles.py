"""Style rules that no page can use are left out: most of the theme's, and its thousands of icons.

A rule goes if its selector names a class or an id that stands in no page and in no script.
Scripts count word by word, so a class that a script may set stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tinycss2

WORD = re.compile(r"-?[A-Za-z_][\w-]*")
NAME = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")  # a class or an id in a selector
# What may also be fulfilled without the names in it: `:not(.a)`, `:is(.a, .b)`.
FUNCTION = re.compile(r":[\w-]+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
COMMA = re.compile(r",(?![^(\[]*[)\]])")  # between selectors, not inside their brackets
NESTS = ("media", "supports", "layer", "container")  # at-rules that hold rules


def words_of(site: Path) -> set[str]:
    """Every word of every page and script below `site`."""
    found: set[str] = set()
    for pattern in ("*.html", "*.js", "*.svg"):
        for path in site.rglob(pattern):
            found.update(WORD.findall(path.read_text(encoding="utf-8")))
    return found


def is_used(selector: str, words: set[str]) -> bool:
    """Whether all classes and ids that a selector asks for are among the words."""
    plain = FUNCTION.sub("", selector.replace("\\", ""))
    return all(name in words for name in NAME.findall(plain))


def used_rules(css: str, words: set[str]) -> str:
    """The style sheet without comments and without what `is_used` refuses."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(_kept(rules, words))


def _kept(rules: Iterable[Any], words: set[str]) -> Iterable[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = COMMA.split(tinycss2.serialize(rule.prelude))
            used = [one.strip() for one in selectors if is_used(one, words)]
            if used:
                yield f"{','.join(used)}{{{tinycss2.serialize(rule.content)}}}\n"
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTS and rule.content:
            inner = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            if kept := "".join(_kept(inner, words)):
                prelude = tinycss2.serialize(rule.prelude)
                yield f"@{rule.at_keyword}{prelude}{{\n{kept}}}\n"
        else:
            yield rule.serialize() + "\n"


def tidy_styles(site: Path) -> None:
    """Rewrite every style sheet below `site`."""
    words = words_of(site)
    for path in site.rglob("*.css"):
        path.write_text(
            used_rules(path.read_text(encoding="utf-8"), words), encoding="utf-8"
        )
