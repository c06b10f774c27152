"""The Kannada tables, form by form, against words that were written out by hand."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinydecoder.corpus import kannada
from tinydecoder.corpus.lexicon import ADJECTIVES, NOUNS, TIMES, VERBS

# Accusative, dative, locative; plural and its accusative, dative, locative.
NOUN_FORMS = """
ಹುಡುಗ ಹುಡುಗನನ್ನು ಹುಡುಗನಿಗೆ ಹುಡುಗನಲ್ಲಿ ಹುಡುಗರು ಹುಡುಗರನ್ನು ಹುಡುಗರಿಗೆ ಹುಡುಗರಲ್ಲಿ
ರಾಜ ರಾಜನನ್ನು ರಾಜನಿಗೆ ರಾಜನಲ್ಲಿ ರಾಜರು ರಾಜರನ್ನು ರಾಜರಿಗೆ ರಾಜರಲ್ಲಿ
ರೈತ ರೈತನನ್ನು ರೈತನಿಗೆ ರೈತನಲ್ಲಿ ರೈತರು ರೈತರನ್ನು ರೈತರಿಗೆ ರೈತರಲ್ಲಿ
ಸ್ನೇಹಿತ ಸ್ನೇಹಿತನನ್ನು ಸ್ನೇಹಿತನಿಗೆ ಸ್ನೇಹಿತನಲ್ಲಿ ಸ್ನೇಹಿತರು ಸ್ನೇಹಿತರನ್ನು ಸ್ನೇಹಿತರಿಗೆ ಸ್ನೇಹಿತರಲ್ಲಿ
ವಿದ್ಯಾರ್ಥಿ ವಿದ್ಯಾರ್ಥಿಯನ್ನು ವಿದ್ಯಾರ್ಥಿಗೆ ವಿದ್ಯಾರ್ಥಿಯಲ್ಲಿ ವಿದ್ಯಾರ್ಥಿಗಳು ವಿದ್ಯಾರ್ಥಿಗಳನ್ನು ವಿದ್ಯಾರ್ಥಿಗಳಿಗೆ ವಿದ್ಯಾರ್ಥಿಗಳಲ್ಲಿ
ಹುಡುಗಿ ಹುಡುಗಿಯನ್ನು ಹುಡುಗಿಗೆ ಹುಡುಗಿಯಲ್ಲಿ ಹುಡುಗಿಯರು ಹುಡುಗಿಯರನ್ನು ಹುಡುಗಿಯರಿಗೆ ಹುಡುಗಿಯರಲ್ಲಿ
ರಾಣಿ ರಾಣಿಯನ್ನು ರಾಣಿಗೆ ರಾಣಿಯಲ್ಲಿ ರಾಣಿಯರು ರಾಣಿಯರನ್ನು ರಾಣಿಯರಿಗೆ ರಾಣಿಯರಲ್ಲಿ
ಮಹಿಳೆ ಮಹಿಳೆಯನ್ನು ಮಹಿಳೆಗೆ ಮಹಿಳೆಯಲ್ಲಿ ಮಹಿಳೆಯರು ಮಹಿಳೆಯರನ್ನು ಮಹಿಳೆಯರಿಗೆ ಮಹಿಳೆಯರಲ್ಲಿ
ಮಗು ಮಗುವನ್ನು ಮಗುವಿಗೆ ಮಗುವಿನಲ್ಲಿ ಮಕ್ಕಳು ಮಕ್ಕಳನ್ನು ಮಕ್ಕಳಿಗೆ ಮಕ್ಕಳಲ್ಲಿ
ನಾಯಿ ನಾಯಿಯನ್ನು ನಾಯಿಗೆ ನಾಯಿಯಲ್ಲಿ ನಾಯಿಗಳು ನಾಯಿಗಳನ್ನು ನಾಯಿಗಳಿಗೆ ನಾಯಿಗಳಲ್ಲಿ
ಬೆಕ್ಕು ಬೆಕ್ಕನ್ನು ಬೆಕ್ಕಿಗೆ ಬೆಕ್ಕಿನಲ್ಲಿ ಬೆಕ್ಕುಗಳು ಬೆಕ್ಕುಗಳನ್ನು ಬೆಕ್ಕುಗಳಿಗೆ ಬೆಕ್ಕುಗಳಲ್ಲಿ
ಹಸು ಹಸುವನ್ನು ಹಸುವಿಗೆ ಹಸುವಿನಲ್ಲಿ ಹಸುಗಳು ಹಸುಗಳನ್ನು ಹಸುಗಳಿಗೆ ಹಸುಗಳಲ್ಲಿ
ಕುದುರೆ ಕುದುರೆಯನ್ನು ಕುದುರೆಗೆ ಕುದುರೆಯಲ್ಲಿ ಕುದುರೆಗಳು ಕುದುರೆಗಳನ್ನು ಕುದುರೆಗಳಿಗೆ ಕುದುರೆಗಳಲ್ಲಿ
ಆನೆ ಆನೆಯನ್ನು ಆನೆಗೆ ಆನೆಯಲ್ಲಿ ಆನೆಗಳು ಆನೆಗಳನ್ನು ಆನೆಗಳಿಗೆ ಆನೆಗಳಲ್ಲಿ
ಹಕ್ಕಿ ಹಕ್ಕಿಯನ್ನು ಹಕ್ಕಿಗೆ ಹಕ್ಕಿಯಲ್ಲಿ ಹಕ್ಕಿಗಳು ಹಕ್ಕಿಗಳನ್ನು ಹಕ್ಕಿಗಳಿಗೆ ಹಕ್ಕಿಗಳಲ್ಲಿ
ಶಾಲೆ ಶಾಲೆಯನ್ನು ಶಾಲೆಗೆ ಶಾಲೆಯಲ್ಲಿ ಶಾಲೆಗಳು ಶಾಲೆಗಳನ್ನು ಶಾಲೆಗಳಿಗೆ ಶಾಲೆಗಳಲ್ಲಿ
ಮನೆ ಮನೆಯನ್ನು ಮನೆಗೆ ಮನೆಯಲ್ಲಿ ಮನೆಗಳು ಮನೆಗಳನ್ನು ಮನೆಗಳಿಗೆ ಮನೆಗಳಲ್ಲಿ
ಹಳ್ಳಿ ಹಳ್ಳಿಯನ್ನು ಹಳ್ಳಿಗೆ ಹಳ್ಳಿಯಲ್ಲಿ ಹಳ್ಳಿಗಳು ಹಳ್ಳಿಗಳನ್ನು ಹಳ್ಳಿಗಳಿಗೆ ಹಳ್ಳಿಗಳಲ್ಲಿ
ಮಾರುಕಟ್ಟೆ ಮಾರುಕಟ್ಟೆಯನ್ನು ಮಾರುಕಟ್ಟೆಗೆ ಮಾರುಕಟ್ಟೆಯಲ್ಲಿ ಮಾರುಕಟ್ಟೆಗಳು ಮಾರುಕಟ್ಟೆಗಳನ್ನು ಮಾರುಕಟ್ಟೆಗಳಿಗೆ ಮಾರುಕಟ್ಟೆಗಳಲ್ಲಿ
ಅಂಗಡಿ ಅಂಗಡಿಯನ್ನು ಅಂಗಡಿಗೆ ಅಂಗಡಿಯಲ್ಲಿ ಅಂಗಡಿಗಳು ಅಂಗಡಿಗಳನ್ನು ಅಂಗಡಿಗಳಿಗೆ ಅಂಗಡಿಗಳಲ್ಲಿ
ತೋಟ ತೋಟವನ್ನು ತೋಟಕ್ಕೆ ತೋಟದಲ್ಲಿ ತೋಟಗಳು ತೋಟಗಳನ್ನು ತೋಟಗಳಿಗೆ ತೋಟಗಳಲ್ಲಿ
ದೇವಸ್ಥಾನ ದೇವಸ್ಥಾನವನ್ನು ದೇವಸ್ಥಾನಕ್ಕೆ ದೇವಸ್ಥಾನದಲ್ಲಿ ದೇವಸ್ಥಾನಗಳು ದೇವಸ್ಥಾನಗಳನ್ನು ದೇವಸ್ಥಾನಗಳಿಗೆ ದೇವಸ್ಥಾನಗಳಲ್ಲಿ
ಕಾಡು ಕಾಡನ್ನು ಕಾಡಿಗೆ ಕಾಡಿನಲ್ಲಿ ಕಾಡುಗಳು ಕಾಡುಗಳನ್ನು ಕಾಡುಗಳಿಗೆ ಕಾಡುಗಳಲ್ಲಿ
ಪುಸ್ತಕ ಪುಸ್ತಕವನ್ನು ಪುಸ್ತಕಕ್ಕೆ ಪುಸ್ತಕದಲ್ಲಿ ಪುಸ್ತಕಗಳು ಪುಸ್ತಕಗಳನ್ನು ಪುಸ್ತಕಗಳಿಗೆ ಪುಸ್ತಕಗಳಲ್ಲಿ
ಚಿತ್ರ ಚಿತ್ರವನ್ನು ಚಿತ್ರಕ್ಕೆ ಚಿತ್ರದಲ್ಲಿ ಚಿತ್ರಗಳು ಚಿತ್ರಗಳನ್ನು ಚಿತ್ರಗಳಿಗೆ ಚಿತ್ರಗಳಲ್ಲಿ
ಹಣ್ಣು ಹಣ್ಣನ್ನು ಹಣ್ಣಿಗೆ ಹಣ್ಣಿನಲ್ಲಿ ಹಣ್ಣುಗಳು ಹಣ್ಣುಗಳನ್ನು ಹಣ್ಣುಗಳಿಗೆ ಹಣ್ಣುಗಳಲ್ಲಿ
ಹೂವು ಹೂವನ್ನು ಹೂವಿಗೆ ಹೂವಿನಲ್ಲಿ ಹೂವುಗಳು ಹೂವುಗಳನ್ನು ಹೂವುಗಳಿಗೆ ಹೂವುಗಳಲ್ಲಿ
ಚೆಂಡು ಚೆಂಡನ್ನು ಚೆಂಡಿಗೆ ಚೆಂಡಿನಲ್ಲಿ ಚೆಂಡುಗಳು ಚೆಂಡುಗಳನ್ನು ಚೆಂಡುಗಳಿಗೆ ಚೆಂಡುಗಳಲ್ಲಿ
ಮೇಜು ಮೇಜನ್ನು ಮೇಜಿಗೆ ಮೇಜಿನಲ್ಲಿ ಮೇಜುಗಳು ಮೇಜುಗಳನ್ನು ಮೇಜುಗಳಿಗೆ ಮೇಜುಗಳಲ್ಲಿ
ಬಾಗಿಲು ಬಾಗಿಲನ್ನು ಬಾಗಿಲಿಗೆ ಬಾಗಿಲಿನಲ್ಲಿ ಬಾಗಿಲುಗಳು ಬಾಗಿಲುಗಳನ್ನು ಬಾಗಿಲುಗಳಿಗೆ ಬಾಗಿಲುಗಳಲ್ಲಿ
ಕುರ್ಚಿ ಕುರ್ಚಿಯನ್ನು ಕುರ್ಚಿಗೆ ಕುರ್ಚಿಯಲ್ಲಿ ಕುರ್ಚಿಗಳು ಕುರ್ಚಿಗಳನ್ನು ಕುರ್ಚಿಗಳಿಗೆ ಕುರ್ಚಿಗಳಲ್ಲಿ
ಕಿಟಕಿ ಕಿಟಕಿಯನ್ನು ಕಿಟಕಿಗೆ ಕಿಟಕಿಯಲ್ಲಿ ಕಿಟಕಿಗಳು ಕಿಟಕಿಗಳನ್ನು ಕಿಟಕಿಗಳಿಗೆ ಕಿಟಕಿಗಳಲ್ಲಿ
ಪತ್ರ ಪತ್ರವನ್ನು ಪತ್ರಕ್ಕೆ ಪತ್ರದಲ್ಲಿ ಪತ್ರಗಳು ಪತ್ರಗಳನ್ನು ಪತ್ರಗಳಿಗೆ ಪತ್ರಗಳಲ್ಲಿ
ಕಥೆ ಕಥೆಯನ್ನು ಕಥೆಗೆ ಕಥೆಯಲ್ಲಿ ಕಥೆಗಳು ಕಥೆಗಳನ್ನು ಕಥೆಗಳಿಗೆ ಕಥೆಗಳಲ್ಲಿ
ಹಾಡು ಹಾಡನ್ನು ಹಾಡಿಗೆ ಹಾಡಿನಲ್ಲಿ ಹಾಡುಗಳು ಹಾಡುಗಳನ್ನು ಹಾಡುಗಳಿಗೆ ಹಾಡುಗಳಲ್ಲಿ
ನೀರು ನೀರನ್ನು ನೀರಿಗೆ ನೀರಿನಲ್ಲಿ
ಹಾಲು ಹಾಲನ್ನು ಹಾಲಿಗೆ ಹಾಲಿನಲ್ಲಿ
ಅನ್ನ ಅನ್ನವನ್ನು ಅನ್ನಕ್ಕೆ ಅನ್ನದಲ್ಲಿ
ಕಾಫಿ ಕಾಫಿಯನ್ನು ಕಾಫಿಗೆ ಕಾಫಿಯಲ್ಲಿ
"""

PRONOUN_FORMS = """
ನಾನು ನನ್ನನ್ನು ನನಗೆ ನನ್ನ
ನೀನು ನಿನ್ನನ್ನು ನಿನಗೆ ನಿನ್ನ
ಅವನು ಅವನನ್ನು ಅವನಿಗೆ ಅವನ
ಅವಳು ಅವಳನ್ನು ಅವಳಿಗೆ ಅವಳ
ಅದು ಅದನ್ನು ಅದಕ್ಕೆ ಅದರ
ನಾವು ನಮ್ಮನ್ನು ನಮಗೆ ನಮ್ಮ
ನೀವು ನಿಮ್ಮನ್ನು ನಿಮಗೆ ನಿಮ್ಮ
ಅವರು ಅವರನ್ನು ಅವರಿಗೆ ಅವರ
"""

# In the order of the persons: I, we, you, he, she, it, they (people), they (things).
PARADIGMS = {
    ("ಹೋಗು", "nonpast"): "ಹೋಗುತ್ತೇನೆ ಹೋಗುತ್ತೇವೆ ಹೋಗುತ್ತೀರಿ ಹೋಗುತ್ತಾನೆ ಹೋಗುತ್ತಾಳೆ ಹೋಗುತ್ತದೆ ಹೋಗುತ್ತಾರೆ ಹೋಗುತ್ತವೆ",
    ("ಹೋಗು", "progressive"): "ಹೋಗುತ್ತಿದ್ದೇನೆ ಹೋಗುತ್ತಿದ್ದೇವೆ ಹೋಗುತ್ತಿದ್ದೀರಿ ಹೋಗುತ್ತಿದ್ದಾನೆ "
    "ಹೋಗುತ್ತಿದ್ದಾಳೆ ಹೋಗುತ್ತಿದೆ ಹೋಗುತ್ತಿದ್ದಾರೆ ಹೋಗುತ್ತಿವೆ",
    ("ಹೋಗು", "past"): "ಹೋದೆನು ಹೋದೆವು ಹೋದಿರಿ ಹೋದನು ಹೋದಳು ಹೋಯಿತು ಹೋದರು ಹೋದವು",
    ("ನೋಡು", "nonpast"): "ನೋಡುತ್ತೇನೆ ನೋಡುತ್ತೇವೆ ನೋಡುತ್ತೀರಿ ನೋಡುತ್ತಾನೆ ನೋಡುತ್ತಾಳೆ ನೋಡುತ್ತದೆ ನೋಡುತ್ತಾರೆ ನೋಡುತ್ತವೆ",
    ("ನೋಡು", "progressive"): "ನೋಡುತ್ತಿದ್ದೇನೆ ನೋಡುತ್ತಿದ್ದೇವೆ ನೋಡುತ್ತಿದ್ದೀರಿ ನೋಡುತ್ತಿದ್ದಾನೆ "
    "ನೋಡುತ್ತಿದ್ದಾಳೆ ನೋಡುತ್ತಿದೆ ನೋಡುತ್ತಿದ್ದಾರೆ ನೋಡುತ್ತಿವೆ",
    ("ನೋಡು", "past"): "ನೋಡಿದೆನು ನೋಡಿದೆವು ನೋಡಿದಿರಿ ನೋಡಿದನು ನೋಡಿದಳು ನೋಡಿತು ನೋಡಿದರು ನೋಡಿದವು",
    ("ಬರೆ", "nonpast"): "ಬರೆಯುತ್ತೇನೆ ಬರೆಯುತ್ತೇವೆ ಬರೆಯುತ್ತೀರಿ ಬರೆಯುತ್ತಾನೆ ಬರೆಯುತ್ತಾಳೆ ಬರೆಯುತ್ತದೆ "
    "ಬರೆಯುತ್ತಾರೆ ಬರೆಯುತ್ತವೆ",
    ("ಬರೆ", "progressive"): "ಬರೆಯುತ್ತಿದ್ದೇನೆ ಬರೆಯುತ್ತಿದ್ದೇವೆ ಬರೆಯುತ್ತಿದ್ದೀರಿ ಬರೆಯುತ್ತಿದ್ದಾನೆ "
    "ಬರೆಯುತ್ತಿದ್ದಾಳೆ ಬರೆಯುತ್ತಿದೆ ಬರೆಯುತ್ತಿದ್ದಾರೆ ಬರೆಯುತ್ತಿವೆ",
    ("ಬರೆ", "past"): "ಬರೆದೆನು ಬರೆದೆವು ಬರೆದಿರಿ ಬರೆದನು ಬರೆದಳು ಬರೆಯಿತು ಬರೆದರು ಬರೆದವು",
}

# "I do", "he did", "it did", "they (things) did", "does not", "did not", "is not doing".
VERB_FORMS = """
ಹೋಗು ಹೋಗುತ್ತೇನೆ ಹೋದನು ಹೋಯಿತು ಹೋದವು ಹೋಗುವುದಿಲ್ಲ ಹೋಗಲಿಲ್ಲ ಹೋಗುತ್ತಿಲ್ಲ
ಬರು ಬರುತ್ತೇನೆ ಬಂದನು ಬಂದಿತು ಬಂದವು ಬರುವುದಿಲ್ಲ ಬರಲಿಲ್ಲ ಬರುತ್ತಿಲ್ಲ
ಓಡು ಓಡುತ್ತೇನೆ ಓಡಿದನು ಓಡಿತು ಓಡಿದವು ಓಡುವುದಿಲ್ಲ ಓಡಲಿಲ್ಲ ಓಡುತ್ತಿಲ್ಲ
ನಡೆ ನಡೆಯುತ್ತೇನೆ ನಡೆದನು ನಡೆಯಿತು ನಡೆದವು ನಡೆಯುವುದಿಲ್ಲ ನಡೆಯಲಿಲ್ಲ ನಡೆಯುತ್ತಿಲ್ಲ
ಆಡು ಆಡುತ್ತೇನೆ ಆಡಿದನು ಆಡಿತು ಆಡಿದವು ಆಡುವುದಿಲ್ಲ ಆಡಲಿಲ್ಲ ಆಡುತ್ತಿಲ್ಲ
ನಿದ್ರಿಸು ನಿದ್ರಿಸುತ್ತೇನೆ ನಿದ್ರಿಸಿದನು ನಿದ್ರಿಸಿತು ನಿದ್ರಿಸಿದವು ನಿದ್ರಿಸುವುದಿಲ್ಲ ನಿದ್ರಿಸಲಿಲ್ಲ ನಿದ್ರಿಸುತ್ತಿಲ್ಲ
ನಗು ನಗುತ್ತೇನೆ ನಕ್ಕನು ನಕ್ಕಿತು ನಕ್ಕವು ನಗುವುದಿಲ್ಲ ನಗಲಿಲ್ಲ ನಗುತ್ತಿಲ್ಲ
ಮಾತನಾಡು ಮಾತನಾಡುತ್ತೇನೆ ಮಾತನಾಡಿದನು ಮಾತನಾಡಿತು ಮಾತನಾಡಿದವು ಮಾತನಾಡುವುದಿಲ್ಲ ಮಾತನಾಡಲಿಲ್ಲ ಮಾತನಾಡುತ್ತಿಲ್ಲ
ಕುಡಿ ಕುಡಿಯುತ್ತೇನೆ ಕುಡಿದನು ಕುಡಿಯಿತು ಕುಡಿದವು ಕುಡಿಯುವುದಿಲ್ಲ ಕುಡಿಯಲಿಲ್ಲ ಕುಡಿಯುತ್ತಿಲ್ಲ
ತಿನ್ನು ತಿನ್ನುತ್ತೇನೆ ತಿಂದನು ತಿಂದಿತು ತಿಂದವು ತಿನ್ನುವುದಿಲ್ಲ ತಿನ್ನಲಿಲ್ಲ ತಿನ್ನುತ್ತಿಲ್ಲ
ಬರೆ ಬರೆಯುತ್ತೇನೆ ಬರೆದನು ಬರೆಯಿತು ಬರೆದವು ಬರೆಯುವುದಿಲ್ಲ ಬರೆಯಲಿಲ್ಲ ಬರೆಯುತ್ತಿಲ್ಲ
ನೋಡು ನೋಡುತ್ತೇನೆ ನೋಡಿದನು ನೋಡಿತು ನೋಡಿದವು ನೋಡುವುದಿಲ್ಲ ನೋಡಲಿಲ್ಲ ನೋಡುತ್ತಿಲ್ಲ
ಹಾಡು ಹಾಡುತ್ತೇನೆ ಹಾಡಿದನು ಹಾಡಿತು ಹಾಡಿದವು ಹಾಡುವುದಿಲ್ಲ ಹಾಡಲಿಲ್ಲ ಹಾಡುತ್ತಿಲ್ಲ
ಮಾಡು ಮಾಡುತ್ತೇನೆ ಮಾಡಿದನು ಮಾಡಿತು ಮಾಡಿದವು ಮಾಡುವುದಿಲ್ಲ ಮಾಡಲಿಲ್ಲ ಮಾಡುತ್ತಿಲ್ಲ
ಕೊಳ್ಳು ಕೊಳ್ಳುತ್ತೇನೆ ಕೊಂಡನು ಕೊಂಡಿತು ಕೊಂಡವು ಕೊಳ್ಳುವುದಿಲ್ಲ ಕೊಳ್ಳಲಿಲ್ಲ ಕೊಳ್ಳುತ್ತಿಲ್ಲ
ತೆರೆ ತೆರೆಯುತ್ತೇನೆ ತೆರೆದನು ತೆರೆಯಿತು ತೆರೆದವು ತೆರೆಯುವುದಿಲ್ಲ ತೆರೆಯಲಿಲ್ಲ ತೆರೆಯುತ್ತಿಲ್ಲ
ಮುಚ್ಚು ಮುಚ್ಚುತ್ತೇನೆ ಮುಚ್ಚಿದನು ಮುಚ್ಚಿತು ಮುಚ್ಚಿದವು ಮುಚ್ಚುವುದಿಲ್ಲ ಮುಚ್ಚಲಿಲ್ಲ ಮುಚ್ಚುತ್ತಿಲ್ಲ
ಹಿಡಿ ಹಿಡಿಯುತ್ತೇನೆ ಹಿಡಿದನು ಹಿಡಿಯಿತು ಹಿಡಿದವು ಹಿಡಿಯುವುದಿಲ್ಲ ಹಿಡಿಯಲಿಲ್ಲ ಹಿಡಿಯುತ್ತಿಲ್ಲ
ತೊಳೆ ತೊಳೆಯುತ್ತೇನೆ ತೊಳೆದನು ತೊಳೆಯಿತು ತೊಳೆದವು ತೊಳೆಯುವುದಿಲ್ಲ ತೊಳೆಯಲಿಲ್ಲ ತೊಳೆಯುತ್ತಿಲ್ಲ
ಕರೆ ಕರೆಯುತ್ತೇನೆ ಕರೆದನು ಕರೆಯಿತು ಕರೆದವು ಕರೆಯುವುದಿಲ್ಲ ಕರೆಯಲಿಲ್ಲ ಕರೆಯುತ್ತಿಲ್ಲ
ಕೊಡು ಕೊಡುತ್ತೇನೆ ಕೊಟ್ಟನು ಕೊಟ್ಟಿತು ಕೊಟ್ಟವು ಕೊಡುವುದಿಲ್ಲ ಕೊಡಲಿಲ್ಲ ಕೊಡುತ್ತಿಲ್ಲ
ತರು ತರುತ್ತೇನೆ ತಂದನು ತಂದಿತು ತಂದವು ತರುವುದಿಲ್ಲ ತರಲಿಲ್ಲ ತರುತ್ತಿಲ್ಲ
ಕಳುಹಿಸು ಕಳುಹಿಸುತ್ತೇನೆ ಕಳುಹಿಸಿದನು ಕಳುಹಿಸಿತು ಕಳುಹಿಸಿದವು ಕಳುಹಿಸುವುದಿಲ್ಲ ಕಳುಹಿಸಲಿಲ್ಲ ಕಳುಹಿಸುತ್ತಿಲ್ಲ
ತೋರಿಸು ತೋರಿಸುತ್ತೇನೆ ತೋರಿಸಿದನು ತೋರಿಸಿತು ತೋರಿಸಿದವು ತೋರಿಸುವುದಿಲ್ಲ ತೋರಿಸಲಿಲ್ಲ ತೋರಿಸುತ್ತಿಲ್ಲ
ಹೇಳು ಹೇಳುತ್ತೇನೆ ಹೇಳಿದನು ಹೇಳಿತು ಹೇಳಿದವು ಹೇಳುವುದಿಲ್ಲ ಹೇಳಲಿಲ್ಲ ಹೇಳುತ್ತಿಲ್ಲ
"""

QUESTIONS = {
    ("ಹೋಗು", "nonpast", "1SG"): "ಹೋಗುತ್ತೇನೆಯೇ",
    ("ಹೋಗು", "nonpast", "2PL"): "ಹೋಗುತ್ತೀರಾ",
    ("ಹೋಗು", "nonpast", "3SG.N"): "ಹೋಗುತ್ತದೆಯೇ",
    ("ಹೋಗು", "progressive", "2PL"): "ಹೋಗುತ್ತಿದ್ದೀರಾ",
    ("ಹೋಗು", "progressive", "3SG.F"): "ಹೋಗುತ್ತಿದ್ದಾಳೆಯೇ",
    ("ಹೋಗು", "past", "2PL"): "ಹೋದಿರಾ",
    ("ಹೋಗು", "past", "3SG.M"): "ಹೋದನೇ",
    ("ಹೋಗು", "past", "3SG.N"): "ಹೋಯಿತೇ",
}

TRANSLITERATIONS = {
    "ಕನ್ನಡ": "kannaḍa",
    "ನಾನು": "nānu",
    "ಶಾಲೆಗೆ": "śālege",
    "ಹೋಗುತ್ತಿದ್ದೇನೆ": "hōguttiddēne",
    "ಅವಳು": "avaḷu",
    "ವಿದ್ಯಾರ್ಥಿ": "vidyārthi",
    "ಬಂದನು": "baṁdanu",
    "ದುಃಖ": "duḥkha",
    "ಕೃಷ್ಣ": "kr̥ṣṇa",
    "ಔಷಧ": "auṣadha",
    "ಮೈಸೂರು": "maisūru",
    "ರಾಜ್‌ಕುಮಾರ್": "rājkumār",
    "ಅರ್‍ಥ": "artha",
    "ಐದು, ೫ ok": "aidu, 5 ok",
    "": "",
}


def rows(table):
    return [line.split() for line in table.strip().splitlines()]


def verb(*arguments, **more):
    return kannada.join([piece for piece, _ in kannada.conjugate(*arguments, **more)])


def test_every_form_of_every_noun():
    written = rows(NOUN_FORMS)
    assert [row[0] for row in written] == [noun.kannada for noun in NOUNS]
    for noun, row in zip(NOUNS, written, strict=True):
        stem, made = [noun.kannada], []
        for plural in [False, True] if noun.plural else [False]:
            if plural:
                stem.append(kannada.DECLENSIONS[noun.declension][3])
                stem = [noun.plural_stem] if noun.plural_stem else stem
            made.append(kannada.join(stem))
            for case in kannada.CASES:
                ending = kannada.case_ending(noun.declension, case, plural)
                made.append(kannada.join([*stem, ending]))
        assert made == row


def test_every_form_of_every_pronoun():
    made = [
        [kannada.join(form.split()) for form in forms]
        for forms in kannada.PRONOUNS.values()
    ]
    assert made == rows(PRONOUN_FORMS)


@pytest.mark.parametrize("stem, tense", PARADIGMS)
def test_a_verb_of_each_class_in_every_person(stem, tense):
    made = [verb(stem, tense, person) for person in kannada.AGREEMENT]
    assert made == PARADIGMS[stem, tense].split()


def test_the_principal_forms_of_every_verb():
    written = rows(VERB_FORMS)
    assert [row[0] for row in written] == [verb.kannada for verb in VERBS]
    for stem, *forms in written:
        assert forms == [
            verb(stem, "nonpast", "1SG"),
            verb(stem, "past", "3SG.M"),
            verb(stem, "past", "3SG.N"),
            verb(stem, "past", "3PL.N"),
            verb(stem, "nonpast", "3SG.M", negative=True),
            verb(stem, "past", "3SG.M", negative=True),
            verb(stem, "progressive", "3SG.M", negative=True),
        ]


def test_no_past_stem_is_written_for_a_verb_that_is_not_used():
    assert kannada.PAST_STEMS.keys() <= {verb.kannada for verb in VERBS}


@pytest.mark.parametrize("stem, tense, person", QUESTIONS)
def test_a_question(stem, tense, person):
    asked = verb(stem, tense, person, question=True)
    assert asked == QUESTIONS[stem, tense, person]


def test_a_negative_question_is_the_same_in_every_person():
    asked = {
        verb("ಹೋಗು", "past", person, negative=True, question=True)
        for person in kannada.AGREEMENT
    }
    assert asked == {"ಹೋಗಲಿಲ್ಲವೇ"}


@pytest.mark.parametrize("tense, person", [("future", "1SG"), ("past", "2SG")])
def test_a_form_that_is_not_in_the_tables_is_refused(tense, person):
    with pytest.raises(ValueError, match=f"{tense}.*{person}.*must be one of"):
        kannada.conjugate("ಹೋಗು", tense, person)


@pytest.mark.parametrize("text", TRANSLITERATIONS)
def test_transliteration(text):
    assert kannada.transliterate(text) == TRANSLITERATIONS[text]
    decomposed = unicodedata.normalize("NFD", text)
    assert kannada.transliterate(decomposed) == TRANSLITERATIONS[text]


def test_a_label_is_a_token_with_its_transliteration():
    labels = kannada.with_latin(["START", "ಶಾಲೆ", "-ಗೆ"])
    assert labels == ["START", "ಶಾಲೆ śāle", "-ಗೆ -ge"]


def test_every_letter_of_the_lexicon_is_kannada_and_composed():
    words = [w.kannada for w in (*NOUNS, *ADJECTIVES, *VERBS)]
    words += [word for _, word, _ in TIMES]
    for word in words:
        assert word == unicodedata.normalize("NFC", word)
        assert all(unicodedata.name(char).startswith("KANNADA") for char in word)
    assert len({noun.kannada for noun in NOUNS}) == len(NOUNS)


pieces = st.text("ಕನುರಿಆಅಏ್-ಾx", max_size=4)


@given(st.lists(pieces))
def test_any_row_of_pieces_makes_words(row):
    """A model writes rows that are not Kannada; they must be shown, not refused."""
    starts = sum(not piece.startswith("-") for piece in row)
    ending_first = bool(row) and row[0].startswith("-")
    assert len(kannada.join_words(row)) == starts + ending_first
