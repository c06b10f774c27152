"""The sizes of a model, checked once, where they are written down."""

import math
from dataclasses import dataclass, fields
from typing import Any

KINDS = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "True or False",
}
SEEDS = range(-(2**63), 2**64)  # what torch takes for a seed


def check_seed(seed: int) -> None:
    """Raises ValueError for a seed that torch does not take."""
    if seed not in SEEDS:
        raise ValueError(f"seed must be from -2**63 to 2**64 - 1, got {seed}")


PAD = 0  # the id of padding on both sides, in every vocabulary


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
        _check_types(self)
        if self.d_model < 2 or self.d_model % 2:
            raise ValueError(
                f"d_model must be an even number of at least 2, got {self.d_model}"
            )
        if self.n_heads < 1 or self.d_model % self.n_heads:
            most = min(self.d_model, 64)  # d_model may be any number
            divisors = [n for n in range(1, most + 1) if self.d_model % n == 0]
            raise ValueError(
                f"n_heads must divide d_model = {self.d_model} (as one of {divisors}), "
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
    def teaching(cls) -> "ModelConfig":
        """Learns the course's corpus in under a minute on two cores."""
        return cls(128, 4, d_ff=256, n_layers=2)

    @classmethod
    def base(cls) -> "ModelConfig":
        """The paper's base model (Vaswani et al. 2017, table 3)."""
        return cls(512, 8, d_ff=2048, n_layers=6, norm="post", dropout=0.1)


@dataclass(frozen=True)
class TrainConfig:
    """The settings of a training run, apart from the model and the data.

    steps: updates of the weights, one for each batch.
    batch_size: sentence pairs of a batch, all processes of a run together.
    learning_rate: the greatest, which is reached at step warmup_steps.
    label_smoothing: share of the probability that the labels spread over the whole
    vocabulary, in [0, 1); 0.1 in the paper.
    clip_norm: longer gradients are scaled down to this norm.
    betas: AdamW's memory, of the gradients and of their squares.
    weight_decay: AdamW's, which shrinks each weight a little at every step.
    seed: of the order of the data and of dropout.
    checkpoint_every: steps from one saved state to the next; 0 saves at the end only.

    Raises ValueError, naming the value and what would be right. Source: Vaswani et al.
    2017, sections 5.3 and 5.4; Loshchilov and Hutter 2019 for AdamW.
    """

    steps: int = 900
    batch_size: int = 64
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    label_smoothing: float = 0.1
    clip_norm: float = 1.0
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.01
    seed: int = 0
    checkpoint_every: int = 100

    def __post_init__(self) -> None:
        _check_types(self)
        check_seed(self.seed)
        for name, least in (("steps", 1), ("batch_size", 1), ("checkpoint_every", 0)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"{name} must be at least {least}, got {getattr(self, name)}"
                )
        if not 0 <= self.warmup_steps < self.steps:
            raise ValueError(
                f"warmup_steps must be at least 0 and below steps = {self.steps}, "
                f"got {self.warmup_steps}"
            )
        for name in ("learning_rate", "clip_norm"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(
                    f"{name} must be above 0 and finite, got {getattr(self, name)}"
                )
        if not 0.0 <= self.label_smoothing < 1.0:
            raise ValueError(
                f"label_smoothing must be at least 0 and below 1, "
                f"got {self.label_smoothing}"
            )
        if not all(0.0 <= beta < 1.0 for beta in self.betas):
            raise ValueError(
                f"betas must both be at least 0 and below 1, got {self.betas}"
            )
        if not 0.0 <= self.weight_decay < math.inf:
            raise ValueError(
                f"weight_decay must be at least 0 and finite, got {self.weight_decay}"
            )


def _check_types(config: "ModelConfig | TrainConfig") -> None:
    """Raises ValueError for a value of another type; a whole number may be a float's."""
    for column in fields(config):
        value = getattr(config, column.name)
        if column.name == "betas":
            right = isinstance(value, tuple) and len(value) == 2
            right = right and all(_is_a(float, beta) for beta in value)
            what = "two numbers"
        else:
            kind = type(column.default)
            right, what = _is_a(kind, value), KINDS[kind]
        if not right:
            raise ValueError(f"{column.name} must be {what}, got {value!r}")


def _is_a(kind: type, value: Any) -> bool:
    # In Python True is a whole number too.
    wanted = (int, float) if kind is float else kind
    return isinstance(value, wanted) and isinstance(value, bool) == (kind is bool)
