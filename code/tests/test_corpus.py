"""The corpus: grammar seen through a small reader of its own, counts, and the split."""

import hashlib
import itertools
import re
import unicodedata
from random import Random

import pytest

from tinydecoder.corpus import kannada
from tinydecoder.corpus.clause import Clause, NounPhrase, realise
from tinydecoder.corpus.generator import (
    ADJECTIVES_OF,
    DETERMINERS,
    LIMIT,
    NOUN_BY_NAME,
    NOUNS_OF_KIND,
    OBJECTS,
    PRONOUN_BY_NAME,
    SUBJECTS,
    TIMES_OF,
    VERB_BY_NAME,
    combinations,
    compositional_split,
    held_out_combinations,
    random_clause,
    random_sentences,
)

# What the tests know of the two languages, apart from the tables of the package:
# whom a subject stands for, and how a Kannada verb with that subject ends.
MASCULINE = "boy king farmer friend student"
FEMININE = "girl queen woman"
NEUTER = "child dog cat cow horse elephant bird"
PEOPLE = "boys kings farmers friends students girls queens women children"
HERDS = "dogs cats cows horses elephants birds"
WHO = {"I": "I", "we": "we", "you": "you", "he": "he", "she": "she", "it": "it"}
WHO |= {"they": "they"}
for words, pronoun in [
    (MASCULINE, "he"),
    (FEMININE, "she"),
    (NEUTER, "it"),
    (PEOPLE, "they"),
    (HERDS, "herd"),
]:
    WHO |= dict.fromkeys(words.split(), pronoun)
ENDING = {
    "I": "ēne|enu",
    "we": "ēve|evu",
    "you": "[īi]ri",
    "he": "āne|anu",
    "she": "āḷe|aḷu",
    "it": "[ai]de|itu",
    "they": "āre|aru",
    "herd": "[ai]ve|avu",
}
ASKED = {
    "I": "ēneyē|enē",
    "we": "ēveyē|evē",
    "you": "[īi]rā",
    "he": "āneyē|anē",
    "she": "āḷeyē|aḷē",
    "it": "[ai]deyē|itē",
    "they": "āreyē|arē",
    "herd": "[ai]veyē|avē",
}
AUXILIARIES = "am is are do does did will".split()  # noqa: SIM905
FORMS = {
    form: name for name, verb in VERB_BY_NAME.items() for form in verb.english.split()
}
SINGULAR = {noun.english: noun.english for noun in NOUN_BY_NAME.values()}
SINGULAR |= {noun.plural: noun.english for noun in NOUN_BY_NAME.values() if noun.plural}
ADJECTIVE_WORDS = {a.english for found in ADJECTIVES_OF.values() for a in found}


@pytest.fixture(scope="module")
def drawn():
    """Sentences as they are drawn, repetitions and all."""
    random = Random(1)
    return [realise(random_clause(random)) for _ in range(10_000)]


@pytest.fixture(scope="module")
def parts():
    return compositional_split(0, train=10_000, validation=500, held_out=500)


def subject_of(sentence):
    words = [word for word in sentence.english if word not in AUXILIARIES]
    return next(word for word in words if word in WHO)


def verb_of(sentence):
    return next(FORMS[word] for word in sentence.english if word in FORMS)


def pairs_of(sentence):
    """The pairs of a sentence, read off its English words alone."""
    english = sentence.english
    subject, verb = subject_of(sentence), verb_of(sentence)
    found = {("subject verb", SINGULAR.get(subject, subject), verb)}
    after = list(english[[word in FORMS for word in english].index(True) + 1 :])
    objects = itertools.takewhile(lambda word: word not in ("to", "in"), after)
    names = {
        form: p.name for p in PRONOUN_BY_NAME.values() for form in (p.object, p.name)
    }
    known = SINGULAR | names
    objects = [known[word] for word in objects if word in known]
    # "her" before a noun is a possessive, so the last of them is the object.
    found |= {("verb object", verb, name) for name in objects[-1:]}
    for first, second in itertools.pairwise(english):
        if first in ADJECTIVE_WORDS:
            found.add(("adjective noun", first, SINGULAR[second]))
    return found


