"""What keeps a decoder from being examined, said so that one knows what to do."""

from __future__ import annotations


def adapter(has_source: bool = True) -> str:
    """What to write for a model that is not recognised, with a source or without one."""
    ids, sizes, pads = "batch.target_ids", "target_vocab_size=…", "target_pad_id=0"
    if has_source:
        ids, sizes = f"batch.source_ids, {ids}", f"{sizes}, source_vocab_size=…"
        pads = f"{pads}, source_pad_id=0"
    return f"""\
Give it as a Subject instead, from a function without arguments:

    from decoderbook.checkup.subject import Subject

    def subject():
        model = …                        # with its arguments
        return Subject(
            logits=lambda batch: model({ids}),
            {sizes},
            {pads}, module=model,
        )

and point to your_module:subject. The logits are one tensor (B, T, vocabulary)."""


class NotApplicableError(Exception):
    """A detector has nothing to look at; the message says why, and fits behind “because”."""


class NotAskedError(NotApplicableError):
    """There was no time left to ask."""


class ProblemError(Exception):
    """It cannot be examined; the message says why, and what to do."""


def one_line(error: BaseException, length: int = 160) -> str:
    """An error in one line: “it raised ValueError: …”."""
    text = " ".join(str(error).split())
    if len(text) > length:
        text = text[: length - 1] + "…"
    return f"it raised {type(error).__name__}" + (f": {text}" if text else "")


def article(noun: str) -> str:
    """“a list”, “an int”."""
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"
