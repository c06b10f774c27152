"""What is said of each box: its formula, one sentence, and the chapter about it."""

import re
from typing import NamedTuple


class About(NamedTuple):
    """A box in words; page is the name of a chapter's notebook."""

    formula: str
    sentence: str
    page: str


TOKENS = "02-tokens-and-batches"
POSITION = "03-positional-encoding"
MEMORY = "04-encoder-memory"
HEADS = "05-queries-keys-values"
MASKED = "06-masked-self-attention"
NORMS = "07-residuals-and-layer-norm"
ACROSS = "08-cross-attention"
LAYER = "09-decoder-layer"
WRITING = "11-inference"

# A key without its side, path or number: "encoder.norm" and "norm_1" are both "norm".
WORDS = {
    "ids": (
        "text → tokens → ids",
        "Each token is a number: its line in the vocabulary.",
        TOKENS,
    ),
    "embedding.rows": ("E[ids]", "Each id picks its row from a learned table.", TOKENS),
    "layers.0.x": (
        "E[ids] · √d_model + PE(p)",
        "Sines and cosines of the position p are added, so that a row says where its token stands.",
        POSITION,
    ),
    "encoder.layers": (
        "x ← layer(x)",
        "Every English row reads all English rows.",
        MEMORY,
    ),
    "decoder.layers": (
        "x ← layer(x, memory)",
        "Every Kannada row reads the rows up to its own, then the memory.",
        LAYER,
    ),
    "norm": (
        "(x − mean) / spread · g + b",
        "Each row is brought to mean 0 and spread 1, then scaled by what was learned.",
        NORMS,
    ),
    "memory": (
        "memory = encoder(x)",
        "What the encoder hands over: one row for each English token, made once.",
        MEMORY,
    ),
    "logits": (
        "logits = hidden · W",
        "A score for each token of the vocabulary, at each row.",
        LAYER,
    ),
    "next": (
        "argmax of the last row",
        "The last row's likeliest token is written, and is read with the others at the next step.",
        WRITING,
    ),
    "x": ("x", "The rows that come in, one for each Kannada token.", LAYER),
    "self_attention": (
        "MultiHead(x, x, x)",
        "Each row reads itself and the rows before it, never a later one.",
        MASKED,
    ),
    "cross_attention": (
        "MultiHead(x, memory, memory)",
        "Each Kannada row reads all rows of the English memory.",
        ACROSS,
    ),
    "feed_forward": (
        "ReLU(x W₁ + b₁) W₂ + b₂",
        "Two linear maps with a ReLU between, for each row alone.",
        LAYER,
    ),
    "add": (
        "x + sublayer(x)",
        "The residual: the rows that went in are added to what the sublayer made of them.",
        NORMS,
    ),
    "attention_x": ("x", "The Kannada rows ask.", ACROSS),
    "source": (
        "memory",
        "The English rows answer. In self-attention x itself stands here.",
        ACROSS,
    ),
    "query": (
        "Q = x W_Q + b_Q",
        "A learned linear map gives what each row asks for.",
        HEADS,
    ),
    "key": (
        "K = memory W_K + b_K",
        "A learned linear map gives what each row can be found by.",
        HEADS,
    ),
    "value": (
        "V = memory W_V + b_V",
        "A learned linear map gives what is copied from a row.",
        HEADS,
    ),
    "split": (
        "h runs of d_k features",
        "Each head takes its own run of the features of every row.",
        HEADS,
    ),
    "heads": (
        "softmax(Q Kᵀ / √d_k) V",
        "Each head mixes the values by weights of its own.",
        ACROSS,
    ),
    "merged": (
        "concat(head₁ … head_h)",
        "The heads' features stand side by side again.",
        HEADS,
    ),
    "output": (
        "merged W_O + b_O",
        "One last linear map lets the heads' findings mix.",
        HEADS,
    ),
    "q": (
        "q",
        "This head's run of the queries: one row for each Kannada token.",
        HEADS,
    ),
    "k": ("k", "This head's keys: one row for each English token.", HEADS),
    "v": ("v", "This head's values: one row for each English token.", HEADS),
    "products": (
        "q kᵀ",
        "The dot product of each query with each key: how well they fit.",
        HEADS,
    ),
    "scores": (
        "q kᵀ / √d_k",
        "Dividing keeps the spread of the scores about the same for any width of a head.",
        HEADS,
    ),
    "masked_scores": (
        "−∞ where a row may not look",
        "Cross-attention hides padding here; masked self-attention hides the future too.",
        ACROSS,
    ),
    "weights": (
        "softmax(scores)",
        "Each row of scores becomes shares that add up to one.",
        HEADS,
    ),
    "head": (
        "weights · v",
        "Each Kannada row becomes a mixture of the English values.",
        HEADS,
    ),
}


def about(key: str) -> About:
    """What is said of the box with this key; KeyError where nothing is."""
    if key.endswith("_heads"):
        key = "split"
    if key not in WORDS:
        key = re.sub(
            r"^(source_|target_|layer_|attention_|encoder\.|decoder\.)|_\d$", "", key
        )
    return About(*WORDS[key])