def phrases(nouns, determiners=DETERMINERS):
    """Every noun phrase of these nouns that differs from the others in English."""
    made = {}
    for noun in nouns:
        numbers = [False, True] if noun.plural else [False]
        described = [None, *ADJECTIVES_OF[noun.kind]]
        for choice in itertools.product(dict.fromkeys(determiners), described, numbers):
            phrase = NounPhrase(noun, *choice)
            clause = Clause(phrase, VERB_BY_NAME["sleep"])
            made.setdefault(realise(clause).english[:-1], phrase)
    return list(made.values())


def test_the_running_sentence():
    school = NounPhrase(NOUN_BY_NAME["school"], determiner="")
    sentence = realise(
        Clause(PRONOUN_BY_NAME["I"], VERB_BY_NAME["go"], to=school, tense="progressive")
    )
    assert sentence.english == ("I", "am", "going", "to", "school")
    assert sentence.kannada == ("ನಾನು", "ಶಾಲೆಗೆ", "ಹೋಗುತ್ತಿದ್ದೇನೆ")
    assert sentence.transliteration == ("nānu", "śālege", "hōguttiddēne")
    assert sentence.morphemes == ("ನಾನು", "ಶಾಲೆ", "-ಗೆ", "ಹೋಗು", "-ಉತ್ತ್", "-ಇದ್ದೇನೆ")
    assert sentence.gloss == ("I", "school", "DAT", "go", "NPST", "be.1SG")
    assert sentence.stems == (0, 1, 3)
    pairs = {
        (sentence.morphemes[i], sentence.english[j]) for i, j in sentence.alignment
    }
    assert pairs == {
        ("ನಾನು", "I"),
        ("ಶಾಲೆ", "school"),
        ("-ಗೆ", "to"),
        ("ಹೋಗು", "going"),
        ("-ಉತ್ತ್", "going"),
        ("-ಇದ್ದೇನೆ", "am"),
    }


def test_a_long_sentence_in_order():
    sentence = realise(
        Clause(
            NounPhrase(NOUN_BY_NAME["queen"], "my"),
            VERB_BY_NAME["give"],
            NounPhrase(NOUN_BY_NAME["book"], "a", next(iter(ADJECTIVES_OF["place"]))),
            PRONOUN_BY_NAME["we"],
            NounPhrase(NOUN_BY_NAME["garden"]),
            "yesterday",
            "past",
            negative=True,
            question=True,
        )
    )
    assert " ".join(sentence.english) == (
        "did my queen not give a good book to us in the garden yesterday"
    )
    assert " ".join(sentence.kannada) == (
        "ನನ್ನ ರಾಣಿ ನಿನ್ನೆ ತೋಟದಲ್ಲಿ ನಮಗೆ ಒಂದು ಒಳ್ಳೆಯ ಪುಸ್ತಕವನ್ನು ಕೊಡಲಿಲ್ಲವೇ"
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"tense": "perfect"}, "tense must be one of .* got 'perfect'"),
        ({"time": "tomorrow", "tense": "past"}, "with past, time must be .*tomorrow"),
        ({"object": PRONOUN_BY_NAME["it"]}, "takes no object and cannot take a dative"),
        ({"to": PRONOUN_BY_NAME["he"]}, "takes no object and cannot take a dative"),
    ],
)
def test_a_clause_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Clause(PRONOUN_BY_NAME["I"], VERB_BY_NAME["sleep"], **arguments)


def test_an_unknown_determiner_is_refused():
    with pytest.raises(ValueError, match=r"determiner must be one of .* got 'some'"):
        realise(Clause(NounPhrase(NOUN_BY_NAME["boy"], "some"), VERB_BY_NAME["sleep"]))


