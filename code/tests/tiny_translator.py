"""Translators of seconds for the tests: untrained ones, and one that knows its sentences."""

import functools

import torch

from tinydecoder.batches import examples
from tinydecoder.checkpoint import Translator
from tinydecoder.config import ModelConfig, TrainConfig
from tinydecoder.corpus.generator import random_sentences
from tinydecoder.corpus.tokenizers import EnglishTokenizer, KannadaTokenizer, texts
from tinydecoder.model import Transformer
from tinydecoder.training import train

SENTENCES = random_sentences(24, seed=5)
CONFIG = ModelConfig(32, 2, 64, 1)


def untrained(config=CONFIG, seed=1, made=None):
    pairs = texts(SENTENCES)
    source = EnglishTokenizer.fit(english for english, _ in pairs)
    target = KannadaTokenizer.fit(kannada for _, kannada in pairs)
    torch.manual_seed(seed)
    model = Transformer(config, source.vocab_size, target.vocab_size).eval()
    return Translator(model, source, target, made or {})


@functools.cache
def overfitted():
    """It writes each of SENTENCES right."""
    found = untrained()
    data = examples(texts(SENTENCES), found.source_tokenizer, found.target_tokenizer)
    settings = TrainConfig(150, 24, 1e-2, warmup_steps=10, label_smoothing=0.0)
    train(found.model, data, settings, progress=False)
    return found
