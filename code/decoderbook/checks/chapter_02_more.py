"""What the checks of chapter 02 try: byte-pair encoding."""

import string
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import SAMPLES
from tinydecoder.text import bpe


def _merged(pieces: list[str], left: str, right: str) -> list[str]:
    found, i = [], 0
    while i < len(pieces):
        hit = pieces[i : i + 2] == [left, right]
        found.append(left + right if hit else pieces[i])
        i += 2 if hit else 1
    return found


@cases_of("one-merge")
def one_merge(draw: Draw) -> Iterator[Case]:
    """One pair, several, the other order, three alike, longer pieces, a word of the corpus."""
    a, b, c, d = draw.some(string.ascii_lowercase, 4)

    def case(
        name: str, pieces: list[str], look: str, left: str = a, right: str = b
    ) -> Case:
        merged = _merged(pieces, left, right)
        return Case(
            f"{name}: {left!r} and {right!r} in {pieces}",
            (pieces, left, right),
            merged,
            look,
        )

    yield case(
        "no pair", [c, a, d, b], "nothing stands side by side, so nothing changes."
    )
    yield case(
        "one pair",
        [c, a, b, d],
        "the pair becomes one piece, and all others stay, each once.",
    )
    yield case(
        "the first half at the end",
        [c, d, a],
        "the last piece is `left`, and nothing follows it: it stays as it is.",
    )
    yield case("two pairs", [a, b, c, a, b], "the pair is joined wherever it stands.")
    yield case("the other order", [b, a, c, b, b, a], "a pair has an order.")
    yield case(
        "three alike",
        [a, a, a, b, a, a],
        "a piece that was just joined is not `left` any more.",
        right=a,
    )
    yield case(
        "longer pieces",
        [c + a, b, a, b + d, a, b],
        "pieces must be equal to `left` and `right`, not end or begin like them.",
    )
    yield case(
        "a piece with a space", [a, f" {c}", a, b], "a space is a sign like any other."
    )
    word = [*SAMPLES["I am going to school"].kannada[2]]
    at = draw.pick(range(len(word) - 1))
    yield case(
        "hōguttiddēne", word, "a sign of Kannada is a piece too.", *word[at : at + 2]
    )
    yield case("an empty list", [], "no pieces, no merge: an empty list comes back.")


def _learned(counts: dict[str, int], n: int) -> list[tuple[str, str]]:
    """The package's merges."""
    texts = [word for word, count in counts.items() for _ in range(count)]
    return bpe.train(texts, len(bpe.BYTES) + len({*"".join(counts)}) + n)[1]


def _most_frequent(counts: dict[str, int], merges: list) -> list[bool]:
    """Whether each merge, in its turn, is a pair that no other exceeds: so ties do no harm."""
    words, found = {word: list(word) for word in counts}, []
    for left, right in merges:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, pieces in words.items():
            for pair in pairwise(pieces):
                pairs[pair] += counts[word]
        found.append(pairs[left, right] == max(pairs.values()))
        words = {word: _merged(pieces, left, right) for word, pieces in words.items()}
    return found


@cases_of("learn-merges")
def learn_merges(draw: Draw) -> Iterator[Case]:
    """One merge: of one word, by count, within a word, at its ends. Then several merges."""
    letters = draw.some(string.ascii_lowercase, 6)
    times = draw.pick([1, 2, 3])

    def case(words: dict[str, int], n: int, look: str) -> Case:
        named = str.maketrans(dict(zip("abcdef", letters, strict=True)))
        counts = {word.translate(named): times * count for word, count in words.items()}
        name = f"{counts}, {n} merge{'s' * (n > 1)}"
        return Case(name, (counts, n), _learned(counts, n), look)

    yield case({"abcab": 3}, 1, "which pair of neighbours stands twice in this word?")
    yield case(
        {"abd": 2, "abe": 3, "cd": 9},
        1,
        "a word that occurs 9 times adds 9 to each of its pairs.",
    )
    yield case(
        {"ababc": 4, "cd": 6}, 1, "a pair that stands twice in a word counts twice."
    )
    yield case({"ab": 6, "bad": 3}, 1, "no pair reaches from one word to the next.")
    yield case(
        {"abc": 7, "abd": 4, "ef": 5},
        3,
        "the first merge was right: join it in every word, and count again.",
    )
    yield case(
        {"ababab": 5, "ce": 6},
        2,
        "a merge joins the pair wherever it stands in a word.",
    )
    words = [word for sample in SAMPLES.values() for word in sample.kannada]
    counts = {word: draw.pick(range(2, 30)) for word in draw.some(words, 5)}
    yield Case(
        "5 words of our sentences, and whether each of 6 merges is the most frequent pair in its turn",
        (counts, 6),
        [True] * 6,
        "short words were right: are pieces that were joined before counted as one?",
        then=partial(_most_frequent, counts),
    )