def test_the_verb_agrees_with_the_subject(drawn):
    seen = set()
    for sentence in drawn:
        last = kannada.transliterate(sentence.kannada[-1])
        who, asked = WHO[subject_of(sentence)], sentence.english[0] in AUXILIARIES
        if "not" in sentence.english:
            assert last.endswith("illavē" if asked else "illa"), sentence
            continue
        ending = (ASKED if asked else ENDING)[who]
        assert re.search(f"({ending})$", last), sentence
        seen.add((who, asked))
    assert len(seen) == 2 * len(ENDING)


def test_the_english_verb_agrees_with_the_subject(drawn):
    for sentence in drawn:
        who = WHO[subject_of(sentence)]
        singular = who in ("he", "she", "it")
        for word in sentence.english:
            if word in ("am", "is", "are"):
                assert word == ("am" if who == "I" else "is" if singular else "are")
            if word in ("do", "does"):
                assert word == ("does" if singular else "do")
        verb = next(word for word in sentence.english if word in FORMS)
        base, third, _, _ = VERB_BY_NAME[FORMS[verb]].english.split()
        if verb in (base, third) and not set(AUXILIARIES) & {*sentence.english}:
            assert verb == (third if singular else base)


def test_an_article_fits_the_word_after_it(drawn):
    articles = [
        pair
        for sentence in drawn
        for pair in itertools.pairwise(sentence.english)
        if pair[0] in ("a", "an")
    ]
    assert {("an", "old"), ("an", "elephant"), ("a", "boy")} <= set(articles)
    for article, word in articles:
        assert (article == "an") == (word[0] in "aeiou")
        assert word in ADJECTIVE_WORDS or SINGULAR[word] == word


def test_the_verb_comes_last(drawn):
    for sentence in drawn:
        stem = sentence.stems[-1]
        assert sentence.gloss[stem].removesuffix(".PST") == verb_of(sentence)
        assert all(piece.startswith("-") for piece in sentence.morphemes[stem + 1 :])


def test_tense_is_the_same_in_both_languages(drawn):
    for sentence in drawn:
        last, words = kannada.transliterate(sentence.kannada[-1]), {*sentence.english}
        verb = next(word for word in sentence.english if word in FORMS)
        _, _, past, participle = VERB_BY_NAME[FORMS[verb]].english.split()
        if verb == participle:
            assert "utti" in last
        elif "did" in words or verb == past:
            assert "utt" not in last and "uvudilla" not in last
        else:
            assert "utt" in last or "uvudilla" in last


def test_alignment(drawn):
    for sentence in drawn:
        assert len(set(sentence.alignment)) == len(sentence.alignment)
        for i, j in sentence.alignment:
            assert 0 <= i < len(sentence.morphemes) and 0 <= j < len(sentence.english)
        aligned = {i for i, _ in sentence.alignment}
        assert aligned >= set(sentence.stems)
        # What is left out is the accusative, which English says by position alone.
        left = {sentence.gloss[i] for i in range(len(sentence.gloss))} - {"ACC"}
        assert left == left & {sentence.gloss[i] for i in aligned}
        # Of the English words only these have no counterpart; "am" none when negated.
        english = {sentence.english[j] for _, j in sentence.alignment}
        bare = set(sentence.english) - english
        assert bare <= {"the", "am", "is", "are"}, sentence


def test_a_stem_is_aligned_with_the_word_that_its_gloss_names(drawn):
    for sentence in drawn[:5000]:
        for i in sentence.stems:
            words = [sentence.english[j] for k, j in sentence.alignment if k == i]
            meaning = sentence.gloss[i].removesuffix(".PST").removesuffix(".PL")
            lemmas = {"this": "these", "that": "those", "one": "a"}
            lemmas |= {p.name: p.object for p in PRONOUN_BY_NAME.values()}
            known = {FORMS.get(w) for w in words} | {SINGULAR.get(w) for w in words}
            known |= {*words, ".".join(words), words[0].replace("an", "a")}
            assert meaning in known or lemmas.get(meaning) in known, sentence


