"""The book's instruments: they take tensors, strings and figures, and know nothing of a
model's inside.
"""

from decoderbook.live import watch as watch
from decoderbook.source import show_source as show_source
from decoderbook.widgets import explore as explore
