"""The museum: each bug is found by the detector that the page names, the right model by none,
the mended twin by none; and a detector that is spoilt misses its bug.
"""

import inspect
import json
import math
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name

import nbformat
import pytest
import torch

from decoderbook.checkup.finding import BROKEN, HOLDS
from decoderbook.museum import detectors, heads, leaks, right, runs, table
from decoderbook.museum.catalogue import EXHIBITS, NUMBERS, ROOMS, label
from decoderbook.museum.exhibit import installed, replaced
from tinydecoder import attention
from tinydecoder.causality import leaks as leaking_pairs
from tinydecoder.functional import scaled_dot_product_attention

BOOK = Path(__file__).parents[2] / "book"
PAGE = nbformat.read(BOOK / "bug-museum.ipynb", as_version=4)
CELLS = {cell.id: cell.source for cell in PAGE.cells}
FOUND_BY = re.compile(r"\*\*Found by\*\* \*([^*]+)\* and by (no|one|\d+) others?\.")
NAMED_LETTER = re.compile(r"U\+([0-9A-F]{4}) ([A-Z]+(?:[ -][A-Z]+)*)")
DIFF = re.compile(r"```diff\n(.*?)```", re.DOTALL)


# All exhibits before all detectors, as they are and mended. In a process of its own: here every
# annotation of the model is checked at every call, and that would take minutes.
SURVEYS = """
import json, torch
from decoderbook.museum import table
from decoderbook.museum.catalogue import EXHIBITS
from decoderbook.museum.exhibit import installed
torch.set_num_threads(1)
mended = {}
for slug, exhibit in EXHIBITS.items():
    with installed(exhibit.name, exhibit.mended()):
        said = table.examine(exhibit.config).values()
    mended[slug] = [f"{f.detector}: {f.measured}" for f in said if f.verdict != "holds"]
other = [f.detector for f in table.examine(seed=1).values() if f.verdict != "holds"]
print(json.dumps({"found": table.survey(), "mended": mended, "other weights": other}))
"""


