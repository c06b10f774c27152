"""The exhibits that are bugs of a model's use: padding, training, writing."""

from dataclasses import replace

from decoderbook.museum import learning, padding, writing
from decoderbook.museum.exhibit import CONFIG, Exhibit
from decoderbook.museum.model_rooms import ATTENTION

WITH_DROPOUT = replace(CONFIG, dropout=0.2)

USE_ROOMS: dict[str, tuple[Exhibit, ...]] = {
    "Padding": (
        Exhibit(
            "one-too-many",
            "padding mask",
            padding.padding_mask,
            "tinydecoder.model.padding_mask",
            "visible = columns <= lengths",
            "visible = columns < lengths",
            "source-padding",
        ),
        Exhibit(
            "minus-a-billion",
            "very low scores",
            padding.attention_6,
            ATTENTION,
            "scores = scores.masked_fill(~mask, -1e9)\n"
            "weights = scores.softmax(dim=-1)",
            "scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)\n"
            "weights = scores.softmax(dim=-1).masked_fill(~mask, 0.0)",
            "half",
        ),
        Exhibit(
            "endless",
            "the filler",
            padding.sum_of_losses_1,
            "tinydecoder.training.sum_of_losses",
            "filler = END  # this tokenizer has no PAD",
            "filler = PAD",
            "labels",
        ),
    ),
    "Training": (
        Exhibit(
            "unshifted",
            "decoder input",
            learning.sum_of_losses_2,
            "tinydecoder.training.sum_of_losses",
            "logits = model(source, target[:, 1:])  # (B, T - 1, vocab_size)",
            "logits = model(source, target[:, :-1])  # (B, T - 1, vocab_size)",
            "labels",
        ),
        Exhibit(
            "mean-of-means",
            "the mean",
            learning.sum_of_losses_3,
            "tinydecoder.training.sum_of_losses",
            "means = losses.sum(dim=1) / n_tokens\n"
            "return means.sum(), torch.tensor(len(means))",
            "return losses.sum(), n_tokens.sum()",
            "weighing",
        ),
        Exhibit(
            "above-one",
            "attention maps",
            learning.attention_7,
            ATTENTION,
            "weights = F.dropout(scores.softmax(dim=-1), dropout)\n"
            "return weights @ value, weights",
            "weights = scores.softmax(dim=-1)\n"
            "return F.dropout(weights, dropout) @ value, weights",
            "shares",
        ),
        Exhibit(
            "always-on",
            "dropout",
            learning.Residual,
            "tinydecoder.layers.Residual",
            "return x + F.dropout(change, self.dropout)",
            "return x + F.dropout(change, self.dropout, self.training)",
            "deterministic",
            WITH_DROPOUT,
        ),
    ),
    "Writing": (
        Exhibit(
            "always-first",
            "the cached step",
            writing.Embedding,
            "tinydecoder.model.Embedding",
            "positions = torch.arange(ids.size(1), device=ids.device)",
            "positions = torch.arange(past, past + ids.size(1), device=ids.device)",
            "cache",
        ),
        Exhibit(
            "no-words",
            "the next word",
            writing.Writer,
            "tinydecoder.generation.Writer",
            "last = logits[:, -1]  # (B, vocab_size)",
            "last = logits[:, -1]  # (B, vocab_size)\nlast[:, NOT_WORDS] = -torch.inf",
            "words-only",
        ),
        Exhibit(
            "two-scripts",
            "the alphabet",
            writing.kannada_letters,
            "decoderbook.museum.right.kannada_letters",
            'more = "ఆ ఇ ా ి ీ ు ూ"',
            'more = "\\u200c \\u200d"',
            "letters",
        ),
    ),
}
