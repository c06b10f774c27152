"""Right pieces that the museum needs and the course's model has no place for."""

import unicodedata

ZERO_WIDTH = {"\u200c", "\u200d"}  # non-joiner and joiner: Kannada spelling needs both


def kannada_letters() -> set[str]:
    """The letters and signs of the Kannada block of Unicode, and the two zero-width marks."""
    block = (chr(code) for code in range(0x0C80, 0x0D00))
    return {c for c in block if unicodedata.name(c, "")} | ZERO_WIDTH
