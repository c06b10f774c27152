"""A notebook in a child: the verdicts of a local check, and what a notebook may do to itself."""

import dataclasses
import sys
import sysconfig
from pathlib import Path

import pytest

from decoderbook.assign.assignment import Assignment
from decoderbook.checks import source
from decoderbook.checks.answers import declared_answers
from decoderbook.checks.engine import judge
from decoderbook.grade import sandbox
from decoderbook.grade.exam import draw_exam
from decoderbook.grade.job import Layers, Limits
from decoderbook.grade.judging import judge_reply
from decoderbook.grade.notebook import Notebook
from decoderbook.grade.remote import ask

CHAPTER = "05-queries-keys-values"
DECLARED = source.declared(CHAPTER).exercises
KNOWN = {e.slug: e for e in DECLARED}
WEEK = Assignment("Week", (CHAPTER,), tuple(KNOWN), seed=11)
SLOW = Limits(cell=60, exercise=60, silence=120)
IMPORTS = """
import torch
from decoderbook import check, explore, figures, show_source
from decoderbook.figures.three_maps import query_key_value
from tinydecoder import MultiHeadAttention, merge_heads, split_heads
"""


@pytest.fixture(scope="module")
def exam():
    return draw_exam(WEEK, CHAPTER)


def checked(slug, code=None):
    e = KNOWN[slug]
    code = e.solution if code is None else code
    return f'{code}\n\ncheck("{slug}", {", ".join(e.answers)})'


def run(exam, *cells, ids=None, limits=SLOW, **layers):
    notebook = Notebook("n.ipynb", CHAPTER, cells, ids or ("",) * len(cells))
    reply = ask(exam.job(notebook, limits, Layers(**layers)))
    found = judge_reply(exam, notebook, reply)
    return {slug: judged.verdict for slug, judged in found.items()}, reply


def answers_of(exercise):
    named = [("starter", exercise.starter), ("solution", exercise.solution)]
    return named + [(v.name, v.code) for v in (*exercise.also, *exercise.wrong)]


MOST = max(len(answers_of(e)) for e in DECLARED)


@pytest.mark.parametrize("turn", range(MOST))
def test_each_declared_answer_gets_the_verdict_of_a_local_check(exam, turn):
    chosen = {e: answers_of(e)[turn % len(answers_of(e))] for e in DECLARED}
    cells = [IMPORTS, *(checked(e.slug, code) for e, (_, code) in chosen.items())]
    got, reply = run(exam, *cells)
    assert reply.notes == [] and reply.cells == {}
    for e, (name, code) in chosen.items():
        answers = declared_answers(e, code, name)
        local = [judge(e, answers, seed, seconds=60) for seed in WEEK.seeds(e.slug)]
        wanted = next((v for v in local if not v.passed), local[0])
        assert got[e.slug] == wanted, name


def test_the_layers_of_this_machine_are_told(exam):
    _, reply = run(exam, "")
    assert {"network", "files", "memory", "processes"} <= set(reply.layers)
    if sys.platform == "linux":
        assert reply.layers["memory"] == "by a limit"


def test_nothing_readable_holds_the_course(exam, tmp_path):
    """Wherever it is installed: in a folder of packages, or in one that the standard library lies around."""
    for name in (
        "decoderbook",
        "tinydecoder",
        "inside_the_decoder-1.dist-info",
        "numpy",
    ):
        (tmp_path / name).mkdir()
    job = exam.job(Notebook("n", CHAPTER, ()), SLOW, Layers())
    job = dataclasses.replace(job, packages=(*job.packages, str(tmp_path)))
    paths = [Path(path).resolve() for path in sandbox.readable(job)]
    assert tmp_path / "numpy" in paths and tmp_path / "decoderbook" not in paths
    closed = [
        Path(job.course),
        *map(Path, job.packages),
        Path(sysconfig.get_path("purelib")),
    ]
    for folder in (*closed, tmp_path / "tinydecoder"):
        assert not [p for p in paths if p == folder or p in folder.resolve().parents]


