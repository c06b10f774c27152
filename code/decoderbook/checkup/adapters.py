"""From a model to a Subject: each kind of model needs a few lines."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from decoderbook.checkup.subject import Batch, Step, Subject, Twin
from tinydecoder.cache import DecoderCache
from tinydecoder.embedding import Embedding
from tinydecoder.functional import causal_mask
from tinydecoder.model import Transformer
from tinydecoder.torch_twin import copy_attention, copy_layer


def tinydecoder_model(model: Transformer, **more: Any) -> Subject:
    """The model of this course: it offers everything that a detector may ask for."""

    def begin(batch: Batch) -> Step:
        memory = model.encode(batch.source_ids)
        cache = DecoderCache(model.config.n_layers)
        return lambda ids: model.decode(ids, memory, batch.source_ids, cache)

    return Subject(
        logits=lambda batch: model(batch.source_ids, batch.target_ids),
        target_vocab_size=model.target_embedding.token.num_embeddings,
        source_vocab_size=model.source_embedding.token.num_embeddings,
        target_pad_id=model.pad_id,
        source_pad_id=model.pad_id,
        module=model,
        begin=begin,
        twins=lambda: _tinydecoder_twins(model),
        **more,
    )


def _tinydecoder_twins(model: Transformer) -> list[Twin]:
    config, layer = model.config, model.decoder.layers[0]
    sizes = (config.d_model, config.n_heads)
    attention = nn.MultiheadAttention(*sizes, batch_first=True).eval()
    whole = nn.TransformerDecoderLayer(
        *sizes, config.d_ff, batch_first=True, norm_first=config.norm == "pre"
    ).eval()
    for theirs in (attention, whole):
        theirs.to(layer.self_attention.query_projection.weight)
    copy_attention(layer.self_attention, attention)
    copy_layer(layer, whole)
    x, memory = torch.randn(2, 6, config.d_model), torch.randn(2, 5, config.d_model)
    mask = causal_mask(6)
    return [
        Twin(
            "attention",
            (x,),
            lambda x: layer.self_attention.attend(x, None, mask),
            lambda x: attention(x, x, x, attn_mask=~mask)[0],
        ),
        Twin(
            "decoder layer",
            (x, memory),
            lambda x, memory: layer(x, memory, mask),
            lambda x, memory: whole(x, memory, tgt_mask=~mask),
        ),
    ]


def torch_transformer(
    model: nn.Transformer | nn.TransformerDecoder, vocab_size: int = 11, **more: Any
) -> Subject:
    """torch's own, which takes rows: set between embeddings and an output of ours."""
    between = _Between(model, vocab_size)
    return Subject(
        logits=between,
        target_vocab_size=vocab_size,
        source_vocab_size=vocab_size,
        target_pad_id=0,
        source_pad_id=0,
        module=between,
        **more,
    )


class _Between(nn.Module):
    """Ids → rows → torch's own → logits. A decoder alone reads the source's rows as memory."""

    def __init__(self, model: nn.Transformer | nn.TransformerDecoder, vocab_size: int):
        super().__init__()
        decoder = model.decoder if isinstance(model, nn.Transformer) else model
        attention = decoder.layers[0].self_attn
        if not attention.batch_first:
            raise ValueError(
                "build torch's own with batch_first=True: batches come first here"
            )
        d_model = attention.embed_dim
        self.model = model
        self.source, self.target = (Embedding(vocab_size, d_model) for _ in range(2))
        self.output = nn.Linear(d_model, vocab_size)

    def forward(self, batch: Batch) -> Tensor:
        assert batch.source_ids is not None and batch.source_real is not None
        rows, memory = self.target(batch.target_ids), self.source(batch.source_ids)
        # Both say True = blocked.
        later = ~causal_mask(rows.size(1), rows.device)
        padding = ~batch.source_real
        masks = {
            "tgt_mask": later,
            "tgt_key_padding_mask": ~batch.target_real,
            "memory_key_padding_mask": padding,
        }
        if isinstance(self.model, nn.Transformer):
            hidden = self.model(memory, rows, src_key_padding_mask=padding, **masks)
        else:
            hidden = self.model(rows, memory, **masks)
        return self.output(hidden)
