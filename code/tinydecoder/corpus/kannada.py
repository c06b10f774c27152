"""Kannada script and inflection: pieces joined by sandhi, tables of endings, letters.

A word is a row of pieces, each a morpheme in Kannada script. A piece that begins with
"-" is an ending and belongs to the piece before it. Endings stand in one form each,
with the independent vowel letter (-ಅನ್ನು), and `join` writes the word: ಶಾಲೆ + -ಅನ್ನು is
ಶಾಲೆಯನ್ನು. Pieces, and not cuts between letters, because Kannada writes the end of one
morpheme and the beginning of the next in one letter: ಊರು + -ಇಗೆ is ಊರಿಗೆ.

Sources of the tables: S. N. Sridhar, Kannada, Routledge 1990; Sanford Steever,
Kannada, in The Dravidian Languages, Routledge 1998; H. Spencer, A Kanarese Grammar.
They were written by hand after these works, in the formal written language. **A reader
of Kannada has not confirmed the tables or the sentences made from them.**
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

VIRAMA = "್"
VOWELS = dict(
    zip("ಅಆಇಈಉಊಋಎಏಐಒಓಔ", ["", *"ಾಿೀುೂೃೆೇೈೊೋೌ"], strict=True)
)  # an independent vowel, and its sign after a consonant

# Sandhi before an ending that begins with a vowel, by how the word so far ends
# (Spencer's elision and augment). Any other ending vowel takes the glide ವ.
DROPPED = "ು"  # ಊರು + -ಅನ್ನು = ಊರನ್ನು
GLIDE_Y = "ಿೀೆೇೈ"  # ಶಾಲೆ + -ಅಲ್ಲಿ = ಶಾಲೆಯಲ್ಲಿ
DROPPED_TOO = {("ರಿ", "ಆ")}  # ಹೋಗುತ್ತೀರಿ + -ಆ = ಹೋಗುತ್ತೀರಾ

CASES = ("accusative", "dative", "locative")
GLOSSES = dict(zip(CASES, ("ACC", "DAT", "LOC"), strict=True))

# The endings of a noun by its declension: accusative, dative, locative, plural.
# "u dropped" has a last vowel that falls away before a vowel, "u kept" one that stays.
DECLENSIONS = {
    "a masculine": ("-ನನ್ನು", "-ನಿಗೆ", "-ನಲ್ಲಿ", "-ರು"),  # ಹುಡುಗ boy
    "a neuter": ("-ಅನ್ನು", "-ಕ್ಕೆ", "-ದಲ್ಲಿ", "-ಗಳು"),  # ಪುಸ್ತಕ book
    "i/e feminine": ("-ಅನ್ನು", "-ಗೆ", "-ಅಲ್ಲಿ", "-ಅರು"),  # ಹುಡುಗಿ girl
    "i/e": ("-ಅನ್ನು", "-ಗೆ", "-ಅಲ್ಲಿ", "-ಗಳು"),  # ಶಾಲೆ school
    "u dropped": ("-ಅನ್ನು", "-ಇಗೆ", "-ಇನಲ್ಲಿ", "-ಗಳು"),  # ಕಾಡು forest
    "u kept": ("-ವನ್ನು", "-ವಿಗೆ", "-ವಿನಲ್ಲಿ", "-ಗಳು"),  # ಹಸು cow
}
# After a plural ending the cases are the same for every noun.
PLURAL_CASES = ("-ಅನ್ನು", "-ಇಗೆ", "-ಅಲ್ಲಿ")

# Personal pronouns: nominative, accusative, dative, genitive.
PRONOUNS = {
    "1SG": ("ನಾನು", "ನನ್ನ -ನ್ನು", "ನನ -ಗೆ", "ನನ್ನ"),
    "2SG": ("ನೀನು", "ನಿನ್ನ -ನ್ನು", "ನಿನ -ಗೆ", "ನಿನ್ನ"),
    "3SG.M": ("ಅವನು", "ಅವನು -ಅನ್ನು", "ಅವನು -ಇಗೆ", "ಅವನ"),
    "3SG.F": ("ಅವಳು", "ಅವಳು -ಅನ್ನು", "ಅವಳು -ಇಗೆ", "ಅವಳ"),
    "3SG.N": ("ಅದು", "ಅದು -ಅನ್ನು", "ಅದ -ಕ್ಕೆ", "ಅದರ"),
    "1PL": ("ನಾವು", "ನಮ್ಮ -ನ್ನು", "ನಮ -ಗೆ", "ನಮ್ಮ"),
    "2PL": ("ನೀವು", "ನಿಮ್ಮ -ನ್ನು", "ನಿಮ -ಗೆ", "ನಿಮ್ಮ"),
    "3PL": ("ಅವರು", "ಅವರು -ಅನ್ನು", "ಅವರು -ಇಗೆ", "ಅವರ"),
}

# What a finite verb ends in: habitual and future, progressive (forms of "be"), past.
# 2SG is left out: usage has more than one form of it. Older grammars write the past of
# 3PL.N with -ಉವು (ನೋಡಿದುವು).
AGREEMENT = {
    "1SG": ("-ಏನೆ", "-ಇದ್ದೇನೆ", "-ಎನು"),
    "1PL": ("-ಏವೆ", "-ಇದ್ದೇವೆ", "-ಎವು"),
    "2PL": ("-ಈರಿ", "-ಇದ್ದೀರಿ", "-ಇರಿ"),
    "3SG.M": ("-ಆನೆ", "-ಇದ್ದಾನೆ", "-ಅನು"),
    "3SG.F": ("-ಆಳೆ", "-ಇದ್ದಾಳೆ", "-ಅಳು"),
    "3SG.N": ("-ಅದೆ", "-ಇದೆ", "-ಇತು"),
    "3PL": ("-ಆರೆ", "-ಇದ್ದಾರೆ", "-ಅರು"),
    "3PL.N": ("-ಅವೆ", "-ಇವೆ", "-ಅವು"),
}
TENSES = ("nonpast", "progressive", "past")
# A negated verb is the same for every person; the pieces between its stem and -ಇಲ್ಲ.
NEGATED = {"nonpast": ("-ಉವುದು", "NMLZ"), "progressive": ("-ಉತ್ತ್", "NPST")}
NEGATED["past"] = ("-ಅಲು", "INF")

# Past stems that are no stem plus ending: before a person's ending, before -ಇತು. All
# other stems in -u add -ಇದ್ (ನೋಡಿದನು), those in -i and -e add -ದ್ (ಬರೆದನು); both have
# -ಇತು in the neuter singular (ನೋಡಿತು, ಬರೆಯಿತು).
PAST_STEMS = {
    "ಹೋಗು": ("ಹೋದ್", "ಹೋಯ್"),
    "ಬರು": ("ಬಂದ್", "ಬಂದ್"),
    "ತರು": ("ತಂದ್", "ತಂದ್"),
    "ತಿನ್ನು": ("ತಿಂದ್", "ತಿಂದ್"),
    "ಕೊಡು": ("ಕೊಟ್ಟ್", "ಕೊಟ್ಟ್"),
    "ಕೊಳ್ಳು": ("ಕೊಂಡ್", "ಕೊಂಡ್"),
    "ನಗು": ("ನಕ್ಕ್", "ನಕ್ಕ್"),
}

# ISO 15919.
_CONSONANTS = "ಕಖಗಘಙಚಛಜಝಞಟಠಡಢಣತಥದಧನಪಫಬಭಮಯರಱಲಳೞವಶಷಸಹ"
_LETTERS = (
    "k kh g gh ṅ c ch j jh ñ ṭ ṭh ḍ ḍh ṇ t th d dh n p ph b bh m y r ṟ l ḷ ḻ v ś ṣ s h"
)
_VOWEL_LETTERS = "a ā i ī u ū r̥ e ē ai o ō au"
LATIN = dict(zip(_CONSONANTS, _LETTERS.split(), strict=True))
LATIN_VOWELS = dict(zip(VOWELS, _VOWEL_LETTERS.split(), strict=True))
SIGNS = {sign: LATIN_VOWELS[vowel] for vowel, sign in VOWELS.items() if sign}
SIGNS[VIRAMA] = ""
OTHER_LETTERS = LATIN_VOWELS | {"ಂ": "ṁ", "ಃ": "ḥ", "\u200c": "", "\u200d": ""}
OTHER_LETTERS |= dict(zip("೦೧೨೩೪೫೬೭೮೯", "0123456789", strict=True))


def transliterate(text: str) -> str:
    """Kannada script in Latin letters (ISO 15919): ಶಾಲೆಗೆ is śālege.

    A consonant carries a unless a vowel sign or a virama follows; the joiners ZWNJ and
    ZWJ are dropped; any character that is not Kannada stays as it is.
    """
    out, bare = [], False  # bare: the last letter is a consonant without its vowel
    for char in unicodedata.normalize("NFC", text):
        if bare and char in SIGNS:
            out.append(SIGNS[char])
            bare = False
            continue
        if bare:
            out.append("a")
        bare = char in LATIN
        out.append(LATIN[char] if bare else OTHER_LETTERS.get(char, char))
    return "".join([*out, "a"] if bare else out)


def with_latin(tokens: Iterable[str]) -> list[str]:
    """Each token with its transliteration behind a space: ಶಾಲೆ is "ಶಾಲೆ śāle".

    A token without Kannada letters, such as END, stays as it is. A figure writes what
    follows the space on a second line.
    """
    pairs = [(token, transliterate(token)) for token in tokens]
    return [t if latin == t else f"{t} {latin}" for t, latin in pairs]


@lru_cache(maxsize=65536)
def _attach(word: str, ending: str) -> str:
    sign = VOWELS.get(ending[:1])
    if not word or sign is None:
        return word + ending
    last = word[-1]
    if last in VIRAMA + DROPPED or (word[-2:], ending) in DROPPED_TOO:
        return word[:-1] + sign + ending[1:]
    return word + ("ಯ" if last in GLIDE_Y else "ವ") + sign + ending[1:]


def join(pieces: Sequence[str]) -> str:
    """The written word that the pieces make, by the sandhi of the tables above."""
    word = ""
    for piece in pieces:
        word = _attach(word, piece.removeprefix("-"))
    return word


def join_words(morphemes: Sequence[str]) -> tuple[str, ...]:
    """The written words of a row of pieces: each piece without "-" begins a word.

    Any row is accepted, for a model may write one that is not Kannada; an ending with
    nothing before it is then a word of its own.
    """
    groups: list[list[str]] = []
    for piece in morphemes:
        if piece.startswith("-") and groups:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return tuple(join(group) for group in groups)


def case_ending(declension: str, case: str, plural: bool) -> str:
    """The ending of a case, after the plural's ending where plural is true."""
    endings = PLURAL_CASES if plural else DECLENSIONS[declension]
    return endings[CASES.index(case)]


