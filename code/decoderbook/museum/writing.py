"""The room of writing: from logits to text, and from text to ids."""

import math

import torch
from torch import Tensor

from tinydecoder import embedding, generation
from tinydecoder.embedding import sinusoidal_positional_encoding
from tinydecoder.text.tokenizer import PAD, START

NOT_WORDS = [PAD, START]


class Embedding(embedding.Embedding):
    """Token embedding and positional encoding, added; past tokens stand before these."""

    def forward(self, ids: Tensor, past: int = 0) -> Tensor:
        rows = self.token(ids) * math.sqrt(self.d_model)  # (B, T, d_model)
        positions = torch.arange(ids.size(1), device=ids.device)
        encoding = sinusoidal_positional_encoding(
            positions, self.d_model, dtype=rows.dtype
        )
        return rows + encoding


class Writer(generation.Writer):
    """The rows that are being written, and how likely each word is next."""

    def next_log_probabilities(self) -> Tensor:
        new = self.target_ids if self.cache is None else self.target_ids[:, -1:]
        logits = self.model.decode(new, self.memory, self.source_ids, self.cache)
        last = logits[:, -1]  # (B, vocab_size)
        return last.log_softmax(dim=-1)


def kannada_letters() -> set[str]:
    """What a Kannada text is written with: vowels, their signs, consonants, joiners."""
    more = "ఆ ఇ ా ి ీ ు ూ"
    vowels = "ಅ ಆ ಇ ಈ ಉ ಊ ಋ ಎ ಏ ಐ ಒ ಓ ಔ ಂ ಃ"
    signs = "ಾ ಿ ೀ ು ೂ ೃ ೆ ೇ ೈ ೊ ೋ ೌ ್"
    consonants = "ಕ ಖ ಗ ಘ ಙ ಚ ಛ ಜ ಝ ಞ ಟ ಠ ಡ ಢ ಣ ತ ಥ ದ ಧ ನ ಪ ಫ ಬ ಭ ಮ ಯ ರ ಲ ಳ ವ ಶ ಷ ಸ ಹ"
    return {*f"{more} {vowels} {signs} {consonants}".split()}
