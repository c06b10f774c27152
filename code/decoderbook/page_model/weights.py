"""One file that holds all that `site/static/decoder/` needs to translate: weights, words,
letters, sentences.
"""

import json
import zlib
from collections import Counter, defaultdict
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from tinydecoder.checkpoint import Translator
from tinydecoder.corpus import kannada
from tinydecoder.corpus.clause import Clause, NounPhrase, Sentence, realise
from tinydecoder.corpus.generator import compositional_split, random_sentences
from tinydecoder.corpus.lexicon import NOUN_BY_NAME, VERB_BY_NAME
from tinydecoder.corpus.samples import SAMPLES
from tinydecoder.corpus.tokenizers import EnglishTokenizer, KannadaTokenizer
from tinydecoder.tensor_file import check_finite, pack
from tinydecoder.text.tokenizer import SPECIAL

KEY = "decoder"  # of the document in the file's head
FORMAT = "inside-the-decoder page model 1"
N_SENTENCES = 120  # besides the samples, to draw from at random
GLOSSES_FROM = 5_000  # sentences in which a token's glosses are counted


def page_weights(translator: Translator, dtype: torch.dtype = torch.float16) -> bytes:
    """A safetensors file with every weight in this dtype, and the page's document.

    Raises ValueError for tokenizers other than those of the course's corpus, whose
    words and letters the page knows, and for a weight that the dtype cannot hold.
    """
    kinds = type(translator.source_tokenizer), type(translator.target_tokenizer)
    if kinds != (EnglishTokenizer, KannadaTokenizer):
        raise ValueError(
            "the page reads English words and writes Kannada morphemes, as the course's "
            f"corpus has them; this translator has {', '.join(k.__name__ for k in kinds)}"
        )
    tensors: dict[str, Tensor] = {
        name: parameter.detach().cpu().to(dtype).contiguous()
        for name, parameter in translator.model.named_parameters()
    }
    check_finite(tensors)
    document = page_document(translator)
    document["crc32"] = checksum(document, pack(KEY, document, tensors))
    return pack(KEY, document, tensors)


def checksum(document: dict[str, Any], content: bytes) -> int:
    """CRC-32 of a document's text and then of the tensors in a file's bytes: `check.js`
    computes it too.

    It stands in the document behind all that it sums; SHA-256 exists in a page only
    where the page comes by a secure connection.
    """
    header = 8 + int.from_bytes(content[:8], "little")
    text = json.dumps(document, ensure_ascii=False)  # as `pack` writes it
    return zlib.crc32(content[header:], zlib.crc32(text.encode()))


def page_document(translator: Translator) -> dict[str, Any]:
    """What the page knows besides the weights, for JSON.

    head: the layer and the head, from 0, whose attention is nearest the gold alignment.
    """
    target = translator.target_tokenizer
    found = glosses()
    return {
        "format": FORMAT,
        "config": asdict(translator.model.config),
        "head": best_head(translator),
        "source": translator.source_tokenizer.tokens,
        "target": [
            {
                "token": token.strip("[]") if token in SPECIAL else token,
                "latin": "" if token in SPECIAL else kannada.transliterate(token),
                "gloss": found.get(token, ""),
            }
            for token in target.tokens
        ],
        "letters": letters(),
        "sentences": [_sentence(s, translator) for s in sentences()],
    }


def best_head(translator: Translator) -> list[int]:
    """The alignment head that the checkpoint names; the last layer's first, if none."""
    named = translator.made.get("alignment head")
    if named is None:
        return [translator.model.config.n_layers - 1, 0]
    return [int(number) for number in named.split(",")]


@lru_cache
def sentences() -> tuple[Sentence, ...]:
    """The samples, two that differ in nothing but their order, and sentences with a pair of
    words that training never saw.
    """
    held_out = compositional_split(0, 0, 0, N_SENTENCES).held_out
    dog, cat = (NounPhrase(NOUN_BY_NAME[name]) for name in ("dog", "cat"))
    catch = VERB_BY_NAME["catch"]
    orders = (realise(Clause(a, catch, b)) for a, b in ((dog, cat), (cat, dog)))
    return (*SAMPLES.values(), *orders, *held_out)


@lru_cache
def glosses() -> dict[str, str]:
    """What each morpheme stands for: its gloss in the corpus, and another one that a
    quarter of its places have.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in (*random_sentences(GLOSSES_FROM, seed=0), *SAMPLES.values()):
        for morpheme, gloss in zip(sentence.morphemes, sentence.gloss, strict=True):
            counts[morpheme][gloss] += 1
    return {
        morpheme: "/".join(
            gloss for gloss, n in found.most_common(2) if 4 * n >= found.total()
        )
        for morpheme, found in counts.items()
    }


def _sentence(sentence: Sentence, translator: Translator) -> dict[str, Any]:
    """One sentence: its English, its Kannada as ids with their glosses, the gold links."""
    encode = translator.target_tokenizer.encode
    return {
        "english": " ".join(sentence.english),
        "ids": encode(" ".join(sentence.morphemes)),
        "gloss": sentence.gloss,
        "gold": sentence.alignment,
    }


def letters() -> dict[str, Any]:
    """The tables of Kannada script and sandhi, from `tinydecoder.corpus.kannada`."""
    return {
        "signs": kannada.VOWELS,
        "virama": kannada.VIRAMA,
        "dropped": kannada.DROPPED,
        "glide_y": kannada.GLIDE_Y,
        "dropped_too": sorted(kannada.DROPPED_TOO),
        "consonants": kannada.LATIN,
        "vowel_signs": kannada.SIGNS,
        "others": kannada.OTHER_LETTERS,
    }
