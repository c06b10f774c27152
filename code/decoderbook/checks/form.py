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

A block of code names its language, as ```python does. What is not of this form raises a SourceError
that names file, line and item: nothing is left out in silence.
"""

from __future__ import annotations

import ast
import re
from itertools import pairwise

from decoderbook.checks.facts import Facts
from decoderbook.checks.items import (
    Choice,
    Declared,
    Exercise,
    Place,
    Question,
    Slider,
    Variant,
    answer_names,
)
from decoderbook.checks.sections import Part, Section, cut

CHOICE = re.compile(r"- \[([ x])\] (.+)")
LIKE_A_CHOICE = re.compile(r"\s*[-*+]\s*\[.?\]")
NAMED = ("Also right", "Wrong")  # the parts that have a name
TEXT_AFTER_CODE = "Wrong"  # its hint; behind any other code a text would be lost


def parse(text: str, chapter: str) -> Declared:
    """The items of one file. Raises SourceError for what cannot be understood."""
    made_exercises: list[Exercise] = []
    made_questions: list[Question] = []
    seen: dict[str, int] = {}
    for section in cut(text, f"exercises/{chapter}.md"):
        if section.slug in seen:
            first = seen[section.slug]
            raise section.error(f"two items have this name, the other on line {first}")
        seen[section.slug] = section.line
        if section.kind == "Exercise":
            number = len(made_exercises) + 1
            made_exercises.append(_exercise(section, chapter, number))
        else:
            made_questions.append(_question(section, chapter))
    return Declared(chapter, tuple(made_exercises), tuple(made_questions))


def _code(part: Part) -> tuple[str, str]:
    """The code with which a part begins, and the text after it."""
    code, before, text = part.code()
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise part.error(error.msg, before + (error.lineno or 0)) from None
    if text and part.kind != TEXT_AFTER_CODE:
        raise part.error(f"a text follows its code, which nobody would see: {text!r}")
    return code, text


def _exercise(section: Section, chapter: str, number: int) -> Exercise:
    facts = Facts(section)
    by_kind: dict[str, list[Part]] = {}
    for part in section.parts:
        by_kind.setdefault(part.kind, []).append(part)
        if bool(part.name) != (part.kind in NAMED):
            what = "has no name" if part.kind in NAMED else "can have no name"
            raise part.error(f"a part {part.kind!r} {what}")

    def only(kind: str, default: str | None = None) -> str:
        found = by_kind.get(kind, [])
        if not found and default is not None:
            return default
        if len(found) != 1:
            where = found[1] if found else section
            raise where.error(f"it must have one part {kind!r}, got {len(found)}")
        return _code(found[0])[0]

    starter = only("Starter")
    asked = answer_names(starter)
    if not asked:
        what = "it defines no name that begins with `my_`, so nothing is asked for"
        raise by_kind["Starter"][0].error(what)
    for part in (p for kind in ("Solution", *NAMED) for p in by_kind.get(kind, [])):
        if missing := [n for n in asked if n not in answer_names(_code(part)[0])]:
            raise part.error(f"it does not define {', '.join(missing)}")

    def variants(kind: str) -> tuple[Variant, ...]:
        made: dict[str, Variant] = {}
        for part in by_kind.get(kind, []):
            code, hint = _code(part)
            if kind == "Wrong" and not hint:
                raise part.error("no hint follows the code of this wrong answer")
            if part.name in made:
                raise part.error("another one has this name")
            made[part.name] = Variant(part.name, code, hint)
        return tuple(made.values())

    read = facts.match("read", "([0-9][0-9]) · (.+)", "`05 · A heading`")
    return Exercise(
        slug=section.slug,
        chapter=chapter,
        number=number,
        title=section.title,
        points=facts.count("points"),
        minutes=facts.count("minutes"),
        read=Place(*read.groups()),
        statement=_statement(section, facts.body, len(section.lines)),
        starter=starter,
        solution=only("Solution"),
        given=only("Given", ""),
        hints=tuple(part.text() for part in by_kind.get("Hint", [])),
        also=variants("Also right"),
        wrong=variants("Wrong"),
    )


def _statement(section: Section, begin: int, end: int) -> str:
    text = "\n".join(section.lines[begin:end]).strip()
    if not text:
        raise section.error("it says nothing: the statement is missing")
    return text


def _choices(section: Section, starts: list[int]) -> tuple[Choice, ...]:
    made = []
    for begin, end in pairwise([*starts, len(section.lines)]):
        found = CHOICE.fullmatch(section.lines[begin])
        if found is None:
            what = (
                f"{section.lines[begin]!r} is no choice: write `- [ ] …` or `- [x] …`"
            )
            raise section.error(what, section.at(begin))
        reply = "\n".join(line.strip() for line in section.lines[begin + 1 : end])
        if not reply.strip():
            what = f"the choice {found[2]!r} has no reply below it"
            raise section.error(what, section.at(begin))
        made.append(Choice(found[2].strip(), reply.strip(), found[1] == "x"))
    return tuple(made)


def _slider(facts: Facts) -> Slider | None:
    if "slider" not in facts:
        if "right" in facts:
            raise facts.error("right", "it belongs to a `slider`, and there is none")
        return None
    span, right = facts["slider"], facts["right"]
    try:
        return Slider.read(span, right)
    except ValueError as error:
        raise facts.error("slider", error) from None


def _question(section: Section, chapter: str) -> Question:
    facts = Facts(section)
    if section.parts:
        what = f"a {section.kind.lower()} has no parts under `###`"
        raise section.parts[0].error(what)
    lines = section.lines
    starts = [i for i in range(facts.body, len(lines)) if LIKE_A_CHOICE.match(lines[i])]
    choices, slider = _choices(section, starts), _slider(facts)
    if slider:
        if [c.right for c in choices] != [False, True, False]:
            what = "a slider has three choices: too low, right, too high"
            raise section.error(what)
    elif len(choices) < 2 or not any(c.right for c in choices):
        what = "it needs at least two choices, and one of them right, `- [x]`"
        raise section.error(what)
    corrects = ""
    if "corrects" in facts:
        corrects = facts.match("corrects", "[0-9]+(, *[0-9]+)*", "`3, 4`")[0]
    return Question(
        kind=section.kind.lower(),
        slug=section.slug,
        chapter=chapter,
        title=section.title,
        statement=_statement(section, facts.body, starts[0]),
        choices=choices,
        before=facts.get("before"),
        proof=facts.get("proof"),
        corrects=tuple(int(n) for n in re.findall("[0-9]+", corrects)),
        slider=slider,
    )