def conjugate(
    stem: str, tense: str, person: str, negative: bool = False, question: bool = False
) -> tuple[tuple[str, str], ...]:
    """The (piece, gloss) pairs of a finite verb; the stem's own gloss is "".

    tense: nonpast (habitual and future), progressive or past; person: a key of
    AGREEMENT. A question ends in -ಏ, after the second person in -ಆ. Raises ValueError.
    """
    if tense not in TENSES or person not in AGREEMENT:
        raise ValueError(
            f"no verb form for {tense!r}, {person!r}: the tense must be one of "
            f"{TENSES}, the person one of {tuple(AGREEMENT)}"
        )
    ending = AGREEMENT[person][TENSES.index(tense)]
    if negative:
        pieces = [(stem, ""), NEGATED[tense], ("-ಇಲ್ಲ", "NEG")]
    elif tense == "past":
        neuter = person == "3SG.N"
        regular = "" if neuter else "-ಇದ್" if stem.endswith("ು") else "-ದ್"
        past = PAST_STEMS.get(stem, (stem, stem))[neuter]
        marker = [] if stem in PAST_STEMS or neuter else [(regular, "PST")]
        pieces = [(past, ""), *marker, (ending, f"PST.{person}" if neuter else person)]
    else:
        be = "be." if tense == "progressive" else ""
        pieces = [(stem, ""), ("-ಉತ್ತ್", "NPST"), (ending, be + person)]
    if question:
        pieces.append(("-ಆ" if person == "2PL" and not negative else "-ಏ", "Q"))
    return tuple(pieces)
