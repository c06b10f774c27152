"""The whole model: an encoder, a decoder, and the way from ids to logits."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from tinydecoder.cache import DecoderCache
from tinydecoder.config import PAD, ModelConfig
from tinydecoder.embedding import Embedding
from tinydecoder.functional import Mask, causal_mask, padding_mask
from tinydecoder.layers import DecoderLayer, EncoderLayer


class Encoder(nn.Module):
    """N encoder layers; with pre-norm one last norm, because the sum is never normed."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        layers = [EncoderLayer(config) for _ in range(config.n_layers)]
        self.layers = nn.ModuleList(layers)
        pre_norm = config.norm == "pre"
        self.norm = nn.LayerNorm(config.d_model) if pre_norm else nn.Identity()

    def forward(
        self, x: Float[Tensor, "B S d_model"], source_mask: Mask | None = None
    ) -> Float[Tensor, "B S d_model"]:
        """The memory: one row for each source token."""
        for layer in self.layers:
            x = layer(x, source_mask)
        return self.norm(x)


class Decoder(nn.Module):
    """N decoder layers with weights of their own; each reads the same memory."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        layers = [DecoderLayer(config) for _ in range(config.n_layers)]
        self.layers = nn.ModuleList(layers)
        pre_norm = config.norm == "pre"
        self.norm = nn.LayerNorm(config.d_model) if pre_norm else nn.Identity()

    def forward(
        self,
        x: Float[Tensor, "B T d_model"],
        memory: Float[Tensor, "B S d_model"],
        target_mask: Mask | None = None,
        source_mask: Mask | None = None,
        cache: DecoderCache | None = None,
    ) -> Float[Tensor, "B T d_model"]:
        """Row i of the result is what the model knows when it chooses token i + 1."""
        kept = [None] * len(self.layers) if cache is None else cache.layers
        for layer, layer_cache in zip(self.layers, kept, strict=True):
            x = layer(x, memory, target_mask, source_mask, layer_cache)
        return self.norm(x)


class Transformer(nn.Module):
    """Source ids and target ids in, one row of logits for each target position out.

    Masks are made from the ids on the fly, and no weight has a length in its shape, so
    any batch and any two lengths will do. Source: Vaswani et al. 2017, figure 1.
    """

    pad_id = PAD

    def __init__(
        self, config: ModelConfig, source_vocab_size: int, target_vocab_size: int
    ):
        super().__init__()
        self.config = config
        self.source_embedding = Embedding(source_vocab_size, config.d_model)
        self.target_embedding = Embedding(target_vocab_size, config.d_model)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.output = nn.Linear(config.d_model, target_vocab_size, bias=False)
        if config.tie_weights:
            self.output.weight = self.target_embedding.token.weight

    def forward(
        self, source_ids: Int[Tensor, "B S"], target_ids: Int[Tensor, "B T"]
    ) -> Float[Tensor, "B T vocab_size"]:
        """Logits: how well each word of the vocabulary would come next, at each row."""
        memory = self.encode(source_ids)
        return self.decode(target_ids, memory, source_ids)

    def encode(self, source_ids: Int[Tensor, "B S"]) -> Float[Tensor, "B S d_model"]:
        """The memory, which stays the same while the translation is written."""
        rows = self._drop(self.source_embedding(source_ids))
        return self.encoder(rows, padding_mask(source_ids, self.pad_id))

    def decode(
        self,
        target_ids: Int[Tensor, "B T"],
        memory: Float[Tensor, "B S d_model"],
        source_ids: Int[Tensor, "B S"] | None = None,
        cache: DecoderCache | None = None,
    ) -> Float[Tensor, "B T vocab_size"]:
        """Logits for the target so far; padding in the target is masked as a key.

        source_ids: those of the memory, whose padding is masked; None where they have
        none. cache: what earlier calls left; target_ids are then the tokens after
        those, and have no padding.
        """
        past = 0 if cache is None else cache.target_length
        rows = self._drop(self.target_embedding(target_ids, past))
        target_mask: Mask | None = None
        if target_ids.size(1) > 1:  # one new row may look at all that is there
            target_mask = causal_mask(target_ids.size(1), target_ids.device, past)
        source_mask: Mask | None = None
        if source_ids is not None:
            source_mask = padding_mask(source_ids, self.pad_id)
        if cache is not None:
            memory = memory[:, cache.source_length :]
        elif target_mask is not None:
            target_mask = target_mask & padding_mask(target_ids, self.pad_id)
        hidden = self.decoder(rows, memory, target_mask, source_mask, cache)
        return self.output(hidden)

    def _drop(self, rows: Float[Tensor, "B T d_model"]) -> Float[Tensor, "B T d_model"]:
        return F.dropout(rows, self.config.dropout, self.training)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Without dropout; the model is left in the mode that it had."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)
