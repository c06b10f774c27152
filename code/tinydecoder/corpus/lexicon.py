"""The words of the course's corpus: English forms, Kannada stem, what goes with what.

Sources and standing as in `tinydecoder.corpus.kannada`. English verbs whose past equals their
present (read, cut, put, hit) are left out: their sentences would have two
translations. So are nouns whose plural equals the singular (fish). "You" is always
ನೀವು, polite or several, "they" always ಅವರು, people. A word for a person that has a
masculine and a feminine (friend, student) stands in the masculine.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Noun:
    """plural is "" for what is not counted; kind says which adjectives fit."""

    english: str
    plural: str
    kannada: str
    declension: str
    gender: str  # M, F or N: the person that a verb agrees with in the singular
    kind: str
    plural_stem: str = ""  # where the plural has a stem of its own


@dataclass(frozen=True)
class Adjective:
    english: str
    kannada: str
    kinds: str


@dataclass(frozen=True)
class Verb:
    """english: base, third person, past, -ing; to: what a dative means, "" if none."""

    english: str
    kannada: str
    animals: bool = False  # may an animal be the subject?
    objects: str = ""
    to: str = ""

    @property
    def name(self) -> str:
        return self.english.split()[0]

    def finite(self, person: str, tense: str, helped: bool) -> tuple[str, str, str]:
        """The base, the auxiliary ("" if none) and the main verb of an English clause.

        tense: past, present, future or progressive; helped: negative or a question,
        which take "do" in the past and the present.
        """
        base, third, past, participle = self.english.split()
        singular = person.startswith("3SG")
        if tense == "progressive":
            am = "am" if person == "1SG" else "is" if singular else "are"
            return base, am, participle
        if tense == "future":
            return base, "will", base
        if tense == "past":
            return (base, "did", base) if helped else (base, "", past)
        if helped:
            return base, "does" if singular else "do", base
        return base, "", third if singular else base


@dataclass(frozen=True)
class Pronoun:
    """name is its subject form; person a key of `kannada.PRONOUNS`."""

    name: str
    object: str
    possessive: str
    person: str


PRONOUNS = (
    Pronoun("I", "me", "my", "1SG"),
    Pronoun("we", "us", "our", "1PL"),
    Pronoun("you", "you", "your", "2PL"),
    Pronoun("he", "him", "his", "3SG.M"),
    Pronoun("she", "her", "her", "3SG.F"),
    Pronoun("it", "it", "its", "3SG.N"),
    Pronoun("they", "them", "their", "3PL"),
)

NOUNS = (
    Noun("boy", "boys", "ಹುಡುಗ", "a masculine", "M", "human"),
    Noun("king", "kings", "ರಾಜ", "a masculine", "M", "human"),
    Noun("farmer", "farmers", "ರೈತ", "a masculine", "M", "human"),
    Noun("friend", "friends", "ಸ್ನೇಹಿತ", "a masculine", "M", "human"),
    Noun("student", "students", "ವಿದ್ಯಾರ್ಥಿ", "i/e", "M", "human"),
    Noun("girl", "girls", "ಹುಡುಗಿ", "i/e feminine", "F", "human"),
    Noun("queen", "queens", "ರಾಣಿ", "i/e feminine", "F", "human"),
    Noun("woman", "women", "ಮಹಿಳೆ", "i/e feminine", "F", "human"),
    Noun("child", "children", "ಮಗು", "u kept", "N", "human", "ಮಕ್ಕಳು"),
    Noun("dog", "dogs", "ನಾಯಿ", "i/e", "N", "animal"),
    Noun("cat", "cats", "ಬೆಕ್ಕು", "u dropped", "N", "animal"),
    Noun("cow", "cows", "ಹಸು", "u kept", "N", "animal"),
    Noun("horse", "horses", "ಕುದುರೆ", "i/e", "N", "animal"),
    Noun("elephant", "elephants", "ಆನೆ", "i/e", "N", "animal"),
    Noun("bird", "birds", "ಹಕ್ಕಿ", "i/e", "N", "animal"),
    Noun("school", "schools", "ಶಾಲೆ", "i/e", "N", "place"),
    Noun("house", "houses", "ಮನೆ", "i/e", "N", "place"),
    Noun("village", "villages", "ಹಳ್ಳಿ", "i/e", "N", "place"),
    Noun("market", "markets", "ಮಾರುಕಟ್ಟೆ", "i/e", "N", "place"),
    Noun("shop", "shops", "ಅಂಗಡಿ", "i/e", "N", "place"),
    Noun("garden", "gardens", "ತೋಟ", "a neuter", "N", "place"),
    Noun("temple", "temples", "ದೇವಸ್ಥಾನ", "a neuter", "N", "place"),
    Noun("forest", "forests", "ಕಾಡು", "u dropped", "N", "place"),
    Noun("book", "books", "ಪುಸ್ತಕ", "a neuter", "N", "thing"),
    Noun("picture", "pictures", "ಚಿತ್ರ", "a neuter", "N", "thing"),
    Noun("fruit", "fruits", "ಹಣ್ಣು", "u dropped", "N", "thing"),
    Noun("flower", "flowers", "ಹೂವು", "u dropped", "N", "thing"),
    Noun("ball", "balls", "ಚೆಂಡು", "u dropped", "N", "thing"),
    Noun("table", "tables", "ಮೇಜು", "u dropped", "N", "thing"),
    Noun("door", "doors", "ಬಾಗಿಲು", "u dropped", "N", "thing"),
    Noun("chair", "chairs", "ಕುರ್ಚಿ", "i/e", "N", "thing"),
    Noun("window", "windows", "ಕಿಟಕಿ", "i/e", "N", "thing"),
    Noun("letter", "letters", "ಪತ್ರ", "a neuter", "N", "text"),
    Noun("story", "stories", "ಕಥೆ", "i/e", "N", "text"),
    Noun("song", "songs", "ಹಾಡು", "u dropped", "N", "text"),
    Noun("water", "", "ನೀರು", "u dropped", "N", "mass"),
    Noun("milk", "", "ಹಾಲು", "u dropped", "N", "mass"),
    Noun("rice", "", "ಅನ್ನ", "a neuter", "N", "mass"),
    Noun("coffee", "", "ಕಾಫಿ", "i/e", "N", "mass"),
)

ADJECTIVES = (
    Adjective("good", "ಒಳ್ಳೆಯ", "human animal place thing text mass"),
    Adjective("bad", "ಕೆಟ್ಟ", "human animal place thing text mass"),
    Adjective("big", "ದೊಡ್ಡ", "human animal place thing"),
    Adjective("small", "ಚಿಕ್ಕ", "human animal place thing"),
    Adjective("new", "ಹೊಸ", "place thing text"),
    Adjective("old", "ಹಳೆಯ", "place thing text"),
    Adjective("beautiful", "ಸುಂದರವಾದ", "animal place thing text"),
    Adjective("black", "ಕಪ್ಪು", "animal thing"),
    Adjective("white", "ಬಿಳಿ", "animal thing"),
    Adjective("red", "ಕೆಂಪು", "thing"),
    Adjective("green", "ಹಸಿರು", "thing"),
    Adjective("hot", "ಬಿಸಿ", "mass"),
)

_GOODS = "book picture fruit flower ball letter"
_BEINGS = "boy king farmer friend student girl queen woman child dog cat cow"
_FURNITURE = "table chair door window"

VERBS = (
    Verb("go goes went going", "ಹೋಗು", animals=True, to="goal"),
    Verb("come comes came coming", "ಬರು", animals=True, to="goal"),
    Verb("run runs ran running", "ಓಡು", animals=True, to="goal"),
    Verb("walk walks walked walking", "ನಡೆ", animals=True, to="goal"),
    Verb("play plays played playing", "ಆಡು", animals=True),
    Verb("sleep sleeps slept sleeping", "ನಿದ್ರಿಸು", animals=True),
    Verb("laugh laughs laughed laughing", "ನಗು"),
    Verb("speak speaks spoke speaking", "ಮಾತನಾಡು"),
    Verb("drink drinks drank drinking", "ಕುಡಿ", True, "water milk coffee"),
    Verb("eat eats ate eating", "ತಿನ್ನು", True, "fruit rice"),
    Verb("write writes wrote writing", "ಬರೆ", objects="letter story song book"),
    Verb("watch watches watched watching", "ನೋಡು", True, f"{_BEINGS} elephant bird"),
    Verb("sing sings sang singing", "ಹಾಡು", objects="song"),
    Verb("make makes made making", "ಮಾಡು", objects="coffee rice table chair"),
    Verb("buy buys bought buying", "ಕೊಳ್ಳು", objects=f"{_GOODS} {_FURNITURE} cow milk"),
    Verb("open opens opened opening", "ತೆರೆ", objects="door window book letter shop"),
    Verb("close closes closed closing", "ಮುಚ್ಚು", objects="door window book shop"),
    Verb("catch catches caught catching", "ಹಿಡಿ", True, "ball bird cat dog horse"),
    Verb("wash washes washed washing", "ತೊಳೆ", objects=f"fruit cow horse {_FURNITURE}"),
    Verb("call calls called calling", "ಕರೆ", objects=_BEINGS),
    Verb("give gives gave giving", "ಕೊಡು", objects=f"{_GOODS} milk water", to="person"),
    Verb("bring brings brought bringing", "ತರು", objects=f"{_GOODS} milk", to="person"),
    Verb("send sends sent sending", "ಕಳುಹಿಸು", objects=_GOODS, to="person"),
    Verb("show shows showed showing", "ತೋರಿಸು", objects=f"{_GOODS} house", to="person"),
    Verb("tell tells told telling", "ಹೇಳು", objects="story", to="person"),
)

# English, Kannada, and the tenses of the clause that each fits.
TIMES = (
    ("yesterday", "ನಿನ್ನೆ", "past"),
    ("today", "ಇಂದು", "past progressive future"),
    ("now", "ಈಗ", "progressive"),
    ("every day", "ಪ್ರತಿದಿನ", "present"),
    ("tomorrow", "ನಾಳೆ", "future"),
)

NOUN_BY_NAME = {noun.english: noun for noun in NOUNS}
PRONOUN_BY_NAME = {pronoun.name: pronoun for pronoun in PRONOUNS}
VERB_BY_NAME = {verb.name: verb for verb in VERBS}
