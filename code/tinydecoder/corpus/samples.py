"""Four sentences of the corpus to look at, by their English: each shows something else.

Progressive and goal; adjective and object; negation; plurals and a time of two words.
"""

from tinydecoder.corpus.clause import Clause, NounPhrase, Sentence, write
from tinydecoder.corpus.generator import NOUN, PRONOUN, VERB
from tinydecoder.corpus.lexicon import ADJECTIVES

_RED = next(adjective for adjective in ADJECTIVES if adjective.english == "red")
_CLAUSES = (
    Clause(
        PRONOUN["I"], VERB["go"], to=NounPhrase(NOUN["school"], ""), tense="progressive"
    ),
    Clause(
        NounPhrase(NOUN["boy"]),
        VERB["buy"],
        NounPhrase(NOUN["book"], "a", _RED),
        tense="past",
    ),
    Clause(
        PRONOUN["she"],
        VERB["drink"],
        NounPhrase(NOUN["milk"], ""),
        tense="past",
        negative=True,
    ),
    Clause(
        NounPhrase(NOUN["girl"], plural=True),
        VERB["write"],
        NounPhrase(NOUN["letter"], "", plural=True),
        time="every day",
    ),
)
SAMPLES: dict[str, Sentence] = {
    " ".join(sentence.english): sentence for sentence in map(write, _CLAUSES)
}
