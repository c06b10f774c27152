"""What the checks of chapter 10 try: training."""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from decoderbook.checks import chapter_10_more as chapter_10_more
from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import END, PAD, START, pad


@cases_of("two-rows")
def two_rows(draw: Draw) -> Iterator[Case]:
    """One sentence, then sentences of different lengths; the labels first."""
    lengths = draw.sizes(3, 2, 7)

    def case(name: str, sentences: list[list[int]], which: int, look: str) -> Case:
        target = pad([[START, *ids, END] for ids in sentences])
        inputs, labels = target[:, :-1], target[:, 1:]

        def ask(my_rows: Any, sentences: list) -> Tensor:
            return torch.as_tensor(my_rows(sentences)[which])

        def then(found: Tensor) -> Tensor:
            if which == 1 or found.shape != inputs.shape:
                return found
            return found.where(
                labels != PAD, PAD
            )  # what a row behind the end reads is free

        right = labels if which == 1 else inputs.where(labels != PAD, PAD)
        return Case(name, (sentences,), right, look, ask, then)

    for count in (1, 3):
        sentences = [draw.whole(3, 90, n).tolist() for n in lengths[:count]]
        which = (
            "one sentence"
            if count == 1
            else "sentences of {}, {} and {} tokens".format(*lengths)
        )
        yield case(
            f"the labels of {which}",
            sentences,
            1,
            "row 0 is asked for the first token, the last row for END."
            if count == 1
            else "one sentence was right. What comes right after the last token of a short one?",
        )
        yield case(
            f"the inputs of {which}",
            sentences,
            0,
            "row 0 reads START, every other row the token that the row before it was asked for.",
        )


@cases_of("root-schedule")
def root_schedule(draw: Draw) -> Iterator[Case]:
    """The peak, the fall, the climb."""
    peak, warmup = draw.pick([0.001, 0.004, 0.02]), 4 * draw.pick([5, 10, 25, 100])
    for name, step, share, look in (
        ("the end of the warm-up", warmup, 1.0, "here it is exactly `peak`."),
        (
            "four times the warm-up",
            4 * warmup,
            1 / 2,
            "the root of a quarter is a half.",
        ),
        (
            "nine times the warm-up",
            9 * warmup,
            1 / 3,
            "the root of a ninth is a third.",
        ),
        (
            "a quarter of the warm-up",
            warmup // 4,
            1 / 4,
            "the climb is a straight line.",
        ),
        ("the first step", 1, 1 / warmup, "the climb begins at 0, one step before."),
    ):
        yield Case(
            f"{name}: step {step}, peak {peak}, warmup {warmup}",
            (step, peak, warmup),
            peak * share,
            look,
            rtol=1e-4,
            atol=1e-9,
        )


@cases_of("masked-loss")
def masked_loss(draw: Draw) -> Iterator[Case]:
    """One row, one sentence, huge logits, a loss of 0, a batch, and then padding."""
    B, T, vocab_size = draw.sizes(3, 3, 9)

    def case(
        name: str,
        B: int,
        T: int,
        look: str,
        scale: float = 2.0,
        padded: int = 0,
        sure: bool = False,
    ) -> Case:
        logits = draw.normal(B, T, vocab_size, scale=scale)
        labels = draw.whole(1, vocab_size, B, T)
        if scale > 100:  # a token that has next to no share
            labels = logits[..., 1:].argmin(dim=-1) + 1
        if sure:
            logits[0, 0, labels[0, 0]] = 1000.0
        for b in range(padded):
            labels[b, 1 + b :] = PAD
        right = F.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), ignore_index=PAD
        )
        return Case(name, (logits, labels), right, look)

    yield case("one row", 1, 1, "minus the logarithm of the right token's share.")
    yield case(
        "one sentence", 1, T, "the mean over its rows. Which axis is the vocabulary?"
    )
    yield case(
        "logits of about 1,000",
        1,
        T,
        "the share of the right token is too small for a float. Its logarithm is not.",
        1000.0,
    )
    yield case(
        "one sentence whose row 0 is sure of its token",
        1,
        T,
        "row 0 has the loss 0. It was asked like the others, so it counts like the others.",
        sure=True,
    )
    yield case(f"{B} sentences of one length", B, T, "count axes from the end.")
    yield case(
        f"{B} sentences, two of them filled up with PAD",
        B,
        T,
        "a PAD label adds nothing to the sum, and nothing to the number of tokens.",
        padded=2,
    )


@cases_of("mixed-teacher")
def mixed_teacher(draw: Draw) -> Iterator[Case]:
    """The teacher alone, the model alone, row 0, then a mixture."""
    B, T = draw.sizes(2, 4, 8)
    sentences = [draw.whole(3, 50, T - 1 - b % 3).tolist() for b in range(B)]
    target = pad([[START, *ids, END] for ids in sentences])  # (B, T + 1)
    own = draw.whole(50, 99, B, T)
    counted = target[:, 1:] != PAD

    def ask(my_mixed: Any, *arguments: Tensor) -> Tensor:
        return torch.as_tensor(my_mixed(*arguments))

    def then(inputs: Tensor) -> Tensor:
        return inputs.where(counted, PAD) if inputs.shape == counted.shape else inputs

    def case(name: str, use_own: Tensor, look: str) -> Case:
        right = target[:, :-1].clone()
        for b, i in use_own.nonzero().tolist():
            right[b, i] = own[b, i - 1] if i else START
        given = target, own, use_own
        return Case(name, given, right.where(counted, PAD), look, ask, then)

    never, always = (
        torch.zeros(B, T, dtype=torch.bool),
        torch.ones(B, T, dtype=torch.bool),
    )
    first = never.clone()
    first[:, 0] = True
    yield case(
        "use_own nowhere True", never, "these are the inputs of teacher forcing."
    )
    yield case(
        "use_own True from row 1 on",
        always & ~first,
        "each row reads what the row *before* it chose.",
    )
    yield case(
        "use_own True in row 0 alone", first, "row 0 reads START, whatever is asked."
    )
    yield case(
        "use_own drawn by chance",
        draw.normal(B, T) > 0,
        "where is the reference taken, and where the model's own?",
    )
