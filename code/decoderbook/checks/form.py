"""The form in which a chapter's exercises, guesses and quizzes are declared: one Markdown file
a chapter, in `decoderbook/exercises`. All else is made from it: a chapter's cells, hints and solutions on
the page, what `check` says, and what an instructor hands out.

    ## Exercise safe-softmax · A safe softmax
    points: 2
    minutes: 6
    read: 05 · Softmax: shares from any numbers

    The statement, in Markdown. Then, each under a heading of level three: `Given` (code that
    the chapter has run by then), `Starter` (code), `Hint` (text, as often as needed), `Solution`
    (code), `Also right · name` (code), `Wrong · name` (code, then the hint that it must get).

    ## Guess hot · What does a high temperature do?
    before: temperature-play
    proof: temperature-numbers

    The question. Then its choices, of which `[x]` marks the right ones; the lines below a choice
    are the reply to it. `Quiz` in place of `Guess` is the same form; `corrects: 7` there is the
    number of the statement in circulation that it corrects.

    - [ ] The best share grows
      Why this attracts, and what is so.
    - [x] All shares come near each other
      Why.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from decoderbook.checks.items import (
    Choice,
    Declared,
    Exercise,
    Place,
    Question,
    Slider,
    Variant,
)

HEAD = re.compile(r"^(Exercise|Guess|Quiz) ([a-z0-9-]+) · (.+)$")
PART = re.compile(r"^(Given|Starter|Hint|Solution|Also right|Wrong)(?: · (.+))?$")
FACT = re.compile(r"^([a-z]+): (.+)$")
CHOICE = re.compile(r"^- \[([ x])\] (.+)$")
FENCE = re.compile(r"^```(\w*)\s*$")


class SourceError(ValueError):
    """A declaration that nothing can be made of; the message names file, item and mend."""


@dataclass
class _Section:
    """The lines under one heading of level two, cut at those of level three."""

    kind: str
    slug: str
    title: str
    lines: list[str] = field(default_factory=list)
    parts: list[tuple[str, str, list[str]]] = field(default_factory=list)


def parse(text: str, chapter: str) -> Declared:
    """The items of one file. Raises SourceError for what cannot be understood."""
    made_exercises: list[Exercise] = []
    made_questions: list[Question] = []
    seen: set[str] = set()
    for section in _sections(text, chapter):
        where = f"exercises/{chapter}.md, {section.slug}"
        if section.slug in seen:
            raise SourceError(f"{where}: two items have this name")
        seen.add(section.slug)
        facts, body = _facts(section.lines)
        try:
            if section.kind == "Exercise":
                number = len(made_exercises) + 1
                made_exercises.append(_exercise(section, facts, body, chapter, number))
            else:
                made_questions.append(_question(section, facts, body, chapter))
        except (KeyError, ValueError, SyntaxError) as error:
            what = f"it has no {error}" if isinstance(error, KeyError) else error
            raise SourceError(f"{where}: {what}") from None
    return Declared(chapter, tuple(made_exercises), tuple(made_questions))


def _outside_fences(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Each line, with whether it stands outside of a block of code."""
    inside = False
    for line in lines:
        fence = FENCE.match(line)
        yield line, not inside and not fence
        inside = inside != bool(fence)


def _sections(text: str, chapter: str) -> list[_Section]:
    found: list[_Section] = []
    for line, outside in _outside_fences(text.splitlines()):
        if outside and line.startswith("## "):
            head = HEAD.match(line[3:])
            if head is None:
                raise SourceError(
                    f"exercises/{chapter}.md: {line!r} is no `## Exercise name · Title`"
                )
            found.append(_Section(*head.groups()))
        elif outside and line.startswith("### ") and found:
            part = PART.match(line[4:])
            if part is None:
                raise SourceError(
                    f"exercises/{chapter}.md, {found[-1].slug}: {line!r} is no part of an exercise"
                )
            found[-1].parts.append((part[1], part[2] or "", []))
        elif found and found[-1].parts:
            found[-1].parts[-1][2].append(line)
        elif found:
            found[-1].lines.append(line)
    return found


