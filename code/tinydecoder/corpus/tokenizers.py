"""The tokenizers of the course's own corpus: English words, Kannada morphemes.

A token of either side has a meaning of its own, so attention between them can be read.
"""

from collections.abc import Iterable

from tinydecoder.corpus.clause import Sentence
from tinydecoder.corpus.kannada import join_words
from tinydecoder.text import tokenizer
from tinydecoder.text.tokenizer import MorphemeTokenizer, Tokenizer


class EnglishTokenizer(MorphemeTokenizer):
    """A token is a word, as the corpus writes it.

    Lower case but for I, no full stop and no question mark: "The boy ate." is the boy
    ate.
    """

    kind = "corpus English"

    def _cut(self, text: str) -> list[str]:
        words = text.replace("?", " ").replace(".", " ").lower().split()
        return ["I" if word == "i" else word for word in words]


class KannadaTokenizer(MorphemeTokenizer):
    """A token is a stem or an ending: encode takes "ಮನೆ -ಗೆ", decode gives ಮನೆಗೆ.

    An ending is joined by the rules of sandhi, in `kannada.join_words`.
    """

    kind = "corpus Kannada"
    takes_written_text = False

    def _join(self, pieces: list[str]) -> str:
        return " ".join(join_words(pieces))


# Every kind of tokenizer that a checkpoint may have.
KINDS: dict[str, type[Tokenizer]] = {
    **tokenizer.KINDS,
    **{kind.kind: kind for kind in (EnglishTokenizer, KannadaTokenizer)},
}


def texts(sentences: Iterable[Sentence]) -> list[tuple[str, str]]:
    """English, and Kannada cut into morphemes: what the two tokenizers encode."""
    return [(" ".join(s.english), " ".join(s.morphemes)) for s in sentences]
