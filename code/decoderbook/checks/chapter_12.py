"""What the checks of chapter 12 try: other inputs."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from decoderbook.checks.cases import Case, Draw, cases_of
from decoderbook.checks.chapter_12_more import as_numbers
from tinydecoder.other_inputs.captioner import cut_patches


@cases_of("patch-rows")
def patch_rows(draw: Draw) -> Iterator[Case]:
    """One patch, a square, then pictures that are wide and tall."""
    rows, columns, size = draw.sizes(3, 2, 9)

    def case(kind: str, rows: int, columns: int, look: str) -> Case:
        height, width = rows * size, columns * size
        right = cut_patches(torch.zeros(1, 3, height, width), size).shape[1:]
        name = f"{kind}: height {height}, width {width}, patches of {size}"
        return Case(name, (height, width, size), tuple(right), look)

    yield case(
        "one patch",
        1,
        1,
        "two numbers come back: one row, and in it three numbers for each pixel.",
    )
    yield case(
        "a square",
        rows,
        rows,
        "as many patches stand side by side as one below the other.",
    )
    yield case("another shape", rows, columns, "height and width are different now.")


@cases_of("error-of-each-step")
def error_of_each_step(draw: Draw) -> Iterator[Case]:
    """One number, two that would cancel, several steps, then all axes."""
    B, T, n_vars = draw.sizes(3, 3, 8)

    def case(name: str, found: Tensor, truth: Tensor, look: str) -> Case:
        right = []
        for step in range(truth.size(1)):
            apart = (found - truth)[:, step].flatten().tolist()
            right.append(math.sqrt(sum(x * x for x in apart) / len(apart)))
        return Case(name, (found, truth), torch.tensor(right), look, as_numbers)

    truth = draw.normal(1, 1, 1)
    yield case(
        "one number that is 3 too high",
        truth + 3,
        truth,
        "squared and rooted, a single error is itself again.",
    )
    truth = draw.normal(2, 1, 1)
    off = torch.tensor([2.0, -2.0])[:, None, None]
    yield case(
        "one error of 2 and one of -2",
        truth + off,
        truth,
        "squares come before the mean, so that nothing cancels.",
    )
    truth = draw.normal(1, T, 1)
    yield case(
        f"{T} steps of one series",
        truth + draw.normal(1, T, 1),
        truth,
        "each step keeps a number of its own.",
    )
    truth = draw.normal(B, T, n_vars)
    yield case(
        f"{B} series, {T} steps, {n_vars} variables",
        truth + draw.normal(B, T, n_vars),
        truth,
        "the mean runs over axes 0 and 2, and the root comes after it.",
    )


@cases_of("honest-baseline")
def honest_baseline(draw: Draw) -> Iterator[Case]:
    """One kind, two kinds, kinds of unequal size, then an exam with habits of its own."""
    a, b, c, d = draw.some(["rāja", "rāṇi", "huḍuga", "snēhita", "mahiḷe", "raita"], 4)
    low, middle, high = sorted([a, b, c])

    def mixed(*counted: tuple[str, str, int]) -> list[tuple[str, str]]:
        pairs = [
            (kind, answer) for kind, answer, count in counted for _ in range(count)
        ]
        return draw.some(pairs, len(pairs))

    def case(name: str, practised: list, exam: list, look: str) -> Case:
        right = 0
        for kind, answer in exam:
            known = [x for k, x in practised if k == kind]
            right += answer == max(sorted(set(known)), key=known.count)
        return Case(name, (practised, exam), right / len(exam), look)

    n = draw.pick([3, 4])
    yield case(
        "one kind of question",
        [*mixed(("who", low, n), ("who", high, 1)), ("who", middle)],
        mixed(("who", low, 2), ("who", middle, 1), ("who", high, n)),
        "which answer was the most frequent one practised, and how often does the exam want it?",
    )
    yield case(
        "two kinds, with another answer each",
        [
            *mixed(("who", a, 5), ("who", c, 1), ("when", b, 3), ("when", c, 1)),
            ("when", d),
        ],
        mixed(("who", a, 2), ("who", b, 1), ("when", b, 2), ("when", a, 3)),
        "one kind was right: each first word has a most frequent answer of its own.",
    )
    yield case(
        "two kinds, of which the exam has far more of one",
        [*mixed(("who", a, 3), ("who", b, 2), ("when", c, 3)), ("when", d)],
        mixed(("who", a, 1), ("who", b, 8), ("when", c, 1)),
        "every question counts the same, whatever its kind.",
    )
