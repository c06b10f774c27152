"""What is left to an answer: the parts of tinydecoder that are asked for, and what a statement rules out."""

from __future__ import annotations

# Of tinydecoder, and lent to every chapter: what answers use, and few exercises ask for.
HELPERS = ("causal_mask", "padding_mask", "split_heads", "merge_heads", "pad")

# The helpers that are themselves a part of what is asked for.
ASKED_FOR = {
    "own-attention": ("split_heads", "merge_heads"),
    "shared-keys": ("split_heads", "merge_heads"),
}

# What a statement rules out, of torch and of tinydecoder: it is told, and judges nothing.
RULED_OUT = {
    "who-reads-whom": ("influence",),
    "safe-softmax": ("softmax", "log_softmax", "softmin", "Softmax", "LogSoftmax"),
    "own-test": ("influence", "leaks"),
    "causal-and-padding": (
        *("scaled_dot_product_attention", "multi_head_attention_forward"),
        *("MultiheadAttention", "MultiHeadAttention", "_scaled_dot_product_attention_math"),
    ),
    "masked-loss": ("cross_entropy", "nll_loss", "CrossEntropyLoss", "NLLLoss"),
}  # fmt: skip
