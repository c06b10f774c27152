"""The museum: each bug is found by the detector that the page names, the right model by none,
the mended twin by none; and a detector that is spoilt misses its bug.
"""

import inspect
import json
import math
import re
import subprocess
import sys
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

BOOK = Path(__file__).parents[2] / "book"
PAGE = nbformat.read(BOOK / "bug-museum.ipynb", as_version=4)
CELLS = {cell.id: cell.source for cell in PAGE.cells}
FOUND_BY = re.compile(r"\*\*Found by\*\* `([\w-]+)` and by (no|one|\d+) others?\.")
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
    """The page names one and counts the others."""
    said = FOUND_BY.search(CELLS[f"{exhibit.slug}-answer"])
    assert said, "the answer says by what the bug is found"
    others = {"no": 0, "one": 1}.get(said[2]) if not said[2].isdigit() else int(said[2])
    assert said[1] == exhibit.detector
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
    columns = [name for names in table.COLUMNS.values() for name in names]
    assert sorted(columns) == sorted(d.name for d in table.ALL)
    assert len(table.ALL) == 28  # the page says how many
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


def test_the_record_holds_every_run_and_nothing_else():
    stored = runs.recorded()
    assert list(stored) == [runs.RIGHT, *runs.TRAINED]
    for three in stored.values():
        assert len(three) == len(runs.SEEDS)
        assert {len(run.losses) for run in three} == {
            -(-runs.SHORT.steps // runs.EVERY)
        }
    assert len(json.dumps(json.loads(runs.RECORD.read_text("utf-8")))) < 60_000


def test_a_label_has_the_exhibit_s_number():
    assert label("scrambled-heads") == f"{NUMBERS['scrambled-heads']} merging heads"
