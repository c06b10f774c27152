"""From texts to translations, and from a translation to what the model read for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from tinydecoder.checkpoint import Translator
from tinydecoder.config import ModelConfig, TrainConfig
from tinydecoder.datasets import Dataset, pairs_dataset
from tinydecoder.generation import Generation, beam_search, generate
from tinydecoder.model import Transformer
from tinydecoder.sampling import Choose, greedy
from tinydecoder.text.parallel import normalise
from tinydecoder.text.tokenizer import END, SPECIAL, START
from tinydecoder.tracing import cross_attention
from tinydecoder.training import train


class Translation(NamedTuple):
    """The text of what was written, and the ids with their probability."""

    text: str
    generation: Generation


def translate(
    translator: Translator,
    texts: Sequence[str],
    choose: Choose = greedy,
    width: int = 1,
    length_penalty: float = 0.6,
    limit: int = 64,
    batch_size: int = 100,
    progress: bool = False,
) -> list[Translation]:
    """One translation for each text, in their order; of a text without words, none.

    choose: greedy or a sample; width: above 1 a beam of that width, which needs greedy.
    limit: tokens at most. progress: a bar on stderr.
    Raises ValueError for a beam together with a sample, or a width below 1.
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, which is greedy, got {width}")
    if width > 1 and choose is not greedy:
        raise ValueError("a beam follows the likeliest tokens: sample with width 1")
    encode = translator.source_tokenizer.encode
    spoken = [text for text in texts if encode(normalise(text))]
    found: list[Generation] = []
    with tqdm(total=len(spoken), disable=not progress, unit=" sentences") as bar:
        while len(found) < len(spoken):
            size = 1 if width > 1 else batch_size
            ids = translator.source_ids(spoken[len(found) : len(found) + size])
            if width > 1:
                best = beam_search(translator.model, ids, width, length_penalty, limit)
                found.append(best[0])
            else:
                found += generate(translator.model, ids, choose, limit)
            bar.update(len(ids))
    decode = translator.target_tokenizer.decode
    written = iter([Translation(decode(one.ids), one) for one in found])
    # Asked to translate nothing, the model would make up a sentence.
    nothing = Translation("", Generation((), 0.0, "end"))
    return [next(written) if encode(normalise(text)) else nothing for text in texts]


@dataclass(frozen=True)
class ReadAttention:
    """What the model read while it translated a sentence: its cross-attention, with labels.

    weights: row i is what every head read to write token i; columns: the source.
    queries: the tokens that were written, END last where it was. keys: those of the
    source, END last.
    """

    weights: Float[Tensor, "n_layers n_heads T S"]
    queries: list[str]
    keys: list[str]


def read_attention(
    translator: Translator, text: str, translation: Translation | None = None
) -> ReadAttention:
    """The cross-attention of one text; translation: what it became, greedy if None."""
    if translation is None:
        (translation,) = translate(translator, [text])
    ids = list(translation.generation.ids)
    if translation.generation.stopped == "end":
        ids.append(END)
    source = translator.source_ids([text])
    target = torch.tensor([[START, *ids[:-1]]], device=source.device)
    weights = cross_attention(translator.model, source, target)[:, 0].cpu()
    queries = [translator.target_tokenizer.tokens[id] for id in ids]
    # The text's own pieces, those too that the vocabulary lacks.
    keys = [*translator.source_tokenizer.pieces(normalise(text)), SPECIAL[END]]
    return ReadAttention(weights, queries, keys)


def new_translator(dataset: Dataset, config: ModelConfig, seed: int = 0) -> Translator:
    """An untrained model for the tokenizers of a dataset."""
    torch.manual_seed(seed)
    sides = dataset.source_tokenizer, dataset.target_tokenizer
    model = Transformer(config, *(side.vocab_size for side in sides))
    return Translator(model, *sides)


def train_translator(
    pairs: Sequence[tuple[str, str]],
    model_config: ModelConfig | None = None,
    config: TrainConfig | None = None,
    kind: str = "bpe",
    vocab_size: int | None = None,
) -> Translator:
    """A translator trained on a reader's own pairs, all in one go.

    model_config: ModelConfig.teaching() if None. kind and vocab_size: see pairs_dataset.
    The command line's `train` does the same, keeps a state and measures the result.
    """
    config = config or TrainConfig()
    dataset = pairs_dataset(pairs, kind, vocab_size)
    model_config = model_config or ModelConfig.teaching()
    translator = new_translator(dataset, model_config, config.seed)
    train(translator.model, dataset.train, config)
    return translator
