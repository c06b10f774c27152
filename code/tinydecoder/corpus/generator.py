"""The course's own English–Kannada corpus: random clauses, distinct, and in three sets.

The same English sentence always has the same Kannada. What the words rest on is said
in `tinydecoder.corpus.kannada`; a reader of Kannada has not confirmed the sentences.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from tinydecoder.corpus.clause import TENSES, Clause, NounPhrase, Sentence, realise
from tinydecoder.corpus.lexicon import (
    ADJECTIVES,
    NOUN_BY_NAME,
    NOUNS,
    PRONOUN_BY_NAME,
    PRONOUNS,
    TIMES,
    VERB_BY_NAME,
    VERBS,
    Noun,
    Pronoun,
    Verb,
)

LIMIT = (
    500_000  # sentences that `random_sentences` gives at most; far more are possible
)
# The chance of a pair to be held out, higher where pairs are few.
HELD_OUT = {"subject verb": 0.1, "verb object": 0.2, "adjective noun": 0.1}

NOUNS_OF_KIND = {
    kind: tuple(noun for noun in NOUNS if noun.kind == kind)
    for kind in ("human", "animal", "place")
}
ADJECTIVES_OF = {
    noun.kind: tuple(a for a in ADJECTIVES if noun.kind in a.kinds.split())
    for noun in NOUNS
}
OBJECTS = {name: tuple(verb.objects.split()) for name, verb in VERB_BY_NAME.items()}
TIMES_OF = {
    tense: tuple(time for time, _, tenses in TIMES if tense in tenses.split())
    for tense in TENSES
}
# What stands twice is drawn twice as often.
DETERMINERS = ("the", "the", "a", "a", "this", "that", "my", "our", "your")
OTHERS = ("his", "her", "their")  # only beside I, we and you: he … his would be ತನ್ನ

T = TypeVar("T")


def _pick(random: Random, choices: Sequence[T]) -> T:
    # The one method that Python promises to keep the same from version to version.
    return choices[int(random.random() * len(choices))]


def _subjects(verb: Verb) -> tuple[Noun | Pronoun, ...]:
    """The subjects that a verb takes; an animal or "it" only where that makes sense."""
    pronouns = tuple(p for p in PRONOUNS if verb.animals or p.name != "it")
    return (
        pronouns
        + NOUNS_OF_KIND["human"]
        + (NOUNS_OF_KIND["animal"] if verb.animals else ())
    )


SUBJECTS = {name: _subjects(verb) for name, verb in VERB_BY_NAME.items()}


def _noun_phrase(
    random: Random, noun: Noun, determiners: Sequence[str], plural: float = 0.35
) -> NounPhrase:
    described = random.random() < 0.3
    return NounPhrase(
        noun,
        _pick(random, determiners),
        _pick(random, ADJECTIVES_OF[noun.kind]) if described else None,
        bool(noun.plural) and random.random() < plural,
    )


def _pronoun_beside(random: Random, subject: Noun | Pronoun) -> Pronoun:
    """A pronoun for an object that cannot be the subject itself, in whole or in part."""
    if isinstance(subject, Noun):
        return _pick(random, [p for p in PRONOUNS if p.person[0] != "3"])
    others = [p for p in PRONOUNS if p.person[0] != subject.person[0]]
    return _pick(random, [p for p in others if p.name != "it"])


def random_clause(random: Random) -> Clause:
    """A clause at random."""
    verb = _pick(random, VERBS)
    name, tense = verb.name, _pick(random, TENSES)
    who = _pick(random, SUBJECTS[name])
    if random.random() < 0.3:  # pronouns are few beside the nouns
        who = _pick(random, [w for w in SUBJECTS[name] if isinstance(w, Pronoun)])
    determiners, subject = DETERMINERS, who
    if isinstance(who, Noun):
        subject = _noun_phrase(random, who, DETERMINERS)
    elif who.person[0] != "3":
        determiners = DETERMINERS + OTHERS

    what = to = place = None
    if verb.objects:
        noun = NOUN_BY_NAME[_pick(random, OBJECTS[name])]
        what = _noun_phrase(random, noun, determiners)
        people = noun.kind == "human"
        if random.random() < (0.4 if people else 0.15):
            what = _pronoun_beside(random, who) if people else PRONOUN_BY_NAME["it"]
    if verb.to == "goal" and random.random() < 0.8:
        goal = _pick(random, NOUNS_OF_KIND["place"])
        to = _noun_phrase(random, goal, determiners, plural=0.15)
        if goal.english == "school" and random.random() < 0.5:
            to = NounPhrase(goal, determiner="")  # go to school
    elif verb.to == "person" and random.random() < 0.7:
        to = _noun_phrase(random, _pick(random, NOUNS_OF_KIND["human"]), determiners)
        if random.random() < 0.3:
            to = _pronoun_beside(random, who)
    if not verb.to and random.random() < 0.25:
        place = _noun_phrase(
            random, _pick(random, NOUNS_OF_KIND["place"]), determiners, 0.15
        )
    return Clause(
        subject=subject,
        verb=verb,
        object=what,
        to=to,
        place=place,
        time=_pick(random, TIMES_OF[tense]) if random.random() < 0.4 else "",
        tense=tense,
        negative=random.random() < 0.25,
        question=random.random() < 0.25,
    )


def _distinct(random: Random) -> Iterator[Sentence]:
    seen = set()
    while True:
        sentence = realise(random_clause(random))
        if sentence.english not in seen:
            seen.add(sentence.english)
            yield sentence


def random_sentences(count: int, seed: int) -> tuple[Sentence, ...]:
    """count distinct sentences, the same for the same seed on every machine.

    Raises ValueError unless 0 <= count <= LIMIT.
    """
    if not 0 <= count <= LIMIT:
        raise ValueError(f"count must be between 0 and {LIMIT}, got {count}")
    sentences = _distinct(Random(seed))
    return tuple(next(sentences) for _ in range(count))


def combinations() -> tuple[tuple[str, str, str], ...]:
    """Every pair that `compositional_split` may hold out, by the lexicon's order.

    A pronoun as an object is not among them.
    """
    pairs = []
    for verb in VERB_BY_NAME:
        subjects = SUBJECTS[verb]
        names = [w.english if isinstance(w, Noun) else w.name for w in subjects]
        pairs += [("subject verb", name, verb) for name in names]
        pairs += [("verb object", verb, noun) for noun in OBJECTS[verb]]
    for noun in NOUNS:
        found = ADJECTIVES_OF[noun.kind]
        pairs += [("adjective noun", a.english, noun.english) for a in found]
    return tuple(pairs)


def held_out_combinations(seed: int) -> tuple[tuple[str, str, str], ...]:
    """The pairs that `compositional_split` holds out: at most about HELD_OUT of each kind, at random.

    Each word keeps at least half of its partners, and two: a noun that is seen with one
    verb alone says nothing about any other.
    """
    random, held = Random(seed), []
    partners = Counter(
        (k, i, w) for k, *pair in combinations() for i, w in enumerate(pair)
    )
    left = Counter(partners)
    for kind, *pair in combinations():
        words = [(kind, i, word) for i, word in enumerate(pair)]
        enough = all(left[word] - 1 >= max(2, partners[word] / 2) for word in words)
        if random.random() < HELD_OUT[kind] and enough:
            held.append((kind, *pair))
            left.subtract(words)
    return tuple(held)


@dataclass(frozen=True)
class Split:
    """Three sets without a common sentence, and the pairs that only held_out has."""

    train: tuple[Sentence, ...]
    validation: tuple[Sentence, ...]
    held_out: tuple[Sentence, ...]
    combinations: tuple[tuple[str, str, str], ...]


def compositional_split(
    seed: int, train: int = 40_000, validation: int = 1_000, held_out: int = 1_000
) -> Split:
    """A compositional split: each held-out sentence has a pair never seen in training.

    Its words are all seen, but some subject with that verb, verb with that object or
    adjective with that noun is not, in train or in validation. Raises ValueError.
    """
    if min(train, validation, held_out) < 0 or train + validation + held_out > LIMIT:
        raise ValueError(
            f"sizes must be at least 0 and at most {LIMIT} together, got "
            f"{train}, {validation} and {held_out}"
        )
    pairs = held_out_combinations(seed)
    secret = frozenset(pairs)
    seen, unseen = [], []
    sentences = _distinct(Random(seed))
    while len(seen) < train + validation or len(unseen) < held_out:
        sentence = next(sentences)
        (seen if secret.isdisjoint(sentence.combinations) else unseen).append(sentence)
    seen = seen[: train + validation]
    return Split(
        tuple(seen[:train]),
        tuple(seen[train:]),
        tuple(unseen[:held_out]),
        pairs,
    )
