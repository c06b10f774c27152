"""The book's instruments: they take tensors, strings and figures, and know nothing of a
model's inside.
"""

from decoderbook.checks import check as check
from decoderbook.live import watch as watch
from decoderbook.source import show_source as show_source
from decoderbook.widgets import explore as explore


def __getattr__(name: str):
    """decoder_at_work brings the trained model with it, so it is fetched when it is asked for."""
    if name == "decoder_at_work":
        from decoderbook.page_model.widget import decoder_at_work

        return decoder_at_work
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
