"""Runs of the translator recorded beforehand, for a page that shows one before its weights
are there.
"""

from typing import Any

import torch

from decoderbook.page_model.weights import best_head, glosses
from tinydecoder.checkpoint import Translator
from tinydecoder.corpus import kannada
from tinydecoder.corpus.clause import Sentence
from tinydecoder.generation import Writer
from tinydecoder.model import evaluating
from tinydecoder.text.tokenizer import END, SPECIAL
from tinydecoder.translation import read_attention, translate

Run = dict[str, Any]
N_CANDIDATES = 5


def record_run(translator: Translator, sentence: Sentence) -> Run:
    """A sentence as it is written greedily: words, tokens, what each looked at, what else
    could have come.

    tokens: one for each step, with attention (a weight for each word) of the head that
    is nearest the gold alignment, and candidates (id and probability), the likeliest
    first. written: the Kannada words so far, after each step. Numbers have three digits.
    A token has the gloss that the sentence gives it as long as the two agree.
    """
    text = " ".join(sentence.english)
    (translation,) = translate(translator, [text])
    read = read_attention(translator, text, translation)
    layer, head = best_head(translator)
    weights = read.weights[layer, head]
    ids = list(translation.generation.ids)
    ids += [END] * (translation.generation.stopped == "end")
    decode = translator.target_tokenizer.decode
    reference = translator.target_tokenizer.encode(" ".join(sentence.morphemes))
    steps = []
    for i, (id, candidates) in enumerate(
        zip(ids, _candidates(translator, text, ids), strict=True)
    ):
        so_far = decode(ids[: i + 1])
        token = _token(translator, id)
        if ids[: i + 1] == reference[: i + 1]:
            token["gloss"] = sentence.gloss[i]
        steps.append(
            {
                **token,
                "attention": _rounded(weights[i]),
                "candidates": [
                    {**_token(translator, other), "probability": round(chance, 3)}
                    for other, chance in candidates
                ],
                "written": so_far,
                "written_latin": kannada.transliterate(so_far),
            }
        )
    words = [word if word not in SPECIAL else "END" for word in read.keys]
    return {"english": text, "words": words, "head": [layer, head], "tokens": steps}


def _candidates(
    translator: Translator, text: str, ids: list[int]
) -> list[list[tuple[int, float]]]:
    """The likeliest tokens before each of these ids is written."""
    found = []
    with evaluating(translator.model), torch.inference_mode():
        writer = Writer(translator.model, translator.source_ids([text]))
        for id in ids:
            chances = writer.next_log_probabilities()[0].exp()
            best = chances.topk(N_CANDIDATES)
            found.append(
                list(zip(best.indices.tolist(), best.values.tolist(), strict=True))
            )
            writer.append(torch.tensor([id]))
    return found


def _token(translator: Translator, id: int) -> dict[str, Any]:
    token = translator.target_tokenizer.tokens[id]
    if token in SPECIAL:
        return {"id": id, "token": token.strip("[]"), "latin": "", "gloss": ""}
    latin = kannada.transliterate(token)
    return {
        "id": id,
        "token": token,
        "latin": latin,
        "gloss": glosses().get(token, ""),
    }


def _rounded(row: torch.Tensor) -> list[float]:
    return [round(weight, 3) for weight in row.tolist()]
