"""The sizes of a model, checked once, where they are written down."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelConfig:
    """The sizes that every part of the model shares.

    d_model: features of one token's row, even: sine and cosine come in pairs.
    n_heads: attention heads; d_model must be a multiple of it.
    d_ff: features inside the feed-forward network, usually 4 × d_model.
    n_layers: layers of the encoder, and as many of the decoder.
    norm: "post" as in the paper and the videos, "pre" as in most models since.
    tie_weights: the output layer is the target's embedding table, used the other way.
    dropout: share of numbers set to zero while training, in [0, 1): of the attention
    weights, of each sublayer's result, and of the embeddings.

    Raises ValueError, naming the value and what would be right. Source: Vaswani et al.
    2017, sections 3.1 to 3.4 and table 3.
    """

    d_model: int = 64
    n_heads: int = 4
    d_ff: int = 256
    n_layers: int = 2
    norm: str = "pre"
    tie_weights: bool = True
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.d_model < 2 or self.d_model % 2:
            raise ValueError(
                f"d_model must be an even number of at least 2, got {self.d_model}"
            )
        if self.n_heads < 1 or self.d_model % self.n_heads:
            divisors = [n for n in range(1, self.d_model + 1) if self.d_model % n == 0]
            raise ValueError(
                f"n_heads must divide d_model = {self.d_model} (one of {divisors}), "
                f"got {self.n_heads}"
            )
        for name in ("d_ff", "n_layers"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1, got {getattr(self, name)}"
                )
        if self.norm not in ("pre", "post"):
            raise ValueError(f'norm must be "pre" or "post", got {self.norm!r}')
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(
                f"dropout must be at least 0 and below 1, got {self.dropout}"
            )

    @property
    def d_head(self) -> int:
        """Features of one head: d_model / n_heads, the d_k and d_v of the paper."""
        return self.d_model // self.n_heads

    @classmethod
    def base(cls) -> "ModelConfig":
        """The paper's base model (Vaswani et al. 2017, table 3)."""
        return cls(512, 8, d_ff=2048, n_layers=6, norm="post", dropout=0.1)
