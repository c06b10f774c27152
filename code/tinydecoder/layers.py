"""The layers of the encoder and of the decoder: sublayers, each inside a residual."""

from collections.abc import Callable

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from tinydecoder.attention import MultiHeadAttention
from tinydecoder.cache import LayerCache
from tinydecoder.config import ModelConfig


class FeedForward(nn.Module):
    """ReLU(x W_1 + b_1) W_2 + b_2, for each row alone.

    Source: Vaswani et al. 2017, section 3.3.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.expand = nn.Linear(config.d_model, config.d_ff)
        self.contract = nn.Linear(config.d_ff, config.d_model)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T d_model"]) -> Float[Tensor, "B T d_model"]:
        expanded = F.relu(self.expand(x), inplace=True)  # (B, T, d_ff)
        return self.contract(self.dropout(expanded))


class Residual(nn.Module):
    """Add what a sublayer makes of x to x itself, with a layer norm.

    post: norm(x + sublayer(x)) (Vaswani et al. 2017, section 3.1);
    pre: x + sublayer(norm(x)) (Xiong et al. 2020).
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.pre_norm = config.norm == "pre"
        self.norm = nn.LayerNorm(config.d_model)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self, x: Float[Tensor, "B T d_model"], sublayer: Callable[[Tensor], Tensor]
    ) -> Float[Tensor, "B T d_model"]:
        if self.pre_norm:
            return x + self.dropout(sublayer(self.norm(x)))
        return self.norm(x + self.dropout(sublayer(x)))


class EncoderLayer(nn.Module):
    """Self-attention over the source, then the feed-forward network."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.self_attention = MultiHeadAttention(config)
        self.feed_forward = FeedForward(config)
        self.residual_1 = Residual(config)
        self.residual_2 = Residual(config)

    def forward(
        self, x: Float[Tensor, "B S d_model"], source_mask: Tensor | None = None
    ) -> Float[Tensor, "B S d_model"]:
        """source_mask: boolean, broadcastable to (B, n_heads, S, S), True = may look."""
        attended = self.residual_1(
            x, lambda rows: self.self_attention(rows, mask=source_mask)[0]
        )
        return self.residual_2(attended, self.feed_forward)


class DecoderLayer(nn.Module):
    """Causal self-attention, cross-attention to memory, the feed-forward network.

    Source: Vaswani et al. 2017, section 3.1.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.self_attention = MultiHeadAttention(config)
        self.cross_attention = MultiHeadAttention(config)
        self.feed_forward = FeedForward(config)
        self.residual_1 = Residual(config)
        self.residual_2 = Residual(config)
        self.residual_3 = Residual(config)

    def forward(
        self,
        x: Float[Tensor, "B T d_model"],
        memory: Float[Tensor, "B S d_model"],
        target_mask: Tensor | None = None,
        source_mask: Tensor | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "B T d_model"]:
        """target_mask: broadcastable to (B, n_heads, T, T), source_mask to (…, T, S)."""
        kept_target, kept_source = cache or (None, None)
        attended = self.residual_1(
            x, lambda rows: self.self_attention(rows, None, target_mask, kept_target)[0]
        )
        informed = self.residual_2(
            attended,
            lambda rows: self.cross_attention(rows, memory, source_mask, kept_source)[
                0
            ],
        )
        return self.residual_3(informed, self.feed_forward)