def test_pieces_and_words(drawn):
    """As many words as stems, and no written word stands for two rows of pieces."""
    rows = {}
    for sentence in drawn:
        assert kannada.join_words(sentence.morphemes) == sentence.kannada
        assert len(sentence.gloss) == len(sentence.morphemes)
        bounds = [*sentence.stems, len(sentence.morphemes)]
        assert len(sentence.kannada) == len(sentence.stems)
        for word, (start, end) in zip(
            sentence.kannada, itertools.pairwise(bounds), strict=True
        ):
            pieces = sentence.morphemes[start:end]
            assert rows.setdefault(word, pieces) == pieces


def test_orthography(drawn):
    """NFC, Kannada letters only, a vowel sign only after a consonant, none at an end."""
    consonant = "[\u0c95-\u0cb9\u0cde]"
    sign = "[\u0cbe-\u0cc4\u0cc6-\u0cc8\u0cca-\u0ccc]"
    vowel = "[\u0c85-\u0c94]"
    syllable = f"(?:{consonant}\u0ccd)*{consonant}{sign}?\u0c82?"
    for word in {word for sentence in drawn for word in sentence.kannada}:
        assert word == unicodedata.normalize("NFC", word)
        assert re.fullmatch(f"(?:{vowel}\u0c82?)?(?:{syllable})*", word), word
    for piece in {piece for sentence in drawn for piece in sentence.morphemes}:
        # A bare piece may also end in a virama: -ಉತ್ತ್.
        shape = f"-?(?:{vowel}\u0c82?)?(?:{syllable})*(?:(?:{consonant}\u0ccd)+)?"
        assert re.fullmatch(shape, piece), piece


def test_one_english_sentence_has_one_kannada_sentence(drawn):
    seen = {}
    for sentence in drawn:
        known = seen.setdefault(sentence.english, sentence)
        assert known.morphemes == sentence.morphemes
    assert len(seen) < len(drawn), "nothing was drawn twice, so nothing was compared"


def test_one_english_sentence_has_one_kannada_sentence_in_a_whole_slice():
    """Every clause with "sleep" and no place: distinct clauses, distinct in English."""
    subjects = [w for w in SUBJECTS["sleep"] if w in PRONOUN_BY_NAME.values()]
    nouns = [w for w in SUBJECTS["sleep"] if w not in PRONOUN_BY_NAME.values()]
    subjects += phrases(nouns, DETERMINERS[:4])
    choices = [(tense, time) for tense in TIMES_OF for time in ["", *TIMES_OF[tense]]]
    clauses = [
        Clause(subject, VERB_BY_NAME["sleep"], None, None, None, time, tense, *flags)
        for subject in subjects
        for tense, time in choices
        for flags in itertools.product([False, True], repeat=2)
    ]
    assert len(clauses) > 10_000
    assert len({realise(clause).english for clause in clauses}) == len(clauses)


def test_several_hundred_thousand_sentences_are_possible():
    """One verb alone, without time or place: every subject with every object."""
    people, goods = (
        phrases(NOUNS_OF_KIND["human"]),
        phrases([NOUN_BY_NAME[n] for n in OBJECTS["buy"]]),
    )
    forms = list(itertools.product(TIMES_OF, [False, True], [False, True]))
    assert len(people) * len(goods) * len(forms) > 2 * LIMIT
    # English puts the three one after another, so it is enough that each part differs.
    one = (people[:1], goods[:1], forms[:1])
    for some in [(people, *one[1:]), (one[0], goods, one[2]), (*one[:2], forms)]:
        english = {
            realise(
                Clause(who, VERB_BY_NAME["buy"], what, None, None, "", *form)
            ).english
            for who, what, form in itertools.product(*some)
        }
        assert len(english) == max(map(len, some)) > 1