@pytest.fixture(scope="module")
def surveys():
    run = subprocess.run(
        [sys.executable, "-c", SURVEYS], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.fixture
def found(surveys):
    return surveys["found"]


@pytest.fixture(params=EXHIBITS.values(), ids=list(EXHIBITS))
def exhibit(request):
    return request.param


def test_no_detector_finds_anything_in_the_right_model(found):
    assert found[table.RIGHT] == []


def test_nor_with_other_weights(surveys):
    assert surveys["other weights"] == []


def test_each_bug_is_found_by_the_detectors_that_the_page_names(exhibit, found):
    """The page names one, by the title that a report prints, and counts the others."""
    said = FOUND_BY.search(CELLS[f"{exhibit.slug}-answer"])
    assert said, "the answer says by what the bug is found"
    others = {"no": 0, "one": 1}.get(said[2]) if not said[2].isdigit() else int(said[2])
    assert said[1] == table.TITLES[exhibit.detector]
    assert exhibit.detector in found[exhibit.slug]
    assert len(found[exhibit.slug]) == 1 + others


def test_the_table_on_the_page_is_the_run(found):
    (stored,) = [c for c in PAGE.cells if c.id == "map"]
    figure = stored.outputs[0]["data"]["application/vnd.plotly.v1+json"]
    rows = figure["layout"]["meta"]["table"]["rows"]
    columns = list(table.COLUMNS)
    said = {
        row[0]: [c for c, cell in zip(columns, row[1:], strict=True) if cell]
        for row in rows
    }
    assert said == table.in_columns(found)


def test_a_mended_twin_is_found_by_none(exhibit, surveys):
    """What the page shows as the fix is the fix, all of it."""
    assert surveys["mended"][exhibit.slug] == []


def test_a_bug_is_gone_when_its_block_ends(exhibit):
    before = resolve_name(exhibit.name)
    with pytest.raises(KeyError), exhibit.installed():
        assert resolve_name(exhibit.name) is exhibit.twin
        raise KeyError
    assert resolve_name(exhibit.name) is before is not exhibit.twin


# A detector's source, what is put in the place of what, and which bugs it then misses.
SPOILT = [
    (detectors.labels, "(wanted != due) | wrong_row", "wrong_row", ["endless"]),
    (detectors.labels, "(wanted != due) | wrong_row", "wanted != due", ["unshifted"]),
    (detectors.weighing, "counted.max() / counted.min()", "counted.min() / counted.max()", ["mean-of-means"]),
    (detectors.shares, ".train()", ".eval()", ["above-one"]),
    (detectors.own_weights, "n_layers=3", "n_layers=1", ["one-for-all"]),
    (detectors.turning, "torch.arange(40)", "torch.arange(4)", ["parity", "doubled"]),
    (detectors.loudness, "torch.maximum(token / position, position / token)", "token", ["drowned"]),
    (detectors.half, ".half()", ".float()", ["minus-a-billion"]),
    (detectors._Favours.forward, "+= 100.0", "-= 100.0", ["no-words"]),
    (detectors.letters, "len(foreign) + len(missing)", "0", ["two-scripts"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "old", "new", "missed"),
    SPOILT,
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_a_spoilt_detector_misses_its_bug(function, old, new, missed, monkeypatch):
    source = inspect.getsource(function)
    assert source.count(old) == 1
    names = dict(vars(detectors))
    exec(inspect.cleandoc("\n" + source).replace(old, new), names)
    spoilt = names[function.__name__]
    if function.__qualname__ != function.__name__:
        monkeypatch.setattr(detectors._Favours, "forward", spoilt)
    for slug in missed:
        (detector,) = [d for d in table.OWN if d.name == EXHIBITS[slug].detector]
        asked = (
            replace(detector, measure=spoilt)
            if detector.measure is function
            else detector
        )
        with EXHIBITS[slug].installed():
            assert asked(None).verdict == HOLDS


def test_every_detector_of_the_museum_is_spoilt_somewhere():
    names = {d.measure.__name__ for d in table.OWN}
    assert {f.__name__ for f, *_ in SPOILT} == names - {"words_only"} | {"forward"}


@pytest.mark.parametrize("detector", table.OWN, ids=lambda d: d.name)
def test_a_blind_detector_finds_nothing(detector):
    exhibits = [e for e in EXHIBITS.values() if e.detector == detector.name]
    blind = replace(detector, limit=math.inf)
    for one in exhibits:
        with one.installed():
            verdict, found = blind(None), detector(None)
        assert found.verdict == BROKEN
        assert verdict.verdict == HOLDS or "raised" in verdict.measured


def test_every_detector_has_one_column():
    assert len(set(table.TITLES.values())) == len(table.ALL)
    for column, names in table.COLUMNS.items():
        assert column == " · ".join(table.TITLES[name] for name in names)
    columns = [name for names in table.COLUMNS.values() for name in names]
    assert sorted(columns) == sorted(d.name for d in table.ALL)
    assert (len(table.ALL), len(table.OWN)) == (28, 9)  # the page says how many
    assert {e.detector for e in EXHIBITS.values()} <= set(columns)


@pytest.mark.parametrize("detector", table.OWN, ids=lambda d: d.name)
def test_the_book_explains_each_detector(detector):
    """The heading is there; its maths is written otherwise than in a report."""
    notebook = nbformat.read(BOOK / f"{detector.place.page}.ipynb", as_version=4)
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    assert re.search(rf"^#+ {re.escape(detector.place.heading)}$", text, re.MULTILINE)


def test_the_page_shows_the_exhibits_in_order():
    headings = re.findall(
        r"^### Exhibit (\d+) · ", "\n".join(CELLS.values()), re.MULTILINE
    )
    assert list(map(int, headings)) == list(NUMBERS.values())
    rooms = [
        c.split("\n")[0][3:] for key, c in CELLS.items() if key.startswith("room-")
    ]
    assert rooms == list(ROOMS)


def test_no_answer_stands_open_before_its_exhibit():
    """What tells it comes after, and the page folds it (site/folding.py)."""
    order, tags = list(CELLS), {c.id: c.metadata.get("tags", []) for c in PAGE.cells}
    last = max(order.index(f"{slug}-answer") for slug in EXHIBITS)
    assert order.index("survey") > last and order.index("losses-md") > last
    for room, exhibits in ROOMS.items():
        cell = f"{room.lower().replace(' ', '-')}-found"
        answers = [order.index(f"{e.slug}-answer") for e in exhibits]
        assert order.index(cell) > max(answers)
        assert tags[cell][0].startswith("question-")
    for cell in ("hidden", "curve-claims", "count"):
        assert tags[cell][0].startswith("question-")
    assert order.index("count") > order.index("scrambled-heads-answer")


def test_the_page_counts_heads_and_sentences_from_zero():
    merged = heads.merge(torch.arange(80).reshape(1, 8, 10, 1))[0, 0]
    assert merged.tolist() == list(range(8))  # of head 0, whose numbers are 0 to 9
    assert "head 0 of positions 0 to 7" in CELLS["scrambled-heads-answer"]


def test_the_letters_are_named_as_unicode_names_them():
    """So that the answer is read where no font has them."""
    named = NAMED_LETTER.findall(CELLS["two-scripts-answer"])
    for code, name in named:
        assert unicodedata.name(chr(int(code, 16))) == name
    letters = {chr(int(code, 16)) for code, _ in named}
    twin = EXHIBITS["two-scripts"].twin()
    foreign = {c for c in twin if not unicodedata.name(c).startswith("KANNADA")}
    alike = {
        unicodedata.lookup(unicodedata.name(c).replace("TELUGU", "KANNADA"))
        for c in foreign
    }
    assert letters & twin == foreign | alike  # the Kannada ones are there too
    assert letters - twin == right.ZERO_WIDTH
    assert len(foreign) == 7
    assert sum("VOWEL SIGN" in unicodedata.name(c) for c in foreign) == 5


def test_the_corpus_has_none_of_the_foreign_letters():
    """So their rows of the embedding's table get no gradient."""
    learned = "".join(runs.data().target_tokenizer.tokens)
    kept_back = "".join(text for _, text in runs.data().held_out.pairs)
    foreign = EXHIBITS["two-scripts"].twin() - right.kannada_letters()
    assert len(foreign) == 7 and not foreign & {*learned, *kept_back}
    table = torch.nn.Embedding(9, 4)
    table(torch.tensor([1, 2])).sum().backward()
    assert not table.weight.grad[3:].any()


def test_the_masks_of_the_heads_are_those_of_other_sentences():
    """Right for one sentence, and for sentences of one length; else mixed."""
    assert torch.arange(2).repeat(2).tolist() == [0, 1, 0, 1]
    assert torch.arange(2).repeat_interleave(2).tolist() == [0, 0, 1, 1]
    query, key, value = torch.randn(3, 2, 2, 4, 8)  # two sentences, two heads

    def differs(mask, n=2):
        run = (query[:n], key[:n], value[:n], mask[:n, None, None])
        twin = EXHIBITS["crossed-axes"].twin(*run)[0]
        return not torch.allclose(twin, scaled_dot_product_attention(*run)[0])

    mask = torch.tensor([[True, True, True, True], [True, True, False, False]])
    assert differs(mask) and not differs(mask, n=1) and not differs(mask[[1, 1]])


def test_a_token_of_a_short_sentence_counts_four_times_as_much():
    start, word, end, pad = 1, 5, 2, 0
    long = [start, *[word] * 11, end]  # twelve are asked for, END among them
    short = [start, word, word, end] + [pad] * 9
    logits = torch.zeros(2, 12, 8, requires_grad=True)
    loss, _ = EXHIBITS["mean-of-means"].twin(
        lambda *_: logits, None, torch.tensor([long, short])
    )
    loss.backward()
    pull = logits.grad.abs().sum(-1)
    assert float(pull[1, 0] / pull[0, 0]) == pytest.approx(4)
    assert "of three tokens counts four times" in CELLS["mean-of-means-answer"]


def test_a_row_without_keys_gives_nan_as_overflow_does():
    """Exhibit 8: ∞ / ∞, and 0 / 0 where every key is forbidden; mended, neither."""
    exhibit = EXHIBITS["overflow"]
    loud, quiet = torch.full((1, 2, 4), 20.0), torch.ones(1, 2, 4)
    nothing = torch.zeros(1, 2, 2, dtype=torch.bool)
    for attend, whole in ((exhibit.twin, False), (exhibit.mended(), True)):
        assert bool(attend(loud, loud, loud)[1].isfinite().all()) == whole
        assert bool(attend(quiet, quiet, quiet, nothing)[1].isfinite().all()) == whole


@pytest.mark.parametrize("slug", ["nothing-to-see", "minus-a-billion"])
def test_the_fix_sets_forbidden_weights_to_zero(slug):
    rows = torch.randn(1, 2, 4)
    mask = torch.tensor([[[True, False], [False, False]]])
    weights = EXHIBITS[slug].mended()(rows, rows, rows, mask)[1]
    assert weights.tolist() == [[[1, 0], [0, 0]]]


def test_a_billion_less_makes_all_scores_alike():
    """Exhibit 16: written into the scores, and added to them, as in the videos' notebook."""
    rows, nothing = torch.randn(1, 4, 8), torch.zeros(1, 4, 4, dtype=torch.bool)
    weights = EXHIBITS["minus-a-billion"].twin(rows, rows, rows, nothing)[1]
    assert weights.unique().tolist() == [0.25]
    assert (rows - 1e9).softmax(dim=-1).unique().tolist() == [0.125]


# Asked by changing what should change nothing: half of the exhibits.
CHANGES = {
    *("causal-outputs", "batch-order", "source-padding", "cache", "deterministic"),
    *("equal-to-torch", "turning"),
}


def test_half_of_the_bugs_are_found_by_a_change_that_should_change_nothing():
    changed = [e.slug for e in EXHIBITS.values() if e.detector in CHANGES]
    assert len(changed) == len(EXHIBITS) / 2
    assert "half of these bugs is a change that should change" in CELLS["leave"]


def test_no_published_code_of_the_videos_is_accused_without_a_link():
    """Where an answer says since when it stands there, it says in which file."""
    for slug in EXHIBITS:
        story = CELLS[f"{slug}-answer"].partition("**How long it could live.**")[2]
        assert "https://github.com/" in story, slug
        if "Since 2023" in story:
            assert "ajhalthor/Transformer-Neural-Network/blob/main/" in story, slug


def test_the_page_shows_what_is_wrong(exhibit):
    """The code above the answer, the wrong lines beside the right ones in it."""
    module = exhibit.twin.__module__.rpartition(".")[2]
    assert (
        CELLS[f"{exhibit.slug}-code"]
        == f"show_source({module}.{exhibit.twin.__name__})"
    )
    wrong = [f"- {line}" for line in exhibit.wrong.splitlines()]
    lines = wrong + [f"+ {line}" for line in exhibit.right.splitlines()]
    answer = CELLS[f"{exhibit.slug}-answer"]
    assert DIFF.search(answer)[1].splitlines() == lines
    for part in ("**The bug.**", "**The fix.**", "**How long it could live.**"):
        assert part in answer
    assert "videos' " in answer or "https://github.com/" in answer, (
        "where it was published"
    )


def test_the_docstring_gives_nothing_away(exhibit):
    """It says what the code is meant to do."""
    for word in ("wrong", "bug", "should", "mistake"):
        assert word not in (exhibit.twin.__doc__ or "").lower()


def test_lines_are_replaced_at_their_depth():
    source = "def f():\n    if x:\n        a = 1\n        b = 2\n"
    assert replaced(source, "a = 1\nb = 2", "c = 3").endswith("\n        c = 3")
    for lost in ("d = 4", "def"):
        with pytest.raises(ValueError, match="stand 0 times"):
            replaced(source, lost, "e = 5")


def test_heads_that_are_scrambled_leak_as_the_page_says():
    place = torch.arange(200)
    merged = heads.merge(place.expand(8, 200)[None, ..., None])[0]
    assert int((merged.amax(-1) > place).sum()) == 103
    assert "103 rows get a later position" in CELLS["scrambled-heads-answer"]


@pytest.mark.parametrize(
    "slug", ["upside-down", "scrambled-heads", "other-axis", "mixed-norm"]
)
def test_the_influence_map_shows_a_leak(slug):
    assert leaking_pairs(leaks.attention_influence()) == []
    with EXHIBITS[slug].installed():
        assert leaking_pairs(leaks.attention_influence())


def test_the_right_alphabet_writes_the_corpus():
    letters = right.kannada_letters()
    sentences = [pair[1] for pair in runs.data().held_out.pairs]
    assert {
        c for text in sentences for c in text if "\u0c80" <= c <= "\u0cff"
    } <= letters


class StopTrainingError(Exception):
    """After as many steps as a test can wait for."""


@pytest.mark.parametrize("slug", [runs.RIGHT, *runs.TRAINED])
def test_the_record_is_what_training_gives(slug):
    """The beginning of each: a whole training takes too long."""
    losses = []

    def stop(step, loss):
        losses.append(loss)
        if step == runs.EVERY:
            raise StopTrainingError

    twin = EXHIBITS[slug].twin if slug in EXHIBITS else attention.merge_heads
    name = (
        EXHIBITS[slug].name if slug in EXHIBITS else "tinydecoder.attention.merge_heads"
    )
    with installed(name, twin), pytest.raises(StopTrainingError):
        runs.train(0, stop)
    stored = runs.recorded()[slug][0].losses[:2]
    assert losses[:: runs.EVERY] == pytest.approx(stored, abs=2e-3)


STOP_AT_ONCE = {"borrowed-length"}  # in a batch of the course's sizes


@pytest.mark.parametrize("slug", [s for s in EXHIBITS if s not in runs.TRAINED])
def test_most_of_the_others_train_as_well(slug):
    def stop(step, loss):
        assert math.isfinite(loss)
        if step == 1:
            raise StopTrainingError

    ends = RuntimeError if slug in STOP_AT_ONCE else StopTrainingError
    with EXHIBITS[slug].installed(), pytest.raises(ends):
        runs.train(0, stop)


def test_the_page_counts_those_that_train():
    counts = len(EXHIBITS) - len(STOP_AT_ONCE), len(EXHIBITS)
    assert counts == (23, 24)
    for cell in ("title", "leave"):
        assert "twenty-three of the twenty-four" in CELLS[cell].lower()
    room = [e.slug for e in ROOMS["Heads and layers"]]
    assert (len(room), len({*room} - STOP_AT_ONCE)) == (8, 7)
    assert "Eight exhibits. Seven of them go" in CELLS["room-heads-and-layers"]


def test_the_record_holds_every_run_and_nothing_else():
    stored = runs.recorded()
    assert list(stored) == [runs.RIGHT, *runs.TRAINED]
    for three in stored.values():
        assert len(three) == len(runs.SEEDS)
        assert {len(run.losses) for run in three} == {
            -(-runs.SHORT.steps // runs.EVERY)
        }
    assert len(json.dumps(json.loads(runs.RECORD.read_text("utf-8")))) < 60_000


def test_runs_lie_beside_the_right_ones(monkeypatch):
    losses = {"right": (3, 4), "unscaled": (1, 2), "endless": (2, 3), "drowned": (5, 6)}
    stored = {
        slug: [runs.Run((loss, 9 - loss), loss, 0.0) for loss in pair]
        for slug, pair in losses.items()
    }
    monkeypatch.setattr(runs, "recorded", lambda: stored)
    values, *groups = runs.beside("last_loss")
    assert (values[0], values[7]) == ([3, 4], [1, 2])
    assert groups == [[7], [14], [17]]  # one that touches the band lies in it
    assert runs.edges("unscaled") == ([1, 7], [2, 8])


def test_a_label_has_the_exhibit_s_number():
    assert label("scrambled-heads") == f"{NUMBERS['scrambled-heads']} merging heads"
