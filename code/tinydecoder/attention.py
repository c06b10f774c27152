"""Multi-head attention, one class for self-attention, causal and cross-attention."""

from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from tinydecoder.cache import KVCache
from tinydecoder.config import ModelConfig
from tinydecoder.functional import (
    Mask,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)


class MultiHeadAttention(nn.Module):
    """Concat(head_1, …, head_h) W_O, where head_n = softmax(Q_n K_nᵀ / √d_head) V_n.

    Without memory the rows attend to one another (self-attention; causal with a causal
    mask). With memory the queries come from x, and keys and values from memory
    (cross-attention). No weight has a length in its shape.
    Source: Vaswani et al. 2017, section 3.2.2.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.query_projection = nn.Linear(config.d_model, config.d_model)
        self.key_projection = nn.Linear(config.d_model, config.d_model)
        self.value_projection = nn.Linear(config.d_model, config.d_model)
        self.output_projection = nn.Linear(config.d_model, config.d_model)

    def forward(
        self,
        x: Float[Tensor, "B T d_model"],
        memory: Float[Tensor, "B S_new d_model"] | None = None,
        mask: Mask | None = None,
        cache: KVCache | None = None,
    ) -> tuple[Float[Tensor, "B T d_model"], Float[Tensor, "B n_heads T S"]]:
        """The attended rows, one for each row of x, and every head's weights.

        mask: broadcastable to (B, n_heads, T, S), True = may look.
        cache: the keys and values of earlier rows. Then x, or memory, is the rows that
        the cache does not have yet (S_new of S).
        """
        source = x if memory is None else memory
        query = self.query_projection(x)
        key = self.key_projection(source)
        value = self.value_projection(source)

        query_heads = split_heads(query, self.config.n_heads)
        key_heads = split_heads(key, self.config.n_heads)
        value_heads = split_heads(value, self.config.n_heads)
        if cache is not None:
            key_heads, value_heads = cache.extend(key_heads, value_heads)
        dropout = self.config.dropout if self.training else 0.0
        heads, weights = scaled_dot_product_attention(
            query_heads, key_heads, value_heads, mask, dropout
        )

        merged = merge_heads(heads)
        output = self.output_projection(merged)
        return output, weights

    def attend(
        self, x: Float[Tensor, "B T d_model"], *inputs: Any, **named_inputs: Any
    ) -> Float[Tensor, "B T d_model"]:
        """The attended rows alone; the inputs are those of forward."""
        output, _ = self(x, *inputs, **named_inputs)
        return output
