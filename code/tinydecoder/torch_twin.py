"""The same model out of torch's own layers, with the same weights: what ours must equal.

The fifth of this code that is not copying is where the two differ in form: torch keeps
the three projections of an attention in one matrix, and its masks say True = blocked.
"""

from copy import deepcopy

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from tinydecoder.attention import MultiHeadAttention
from tinydecoder.functional import causal_mask
from tinydecoder.layers import DecoderLayer, EncoderLayer
from tinydecoder.model import Transformer


@torch.no_grad()
def copy_attention(ours: MultiHeadAttention, theirs: nn.MultiheadAttention) -> None:
    """Give torch's attention our weights: query, key and value, one below the other."""
    parts = (ours.query_projection, ours.key_projection, ours.value_projection)
    theirs.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
    theirs.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
    _copy(ours.output_projection, theirs.out_proj)


@torch.no_grad()
def copy_layer(
    ours: EncoderLayer | DecoderLayer,
    theirs: nn.TransformerEncoderLayer | nn.TransformerDecoderLayer,
) -> None:
    """Give torch's encoder or decoder layer the weights of ours."""
    copy_attention(ours.self_attention, theirs.self_attn)
    _copy(ours.feed_forward.expand, theirs.linear1)
    _copy(ours.feed_forward.contract, theirs.linear2)
    _copy(ours.residual_1.norm, theirs.norm1)
    _copy(ours.residual_2.norm, theirs.norm2)
    if isinstance(ours, DecoderLayer):
        copy_attention(ours.cross_attention, theirs.multihead_attn)
        _copy(ours.residual_3.norm, theirs.norm3)


def torch_model(ours: Transformer) -> "TorchModel":
    """nn.Transformer with our weights, between copies of our embeddings and output.

    It maps (source_ids, target_ids) to logits as ours does, in the precision of ours.
    """
    return TorchModel(ours)


class TorchModel(nn.Module):
    """What torch_model returns."""

    def __init__(self, ours: Transformer):
        super().__init__()
        config = ours.config
        self.pad_id = ours.pad_id
        # In one copy, so that tied weights stay tied.
        ends = (ours.source_embedding, ours.target_embedding, ours.output)
        ends = deepcopy(nn.ModuleList(ends))
        self.source_embedding, self.target_embedding, self.output = ends
        self.dropout = nn.Dropout(config.dropout)
        sizes = (config.d_model, config.n_heads, config.d_ff, config.dropout)
        options = {"batch_first": True, "norm_first": config.norm == "pre"}
        encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(*sizes, **options),
            config.n_layers,
            norm=deepcopy(ours.encoder.norm) if config.norm == "pre" else None,
            enable_nested_tensor=False,  # with norm_first torch would warn of them
        )
        decoder = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(*sizes, **options),
            config.n_layers,
            norm=deepcopy(ours.decoder.norm) if config.norm == "pre" else None,
        )
        self.transformer = nn.Transformer(
            config.d_model,
            config.n_heads,
            custom_encoder=encoder,
            custom_decoder=decoder,
            **options,
        )
        self.to(ours.output.weight)
        # Last, because nn.Transformer draws all its weights anew.
        for mine, theirs in ((ours.encoder, encoder), (ours.decoder, decoder)):
            for layer, their_layer in zip(mine.layers, theirs.layers, strict=True):
                copy_layer(layer, their_layer)
            if theirs.norm is not None:
                _copy(mine.norm, theirs.norm)

    def forward(
        self, source_ids: Int[Tensor, "B S"], target_ids: Int[Tensor, "B T"]
    ) -> Float[Tensor, "B T vocab_size"]:
        """Logits, as Transformer.forward."""
        source_padding: Bool[Tensor, "B S"] = source_ids == self.pad_id
        # One after the other, and not nn.Transformer.forward, so that dropout draws its
        # numbers in the same order as in ours.
        memory = self.transformer.encoder(
            self.dropout(self.source_embedding(source_ids)),
            src_key_padding_mask=source_padding,
        )
        hidden = self.transformer.decoder(
            self.dropout(self.target_embedding(target_ids)),
            memory,
            tgt_mask=~causal_mask(target_ids.size(1), target_ids.device),
            tgt_key_padding_mask=target_ids == self.pad_id,
            memory_key_padding_mask=source_padding,
        )
        return self.output(hidden)


def _copy(ours: nn.Module, theirs: nn.Module) -> None:
    theirs.load_state_dict(ours.state_dict())
