"""The model card that `tinydecoder train` writes beside a checkpoint."""

from tinydecoder.checkpoint import Translator

CORPUS_LIMITS = """\
It knows the words of the course's corpus and no others, in short clauses of the shapes
that the corpus has. It is made for looking at how a decoder works, not for translating.
What its Kannada rests on is said in `tinydecoder.corpus.kannada`; a reader of Kannada has not
confirmed the sentences."""
OWN_LIMITS = """\
It has seen only the pairs it was trained on. The scores below are for pairs of the same
source that were kept back, and say nothing of other text."""

INTRODUCTION = """\
An encoder-decoder Transformer of the package `tinydecoder`, trained from scratch."""


def is_card(text: str, name: str) -> bool:
    """Whether a text begins as card_text does for the checkpoint of that name."""
    return text.startswith(f"# {name}\n\n{INTRODUCTION}")


def card_text(translator: Translator, name: str) -> str:
    """What the model is, how it was made and how good it is, as Markdown.

    name: of the checkpoint's file. All numbers come from the checkpoint itself.
    """
    model, made = translator.model, translator.made
    config = model.config
    sides = translator.source_tokenizer, translator.target_tokenizer
    kinds = [f"{side.vocab_size:,} tokens ({side.kind})" for side in sides]
    corpus = "corpus" in sides[1].kind
    parameters = sum(parameter.numel() for parameter in model.parameters())
    rows = [
        ("parameters", f"{parameters:,}, in float32"),
        ("sizes", ", ".join(f"{key} {value}" for key, value in vars(config).items())),
        ("source", kinds[0]),
        ("target", kinds[1]),
        *made.items(),
    ]
    table = "\n".join(f"| {key} | {value} |" for key, value in rows)
    return (
        f"# {name}\n\n{INTRODUCTION}\n\n"
        f"{CORPUS_LIMITS if corpus else OWN_LIMITS}\n\n"
        f"| | |\n|---|---|\n{table}\n"
    )