def test_errors_exits_and_crashes_cost_no_more_than_their_cell(exam):
    got, reply = run(
        exam,
        "1 / 0",
        "import sys; sys.exit(0)",
        "raise KeyboardInterrupt",
        "this is no Python",
        checked("lost-root"),
        "import os; os._exit(0)",
        checked("safe-softmax"),
        checked("shared-keys"),
    )
    assert [got[s].passed for s in ("lost-root", "safe-softmax", "shared-keys")] == [
        *(True, True, True)
    ]
    assert "ZeroDivisionError" in reply.cells[0] and "SyntaxError" in reply.cells[3]
    assert "cell 6: the interpreter was ended" in reply.notes[0]


def test_an_answer_that_ends_the_interpreter_costs_itself(exam):
    kills = "def my_softmax(scores, temperature=1.0):\n    import os; os._exit(0)\n"
    got, reply = run(exam, checked("safe-softmax", kills), checked("shared-keys"))
    assert got["safe-softmax"].points == 0 and got["shared-keys"].passed
    assert "the answer to safe-softmax" in reply.notes[0]


def test_what_does_not_end_costs_itself(exam):
    endless = "def my_softmax(scores, temperature=1.0):\n    while True: pass\n"
    limits = dataclasses.replace(SLOW, cell=2, exercise=2)
    got, reply = run(
        exam,
        "while True: pass",
        checked("safe-softmax", endless),
        checked("shared-keys"),
        limits=limits,
    )
    assert "TooSlowError" in reply.cells[0]
    assert "longer than 2 seconds" in got["safe-softmax"].said
    assert got["shared-keys"].passed


def test_an_answer_is_taken_where_it_stands(exam):
    """A later cell may use its names for something else, or break what it called."""
    got, _ = run(
        exam,
        checked("lost-root"),
        "my_temperature = 'hot'",
        "def helper(x):\n    return x",
        checked("shared-keys", KNOWN["shared-keys"].solution),
        "del my_grouped, helper",
    )
    assert got["lost-root"].passed and got["shared-keys"].passed


def test_an_answer_without_its_check_is_found_by_cell_or_by_name(exam):
    root, softmax = KNOWN["lost-root"].solution, KNOWN["safe-softmax"].solution
    got, _ = run(
        exam,
        root,
        "my_temperature = 0",
        softmax,
        ids=("exercise-lost-root-answer", "", ""),
    )
    assert got["lost-root"].passed and got["safe-softmax"].passed


def test_what_stopped_the_cell_of_an_answer_is_told(exam):
    got, _ = run(exam, checked("lost-root", "my_temperature = 1 / 0"))
    assert got["lost-root"].kind == "wrong"
    assert "stopped with `ZeroDivisionError" in got["lost-root"].said
    assert got["shared-keys"].kind == "blank"


def test_a_part_that_is_to_be_written_is_not_lent(exam):
    lent = """
from tinydecoder import MultiHeadAttention, split_heads
def my_attention(x, W_Q, W_K, W_V, W_O, n_heads):
    return MultiHeadAttention(x.shape[-1])(x)
"""
    got, reply = run(exam, IMPORTS, checked("own-attention", lent))
    assert reply.cells == {}
    assert "asks you to write it" in got["own-attention"].said
    assert "this chapter gives `END`, `PAD`, `START`" in got["own-attention"].said
    _, reply = run(exam, "from tinydecoder import no_such_thing_")
    assert reply.cells == {}  # a placeholder, too: what is not lent is not listed


def test_nothing_of_the_course_is_there(exam):
    _, reply = run(
        exam,
        "import decoderbook.checks.source as s; s.exercises()['lost-root'].solution.x",
        "import sys; assert not [n for n in sys.modules if n.startswith('tinydecoder.')]",
        "import os; assert set(os.environ) <= {'HOME', 'TMPDIR', 'TMP', 'TEMP', "
        "'USERPROFILE', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'LC_CTYPE', "
        "'SYSTEMROOT', 'WINDIR'}, sorted(os.environ)",
        "import os; assert os.listdir('.') == []",
        "open('mine.txt', 'w').write('x'); assert open('mine.txt').read() == 'x'",
    )
    assert list(reply.cells) == [0]
    assert "TypeError" in reply.cells[0] or "not subscriptable" in reply.cells[0]
