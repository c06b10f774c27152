"""One clause written in English and in Kannada, with gloss and gold word alignment.

In Kannada the order is subject, time, place, dative, object, verb. English is in lower
case (but for I) and has no full stop or question mark: a Kannada question is marked on
its verb. Sources and standing of the words: `tinydecoder.corpus.kannada`.
"""

from dataclasses import dataclass

from tinydecoder.corpus import kannada
from tinydecoder.corpus.lexicon import PRONOUNS, TIMES, Adjective, Noun, Pronoun, Verb

TENSES = ("past", "present", "future", "progressive")
DEMONSTRATIVES = {"this": ("these", "ಈ"), "that": ("those", "ಆ")}
OWNERS = {pronoun.possessive: pronoun.person for pronoun in PRONOUNS}

# A word or a piece of the sentence, with keys that say what it stands for. A Kannada
# piece is aligned with every English word that shares a key with it.
Marked = tuple[str, str]
Piece = tuple[str, str, str]  # with its gloss


@dataclass(frozen=True)
class NounPhrase:
    """determiner: "", "the", "a", "this", "that" or a possessive ("my").

    "a" is ಒಂದು, of a person ಒಬ್ಬ (ಮಗು, child, is neuter), and nothing before a plural;
    "the" has no word.
    """

    noun: Noun
    determiner: str = "the"
    adjective: Adjective | None = None
    plural: bool = False

    @property
    def name(self) -> str:
        return self.noun.english

    @property
    def person(self) -> str:
        """As in `kannada.AGREEMENT`."""
        if self.plural:
            return "3PL" if self.noun.kind == "human" else "3PL.N"
        return f"3SG.{self.noun.gender}"


@dataclass(frozen=True)
class Clause:
    """What a sentence says; to: a goal or a recipient; time: a word of TIMES.

    Raises ValueError where tense and time do not fit or the verb has no such role.
    """

    subject: NounPhrase | Pronoun
    verb: Verb
    object: NounPhrase | Pronoun | None = None
    to: NounPhrase | Pronoun | None = None
    place: NounPhrase | None = None
    time: str = ""
    tense: str = "present"
    negative: bool = False
    question: bool = False

    def __post_init__(self) -> None:
        if self.tense not in TENSES:
            raise ValueError(f"tense must be one of {TENSES}, got {self.tense!r}")
        fitting = [time for time, _, tenses in TIMES if self.tense in tenses.split()]
        if self.time and self.time not in fitting:
            raise ValueError(
                f"with {self.tense}, time must be one of {fitting}, got {self.time!r}"
            )
        needless = self.to and not self.verb.to
        if needless or bool(self.object) != bool(self.verb.objects):
            raise ValueError(
                f"{self.verb.english!r} takes {'an' if self.verb.objects else 'no'} "
                f"object and {'may' if self.verb.to else 'cannot'} take a dative"
            )


@dataclass(frozen=True)
class Sentence:
    """One sentence in both languages.

    kannada: its words; morphemes: the pieces of these words, endings marked "-"; gloss:
    one for each piece. alignment: the gold (morpheme index, English word index) pairs.
    A stem has at least one; an ending has one where English has a word for it: -ಗೆ is
    "to", tense and person go with the finite verb, the accusative with nothing.
    combinations: its (subject, verb), (verb, object) and (adjective, noun) pairs.
    """

    english: tuple[str, ...]
    kannada: tuple[str, ...]
    morphemes: tuple[str, ...]
    gloss: tuple[str, ...]
    alignment: tuple[tuple[int, int], ...]
    combinations: tuple[tuple[str, str, str], ...]

    @property
    def stems(self) -> tuple[int, ...]:
        """The indices of the morphemes that are no endings."""
        return tuple(i for i, m in enumerate(self.morphemes) if m[0] != "-")

    @property
    def transliteration(self) -> tuple[str, ...]:
        """The Kannada words in Latin letters (ISO 15919)."""
        return tuple(map(kannada.transliterate, self.kannada))


def _determiner(phrase: NounPhrase) -> tuple[str, str, str]:
    """English word, Kannada word, gloss; "" where there is none."""
    word = phrase.determiner
    if word == "a":
        if phrase.plural or not phrase.noun.plural:
            return "", "", ""
        following = phrase.adjective or phrase.noun
        article = "an" if following.english[0] in "aeiou" else "a"
        return article, "ಒಂದು" if phrase.noun.gender == "N" else "ಒಬ್ಬ", "one"
    if word in DEMONSTRATIVES:
        plural, stem = DEMONSTRATIVES[word]
        return plural if phrase.plural else word, stem, word
    if word in OWNERS:
        return word, kannada.PRONOUNS[OWNERS[word]][3], word
    if word not in ("", "the"):
        known = ("", "the", "a", *DEMONSTRATIVES, *OWNERS)
        raise ValueError(f"determiner must be one of {known}, got {word!r}")
    return word, "", ""


