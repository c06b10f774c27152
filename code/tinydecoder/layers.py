"""The layers of the encoder and of the decoder: sublayers, each inside a residual."""

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from tinydecoder.attention import MultiHeadAttention
from tinydecoder.cache import LayerCache
from tinydecoder.config import ModelConfig
from tinydecoder.functional import Mask


class FeedForward(nn.Module):
    """ReLU(x W_1 + b_1) W_2 + b_2, for each row alone.

    Source: Vaswani et al. 2017, section 3.3.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.expand = nn.Linear(config.d_model, config.d_ff)
        self.contract = nn.Linear(config.d_ff, config.d_model)
        self.dropout = config.dropout

    def forward(self, x: Float[Tensor, "B T d_model"]) -> Float[Tensor, "B T d_model"]:
        expanded = F.relu(self.expand(x), inplace=True)  # (B, T, d_ff)
        expanded = F.dropout(expanded, self.dropout, self.training)
        return self.contract(expanded)  # (B, T, d_model)


class Residual(nn.Module):
    """Add what a sublayer makes of x to x itself, with a layer norm.

    post: norm(x + sublayer(x)) (Vaswani et al. 2017, section 3.1);
    pre: x + sublayer(norm(x)) (analysed by Xiong et al. 2020).
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.pre_norm = config.norm == "pre"
        self.norm = nn.LayerNorm(config.d_model)
        self.dropout = config.dropout

    def forward(
        self,
        x: Float[Tensor, "B T d_model"],
        sublayer: Callable[..., Tensor],
        *inputs: Any,
    ) -> Float[Tensor, "B T d_model"]:
        """inputs: what the sublayer takes besides the rows."""
        if self.pre_norm:
            change = sublayer(self.norm(x), *inputs)
            return x + F.dropout(change, self.dropout, self.training)
        change = sublayer(x, *inputs)
        return self.norm(x + F.dropout(change, self.dropout, self.training))


class EncoderLayer(nn.Module):
    """Self-attention over the source, then the feed-forward network.

    Source: Vaswani et al. 2017, section 3.1.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.self_attention = MultiHeadAttention(config)
        self.feed_forward = FeedForward(config)
        self.residual_1 = Residual(config)
        self.residual_2 = Residual(config)

    def forward(
        self, x: Float[Tensor, "B S d_model"], source_mask: Mask | None = None
    ) -> Float[Tensor, "B S d_model"]:
        """source_mask: broadcastable to (B, n_heads, S, S), True = may look."""
        attended = self.residual_1(x, self.self_attention.attend, None, source_mask)
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
        target_mask: Mask | None = None,
        source_mask: Mask | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "B T d_model"]:
        """target_mask: broadcastable to (B, n_heads, T, T), source_mask to (…, T, S).

        With a cache x is the new rows only, and target_mask has a column for each row
        so far.
        """
        self_cache, cross_cache = cache or (None, None)
        look_back, look_across = self.self_attention.attend, self.cross_attention.attend
        attended = self.residual_1(x, look_back, None, target_mask, self_cache)
        informed = self.residual_2(
            attended, look_across, memory, source_mask, cross_cache
        )
        return self.residual_3(informed, self.feed_forward)
