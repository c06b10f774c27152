"""The table of wrong answers and what each is told: `python -m decoderbook.tools.mutants` prints
it, `--write` stores it as the page `book/wrong-answers.md`.

Each answer that an exercise declares is put to its check with several seeds: solutions and other right
answers must pass, the starter must get a kind word, and each wrong answer must fail in one of the cases
and get its own hint.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import torch
from tqdm import tqdm

from decoderbook.checks import source
from decoderbook.checks.answers import declared_answers
from decoderbook.checks.cases import CASES
from decoderbook.checks.engine import judge
from decoderbook.checks.items import Exercise, Variant
from decoderbook.tools.exercises import fold

PAGE = Path(__file__).resolve().parents[3] / "book" / "wrong-answers.md"
SEEDS = range(3)
PATIENCE = 120.0  # seconds for a verdict: on a busy machine it must be the same
COLUMNS = "| The wrong answer | noticed with | The hint |\n|---|---|---|"
HEAD = """---
myst:
  html_meta:
    description: Every wrong answer that the exercises know, what notices it, and its hint.
---

# Wrong answers and their hints

A check is worth what it catches. So each exercise declares the mistakes that people make, as code, and
the tests run them all: each must be caught, and must get its own hint. An answer is recognised by what
it *does* on fresh numbers, not by how it is written. An answer that nobody thought of is caught by the
same cases, and told where it first went wrong. Open an exercise to see its table.
"""


@dataclass(frozen=True)
class Trial:
    """What became of one declared answer."""

    exercise: Exercise
    kind: str  # solution, also right, starter or wrong
    answer: Variant
    case: str  # the case that caught it, by the first seed
    faults: tuple[str, ...]  # what is wrong with the check, in words
    seconds: float  # the slowest verdict


def try_all(exercise: Exercise) -> list[Trial]:
    """Put every declared answer of an exercise to its check."""
    declared = [
        ("solution", Variant("the solution", exercise.solution)),
        ("starter", Variant("the starter", exercise.starter)),
        *(("also right", answer) for answer in exercise.also),
        *(("wrong", answer) for answer in exercise.wrong),
    ]
    return [try_one(exercise, kind, answer) for kind, answer in declared]


def try_one(exercise: Exercise, kind: str, answer: Variant) -> Trial:
    """Put one answer to the check of its exercise, with each seed. What the answer or the check
    raises is a fault, an exit of the program too.
    """
    faults, case, slowest = [], "", 0.0
    for seed in SEEDS:
        try:
            answers = declared_answers(exercise, answer.code, answer.name)
            begun = time.perf_counter()
            verdict = judge(exercise, answers, seed, seconds=PATIENCE)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            faults.append(f"seed {seed}: {what_was_raised(exercise, error)}")
            break
        slowest = max(slowest, time.perf_counter() - begun)
        wanted = {"starter": "blank", "wrong": "wrong"}.get(kind, "right")
        if verdict.kind != wanted:
            faults.append(f"seed {seed}: it should be {wanted}, and was {verdict.kind}")
        elif kind == "wrong":
            if verdict.mistake != answer.name:
                told = verdict.mistake or "nothing of its own"
                faults.append(f"seed {seed}: it was told: {told}")
            if not verdict.case:
                faults.append(f"seed {seed}: no case caught it")
            case = case or verdict.case
    return Trial(exercise, kind, answer, case, tuple(faults), slowest)


def what_was_raised(exercise: Exercise, error: BaseException) -> str:
    """What kept an exercise from being checked, in words."""
    if isinstance(error, KeyError) and exercise.slug not in CASES:
        module = f"checks/chapter_{exercise.chapter[:2]}.py"
        return f'it has no cases: {module} needs a function under @cases_of("{exercise.slug}")'
    return f"it raised {type(error).__name__}: {error}".rstrip(": ")


def page(trials: list[Trial]) -> str:
    """The page with the tables: a section for each chapter, a fold for each exercise."""
    wrong = [trial for trial in trials if trial.kind == "wrong"]
    parts = [HEAD]
    for chapter, in_chapter in groupby(wrong, lambda t: t.exercise.chapter):
        parts.append(f"## Chapter {chapter[:2]}\n")
        for exercise, answers in groupby(in_chapter, lambda t: t.exercise):
            rows = [row(trial) for trial in answers]
            table = "\n".join([COLUMNS, *rows])
            summary = f"{exercise.label} · {exercise.title} · {len(rows)} wrong answers"
            link = f"[The exercise](#exercise-{exercise.slug})"
            parts.append(fold(summary, f"{link}\n\n{table}") + "\n")
    return "\n".join(parts)


def row(trial: Trial) -> str:
    """A wrong answer's row of the table."""
    cells = (trial.answer.name, trial.case, trial.answer.hint)
    plain = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(plain)} |"


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.tools.mutants",
        description="Try every declared answer of every exercise, and print what became of it.",
    )
    parser.add_argument("chapters", nargs="*", help="numbers, such as 05; without, all")
    parser.add_argument("--write", action="store_true", help=f"store {PAGE.name}")
    options = parser.parse_args(arguments)
    if set(options.chapters) - {name[:2] for name in source.chapters()}:
        parser.error("no such chapter; numbers have two digits, such as 05")
    if options.write and options.chapters:
        parser.error("--write needs all chapters")
    torch.set_num_threads(1)  # small tensors: sharing them among cores takes longer
    chosen = [
        e
        for e in source.exercises().values()
        if not options.chapters or e.chapter[:2] in options.chapters
    ]
    trials: list[Trial] = []
    for exercise in tqdm(chosen, desc="trying answers", unit="exercise"):
        found = try_all(exercise)
        trials += found
        tqdm.write(f"{exercise.label} {exercise.title}", file=sys.stdout)
        for t in found:
            sign = "✗" if t.faults else "✓"
            tqdm.write(
                f"  {sign} {t.kind:10} {t.answer.name:40} {t.seconds:5.2f} s  {t.case}",
                file=sys.stdout,
            )
            for fault in t.faults:
                tqdm.write(f"      {fault}", file=sys.stdout)
    wrong = [t for t in trials if t.kind == "wrong"]
    right = [t for t in trials if t.kind in ("solution", "also right")]
    print(
        f"{len(chosen)} exercises: {sum(not t.faults for t in wrong)} of {len(wrong)} "
        "wrong answers caught with their own hint, "
        f"{sum(bool(t.faults) for t in right)} of {len(right)} right ones rejected; "
        f"slowest verdict {max((t.seconds for t in trials), default=0):.2f} s"
    )
    if options.write:
        PAGE.write_text(page(trials), "utf-8", newline="\n")
    return 1 if any(t.faults for t in trials) else 0


if __name__ == "__main__":
    raise SystemExit(main())
