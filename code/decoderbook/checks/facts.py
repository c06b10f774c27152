"""The `key: value` lines at the top of an item."""

from __future__ import annotations

import re

from decoderbook.checks.sections import Section, SourceError

KNOWN = {
    "Exercise": ("points", "minutes", "read"),
    "Guess": ("before", "proof", "slider", "right"),
    "Quiz": ("before", "proof", "slider", "right", "corrects"),
}
NAMES = {name for names in KNOWN.values() for name in names}
FACT = re.compile(r"([a-z]+): +(.+)")
LIKE_A_FACT = re.compile(r"\s*([A-Za-z]+)\s*:")


class Facts:
    """What is said about an item, by name; `body` is the first line after it, counted in the
    section.
    """

    def __init__(self, section: Section) -> None:
        self.section = section
        self.values: dict[str, str] = {}
        self.places: dict[str, int] = {}
        lines = section.lines
        at = next((i for i, line in enumerate(lines) if line), len(lines))
        while at < len(lines) and self._read(at):
            at += 1
        self.body = at
        after = next((i for i in range(at, len(lines)) if lines[i]), None)
        if after is not None and self._is_like_a_fact(lines[after]):
            raise section.error(
                f"{lines[after]!r} stands below the others: facts have no line between them, "
                "and are written `points: 1`",
                section.at(after),
            )

    def _read(self, at: int) -> bool:
        line = self.section.lines[at]
        found = FACT.fullmatch(line)
        if found is None:
            if self._is_like_a_fact(line):
                what = f"{line!r} is no fact: it is written `points: 1`"
                raise self.section.error(what, self.section.at(at))
            return False
        name, value = found.groups()
        self.places.setdefault(name, self.section.at(at))
        kind = self.section.kind
        if name not in KNOWN[kind]:
            what = f"there is no such fact; it may be {', '.join(KNOWN[kind])}"
            raise self.error(name, what)
        if name in self.values:
            what = f"{name!r} is given twice, first on line {self.places[name]}"
            raise self.section.error(what, self.section.at(at))
        self.values[name] = value
        return True

    @staticmethod
    def _is_like_a_fact(line: str) -> bool:
        found = LIKE_A_FACT.match(line)
        return found is not None and found[1].lower() in NAMES

    def error(self, name: str, what: object) -> SourceError:
        """What to raise for one of them."""
        return self.section.error(f"{name!r}: {what}", self.places[name])

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> str:
        if name not in self.values:
            raise self.section.error(f"it has no {name!r}")
        return self.values[name]

    def get(self, name: str) -> str:
        """A fact that may be missing."""
        return self.values.get(name, "")

    def match(self, name: str, pattern: str, how: str) -> re.Match[str]:
        """A fact as a pattern finds it."""
        found = re.fullmatch(pattern, self[name])
        if found is None:
            raise self.error(name, f"it is written {how}, got {self[name]!r}")
        return found

    def count(self, name: str) -> int:
        """A whole number from 1 on."""
        found = self.match(name, "[0-9]+", "as a whole number from 1 on")
        if int(found[0]) < 1:
            raise self.error(name, f"it must be at least 1, got {found[0]}")
        return int(found[0])
