"""What the checks of chapter 04 try: the encoder's memory."""

from collections.abc import Iterator

import torch
from torch import Tensor

from decoderbook.checks import chapter_04_more  # noqa: F401, its cases are registered too
from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import END, Encoder, ModelConfig, Transformer, causal_mask, pad
from tinydecoder.embedding import Embedding

TEXT = "I you she called watched the a my dog friend house book went often and slowly"
WORDS = TEXT.split()


def _ids(sentences: list[str]) -> Tensor:
    """Some id for each word, END, and PAD up to the longest."""
    return pad([[*(4 + WORDS.index(w) for w in s.split()), END] for s in sentences])


@cases_of("memory-shape")
def memory_shape(draw: Draw) -> Iterator[Case]:
    """One sentence, then batches whose longest sentence stands elsewhere."""
    width = 2 * draw.pick(range(4, 30))
    model = draw.module(
        lambda: Transformer(ModelConfig(width, 1, d_ff=8, n_layers=1), 24, 24)
    )
    short, middle, long = (" ".join(draw.some(WORDS, n)) for n in sorted(draw.sizes(3)))

    def case(name: str, sentences: list[str], look: str) -> Case:
        return Case(name, (sentences, width), model.encode(_ids(sentences)).shape, look)

    yield case(
        "one sentence",
        [middle],
        "one row for each token. Which tokens are there beside the words?",
    )
    yield case(
        "a sentence of one word", [WORDS[0]], "the word, and what closes the sentence."
    )
    yield case(
        "three sentences, the longest first",
        [long, short, middle],
        "the first axis counts sentences.",
    )
    yield case(
        "four, the longest last",
        [middle, short, short, long],
        "the longest sentence gives the width.",
    )


@cases_of("layers-needed")
def layers_needed(draw: Draw) -> Iterator[Case]:
    """A reach that takes in all, then steps of one, then steps that come out even or not."""

    def case(S: int, reach: int, look: str) -> Case:
        far = (torch.arange(S)[:, None] - torch.arange(S)).abs() <= reach
        depends, layers = far, 1
        while not depends.all():
            depends, layers = (far.double() @ depends.double()) > 0, layers + 1
        return Case(f"{S} rows and reach {reach}", (S, reach), layers, look)

    small, large = sorted(draw.some(range(3, 7), 2))
    all_at_once = "the first row reads the last in the first layer already."
    yield case(large, large - 1, all_at_once)
    yield case(small, large + 5, all_at_once)
    yield case(
        9 + small,
        1,
        "one place further with each layer: how many places from the first row to the last?",
    )
    yield case(
        4 * small + 1,
        small,
        "count the steps from the first row to the last, not the rows.",
    )
    yield case(
        4 * small + 2,
        small,
        "the last step is shorter than the others, and still needs a layer.",
    )
    yield case(9 * large, large, "in which direction is the way longest?")


@cases_of("equal-rows")
def equal_rows(draw: Draw) -> Iterator[Case]:
    """A sentence and itself, then one that goes on, then one that differs in the middle."""
    encoder = draw.module(lambda: Encoder(ModelConfig(16, 2, d_ff=32)))
    embedding = draw.module(lambda: Embedding(24, 16))
    start = draw.some(WORDS, draw.pick([6, 7, 8]))
    more = [w for w in WORDS if w not in start]
    at = draw.pick([2, 3])
    longer = [*start, *draw.some(more, 2)]
    middle = [*start[:at], more[0], *start[at + 1 :]]
    first = [more[1], *start[1:]]

    def case(name: str, other: list[str], causal: bool, look: str) -> Case:
        memories = []
        for words in (start, other):
            x = embedding(_ids([" ".join(words)]))
            memories.append(encoder(x, causal_mask(x.shape[1]) if causal else None)[0])
        shorter = min(map(len, memories))
        away = (memories[0][:shorter] - memories[1][:shorter]).abs().amax(dim=1)
        arguments = (" ".join(start), " ".join(other), causal)
        mask = "with a causal mask" if causal else "without a mask"
        return Case(f"{name}, {mask}", arguments, int((away < 1e-4).sum()), look)

    yield case(
        "a sentence and itself", start, True, "all rows are the same, END's too."
    )
    yield case(
        "a sentence and itself",
        start,
        False,
        "the same in, the same out: every row, END's too.",
    )
    yield case(
        "two words more at the end",
        longer,
        True,
        "END comes later in the longer one. Which rows come before?",
    )
    yield case(
        "two words more at the end",
        longer,
        False,
        "without a mask the first row has read the last word.",
    )
    yield case(
        f"another word at place {at}",
        middle,
        True,
        "what can a row see, that comes before the other word? And after it?",
    )
    yield case(
        f"another word at place {at}",
        middle,
        False,
        "without a mask all rows have read that word.",
    )
    yield case(
        "another first word", first, True, "which rows have not read the first word?"
    )
