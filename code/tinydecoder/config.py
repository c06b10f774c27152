"""The sizes of a model, checked once, where they are written down."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelConfig:
    """The sizes that every part of the model shares.

    d_model: features of one token's row, even: sine and cosine come in pairs.
    n_heads: attention heads; d_model must be a multiple of it.
    dropout: share of attention weights set to zero while training, in [0, 1).

    Raises ValueError, naming the value and what would be right. Source: Vaswani et al.
    2017, section 3.2.2 and table 3.
    """

    d_model: int = 64
    n_heads: int = 4
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
        return cls(d_model=512, n_heads=8, dropout=0.1)
