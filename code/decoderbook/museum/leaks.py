"""What causal attention looks like from outside while a bug is in it."""

import torch
from jaxtyping import Float
from torch import Tensor

from decoderbook.museum.exhibit import CONFIG
from tinydecoder import model
from tinydecoder.causality import influence


def attention_influence(length: int = 6, seed: int = 0) -> Float[Tensor, "T T"]:
    """The influence map of the package as it is now: a layer's norm and its self-attention
    under the causal mask, with random weights.
    """
    torch.manual_seed(seed)
    layer = model.DecoderLayer(CONFIG).double().eval()
    rows = torch.randn(length, CONFIG.d_model, dtype=torch.float64)
    mask = model.causal_mask(length)
    norm, attend = layer.residual_1.norm, layer.self_attention.attend
    return influence(lambda x: attend(norm(x), None, mask), rows)