def test_a_child_is_neuter_in_its_article_too():
    child = [
        s for s in random_sentences(5000, seed=0) if {"a", "child"} <= set(s.english)
    ]
    begins = [s for s in child if s.english[:2] == ("a", "child")]
    assert begins
    assert all(s.kannada[0] == "ಒಂದು" for s in begins)


def test_generate_is_the_same_everywhere():
    sentences = random_sentences(1000, seed=0)
    assert len({sentence.english for sentence in sentences}) == 1000
    text = "\n".join(" ".join(s.english + s.morphemes + s.gloss) for s in sentences)
    # A change of the corpus changes this number, and the models trained on it.
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "843836f48fa1cd47"
    assert random_sentences(10, seed=0) == sentences[:10]
    assert random_sentences(10, seed=1) != sentences[:10]
    assert random_sentences(0, seed=0) == ()


@pytest.mark.parametrize("count", [-1, LIMIT + 1])
def test_a_count_out_of_range_is_refused(count):
    with pytest.raises(ValueError, match=f"between 0 and {LIMIT}, got {count}"):
        random_sentences(count, seed=0)


def test_every_word_of_the_lexicon_is_drawn(drawn):
    seen = {word for sentence in drawn for word in sentence.english}
    assert seen >= {*SINGULAR, *FORMS, *ADJECTIVE_WORDS, *PRONOUN_BY_NAME}


def test_the_pairs_of_a_sentence_are_those_one_reads(drawn):
    for sentence in drawn:
        assert set(sentence.combinations) == pairs_of(sentence), sentence


def test_split_sizes_and_no_sentence_twice(parts):
    sets = (parts.train, parts.validation, parts.held_out)
    assert [len(some) for some in sets] == [10_000, 500, 500]
    assert len({s.english for some in sets for s in some}) == 11_000


def test_no_held_out_pair_is_seen_in_training(parts):
    """By the pairs that the test reads itself."""
    held = set(parts.combinations)
    assert {kind for kind, *_ in held} == {
        "subject verb",
        "verb object",
        "adjective noun",
    }
    for sentence in parts.train + parts.validation:
        assert not held & pairs_of(sentence)
    for sentence in parts.held_out:
        assert held & pairs_of(sentence)


def test_every_word_and_piece_of_the_held_out_set_is_seen_in_training(parts):
    for field in ("english", "morphemes"):
        known = {token for s in parts.train for token in getattr(s, field)}
        assert {token for s in parts.held_out for token in getattr(s, field)} <= known


@pytest.mark.parametrize("seed", range(5))
def test_a_word_keeps_half_of_its_partners_and_two(seed):
    possible, held = set(combinations()), set(held_out_combinations(seed))
    assert held < possible and len(held) > len(possible) / 20
    for place in (1, 2):
        for kind, word in {(pair[0], pair[place]) for pair in possible}:
            mine = {p for p in possible if p[0] == kind and p[place] == word}
            assert len(mine - held) >= max(min(2, len(mine)), len(mine) / 2)


def test_a_split_repeats_and_its_seed_matters(parts):
    again = compositional_split(0, len(parts.train), validation=100, held_out=100)
    assert again.held_out == parts.held_out[:100]
    assert again.validation == parts.validation[:100]
    assert again.train == parts.train
    assert compositional_split(0, 300, 0, 0).train == parts.train[:300]
    assert compositional_split(1, 10, 10, 10).combinations != parts.combinations


@pytest.mark.parametrize("sizes", [(-1, 0, 0), (LIMIT, 1, 0)])
def test_a_split_of_impossible_size_is_refused(sizes):
    with pytest.raises(ValueError, match="sizes must be at least 0 and at most"):
        compositional_split(0, *sizes)