def _facts(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """The `key: value` lines at the top, and what follows them."""
    facts: dict[str, str] = {}
    for at, line in enumerate(lines):
        if found := FACT.match(line):
            facts[found[1]] = found[2].strip()
        else:
            return facts, lines[at:]
    return facts, []


def _text(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def _code(lines: list[str]) -> tuple[str, str]:
    """The block of code with which a part begins, and the text after it."""
    text = _text(lines)
    found = re.match(r"```python\n(.*?)\n```(?:\n|$)", text, re.S)
    if found is None:
        raise ValueError("a part with code must begin with a block ```python")
    ast.parse(found[1])
    return found[1], text[found.end() :].strip()


def _exercise(
    section: _Section, facts: dict[str, str], body: list[str], chapter: str, number: int
) -> Exercise:
    by_kind: dict[str, list[tuple[str, list[str]]]] = {}
    for kind, name, lines in section.parts:
        by_kind.setdefault(kind, []).append((name, lines))

    def only(kind: str, default: str | None = None) -> str:
        found = by_kind.get(kind, [])
        if not found and default is not None:
            return default
        if len(found) != 1:
            raise ValueError(f"it must have one part {kind!r}, got {len(found)}")
        return _code(found[0][1])[0]

    def variants(kind: str) -> tuple[Variant, ...]:
        made = [Variant(name, *_code(lines)) for name, lines in by_kind.get(kind, [])]
        if unnamed := [v for v in made if not v.name]:
            raise ValueError(f"{len(unnamed)} parts {kind!r} have no name")
        if dumb := [v.name for v in made if kind == "Wrong" and not v.hint]:
            raise ValueError(
                f"no hint follows the code of the wrong answer {dumb[0]!r}"
            )
        return tuple(made)

    chapter_number, _, heading = facts["read"].partition(" · ")
    return Exercise(
        slug=section.slug,
        chapter=chapter,
        number=number,
        title=section.title,
        points=int(facts["points"]),
        minutes=int(facts["minutes"]),
        read=Place(chapter_number, heading),
        statement=_text(body),
        starter=only("Starter"),
        solution=only("Solution"),
        given=only("Given", ""),
        hints=tuple(_text(lines) for _, lines in by_kind.get("Hint", [])),
        also=variants("Also right"),
        wrong=variants("Wrong"),
    )


def _question(
    section: _Section, facts: dict[str, str], body: list[str], chapter: str
) -> Question:
    if section.parts:
        raise ValueError(f"a {section.kind.lower()} has no parts under `###`")
    starts = [at for at, line in enumerate(body) if CHOICE.match(line)]
    choices = []
    for begin, end in pairwise([*starts, len(body)]):
        mark, label = CHOICE.match(body[begin]).groups()
        reply = _text([line.strip() for line in body[begin + 1 : end]])
        if not reply:
            raise ValueError(f"the choice {label!r} has no reply below it")
        choices.append(Choice(label.strip(), reply, mark == "x"))
    slider = None
    if "slider" in facts:
        slider = Slider.read(facts["slider"], facts["right"])
        if len(choices) != 3 or [c.right for c in choices] != [False, True, False]:
            raise ValueError("a slider has three choices: too low, right, too high")
    elif len(choices) < 2 or not any(c.right for c in choices):
        raise ValueError(
            "it needs at least two choices, and one of them right, `- [x]`"
        )
    corrects = tuple(int(n) for n in re.findall(r"\d+", facts.get("corrects", "")))
    return Question(
        kind=section.kind.lower(),
        slug=section.slug,
        chapter=chapter,
        title=section.title,
        statement=_text(body[: starts[0]]),
        choices=tuple(choices),
        before=facts.get("before", ""),
        proof=facts.get("proof", ""),
        corrects=corrects,
        slider=slider,
    )
