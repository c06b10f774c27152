"""What a piece of a written Kannada word is called: any cut of it, not only a morpheme."""

from collections.abc import Sequence
from itertools import takewhile

from tinydecoder.corpus.kannada import SIGNS, VIRAMA, join, transliterate

BARE = "−a"  # what a virama does to its consonant


def piece_latin(piece: str) -> str:
    """How a piece of a word sounds, ISO 15919: ನಾ is nā, the sign ಾ alone ā.

    A piece may begin with a vowel sign, where a tokenizer cuts inside a letter, or with
    a virama, which takes the vowel a away: alone it is "−a". A space is "␣".
    """
    if piece == VIRAMA:
        return BARE
    signs = ""
    while piece[:1] in SIGNS and piece:
        signs += SIGNS[piece[0]]
        piece = piece[1:]
    return (signs + transliterate(piece)).replace(" ", "␣")


def written_spans(morphemes: Sequence[str]) -> list[int]:
    """How many code points of the written word each of its morphemes covers.

    Sandhi may write the end of one and the beginning of the next in one sign. A sign that
    the first ends in by itself stays with it, as the u of ಹೋಗು does before -ಉತ್ತ್; any
    other belongs to the later one. The spans sum to the length of `join(morphemes)`.
    """
    written = [join(morphemes[: count + 1]) for count in range(len(morphemes))]
    ends = [_shared(word, written[i + 1]) for i, word in enumerate(written[:-1])]
    ends.append(len(written[-1]))
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _shared(one: str, other: str) -> int:
    """How many code points both begin with."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in same)
