"""From what a child sent to verdicts: the same as a learner's own check gives, with other numbers."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import Any

import torch

from decoderbook.checks.answers import Outcome, came, own_settings
from decoderbook.checks.engine import judge, judge_outcomes, too_slow
from decoderbook.checks.items import Exercise
from decoderbook.checks.verdict import Verdict
from decoderbook.grade.codec import MalformedError, Opaque, decode, encode
from decoderbook.grade.exam import Exam, Sheet
from decoderbook.grade.facade import WITHHELD
from decoderbook.grade.notebook import Notebook
from decoderbook.grade.remote import Reply
from decoderbook.grade.rules import ruled_out

# Errors of torch that an answer may raise; all others are Python's own, or somebody's.
TORCH_ERRORS = {
    e.__name__: e for e in (torch.linalg.LinAlgError, torch.OutOfMemoryError)
}
# An answer that is data is used here, in products too: a large one could take all memory.
MOST_NUMBERS = 6000


class _Said(str):
    """A text that is shown as it is, also by an error that shows its argument's `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str.__str__(self)


@dataclass(frozen=True)
class Judged:
    """What became of one exercise: the verdict, and what was noticed on the way."""

    verdict: Verdict
    notes: tuple[str, ...] = ()


def judge_reply(exam: Exam, notebook: Notebook, reply: Reply) -> dict[str, Judged]:
    """The verdict on each exercise of a notebook, from what children sent about it."""
    found = {}
    for exercise in exam.exercises:
        notes: list[str] = []
        with own_settings():
            verdict = _judge(exam, exercise, notebook, reply, notes)
        if verdict.kind != "blank":
            notes += ruled_out(exercise, notebook.cells)
        found[exercise.slug] = Judged(verdict, tuple(dict.fromkeys(notes)))
    return found


def _judge(
    exam: Exam,
    exercise: Exercise,
    notebook: Notebook,
    reply: Reply,
    notes: list[str],
) -> Verdict:
    slug, seeds = exercise.slug, exam.seeds[exercise.slug]
    if slug not in reply.taken:
        cells = notebook.places([slug])[slug]
        return _missing(exercise, seeds[0], reply, cells)
    blank, sent = reply.taken[slug]
    if any(flag is True for flag in blank):
        names = zip(exercise.answers, blank, strict=False)
        left = tuple(name for name, flag in names if flag is True)
        return Verdict(exercise, "blank", seed=seeds[0], blank=left)
    if exam.is_data(exercise):
        values = [_value(v, notes) for v in sent]
        if sum(map(_size, values)) > MOST_NUMBERS:
            return _wrong(
                exercise, seeds[0], "It is far larger than what was asked for."
            )
        if len(values) != len(exercise.answers):
            return _unreadable(exercise, seeds[0])
        verdicts = [judge(exercise, values, seed) for seed in seeds]
    else:
        verdicts = [
            _judge_sheet(exercise, sheet, i, reply, exam.order(sheet, notebook), notes)
            for i, sheet in enumerate(exam.sheets[slug])
        ]
    return next((v for v in verdicts if not v.passed), verdicts[0])


def _judge_sheet(
    exercise: Exercise,
    sheet: Sheet,
    which: int,
    reply: Reply,
    order: list[int],
    notes: list[str],
) -> Verdict:
    if (exercise.slug, which) in reply.slow:
        notes.append("the answer took too long")
        return too_slow(exercise, sheet.seed, reply.limit)
    outcomes = []
    for i, case in enumerate(sheet.cases):
        sent = reply.came.get((exercise.slug, which, order.index(i)))
        match sent:
            case ["value", value, handed]:
                before = decode(encode(case.arguments))
                got, after = _value(value, notes), _value(handed, notes)
                outcomes.append(came(case, got, after, before))
            case ["error", str(module), str(name), str(text), str(place)]:
                error = _error(module, name, text)
                if isinstance(error, ImportError) and WITHHELD in text:
                    notes.append(
                        "the answer calls a part of tinydecoder that is not given"
                    )
                if isinstance(error, MemoryError):
                    notes.append("the answer ran out of the memory that it may take")
                outcomes.append(Outcome(error=error, place=place[:300]))
            case None:
                return _unfinished(exercise, sheet.seed)
            case _:
                notes.append("a result came in a form that no child writes")
                return _unreadable(exercise, sheet.seed)
    return judge_outcomes(exercise, sheet.seed, sheet.cases, sheet.rights, outcomes)


def _size(value: Any) -> int:
    """How many numbers, letters and entries a value has."""
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, dict):
        return sum(_size(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return len(value) + sum(map(_size, value))
    return len(value) if isinstance(value, str) else 1


def _value(sent: Any, notes: list[str]) -> Any:
    try:
        return decode(sent)
    except MalformedError as error:
        notes.append(f"a result came in a form that no child writes ({error})")
        return Opaque("something that cannot be read")


def _error(module: str, name: str, text: str) -> BaseException:
    """An error as it was raised: of the same type, if Python or torch has it; else of a type of that name."""
    kind = getattr(builtins, name, None) if module == "builtins" else None
    kind = kind or (TORCH_ERRORS.get(name) if module.startswith("torch") else None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        try:
            return kind(_Said(text))
        except Exception:  # such as UnicodeDecodeError, which wants more
            pass
    safe = "".join(c for c in name[:60] if c.isalnum() or c == "_") or "Error"
    return type(safe, (Exception,), {})(text)


def _wrong(exercise: Exercise, seed: int, said: str) -> Verdict:
    return Verdict(exercise, "wrong", seed=seed, said=said)


def _unreadable(exercise: Exercise, seed: int) -> Verdict:
    return _wrong(exercise, seed, "What your answer gave could not be read.")


def _unfinished(exercise: Exercise, seed: int) -> Verdict:
    return _wrong(
        exercise,
        seed,
        "It never came to an end: the interpreter was ended while your answer ran, or it took far too long.",
    )


def _missing(
    exercise: Exercise, seed: int, reply: Reply, cells: tuple[int, ...]
) -> Verdict:
    """Nothing of that name was there: because its cell stopped, or because nobody wrote it."""
    errors = [reply.cells[i] for i in cells if i in reply.cells]
    if errors:
        return _wrong(
            exercise, seed, f"The cell of your answer stopped with `{errors[-1]}`."
        )
    return Verdict(exercise, "blank", seed=seed, blank=exercise.answers)
