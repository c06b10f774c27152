"""A fact in English and a question about it; the answer is Kannada, as the corpus inflects it."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple, TypeVar

from tinydecoder.corpus.kannada import case_ending
from tinydecoder.corpus.lexicon import NOUN_BY_NAME, NOUNS, TIMES, VERB_BY_NAME, Noun

PEOPLE = tuple(n for n in NOUNS if n.kind == "human" and n.gender in ("M", "F"))
GIFTS = tuple(
    map(NOUN_BY_NAME.get, ("book", "picture", "fruit", "flower", "ball", "letter"))
)
VERBS = tuple(map(VERB_BY_NAME.get, ("give", "bring", "send", "show")))
PAST_TIMES = tuple(time for time in TIMES if "past" in time[2])
KINDS = ("who", "what", "to whom", "when")

T = TypeVar("T")


class Asked(NamedTuple):
    """One fact with one question about it.

    kind: of the question, one of KINDS. text: the fact and the question, as one writes
    them. answer: pieces in Kannada script, as `KannadaTokenizer` takes them.
    """

    kind: str
    text: str
    answer: str


def ask(count: int, seed: int) -> list[Asked]:
    """So many facts, each with one question about it: people give things to people."""
    random = Random(f"facts {seed}")
    return [_asked(random) for _ in range(count)]


def _asked(random: Random) -> Asked:
    giver = _choose(random, PEOPLE)
    taker = _choose(random, [person for person in PEOPLE if person != giver])
    gift, verb, time = (
        _choose(random, options) for options in (GIFTS, VERBS, PAST_TIMES)
    )
    base, _, past, _ = verb.english.split()
    did, what = f"did the {giver.english} {base}", f"the {gift.english}"
    fact = (
        f"The {giver.english} {past} a {gift.english} to the {taker.english} {time[0]}."
    )
    questions = {
        "who": (f"Who {past} {what}?", giver.kannada),
        "what": (f"What {did}?", inflected(gift, "accusative")),
        "to whom": (f"To whom {did} {what}?", inflected(taker, "dative")),
        "when": (f"When {did} {what}?", time[1]),
    }
    kind = _choose(random, KINDS)
    question, answer = questions[kind]
    return Asked(kind, f"{fact} {question}", answer)


def inflected(noun: Noun, case: str) -> str:
    """The noun's stem and its ending, as two pieces."""
    return f"{noun.kannada} {case_ending(noun.declension, case, plural=False)}"


def _choose(random: Random, options: Sequence[T]) -> T:
    # The one method that Python promises to keep the same from version to version.
    return options[int(random.random() * len(options))]
