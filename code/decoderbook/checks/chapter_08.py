"""What the checks of chapter 08 try: cross-attention."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from decoderbook.checks import chapter_08_more as chapter_08_more
from decoderbook.checks.cases import Case, Draw, cases_of

QUERY = torch.tensor([[2.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 2], [0, 0, 0, 0]])
KEY = torch.tensor(
    [[4.0, 0, 0, 0], [0, 0, 0, 4], [0, 0, 4, 0], [0, 4, 0, 0], [0, 4, 0, 0]]
)


def _reads(query: Tensor, key: Tensor) -> Tensor:
    return (query @ key.T / query.shape[-1] ** 0.5).softmax(dim=-1)


@cases_of("school-alone")
def school_alone(draw: Draw) -> Iterator[Case]:
    """The rows of the chapter: what each reads now."""
    others = [0, 2, 3]
    yield Case(
        "what the three other rows read",
        (QUERY,),
        _reads(QUERY, KEY)[others],
        "their weights must stay as they were. Which feature does only the row nānu ask for?",
        lambda my_key, query: _reads(query, my_key)[others],
    )
    yield Case(
        "the words to which nānu gives more than 0.3",
        (QUERY,),
        [4],
        "“to” is word 3 and “school” is word 4, counted from 0.",
        lambda my_key, query: (_reads(query, my_key)[1] > 0.3).nonzero()[:, 0].tolist(),
    )
    yield Case(
        "whether nānu gives “school” more than it gives “I”",
        (QUERY,),
        True,
        "the row nānu does not ask for “I” at all.",
        lambda my_key, query: bool(
            _reads(query, my_key)[1, 4] > _reads(query, my_key)[1, 0]
        ),
    )
    yield Case(
        "whether “school” has more than 0.9",
        (QUERY,),
        True,
        "the two scores of nānu must lie further apart.",
        lambda my_key, query: bool(_reads(query, my_key)[1, 4] > 0.9),
    )
    yield Case(
        "how many numbers of the keys you changed",
        (KEY,),
        1,
        "the weights are as asked. Which of your changes can stay away?",
        lambda my_key, key: int((torch.as_tensor(my_key) != key).sum()),
    )


@cases_of("somewhere-to-look")
def somewhere_to_look(draw: Draw) -> Iterator[Case]:
    """The shape first, then the rows that had a question, then the one that has one now."""

    def case(name: str, right: Any, look: str, of: Callable[[Tensor], Any]) -> Case:
        return Case(name, (), right, look, lambda query, key: of(_reads(query, key)))

    yield case(
        "the shape of the weights",
        (4, 6),
        "four rows, and six words with END: `my_queries` is (4, 5), `my_keys` is (6, 5).",
        lambda weights: tuple(weights.shape),
    )
    yield case(
        "the words that each of the first three rows reads most",
        [[0], [3, 4], [1, 2]],
        "the first four features of rows and words stay as they are, and END comes last.",
        lambda weights: [(row > 0.3).nonzero()[:, 0].tolist() for row in weights[:3]],
    )
    yield case(
        "which of the first three rows give END less than 0.05",
        [True, True, True],
        "they have no question for END: what they ask for, END must not offer.",
        lambda weights: (weights[:3, 5] < 0.05).tolist(),
    )
    yield case(
        "whether the last row gives END more than a third",
        True,
        "it needs a question that END alone answers.",
        lambda weights: bool(weights[3, 5] > 1 / 3),
    )
    yield case(
        "whether the last row gives END more than 0.9",
        True,
        "its score for END is one product, divided by √5. Which score gives 0.9 against five zeros?",
        lambda weights: bool(weights[3, 5] > 0.9),
    )


def _smallest(row: list[float], share: float) -> list[int]:
    """By trying every set of words, the small ones first."""
    for count in range(1, len(row) + 1):
        sets = itertools.combinations(range(len(row)), count)
        best = max(sets, key=lambda words: sum(row[j] for j in words))
        if sum(row[j] for j in best) >= share:
            return list(best)
    return list(range(len(row)))


def _sets(alignment: Callable[..., Any], *arguments: Any) -> list[list[int]] | None:
    found = alignment(*arguments)
    return None if found is None else [sorted(int(j) for j in words) for words in found]


@cases_of("alignment")
def alignment(draw: Draw) -> Iterator[Case]:
    """One row, the hand-set rows, then any, then another share."""

    def table(share: float) -> Tensor:
        """Weights in which no set comes near the share without reaching it, or by a hair."""
        while True:
            T, S = draw.sizes(2, 4, 7)
            weights = (1.5 * draw.normal(T, S)).softmax(dim=-1)
            sums = weights.sort(dim=-1, descending=True).values.cumsum(dim=-1)
            sizes = (sums < share).sum(dim=-1) + 1
            if (sums - share).abs().min() > 1e-3 and 1 < sizes.max() < S:
                return weights

    def case(name: str, weights: Tensor, share: float, look: str) -> Case:
        right = [_smallest(row, share) for row in weights.tolist()]
        return Case(name, (weights, share), right, look, _sets)

    yield case(
        "one row, most of it on word 2",
        torch.tensor([[0.02, 0.02, 0.95, 0.01]]),
        0.9,
        "one word is enough here, so the row's list has one number: 2.",
    )
    yield case(
        "the hand-set weights",
        _reads(QUERY, KEY),
        0.9,
        "{I}, {to, school}, {am, going}, and all five.",
    )
    weights = table(0.9)
    yield case(
        f"{len(weights)} rows and {weights.shape[1]} words",
        weights,
        0.9,
        "take words, the largest weight first, until their sum reaches 0.9. "
        "Give their places in the sentence.",
    )
    yield case("a share of 0.5", table(0.5), 0.5, "the second argument says how much.")
