"""A file of declarations, cut at its headings. Each piece knows its lines, so that whatever is
wrong with it can be said with its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

KINDS = ("Exercise", "Guess", "Quiz")
PARTS = ("Given", "Starter", "Hint", "Solution", "Also right", "Wrong")
HEAD = re.compile(rf"## ({'|'.join(KINDS)}) ([a-z0-9-]+) · (.+)")
PART = re.compile(rf"### ({'|'.join(PARTS)})(?: · (.+))?")
HEADING = re.compile(r"\s{0,3}##")
FENCE = re.compile(r"```(\w*)")


class SourceError(ValueError):
    """A declaration that nothing can be made of; the message names file, line, item and mend."""


@dataclass
class Block:
    """The lines below a heading."""

    file: str  # as messages name it
    line: int  # of the heading, from 1
    label: str  # the item, and its part
    lines: list[str] = field(default_factory=list)

    def error(self, what: object, line: int | None = None) -> SourceError:
        """What to raise: the place, then what is wrong there."""
        return SourceError(f"{self.file}:{line or self.line}, {self.label}: {what}")

    def at(self, index: int) -> int:
        """The number in the file of one of its lines."""
        return self.line + 1 + index

    def text(self) -> str:
        """Its lines, which must say something."""
        if not (text := "\n".join(self.lines).strip()):
            raise self.error("nothing stands below this heading")
        return text

    def code(self) -> tuple[str, int, str]:
        """The block of code with which it begins, the line before it, and the text after it."""
        begin = next((i for i, line in enumerate(self.lines) if line.strip()), 0)
        if self.lines[begin : begin + 1] != ["```python"]:
            raise self.error("a part with code must begin with a block ```python")
        end = self.lines.index("```", begin)
        code = "\n".join(self.lines[begin + 1 : end])
        return code, self.at(begin), "\n".join(self.lines[end + 1 :]).strip()


@dataclass
class Part(Block):
    """What stands under one heading of level three."""

    kind: str = ""
    name: str = ""


@dataclass
class Section(Block):
    """What stands under one heading of level two, cut at those of level three."""

    kind: str = ""
    title: str = ""
    parts: list[Part] = field(default_factory=list)

    @property
    def slug(self) -> str:
        """The item's name."""
        return self.label


def cut(text: str, file: str) -> list[Section]:
    """The sections of a file. Raises SourceError for a heading or a fence that is none."""
    found: list[Section] = []
    top = Block(file, 0, "before the first item")  # holds the title, and no item
    here, fence = top, 0  # fence: the line on which the block of code began, or 0
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.rstrip()
        if line.lstrip().startswith("```"):
            mark = FENCE.fullmatch(line)
            if mark is None or bool(mark[1]) == bool(fence):
                raise here.error(_bad_fence(line, fence), number)
            fence = 0 if fence else number
        elif not fence and HEADING.match(line):
            here = _headed(line, number, found, top)
            continue
        inside = fence and fence != number
        here.lines.append(whole if inside else line)
    if fence:
        raise here.error("the block of code that begins here has no end", fence)
    return found


def _bad_fence(line: str, fence: int) -> str:
    if fence:
        return (
            f"{line!r} stands in the block of code of line {fence}, which ``` must end"
        )
    return f"{line!r} begins no block of code: write ```python, at the line's beginning"


def _headed(line: str, number: int, found: list[Section], top: Block) -> Block:
    """The piece that a heading opens, put in its place."""
    if line.startswith("## "):
        head = HEAD.fullmatch(line)
        if head is None:
            kinds = ", ".join(KINDS)
            what = f"{line!r} is no `## Exercise name · Title`; the kinds are {kinds}"
            raise Block(top.file, number, "a new item").error(what)
        kind, slug, title = head.groups()
        found.append(Section(top.file, number, slug, kind=kind, title=title))
        return found[-1]
    item = found[-1] if found else top
    if not line.startswith("### "):
        what = f"{line!r} is no heading: write `## Exercise name · Title` or `### Hint`"
        raise item.error(what, number)
    part = PART.fullmatch(line)
    if part is None:
        what = f"{line!r} is no part of an exercise; the parts are {', '.join(PARTS)}"
        raise item.error(what, number)
    if not found:
        raise item.error(f"{line!r} belongs to no item", number)
    label = f"{item.label}, {line[4:]}"
    made = Part(top.file, number, label, kind=part[1], name=part[2] or "")
    found[-1].parts.append(made)
    return made
