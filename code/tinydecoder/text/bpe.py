"""Byte-pair encoding by the `tokenizers` library, with bytes for unseen characters.

Merges join characters and not bytes, so a token is always text that can be read; in
UTF-8 a Kannada letter is three bytes, and merges of bytes would leave tokens that end
inside a letter. A character that the merges never met is written as its bytes, so every
text can be encoded and comes back as it was, and no token of this kind is unknown.
Sources: Sennrich et al. 2016 (byte-pair encoding); Kudo and Richardson 2018,
SentencePiece, for the bytes.
"""

import json
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
_BYTE = {name: bytes([byte]) for byte, name in enumerate(BYTES)}

# Merges stay inside a piece: a word with the space before it, digits, spaces, one sign.
# Marks (\p{M}) belong to the word: GPT-2's pattern lacks them, and would cut a Kannada
# word at each vowel sign. So do ZWNJ and ZWJ. As letters, digits and signs never stand
# in one piece, no merge can spell the name of a byte.
PIECES = (
    r" ?[\p{L}\p{M}\x{200C}\x{200D}]+| ?\p{N}+|\s+(?=\S)|\s+| ?[^\s\p{L}\p{M}\p{N}]"
)


def train(texts: Iterable[str], size: int) -> tuple[list[str], list[tuple[str, str]]]:
    """The tokens (the 256 bytes, the characters seen, the merged ones) and the merges.

    size: how many tokens there may be. There are fewer where no pair is left that
    stands in the texts twice. Raises ValueError if not even the characters fit.
    """
    library = Tokenizer(models.BPE())
    library.pre_tokenizer = _pieces()
    trainer = trainers.BpeTrainer(
        vocab_size=max(size - len(BYTES), 0), min_frequency=2, show_progress=False
    )
    library.train_from_iterator(texts, trainer)
    # The library tells its merges in no other way.
    model = json.loads(library.to_str())["model"]
    learned = sorted(model["vocab"], key=model["vocab"].__getitem__)
    tokens = [*BYTES, *learned]
    if len(tokens) > size:
        raise ValueError(
            f"the 256 bytes and the {len(learned)} characters of these texts are "
            f"{len(tokens)} tokens before any merge, room beside the special "
            f"tokens is for {size}"
        )
    return tokens, [(left, right) for left, right in model["merges"]]


def build(tokens: list[str], merges: list[tuple[str, str]]) -> Tokenizer:
    """The library's tokenizer for such tokens and merges; its ids count from 0.

    Raises ValueError where the tokens do not begin with the bytes, or a merge does not
    join two of them to a third.
    """
    if tokens[: len(BYTES)] != BYTES:
        raise ValueError(f"the first tokens must be {BYTES[0]} to {BYTES[-1]}")
    vocabulary = {token: number for number, token in enumerate(tokens)}
    for left, right in merges:
        if not {left, right, left + right} <= vocabulary.keys():
            raise ValueError(f"no tokens for the merge {left!r} + {right!r}")
    library = Tokenizer(models.BPE(vocabulary, merges, byte_fallback=True))
    library.pre_tokenizer = _pieces()
    return library


def join(pieces: list[str]) -> str:
    """The text of these tokens; bytes that are no text, which a model may generate,
    become U+FFFD.
    """
    parts = [_BYTE.get(piece, piece.encode()) for piece in pieces]
    return b"".join(parts).decode(errors="replace")


def _pieces() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Split(Regex(PIECES), "isolated")
