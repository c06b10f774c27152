"""Four sentences of the corpus to look at, by their English: each shows something else.

Progressive and goal; adjective and object; negation; plurals and a time of two words.
"""

from tinydecoder.corpus.clause import Clause, NounPhrase, Sentence, realise
from tinydecoder.corpus.lexicon import (
    ADJECTIVES,
    NOUN_BY_NAME,
    PRONOUN_BY_NAME,
    VERB_BY_NAME,
)

_RED = next(adjective for adjective in ADJECTIVES if adjective.english == "red")
_CLAUSES = (
    Clause(
        PRONOUN_BY_NAME["I"],
        VERB_BY_NAME["go"],
        to=NounPhrase(NOUN_BY_NAME["school"], ""),
        tense="progressive",
    ),
    Clause(
        NounPhrase(NOUN_BY_NAME["boy"]),
        VERB_BY_NAME["buy"],
        NounPhrase(NOUN_BY_NAME["book"], "a", _RED),
        tense="past",
    ),
    Clause(
        PRONOUN_BY_NAME["she"],
        VERB_BY_NAME["drink"],
        NounPhrase(NOUN_BY_NAME["milk"], ""),
        tense="past",
        negative=True,
    ),
    Clause(
        NounPhrase(NOUN_BY_NAME["girl"], plural=True),
        VERB_BY_NAME["write"],
        NounPhrase(NOUN_BY_NAME["letter"], "", plural=True),
        time="every day",
    ),
)
SAMPLES: dict[str, Sentence] = {
    " ".join(sentence.english): sentence for sentence in map(realise, _CLAUSES)
}