def _pronoun(word: Pronoun, role: str, case: str) -> tuple[list[Marked], list[Piece]]:
    cases = ("nominative", *kannada.CASES)
    stem, *ending = kannada.PRONOUNS[word.person][cases.index(case)].split()
    pieces = [(stem, word.name, role)]
    pieces += [(e, kannada.GLOSSES[case], f"{role}.preposition") for e in ending]
    return [(word.name if case == "nominative" else word.object, role)], pieces


def _phrase(
    phrase: NounPhrase | Pronoun | None, role: str, case: str
) -> tuple[list[Marked], list[Piece]]:
    """The English words and Kannada pieces of a subject, an object and so on."""
    if phrase is None:
        return [], []
    if isinstance(phrase, Pronoun):
        return _pronoun(phrase, role, case)
    noun, plural = phrase.noun, phrase.plural
    article, stem, gloss = _determiner(phrase)
    words = [(article, f"{role}.determiner")] if article else []
    pieces = [(stem, gloss, f"{role}.determiner")] if stem else []
    if adjective := phrase.adjective:
        key = f"{role}.adjective"
        words.append((adjective.english, key))
        pieces.append((adjective.kannada, adjective.english, key))
    words.append((noun.plural if plural else noun.english, role))
    if plural and noun.plural_stem:
        pieces.append((noun.plural_stem, f"{noun.english}.PL", role))
    else:
        pieces.append((noun.kannada, noun.english, role))
        if plural:
            pieces.append((kannada.DECLENSIONS[noun.declension][3], "PL", role))
    if case != "nominative":
        ending = kannada.case_ending(noun.declension, case, plural)
        pieces.append((ending, kannada.GLOSSES[case], f"{role}.preposition"))
    return words, pieces


def _verb(clause: Clause) -> tuple[list[Marked], list[Marked], list[Piece]]:
    """The auxiliary if there is one, "not" and the main verb, and the Kannada verb."""
    person, tense = clause.subject.person, clause.tense
    helped = clause.negative or clause.question
    base, auxiliary, main = clause.verb.finite(person, tense, helped)
    finite = [(auxiliary, "finite")] if auxiliary else []
    rest = [("not", "not")] if clause.negative else []
    rest.append((main, "verb" if auxiliary else "verb finite"))

    kind = tense if tense in kannada.TENSES else "nonpast"
    stem, *endings = kannada.conjugate(
        clause.verb.kannada, kind, person, clause.negative, clause.question
    )
    # An irregular past is one piece with its stem: no PST of its own.
    marked = {gloss for _, gloss in endings} & {"PST", "PST.3SG.N"}
    fused = kind == "past" and not (clause.negative or marked)
    pieces = [(stem[0], base + ".PST" if fused else base, "verb")]
    for piece, gloss in endings:
        key = "not" if gloss == "NEG" else "finite"
        if gloss == "NPST" and tense == "progressive":
            key = "verb"  # -ಉತ್ತ್ is the -ing, what follows the form of "be"
        pieces.append((piece, gloss, key))
    return finite, rest, pieces


def _combinations(clause: Clause) -> tuple[tuple[str, str, str], ...]:
    verb = clause.verb.name
    found = [("subject verb", clause.subject.name, verb)]
    if clause.object:
        found.append(("verb object", verb, clause.object.name))
    for phrase in (clause.subject, clause.object, clause.to, clause.place):
        if isinstance(phrase, NounPhrase) and phrase.adjective:
            found.append(("adjective noun", phrase.adjective.english, phrase.name))
    return tuple(found)


def realise(clause: Clause) -> Sentence:
    """The sentence of a clause."""
    subject, subject_pieces = _phrase(clause.subject, "subject", "nominative")
    direct, direct_pieces = _phrase(clause.object, "object", "accusative")
    to, to_pieces = _phrase(clause.to, "to", "dative")
    place, place_pieces = _phrase(clause.place, "place", "locative")
    finite, rest, verb_pieces = _verb(clause)
    to = [("to", "to.preposition"), *to] if to else []
    place = [("in", "place.preposition"), *place] if place else []
    time = [(word, "time") for word in clause.time.split()]
    when = {name: word for name, word, _ in TIMES}
    gloss = clause.time.replace(" ", ".")
    time_pieces = [(when[clause.time], gloss, "time")] if clause.time else []

    start = [*finite, *subject] if clause.question else [*subject, *finite]
    english = [*start, *rest, *direct, *to, *place, *time]
    pieces = subject_pieces + time_pieces + place_pieces + to_pieces
    pieces += direct_pieces + verb_pieces
    where: dict[str, list[int]] = {}
    for index, (_, keys) in enumerate(english):
        for key in keys.split():
            where.setdefault(key, []).append(index)
    morphemes = tuple(piece for piece, _, _ in pieces)
    return Sentence(
        english=tuple(word for word, _ in english),
        kannada=kannada.join_words(morphemes),
        morphemes=morphemes,
        gloss=tuple(gloss for _, gloss, _ in pieces),
        alignment=tuple(
            (i, j) for i, (_, _, key) in enumerate(pieces) for j in where.get(key, ())
        ),
        combinations=_combinations(clause),
    )
