"""Tokenizers: text to ids and back, with one interface for every kind of token.

What decode returns is what encode was given, ZWNJ and ZWJ (U+200C and U+200D, which change
how Kannada letters join) with it; but between morphemes all spaces are one, and a piece that
the vocabulary lacks becomes UNK, which decode shows as UNKNOWN.
"""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import regex

from tinydecoder.config import PAD as PAD
from tinydecoder.files import write_atomically
from tinydecoder.text import bpe

START, END, UNK = range(PAD + 1, PAD + 4)
SPECIAL = ("[PAD]", "[START]", "[END]", "[UNK]")
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
JOINER = "+"  # before a piece that follows the one before it without a space
FORMAT = "tinydecoder tokenizer 1"


class Tokenizer(ABC):
    """A vocabulary: tokens[id] is the token's text, ids 0 to 3 are the special tokens.

    Text that happens to read "[PAD]" never becomes the special token.
    """

    kind: ClassVar[str]
    # False where encode takes text that is already cut, and nothing here can cut it.
    takes_written_text: ClassVar[bool] = True
    tokens: list[str]

    def __init__(self, tokens: Iterable[str] = ()):
        self.tokens = [*SPECIAL, *tokens]
        own = self.tokens[len(SPECIAL) :]
        self._ids = {token: id for id, token in enumerate(own, start=len(SPECIAL))}
        if len(self._ids) < len(own):
            twice = next(token for token, n in Counter(own).items() if n > 1)
            raise ValueError(f"each token must stand once, {twice!r} stands twice")

    @property
    def vocab_size(self) -> int:
        """How many ids there are, the special ones counted."""
        return len(self.tokens)

    @classmethod
    def fit(cls, texts: Iterable[str], vocab_size: int | None = None) -> "Tokenizer":
        """The vocabulary of these texts: the most frequent pieces first, ties by text.

        vocab_size: at most so many ids, special ones counted; None keeps every piece.
        Raises ValueError if there is no room for any.
        """
        if vocab_size is not None and vocab_size <= len(SPECIAL):
            raise ValueError(
                f"vocab_size must be above the {len(SPECIAL)} special tokens, "
                f"got {vocab_size}"
            )
        cut = cls()._cut
        counts = Counter(piece for text in _texts(texts) for piece in cut(text))
        tokens = sorted(counts, key=lambda piece: (-counts[piece], piece))
        return cls(
            tokens if vocab_size is None else tokens[: vocab_size - len(SPECIAL)]
        )

    def pieces(self, text: str) -> list[str]:
        """The text cut into what this kind of tokenizer counts as one token."""
        return self._cut(_whole(text))

    @abstractmethod
    def _cut(self, text: str) -> list[str]: ...

    def encode(self, text: str) -> list[int]:
        """One id a piece; START and END are the caller's to add."""
        return [self._ids.get(piece, UNK) for piece in self.pieces(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of these ids; PAD, START and END have none.

        Raises ValueError for an id that the vocabulary does not have.
        """
        pieces = []
        for id in ids:
            if not 0 <= id < self.vocab_size:
                last = self.vocab_size - 1
                raise ValueError(f"an id must be from 0 to {last}, got {int(id)}")
            if id not in (PAD, START, END):
                pieces.append(UNKNOWN if id == UNK else self.tokens[id])
        return self._join(pieces)

    def _join(self, pieces: list[str]) -> str:
        return "".join(pieces)

    def save(self, path: str | Path) -> None:
        """Write the vocabulary as JSON, whole or not at all."""
        text = json.dumps(self.state(), ensure_ascii=False, indent=0)
        write_atomically(path, f"{text}\n".encode())

    def state(self) -> dict[str, Any]:
        """What `from_state` makes the same tokenizer of: text and numbers, for JSON."""
        own = self.tokens[len(SPECIAL) :]
        return {"format": FORMAT, "kind": self.kind, "tokens": own}


class CharacterTokenizer(Tokenizer):
    """A token is a code point: in Kannada a letter, a vowel sign or a joiner alone."""

    kind = "character"

    def _cut(self, text: str) -> list[str]:
        return list(text)


class GraphemeTokenizer(Tokenizer):
    r"""A token is what a cursor steps over: an extended grapheme cluster, regex's \X.

    A Kannada vowel sign or virama stays with its letter. A conjunct does not stay
    whole: rule GB9c joins those of some scripts, Devanagari among them, but ಕ್ಷ is ಕ್ and
    ಷ. Source: Unicode Standard Annex #29.
    """

    kind = "grapheme"

    def _cut(self, text: str) -> list[str]:
        return regex.findall(r"\X", text)


class MorphemeTokenizer(Tokenizer):
    """A token is a piece of text that is already cut: "ಮನೆ +ಯಲ್ಲಿ" is two.

    Spaces part the pieces; JOINER marks one that follows without a space, so decode
    gives ಮನೆಯಲ್ಲಿ. The tokens keep the mark: joined by spaces they are the cut text.
    """

    kind = "morpheme"

    def _cut(self, text: str) -> list[str]:
        return text.split()

    def _join(self, pieces: list[str]) -> str:
        text = ""
        for piece in pieces:
            # The mark alone is a plus sign that the text has.
            marked = piece.startswith(JOINER) and piece != JOINER
            text += piece[1:] if marked else f" {piece}"
        return text.removeprefix(" ")


class WordTokenizer(MorphemeTokenizer):
    """A token is a word, one sign, or spaces other than the one between two words.

    JOINER marks the sign or word that follows without a space: "ಹೌದು, ಸರಿ" is ಹೌದು and
    "+," and ಸರಿ. Word characters are letters, marks, digits, ZWNJ and ZWJ, and an
    apostrophe between them.
    """

    kind = "word"

    def _cut(self, text: str) -> list[str]:
        word = r"[\p{L}\p{M}\p{N}\u200c\u200d]+"
        found = regex.findall(rf"(?s){word}(?:['’]{word})*|\s+|.", text)
        pieces: list[str] = []
        for i, piece in enumerate(found):
            if piece == " " and 0 < i < len(found) - 1:
                continue
            spaced = i == 0 or (i > 1 and found[i - 1] == " ")
            pieces.append(piece if spaced else JOINER + piece)
        return pieces


class BPETokenizer(Tokenizer):
    """A token is a frequent stretch of a word, learned by joining pairs; see bpe.py.

    A character that the texts of fit lack becomes its bytes in UTF-8, never UNK.
    """

    kind = "bpe"

    def __init__(
        self, tokens: Iterable[str] = bpe.BYTES, merges: Iterable[Sequence[str]] = ()
    ):
        super().__init__(tokens)
        self.merges = [(left, right) for left, right in merges]
        self._library = bpe.build(self.tokens[len(SPECIAL) :], self.merges)

    @classmethod
    def fit(cls, texts: Iterable[str], vocab_size: int | None = None) -> "BPETokenizer":
        """The tokens and merges of these texts.

        vocab_size: at most so many ids, 4000 if None; the special tokens, the bytes and
        each character of the texts are among them, and ValueError says how many that is
        where they do not fit.
        """
        size = 4000 if vocab_size is None else vocab_size
        return cls(*bpe.train(_texts(texts), size - len(SPECIAL)))

    def _cut(self, text: str) -> list[str]:
        return self._library.encode(text).tokens

    def _join(self, pieces: list[str]) -> str:
        return bpe.join(pieces)

    def state(self) -> dict[str, Any]:
        return {**super().state(), "merges": self.merges}


_PLAIN = (CharacterTokenizer, GraphemeTokenizer, MorphemeTokenizer, WordTokenizer)
KINDS: dict[str, type[Tokenizer]] = {k.kind: k for k in (*_PLAIN, BPETokenizer)}


def load(path: str | Path) -> Tokenizer:
    """What save wrote there; raises FileNotFoundError, or ValueError for another file."""
    try:
        return from_state(json.loads(Path(path).read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(
            f"{path} is not a whole tokenizer file, as save writes it ({error})"
        ) from error


def from_state(state: Any, kinds: Mapping[str, type[Tokenizer]] = KINDS) -> Tokenizer:
    """The tokenizer whose state() this is; raises ValueError for anything else."""
    try:
        values = {**state}
        if (found := values.pop("format")) != FORMAT:
            raise ValueError(f"its format must be {FORMAT!r}, got {found!r}")
        if not isinstance(kind := values.pop("kind"), str) or kind not in kinds:
            raise ValueError(
                f"its kind must be one of {', '.join(kinds)}, got {kind!r}"
            )
        tokens = values["tokens"]
        if not (isinstance(tokens, list) and all(isinstance(t, str) for t in tokens)):
            raise ValueError("tokens must be a list of texts")
        if (made := kinds[kind](**values)).state().keys() != state.keys():
            raise ValueError(f"it must have {', '.join(made.state())}")
        return made
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _texts(texts: Iterable[str]) -> Iterator[str]:
    if isinstance(texts, str):
        raise TypeError(f"fit takes many texts, got one: {texts[:40]!r}; write [text]")
    return map(_whole, texts)


def _whole(text: str) -> str:  # half of a surrogate pair is no character
    return regex.sub(r"[\ud800-\udfff]", UNKNOWN, text)
