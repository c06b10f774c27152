"""The exhibits that are bugs of the model: masks, heads and layers, positions."""

from dataclasses import replace

from decoderbook.museum import heads, masks, positions
from decoderbook.museum.exhibit import CONFIG, Exhibit

ATTENTION = "tinydecoder.attention.scaled_dot_product_attention"

MODEL_ROOMS: dict[str, tuple[Exhibit, ...]] = {
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
            "the heads' masks",
            masks.attention_1,
            ATTENTION,
            "mask = mask.repeat(n_heads, 1, 1)  # (B * H, T, S)",
            "mask = mask.repeat_interleave(n_heads, dim=0)  # (B * H, T, S)",
            "batch-order",
        ),
        Exhibit(
            "nothing-to-see",
            "rows without keys",
            masks.attention_2,
            ATTENTION,
            'scores = scores.masked_fill(~mask, float("-inf"))\n'
            "weights = scores.softmax(dim=-1)",
            "scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)\n"
            "weights = scores.softmax(dim=-1).masked_fill(~mask, 0.0)",
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
}
