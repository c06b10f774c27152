"""An assignment's notebooks: each runs alone, takes every declared answer, and gives none away."""

import ast
import copy
import re

import nbformat
import pytest
from assigned import fill_in, run, slug_of

from decoderbook.assign import cells, solution, student
from decoderbook.assign.assignment import Assignment
from decoderbook.assign.nbgrader import source as nbgrader_source
from decoderbook.checks import engine, source
from decoderbook.checks.items import Exercise, Place
from decoderbook.tools import address, mutants
from decoderbook.tools.canonical import text_of
from decoderbook.tools.exercises import answer_code, task

CHAPTERS = source.chapters()
EXERCISES = source.exercises()
SEED = 123_456_789


def assignment(chapter, slugs=None, **options):
    slugs = slugs or tuple(e.slug for e in source.declared(chapter).exercises)
    return Assignment("Week 2", (chapter,), tuple(slugs), SEED, **options)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """On a busy machine an answer may take longer than a learner waits."""
    monkeypatch.setattr(engine, "SECONDS", mutants.PATIENCE)


@pytest.fixture(scope="module", params=CHAPTERS)
def made(request):
    return assignment(request.param)


@pytest.fixture(scope="module")
def handed_out(made):
    return student.notebook(made, made.chapters[0])


def answered(notebook, answers):
    return run(fill_in(copy.deepcopy(notebook), answers))


def test_blank_it_runs_and_every_check_says_so(made, handed_out):
    verdicts = answered(handed_out, {})
    assert {slug: v.kind for slug, v in verdicts.items()} == dict.fromkeys(
        made.exercises, "blank"
    )


def test_every_right_answer_is_right_in_it(made, handed_out):
    chosen = made.chosen()
    rounds = [{e.slug: e.solution for e in chosen}]
    for i in range(max(len(e.also) for e in chosen)):
        rounds.append({e.slug: [*e.also, *e.also[-1:] * i][i].code for e in chosen})
    for answers in rounds:
        for slug, verdict in answered(handed_out, answers).items():
            assert verdict.kind == "right", f"{slug}: {answers[slug]}\n{verdict}"


def test_it_has_what_the_chapter_declares(made, handed_out):
    shown = {cell.id: cell for cell in handed_out.cells}
    for e in made.chosen():
        assert shown[f"exercise-{e.slug}-answer"].source == answer_code(e)
        text = shown[f"exercise-{e.slug}"].source
        asked, read = text.rsplit("\n\n", 1)
        assert asked == cells.absolute(task(e), e.chapter)
        assert read.startswith("Read before: [chapter ") and e.read.heading in read
        assert (
            f"| {e.label} {e.title} | {e.points} | {e.minutes} |"
            in shown["assignment"].source
        )
    assert [s for c in handed_out.cells if (s := slug_of(c))] == list(made.exercises)
    assert shown["colab"].source == address.read().first_cell


def test_it_is_a_valid_notebook_that_says_what_it_is(made, handed_out):
    nbformat.validate(handed_out)
    again = nbformat.reads(text_of(handed_out), as_version=4)
    assert again.metadata.decoderbook == {
        "chapter": made.chapters[0],
        "title": made.title,
    }
    assert again.metadata.kernelspec.name == "python3"
    for cell in again.cells:
        if cell.cell_type == "code":
            assert cell.execution_count is None and cell.outputs == []


def test_it_gives_nothing_away(made, handed_out):
    text = "\n".join([cell.source for cell in handed_out.cells])
    whole = text + text_of(handed_out)
    for e in made.chosen():
        assert e.solution not in text, e.slug
        for other in (*e.also, *e.wrong):
            assert other.code not in text, f"{e.slug}: {other.name}"
        for wrong in e.wrong:
            assert wrong.hint not in text, f"{e.slug}: {wrong.name}"
        for seed in made.seeds(e.slug):
            assert str(seed) not in whole
    assert str(made.seed) not in whole


def test_what_is_given_leaves_the_answers_open(made, handed_out):
    asked = {name for e in made.chosen() for name in e.answers}
    for cell in handed_out.cells:
        if cell.id.endswith("-given"):
            tree = ast.parse(cell.source)
            names = {getattr(n, "name", getattr(n, "id", None)) for n in ast.walk(tree)}
            assert not names & asked, f"{cell.id}: {names & asked}"


