"""What an honest notebook does that is no answer by itself: it costs no points."""

import dataclasses

import pytest

from decoderbook.assign.assignment import Assignment
from decoderbook.checks.source import exercises
from decoderbook.grade.exam import draw_exam, names_of
from decoderbook.grade.job import Layers, Limits
from decoderbook.grade.judging import judge_reply
from decoderbook.grade.notebook import Notebook, plain_python
from decoderbook.grade.remote import ask
from decoderbook.grade.rules import ASKED_FOR, RULED_OUT, ruled_out
from decoderbook.grade.static_look import look

CHAPTER = "06-masked-self-attention"
REACH, MASK, TEST, PADDED = SLUGS = (
    *("stacked-windows", "window-mask"),
    *("own-test", "causal-and-padding"),
)
SLOW = Limits(cell=60, exercise=60, silence=120)
KNOWN = exercises()
IMPORT = "from decoderbook import check\n\n\n"


@pytest.fixture(scope="module")
def exam():
    return draw_exam(Assignment("Week", (CHAPTER,), SLUGS, seed=4), CHAPTER)


def right(slug, before="", code=""):
    e = KNOWN[slug]
    return f'{before}{IMPORT}{code or e.solution}\n\ncheck("{slug}", {", ".join(e.answers)})'


def run(exam, *cells, limits=SLOW):
    cells = tuple(plain_python(cell) for cell in cells)
    notebook = Notebook("n.ipynb", CHAPTER, cells, ("",) * len(cells))
    reply = ask(exam.job(notebook, limits, Layers()))
    return judge_reply(exam, notebook, reply), reply


def test_what_jupyter_allows_in_the_cell_of_an_answer_costs_nothing(exam):
    found, reply = run(
        exam,
        right(MASK, "%%time\n"),
        right(REACH, "display(1)\nhelp(display)\ncopyright()\n"),
        right(TEST, "import asyncio\nawait asyncio.sleep(0.01)\n"),
        right(PADDED, "%%capture out\n%matplotlib inline\n"),
    )
    assert reply.cells == {} and reply.notes == []
    assert [found[s].verdict.passed for s in SLUGS] == [True] * 4


def test_a_magic_that_runs_something_else_runs_no_python(exam):
    _, reply = run(exam, "%%bash\nexit 1", "%%html\n<p>", "%time x = 3", "x + 1")
    assert reply.cells == {}


def test_an_exit_ends_its_cell(exam):
    found, reply = run(exam, "exit()", "quit(0)", right(REACH))
    assert reply.cells == {0: "SystemExit", 1: "SystemExit"}
    assert found[REACH].verdict.passed


WITH_ZEROS = KNOWN[PADDED].solution.replace(
    "return weights", "return torch.zeros(weights.shape) @ value + weights"
)
BY_GRADIENTS = """def my_is_causal(function, x):
    x = x.clone().requires_grad_()
    output = function(x)
    for i in range(x.shape[1]):
        asked = (output[:, i] * torch.randn_like(output[:, i])).sum()
        (gradient,) = torch.autograd.grad(asked, x, retain_graph=True)
        if (gradient[:, i + 1 :].abs() > 1e-9).any():
            return False
    return True"""


@pytest.mark.parametrize(
    ("setting", "slug", "answer"),
    [
        (
            "torch.set_default_dtype(torch.float64)",
            *(PADDED, WITH_ZEROS),
        ),
        ("torch.set_grad_enabled(False)", TEST, BY_GRADIENTS),
        ("torch.set_default_device('meta')", PADDED, KNOWN[PADDED].solution),
    ],
)
def test_a_setting_of_torch_is_set_back_for_each_question(exam, setting, slug, answer):
    found, reply = run(exam, f"import torch\n{setting}", right(slug, code=answer))
    assert reply.cells == {}
    assert found[slug].verdict.passed


def test_an_answer_below_a_slow_draft_counts(exam):
    draft = "import time\ndef my_reach(n_layers, width):\n    time.sleep(12)\n"
    found, _ = run(
        exam,
        f"{IMPORT}{draft}\ncheck('{REACH}', my_reach)",
        right(REACH),
        limits=dataclasses.replace(SLOW, exercise=1),
    )
    assert found[REACH].verdict.passed


def test_an_answer_below_its_starter_counts_without_a_check(exam):
    e = KNOWN[REACH]
    found, _ = run(
        exam,
        f"{IMPORT}{e.starter}\ncheck('{REACH}', my_reach)",
        e.solution,
        right(MASK),
    )
    assert found[REACH].verdict.passed and found[MASK].verdict.passed
    found, _ = run(exam, f"{IMPORT}{e.starter}\ncheck('{REACH}', my_reach)")
    assert found[REACH].verdict.kind == "blank"


BY_HELPER = """
import torch
from tinydecoder import causal_mask, padding_mask
def my_causal_attention(query, key, value, real):
    mask = causal_mask(real.size(1)) & padding_mask(real.long(), pad_id=0)
    scores = query @ key.mT / query.shape[-1] ** 0.5
    weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)
    return weights.masked_fill(~mask, 0.0) @ value
"""
FORBIDDEN = """
from torch.nn.functional import scaled_dot_product_attention as ready
def my_causal_attention(query, key, value, real):
    mask = real[:, None, None, :].expand(-1, 1, real.size(1), -1).tril()
    return ready(query, key, value, mask).nan_to_num(0.0)
"""


def test_a_helper_that_no_exercise_asks_for_is_lent(exam):
    found, _ = run(exam, right(PADDED, code=BY_HELPER))
    assert found[PADDED].verdict.passed and found[PADDED].notes == ()
    attention = {"own-attention", "shared-keys"}
    for e in KNOWN.values():
        given = names_of((e,))["tinydecoder"]
        assert ("split_heads" in given) == (e.slug not in attention)


def test_what_a_statement_rules_out_is_noted_and_nothing_else():
    (note,) = ruled_out(KNOWN[PADDED], (FORBIDDEN,))
    assert "`scaled_dot_product_attention`, which the exercise rules out" in note
    by_map = "def my_is_causal(f, x):\n    return not leaks(influence(f, x))\n"
    imports = "from tinydecoder import influence as i, leaks, causal_mask\n"
    assert ruled_out(KNOWN[PADDED], (imports + by_map,)) == []
    assert len(ruled_out(KNOWN[TEST], (imports, by_map))) == 2
    assert len(ruled_out(KNOWN[TEST], (imports + by_map.replace("ce(", "ce_("),))) == 1
    own = "def softmax(x):\n    return x\ndef my_softmax(scores):\n    return softmax(scores)\n"
    assert ruled_out(KNOWN["safe-softmax"], (own,)) == []
    assert ruled_out(KNOWN["safe-softmax"], (own + "my_softmax = torch.softmax",))


def test_no_declared_right_answer_is_noted():
    assert set(RULED_OUT) | set(ASKED_FOR) <= set(KNOWN)
    for slug in RULED_OUT:
        e = KNOWN[slug]
        for code in (e.starter, e.solution, *(v.code for v in e.also)):
            assert ruled_out(e, (e.given, code)) == []


def test_what_a_magic_runs_is_looked_at():
    assert look((plain_python("%%time\nimport gc\n"),)) == [
        "cell 1 uses `gc` (the garbage collector)"
    ]


@pytest.mark.parametrize(
    "code",
    ["getattr(f, '__glo' + 'bals__')", "getattr(f, name)", "attrgetter('a')(f)"],
)
def test_a_name_put_together_is_noticed(code):
    assert "put together from pieces" in look((code,))[0]
