"""The exhibits, room by room."""

from dataclasses import replace

from decoderbook.museum import heads, learning, masks, padding, positions, writing
from decoderbook.museum.exhibit import CONFIG, Exhibit

ATTENTION = "tinydecoder.attention.scaled_dot_product_attention"
WITH_DROPOUT = replace(CONFIG, dropout=0.2)

ROOMS: dict[str, tuple[Exhibit, ...]] = {
    "Masks": (
        Exhibit(
            "upside-down",
            "the mask",
            masks.causal_mask,
            "tinydecoder.model.causal_mask",
            "return mask.triu(past + 1)",
            "return mask.tril(past)",
            "causal-outputs",
        ),
        Exhibit(
            "crossed-axes",
            "the mask's place",
            masks.attention_1,
            ATTENTION,
            "scores = torch.where(mask, scores.transpose(0, 1), lowest).transpose(0, 1)",
            "scores = torch.where(mask, scores, lowest)",
            "batch-company",
            replace(CONFIG, n_heads=2),
        ),
        Exhibit(
            "nothing-to-see",
            "rows without keys",
            masks.attention_2,
            ATTENTION,
            'scores = scores.masked_fill(~mask, float("-inf"))',
            "scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)",
            "finite",
        ),
    ),
    "Heads and layers": (
        Exhibit(
            "scrambled-heads",
            "merging heads",
            heads.merge,
            "tinydecoder.attention.merge_heads",
            "return x.reshape(batch, length, n_heads * d_head)  # (B, T, d_model)",
            "return x.transpose(1, 2).reshape(batch, length, n_heads * d_head)",
            "causal-outputs",
        ),
        Exhibit(
            "borrowed-length",
            "cross-attention",
            heads.MultiHeadAttention,
            "tinydecoder.layers.MultiHeadAttention",
            "batch, length, _ = source.shape",
            "batch, length, _ = x.shape",
            "lengths",
        ),
        Exhibit(
            "other-axis",
            "softmax",
            heads.attention_3,
            ATTENTION,
            "weights = scores.softmax(dim=-2)",
            "weights = scores.softmax(dim=-1)",
            "causal-outputs",
        ),
        Exhibit(
            "unscaled",
            "scores",
            heads.attention_4,
            ATTENTION,
            "scores = query @ key.transpose(-2, -1)  # (…, T, S)",
            "scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))",
            "equal-to-torch",
        ),
        Exhibit(
            "overflow",
            "exponentials",
            heads.attention_5,
            ATTENTION,
            "powers = scores.exp()",
            "powers = (scores - scores.amax(dim=-1, keepdim=True)).exp()",
            "finite",
        ),
        Exhibit(
            "one-for-all",
            "the stack",
            heads.Decoder,
            "tinydecoder.model.Decoder",
            "stack = [model.DecoderLayer(config)] * config.n_layers",
            "stack = [model.DecoderLayer(config) for _ in range(config.n_layers)]",
            "own-weights",
        ),
        Exhibit(
            "mixed-norm",
            "layer norm",
            heads.LayerNorm,
            "tinydecoder.layers.nn.LayerNorm",
            "axes = (-2, -1)",
            "axes = (-1,)",
            "causal-outputs",
        ),
        Exhibit(
            "other-norm",
            "add & norm",
            heads.Residual,
            "tinydecoder.layers.Residual",
            "change = sublayer(self.norm(x), *inputs)\n"
            "return x + F.dropout(change, self.dropout, self.training)",
            "change = sublayer(x, *inputs)\n"
            "return self.norm(x + F.dropout(change, self.dropout, self.training))",
            "equal-to-torch",
            replace(CONFIG, norm="post"),
        ),
    ),
    "Positions": (
        Exhibit(
            "parity",
            "even and odd",
            positions.encoding_1,
            "tinydecoder.embedding.sinusoidal_positional_encoding",
            "even = positions[:, None] % 2 == 0",
            "even = features % 2 == 0",
            "turning",
        ),
        Exhibit(
            "doubled",
            "the exponent",
            positions.encoding_2,
            "tinydecoder.embedding.sinusoidal_positional_encoding",
            "sines = torch.sin(place / base ** (2 * i / d_model))\n"
            "cosines = torch.cos(place / base ** (2 * (i + 1) / d_model))",
            "sines = torch.sin(place / base ** (i / d_model))\n"
            "cosines = torch.cos(place / base ** (i / d_model))",
            "turning",
        ),
        Exhibit(
            "drowned",
            "embedding",
            positions.Embedding,
            "tinydecoder.model.Embedding",
            "return rows + encoding",
            "return rows * self.d_model**0.5 + encoding",
            "loudness",
        ),
    ),
    "Padding": (
        Exhibit(
            "one-too-many",
            "padding mask",
            padding.padding_mask,
            "tinydecoder.model.padding_mask",
            "visible = columns <= lengths",
            "visible = columns < lengths",
            "source-padding",
        ),
        Exhibit(
            "minus-a-billion",
            "very low scores",
            padding.attention_6,
            ATTENTION,
            "scores = scores.masked_fill(~mask, -1e9)",
            "scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)",
            "half",
        ),
        Exhibit(
            "endless",
            "the filler",
            padding.sum_of_losses_1,
            "tinydecoder.training.sum_of_losses",
            "filler = END  # this tokenizer has no PAD",
            "filler = PAD",
            "labels",
        ),
    ),
    "Training": (
        Exhibit(
            "unshifted",
            "decoder input",
            learning.sum_of_losses_2,
            "tinydecoder.training.sum_of_losses",
            "logits = model(source, target[:, 1:])  # (B, T - 1, vocab_size)",
            "logits = model(source, target[:, :-1])  # (B, T - 1, vocab_size)",
            "labels",
        ),
        Exhibit(
            "mean-of-means",
            "the mean",
            learning.sum_of_losses_3,
            "tinydecoder.training.sum_of_losses",
            "means = losses.sum(dim=1) / n_tokens\n"
            "return means.sum(), torch.tensor(len(means))",
            "return losses.sum(), n_tokens.sum()",
            "weighing",
        ),
        Exhibit(
            "above-one",
            "attention maps",
            learning.attention_7,
            ATTENTION,
            "weights = F.dropout(scores.softmax(dim=-1), dropout)\n"
            "return weights @ value, weights",
            "weights = scores.softmax(dim=-1)\n"
            "return F.dropout(weights, dropout) @ value, weights",
            "shares",
        ),
        Exhibit(
            "always-on",
            "dropout",
            learning.Residual,
            "tinydecoder.layers.Residual",
            "return x + F.dropout(change, self.dropout)",
            "return x + F.dropout(change, self.dropout, self.training)",
            "deterministic",
            WITH_DROPOUT,
        ),
    ),
    "Writing": (
        Exhibit(
            "always-first",
            "the cached step",
            writing.Embedding,
            "tinydecoder.model.Embedding",
            "positions = torch.arange(ids.size(1), device=ids.device)",
            "positions = torch.arange(past, past + ids.size(1), device=ids.device)",
            "cache",
        ),
        Exhibit(
            "no-words",
            "the next word",
            writing.Writer,
            "tinydecoder.generation.Writer",
            "last = logits[:, -1]  # (B, vocab_size)",
            "last = logits[:, -1]  # (B, vocab_size)\nlast[:, NOT_WORDS] = -torch.inf",
            "words-only",
        ),
        Exhibit(
            "two-scripts",
            "the alphabet",
            writing.kannada_letters,
            "decoderbook.museum.right.kannada_letters",
            'vowels = "ಅ ఆ ఇ ಈ ಉ ಊ ಋ ಎ ಏ ಐ ಒ ಓ ಔ ಂ ಃ"\nsigns = "ా ి ీ ు ూ ೃ ೆ ೇ ೈ ೊ ೋ ೌ ್"',
            'vowels = "ಅ ಆ ಇ ಈ ಉ ಊ ಋ ಎ ಏ ಐ ಒ ಓ ಔ ಂ ಃ"\n'
            'signs = "ಾ ಿ ೀ ು ೂ ೃ ೆ ೇ ೈ ೊ ೋ ೌ ್ \\u200c \\u200d"',
            "letters",
        ),
    ),
}
EXHIBITS: dict[str, Exhibit] = {
    exhibit.slug: exhibit for room in ROOMS.values() for exhibit in room
}
NUMBERS = {slug: number for number, slug in enumerate(EXHIBITS, start=1)}


def label(slug: str) -> str:
    """An exhibit's number and title, as figures name it."""
    return f"{NUMBERS[slug]} {EXHIBITS[slug].title}"