def test_every_link_leads_out(handed_out):
    for cell in handed_out.cells:
        if cell.cell_type == "markdown":
            text = re.sub(
                r"```.*?```|`[^`\n]*`|\$[^$]+\$", "", cell.source, flags=re.DOTALL
            )
            for target in re.findall(r"\]\(([^)]*)\)|(?:src|href)=\"([^\"]*)\"", text):
                assert "".join(target).startswith("https://"), f"{cell.id}: {target}"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("[a](06-masked-self-attention.ipynb)", "[a]({site}/book/06-masked-self-attention.html)"),
        ("[a](glossary.md#query)", "[a]({site}/book/glossary.html#query)"),
        ("[a](#exercise-shared-keys)", "[a]({site}/book/05-queries-keys-values.html#exercise-shared-keys)"),
        ("[a](#D11)", "[a]({site}/book/11-inference.html#D11)"),
        ("![a](pictures/a.svg)", "![a]({url}/raw/{tag}/book/pictures/a.svg)"),
        ("[a](https://example.org/a.md)", "[a](https://example.org/a.md)"),
        ("`x[0](y)` and\n```python\nx[1](y.md)\n```", "`x[0](y)` and\n```python\nx[1](y.md)\n```"),
    ],
)  # fmt: skip
def test_a_target_becomes_an_address(text, right):
    here = address.read()
    right = right.format(site=f"https://{here.site}", url=here.url, tag=here.tag)
    assert cells.absolute(text, "11-inference") == right


def test_hints_can_stay_at_home():
    chapter = "05-queries-keys-values"
    text = text_of(student.notebook(assignment(chapter, hints=False), chapter))
    assert "<details>" not in text
    assert "<details>" in text_of(student.notebook(assignment(chapter), chapter))


def test_only_what_is_chosen_is_in_it():
    chapter = "02-tokens-and-batches"
    alone = student.notebook(assignment(chapter, ["learn-merges"]), chapter)
    assert [s for c in alone.cells if (s := slug_of(c))] == ["learn-merges"]
    given = next(c for c in alone.cells if c.id == "exercise-learn-merges-given")
    assert "def my_merge" in given.source, "nobody else gives it"
    both = student.notebook(assignment(chapter, ["one-merge", "learn-merges"]), chapter)
    assert not any(c.id.endswith("-given") for c in both.cells), "it is asked for"


def test_imports_stand_together_once():
    given = (
        "import math\nfrom tinydecoder import PAD\nimport torch\n\nx = 1",
        "import torch\nfrom tinydecoder import END, PAD\nimport torch.nn.functional as F",
    )
    place = Place("05", "")
    exercises = [
        Exercise("a", "05-a", i, "", 1, 1, place, "", "my_a = ...", "", text)
        for i, text in enumerate(given)
    ]
    assert cells.imports(exercises) == (
        "import math\n\nimport torch\nimport torch.nn.functional as F\n\n"
        "from decoderbook import check\nfrom tinydecoder import END, PAD"
    )
    assert cells.given_code(exercises[0], exercises) == "x = 1"


def test_the_solutions_are_in_the_other_one(made):
    solved = solution.notebook(made, made.chapters[0])
    nbformat.validate(solved)
    shown = {cell.id: cell.source for cell in solved.cells}
    for e in made.chosen():
        assert shown[f"exercise-{e.slug}-answer"].startswith(f"{e.solution}\n")
        others = shown[f"exercise-{e.slug}-others"]
        for other in (*e.also, *e.wrong):
            assert other.code in others
        assert all(wrong.hint in others for wrong in e.wrong)
    assert {v.kind for v in run(solved).values()} == {"right"}


def test_nbgrader_takes_its_source(made):
    from nbgrader.nbgraderformat.v3 import MetadataValidatorV3

    whole = nbgrader_source(made, made.chapters[0])
    nbformat.validate(whole)
    MetadataValidatorV3().validate_nb(whole)
    points = {
        c.metadata.nbgrader.grade_id: c.metadata.nbgrader.get("points", 0)
        for c in whole.cells
    }
    for e in made.chosen():
        assert points[f"exercise-{e.slug}-test"] == e.points
    assert sum(points.values()) == made.points
    open_ = {c.id for c in whole.cells if not c.metadata.nbgrader.locked}
    assert open_ == {f"exercise-{slug}-answer" for slug in made.exercises}
    assert {v.kind for v in run(whole).values()} == {"right"}
