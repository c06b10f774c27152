"""How the page chooses tokens, and its texts and ids, against the Python that it follows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest
import torch
from decoder_page import decoder_page, pretrained
from playwright.sync_api import Browser, Page

from decoderbook.page_model.weights import sentences
from tinydecoder.corpus import kannada
from tinydecoder.generation import beam_steps, generate
from tinydecoder.sampling import next_token_probabilities
from tinydecoder.text.tokenizer import END, PAD, START, UNK

MAX_WORDS = 40  # of language.js: a cut that the page makes and Python does not
LIMIT = 24


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with decoder_page(browser, {}) as page:
        yield page


@pytest.fixture(scope="module")
def sources() -> list[list[int]]:
    """Fifty sentences of the corpus, and some that it cannot have, where a beam differs."""
    known = [" ".join(s.english) for s in sentences()[:50]]
    odd = ["zebra", "the", "water eats the book", "I am quickly going to the zoo"]
    found = [pretrained().source_ids([text])[0].tolist() for text in (*known, *odd)]
    return [*found, [*found[0], PAD, PAD]]


GREEDY = """
([sources, limit]) => sources.map((source) => {
  const encoded = single.encode(source), ids = [];
  let state = single.begin(encoded), total = 0;
  for (let last = START; last !== END && ids.length < limit; last = ids.at(-1)) {
    state = single.read(state, [last]);
    const logs = logProbabilities(state.logits.at(-1));
    ids.push(ranked(logs)[0]);
    total += logs[ids.at(-1)];
  }
  return { ids, total };
})
"""


@pytest.mark.parametrize("limit", [LIMIT, 3])
def test_greedy_writes_what_python_writes(page: Page, sources, limit) -> None:
    found = page.evaluate(GREEDY, [sources, limit])
    for source, one in zip(sources, found, strict=True):
        (expected,) = generate(pretrained().model, torch.tensor([source]), limit=limit)
        end = [END] * (expected.stopped == "end")
        assert one["ids"] == [*expected.ids, *end]
        assert one["total"] == pytest.approx(expected.log_probability, abs=1e-4)


BEAM = """
([sources, width, limit]) => sources.map((source) => {
  const steps = beamSteps(single, single.encode(source), width, limit);
  return steps.map((beam, n) => beam.map(({ ids, logP, parent, ended }) => {
    const before = n ? steps[n - 1][parent].ids : [];
    if (ended !== (ids.at(-1) === END)) throw new Error("ended, and not at END");
    if (`${before}` !== `${ids.length === n + 1 ? ids.slice(0, -1) : ids}`) throw new Error("another parent");
    return { ids, logP };
  }));
})
"""


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_a_beam_is_pythons_at_each_step(page: Page, sources, width) -> None:
    found = page.evaluate(BEAM, [sources, width, LIMIT])
    for source, steps in zip(sources, found, strict=True):
        ids = torch.tensor([source])
        expected = list(beam_steps(pretrained().model, ids, width, LIMIT))
        assert len(steps) == len(expected)
        for ours, theirs in zip(steps, expected, strict=True):
            assert [tuple(path["ids"]) for path in ours] == [p.ids for p in theirs]
            sums = [path["logP"] for path in ours]
            assert sums == pytest.approx([p.log_probability for p in theirs], abs=5e-4)


def test_a_beam_stops_at_the_limit(page: Page, sources) -> None:
    (steps,) = page.evaluate(BEAM, [sources[:1], 3, 2])
    expected = list(beam_steps(pretrained().model, torch.tensor(sources[:1]), 3, 2))
    assert [[tuple(path["ids"]) for path in beam] for beam in steps] == [
        [path.ids for path in beam] for beam in expected
    ]
    assert len(steps) == 2


def test_chances_are_those_of_the_sampler(page: Page) -> None:
    made = torch.Generator().manual_seed(3)
    rows = torch.randn(4, 20, generator=made, dtype=torch.float64) * 4
    rows[0, 3:9] = rows[0, 2]  # ties, and among them the edge of top-k and top-p
    rows[1] = 0.5
    rows[2, [PAD, START]] = -torch.inf
    rows[3, 7] = 60.0  # nearly certain
    grid = list(
        product((0.1, 0.7, 1.0, 3.0), (None, 1, 2, 5, 50), (0.05, 0.5, 0.9, 1.0))
    )
    ours = page.evaluate(
        """([rows, grid]) => grid.map(([temperature, topK, topP]) => rows.map((row) => [...nextProbabilities(
          Float64Array.from(row, (x) => x ?? -Infinity), { temperature, topK: topK ?? Infinity, topP })]))""",
        [[[x if x > -1e9 else None for x in row] for row in rows.tolist()], grid],
    )
    for (temperature, top_k, top_p), found in zip(grid, ours, strict=True):
        expected = next_token_probabilities(rows, temperature, top_k, top_p)
        where = f"temperature {temperature}, top_k {top_k}, top_p {top_p}"
        assert torch.allclose(
            torch.tensor(found, dtype=torch.float64), expected, atol=1e-12
        ), where


DRAWS = """
(chances) => {
  const upTo = (n) => [...Array(n).keys()];
  const picked = upTo(20000).map((i) => pick(chances, draw(1 + Math.floor(i / 20), i % 20)));
  const points = upTo(20000).map((i) => draw(7, i)), same = upTo(50).every((i) => draw(7, i) === points[i]);
  return [picked, points, same, [1, 0.9999999999].map((at) => pick([0.3, 0.3, 0.39], at))];
}
"""


def test_tokens_are_drawn_as_often_as_their_chances_say(page: Page) -> None:
    chances = [0.5, 0.25, 0.0, 0.125, 0.125]
    drawn = page.evaluate(DRAWS, chances)
    picked, points, same, rounding = drawn
    counts = Counter(picked)
    assert counts[2] == 0 and same
    expected = [chance * 20_000 for chance in chances]
    pairs = [(counts[i], e) for i, e in enumerate(expected) if e]
    chi_square = sum((n - e) ** 2 / e for n, e in pairs)
    assert chi_square < 16.3, counts  # 3 degrees of freedom: chance gives more in 0.1 %
    assert all(0 <= point < 1 for point in points)
    tenths = Counter(int(point * 10) for point in points)
    assert sum((tenths[i] - 2000) ** 2 / 2000 for i in range(10)) < 27.9  # 9 degrees
    assert len(set(points)) > 19_990
    assert rounding == [2, 2]  # where chances sum to less than 1, a token all the same


TEXTS = [
    *("I am going to school", "  The  BOY ate. ", "Did i go?", "i İ ẞ ΑΣ", "", " ", "?."),
    *("<b>the</b> <script>alert(1)</script>", "[PAD] [UNK] [end] START", "the\tboy\nate"),
    *("the\u00a0boy\u2003ate\u2028the\u3000boy\u0085ate\x1cthe\x1fboy", "\ufeffthe boy"),
    *("the\u200bboy the\u200dboy", "a\x00b \x07the\x1b[31mboy", "ನಾನು ಶಾಲೆಗೆ school ಹೋಗು"),
    *("cafe\u0301 caf\u00e9", "\u1100\u1161 the", "__proto__ constructor toString"),
    *("the 👩\u200d👩\u200d👧 boy", "\u202ethe boy", "THE BOY ATE", "boy's, the; boy!"),
]  # fmt: skip


def test_a_text_has_the_ids_that_python_gives_it(page: Page) -> None:
    rng = random.Random(5)
    vocabulary = [
        *pretrained().source_tokenizer.tokens[4:],
        "zebra",
        ".",
        "\u00a0",
        "I",
    ]
    rows = [" ".join(rng.choices(vocabulary, k=rng.randint(1, 30))) for _ in range(80)]
    texts = [*TEXTS, *rows, *(" ".join(s.english) for s in sentences())]
    encoded = page.evaluate("(texts) => texts.map((t) => language.encode(t))", texts)
    known = 0
    for text, ours in zip(texts, encoded, strict=True):
        expected = pretrained().source_ids([text])[0].tolist()
        assert [one["id"] for one in ours] == expected, repr(text)
        assert [one["known"] for one in ours] == [id != UNK for id in expected]
        unknown = [one["word"] for one in ours if not one["known"]]
        assert unknown == pretrained().unknown(text), repr(text)
        known += sum(id > UNK for id in expected)
    assert known > 1_000


def test_a_long_text_is_cut(page: Page) -> None:
    text = "the boy " * 1250
    assert len(text) == 10_000
    expected = pretrained().source_ids([text])[0].tolist()
    found = page.evaluate("(text) => language.encode(text)", text)
    assert [one["id"] for one in found] == [*expected[:MAX_WORDS], END]
    lone = page.evaluate("() => language.encode('\\ud800 the').map(({ id }) => id)")
    assert lone == pretrained().source_ids(["\ud800 the"])[0].tolist()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("I'm going to school!", "I am going to school"),
        ('The boy, the girl: "sleep"?', "The boy the girl sleep"),
        ("I don\u2019t sleep, won't you?", "I do not sleep will not you"),
        ("He's eating; it's the boy's book", "He is eating it is the boy's book"),
        ("can't __proto__ <b>", "can't __proto__ <b>"),
    ],
)
def test_what_is_typed_naturally_is_read_as_the_corpus_writes(page: Page, typed, read):
    assert page.evaluate("(text) => language.tidy(text)", typed) == read


def test_an_unknown_word_has_its_nearest(page: Page) -> None:
    near = page.evaluate(
        "() => ['schol', 'bok', 'cat', 'zzzzzz', 'x'].map((w) => language.near(w))"
    )
    assert near[0][0] == "school" and "book" in near[1] and near[2][0] == "cat"
    assert near[3:] == [[], []]


def test_ids_become_the_words_that_python_writes(page: Page) -> None:
    target = pretrained().target_tokenizer
    rng = random.Random(6)
    rows = [target.encode(" ".join(s.morphemes)) for s in sentences()]
    size = target.vocab_size
    rows += [rng.choices(range(size), k=rng.randint(0, 14)) for _ in range(300)]
    written = page.evaluate("(rows) => rows.map((ids) => language.written(ids))", rows)
    for ids, words in zip(rows, written, strict=True):
        assert " ".join(word["word"] for word in words) == target.decode(ids), ids
        for word in words:
            assert word["latin"] == kannada.transliterate(word["word"])
            part = target.decode(ids[word["from"] : word["to"]])
            assert part == word["word"], ids
        places = [i for w in words for i in range(w["from"], w["to"]) if ids[i] >= UNK]
        assert places == [i for i, id in enumerate(ids) if id >= UNK]


def test_letters_are_joined_and_transliterated_as_in_python(page: Page) -> None:
    rng = random.Random(7)
    signs = [
        *kannada.LATIN,
        *kannada.VOWELS,
        *kannada.SIGNS,
        *"ಂಃ೧೯\u200c\u200d",
        *"aé-👩 ",
    ]
    texts = ["".join(rng.choices(signs, k=rng.randint(0, 9))) for _ in range(300)]
    assert page.evaluate(
        "(texts) => texts.map((t) => language.transliterate(t))", texts
    ) == [kannada.transliterate(text) for text in texts]
    pieces = [*pretrained().target_tokenizer.tokens[4:], *texts[:60]]
    rows = [rng.choices(pieces, k=rng.randint(0, 5)) for _ in range(400)]
    joined = page.evaluate(
        "(rows) => rows.map((pieces) => language.join(pieces))", rows
    )
    assert joined == [kannada.join(row) for row in rows]
