"""What keeps a decoder from being examined, said so that one knows what to do."""

ADAPTER = """\
Give it as a Subject instead, from a function without arguments:

    from decoderbook.checkup.subject import Subject

    def subject():
        model = …                        # with its arguments
        return Subject(
            logits=lambda batch: model(batch.source_ids, batch.target_ids),
            target_vocab_size=…, source_vocab_size=…,
            target_pad_id=0, source_pad_id=0, module=model,
        )

and point to your_module:subject."""


class ProblemError(Exception):
    """It cannot be examined; the message says why, and what to do."""


def article(noun: str) -> str:
    """“a list”, “an int”."""
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"
