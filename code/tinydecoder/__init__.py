"""The model: a Transformer decoder written to be read, and what one does with it.

It knows nothing of notebooks, plots or the book. All names of FACE are imported from here,
each from its module at the moment it is first asked for: whoever wants a mask does not
wait for sacrebleu, and `python -m tinydecoder` can answer Ctrl-C before torch is loaded.
"""

from importlib import import_module
from typing import Any

FACE = {  # module: the names that a learner imports, in reading order
    "config": "ModelConfig TrainConfig",
    "functional": "causal_mask padding_mask scaled_dot_product_attention split_heads merge_heads",
    "embedding": "Embedding sinusoidal_positional_encoding",
    "attention": "MultiHeadAttention",
    "cache": "KVCache DecoderCache",
    "layers": "FeedForward Residual EncoderLayer DecoderLayer",
    "model": "Encoder Decoder Transformer",
    "tracing": "Activation trace cross_attention self_attention_weights",
    "causality": "influence leaks",
    "parameters": "decoder_parameters parameters_in",
    "torch_twin": "copy_attention copy_layer torch_model",
    "text.tokenizer": "PAD START END UNK WordTokenizer",
    "text.parallel": "Pair read_tsv",
    "batches": "Example Batches collate examples pad",
    "training": "learning_rate sum_of_losses train",
    "sampling": "greedy sample next_token_probabilities",
    "generation": "Writer generate beam_steps beam_search",
    "corpus.kannada": "transliterate with_latin",
    "corpus.generator": "compositional_split",
    "corpus.samples": "SAMPLES",
    "corpus.tokenizers": "texts",
    "datasets": "corpus_dataset pairs_dataset",
    "checkpoint": "load load_pretrained",
    "translation": "translate read_attention train_translator",
    "evaluation.alignment": "head_scores best_head",
    "evaluation.attention_shares": "mean_share",
    "evaluation.held_out": "evaluate",
}
_HOME = {name: module for module, names in FACE.items() for name in names.split()}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
