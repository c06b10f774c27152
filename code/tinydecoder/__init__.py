"""The model: a Transformer decoder written to be read. It knows nothing of notebooks,
plots or the book.
"""

from tinydecoder.attention import MultiHeadAttention as MultiHeadAttention
from tinydecoder.causality import influence as influence
from tinydecoder.causality import leaks as leaks
from tinydecoder.config import ModelConfig as ModelConfig
from tinydecoder.embedding import Embedding as Embedding
from tinydecoder.embedding import (
    sinusoidal_positional_encoding as sinusoidal_positional_encoding,
)
from tinydecoder.functional import causal_mask as causal_mask
from tinydecoder.functional import merge_heads as merge_heads
from tinydecoder.functional import padding_mask as padding_mask
from tinydecoder.functional import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from tinydecoder.functional import split_heads as split_heads
from tinydecoder.model import Transformer as Transformer
from tinydecoder.trace import Activation as Activation
from tinydecoder.trace import trace as trace
