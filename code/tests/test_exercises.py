"""What the chapters declare: every answer gets its verdict, and what is made of it is in its place."""

import ast
import builtins
import re
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import nbformat
import pytest
import torch

from decoderbook.checks import check, source
from decoderbook.tools import exercises as made
from decoderbook.tools import mutants, notebooks
from decoderbook.tools.canonical import NotebookError, read

BOOK = Path(__file__).resolve().parents[2] / "book"
EXERCISES = source.exercises()
QUESTIONS = {
    q.slug: q for name in source.chapters() for q in source.declared(name).questions
}
CHAPTERS = sorted(p.stem for p in BOOK.glob("[0-9]*.ipynb"))
STATEMENTS = range(1, 19)  # wrong ones that viewers met, and that a quiz takes up


def cells_of(chapter):
    return read(BOOK / f"{chapter}.ipynb").cells


def as_in_a_test():
    """One thread, and every warning is an error."""
    torch.set_num_threads(1)
    warnings.simplefilter("error")


@pytest.fixture(scope="module")
def elsewhere():
    """A process in which the model's annotations are not checked at every call: a learner's
    are not either, and the trials call the model so often that it would take minutes.
    """
    with ProcessPoolExecutor(1, get_context("spawn"), as_in_a_test) as pool:
        yield pool


@pytest.fixture(scope="module", params=EXERCISES)
def trials(request, elsewhere):
    return elsewhere.submit(mutants.try_all, EXERCISES[request.param]).result()


def test_each_declared_answer_gets_its_verdict(trials):
    for trial in trials:
        name = f"{trial.exercise.slug}, {trial.kind}, {trial.answer.name}"
        assert not trial.faults, f"{name}: {trial.faults}"


def test_what_catches_a_wrong_answer_stands_in_the_table(trials):
    page = mutants.PAGE.read_text("utf-8")
    rows = [line for line in mutants.page(trials).splitlines() if line.startswith("|")]
    assert len(rows) == 2 + sum(t.kind == "wrong" for t in trials)
    for row in rows:
        assert row in page, "run `python -m decoderbook.tools.mutants --write`"


def test_the_table_has_no_other_rows():
    page = mutants.PAGE.read_text("utf-8")
    wrong = [w.hint for e in EXERCISES.values() for w in e.wrong]
    heads = re.findall(r"<summary>(.+)</summary>\n\n\[The exercise\]\((.+)\)", page)
    assert heads == [
        (
            made.as_html(f"{e.label} · {e.title} · {len(e.wrong)} wrong answers"),
            f"#exercise-{e.slug}",
        )
        for e in EXERCISES.values()
    ]
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) == len(wrong) + len(EXERCISES)  # and a head for each


@pytest.mark.parametrize("slug", EXERCISES)
def test_an_exercise_is_whole(slug):
    e = EXERCISES[slug]
    assert len(e.wrong) >= 5 and len(e.also) >= 3 and e.hints and e.statement
    assert 1 <= e.points <= 5 and 1 <= e.minutes <= 30
    for name in e.answers:
        assert f"`{name}" in e.statement or len(e.answers) == 1
    for variants in (e.also, e.wrong):
        assert len({v.name for v in variants}) == len(variants)
        assert len({v.code for v in variants}) == len(variants)
    hints = [w.hint for w in e.wrong]
    assert len(set(hints)) == len(hints), "each wrong answer has a hint of its own"
    for hint in hints:
        assert "$" not in hint and "](" not in hint, "it is shown as plain text too"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_asks_for_a_name_once(chapter):
    """Else an answer would take the place of an earlier one, before whoever grades has seen it."""
    names = [name for e in source.declared(chapter).exercises for name in e.answers]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_enough_of_each(chapter):
    declared = source.declared(chapter)
    assert len(declared.exercises) >= 5
    guesses = [q for q in declared.questions if q.kind == "guess"]
    assert len(guesses) >= 2


def test_no_two_items_of_the_book_have_one_name():
    names = [
        item.slug
        for name in source.chapters()
        for item in (*source.declared(name).exercises, *source.declared(name).questions)
    ]
    assert len(set(names)) == len(names)


def test_every_wrong_statement_is_taken_up():
    taken = {number for q in QUESTIONS.values() for number in q.corrects}
    assert taken == set(STATEMENTS)
    for q in QUESTIONS.values():
        assert q.kind == "quiz" or not q.corrects


def headings(chapter):
    text = "\n".join(c.source for c in cells_of(chapter) if c.cell_type == "markdown")
    return {line.lstrip("# ") for line in text.splitlines() if line.startswith("#")}


@pytest.mark.parametrize("slug", EXERCISES)
def test_the_section_to_read_again_exists(slug):
    place = EXERCISES[slug].read
    names = {name[:2]: name for name in CHAPTERS}
    assert place.heading in headings(names[place.chapter])


def names_bound(code):
    """The names that code defines at its outermost level."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


def names_read(code):
    return {
        node.id
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


@pytest.mark.parametrize("slug", EXERCISES)
def test_a_learner_has_all_that_an_answer_uses(slug):
    """What is given is what the notebook has; solution and starter need nothing else."""
    e = EXERCISES[slug]
    own, had = f"exercise-{e.slug}-answer", set()
    for cell in cells_of(e.chapter):
        if cell.id == own:
            break
        if cell.cell_type == "code":
            plain = "\n".join(
                line
                for line in cell.source.splitlines()
                if not line.lstrip().startswith(("%", "!"))
            )
            had |= names_bound(plain) if "%pip" not in cell.source else {"sys"}
    given = names_bound(e.given)
    assert given <= had, f"the notebook has no {sorted(given - had)}"
    for code in (e.starter, e.solution):
        free = names_read(code) - names_bound(code) - set(dir(builtins))
        assert free <= had, f"the notebook has no {sorted(free - had)}"
        assert free <= given, f"not given: {sorted(free - given)}"


@pytest.mark.parametrize("slug", QUESTIONS)
def test_a_question_stands_before_what_proves_it(slug):
    q = QUESTIONS[slug]
    cells = {cell.id: (i, cell) for i, cell in enumerate(cells_of(q.chapter))}
    at, proof = cells[q.proof]
    assert proof.cell_type == "code" and "assert" in proof.source
    here = cells[f"{q.kind}-{q.slug}"][0]
    if q.kind == "guess":
        after, cell = cells[q.before]
        assert after == here + 1 <= at and cell.cell_type == "code" and cell.outputs
    else:
        assert at < here and not q.before
    for choice in q.choices:
        assert "$" not in choice.label and "](" not in choice.label


@pytest.mark.parametrize("chapter", source.chapters())
def test_the_notebook_holds_what_is_declared(chapter):
    notebook = read(BOOK / f"{chapter}.ipynb")
    before = [(c.id, c.source) for c in notebook.cells]
    made.put_exercises(notebook, chapter)
    assert [(c.id, c.source) for c in notebook.cells] == before, "run `make notebooks`"
    for e in source.declared(chapter).exercises:
        answer = next(c for c in notebook.cells if c.id == f"exercise-{e.slug}-answer")
        [output] = answer.outputs
        assert output.data["text/plain"].startswith("○ Yours to write")


def test_an_answer_in_the_book_is_not_written_over():
    chapter = source.chapters()[0]
    notebook = read(BOOK / f"{chapter}.ipynb")
    e = source.declared(chapter).exercises[0]
    cell = next(c for c in notebook.cells if c.id == f"exercise-{e.slug}-answer")
    cell.source = made.answer_code(e).replace(e.starter, e.solution)
    cell.outputs[0]["data"]["text/plain"] = "✓ Right"
    with pytest.raises(NotebookError, match="holds an answer, which would be lost"):
        made.put_exercises(notebook, chapter)


def test_a_missing_place_is_named():
    chapter = next(q.chapter for q in QUESTIONS.values() if q.before)
    empty = nbformat.v4.new_notebook(cells=[])
    with pytest.raises(NotebookError, match="should stand before the cell"):
        made.put_exercises(empty, chapter)


def test_the_fingerprint_of_a_notebook_sees_the_declarations():
    assert notebooks.fingerprint(BOOK / f"{CHAPTERS[0]}.ipynb")
    assert any("exercises" in str(source.path_of(c)) for c in source.chapters())


def test_an_unknown_exercise_is_named():
    with pytest.raises(ValueError, match="did you mean 'safe-softmax'"):
        check("safe-softmx", 1)
    with pytest.raises(ValueError, match=r"there is no exercise 'zzz'$"):
        check("zzz")
    with pytest.raises(
        ValueError, match=re.escape('check("safe-softmax", my_softmax)')
    ):
        check("safe-softmax", 1, 2)


@pytest.mark.parametrize("kind", ["guess", "quiz"])
def test_the_place_of_a_choice_does_not_tell_whether_it_is_right(kind):
    places = [
        [choice.right for choice in question.choices].index(True)
        for chapter in source.chapters()
        for question in source.declared(chapter).questions
        if question.kind == kind and not question.slider
    ]
    shares = [places.count(place) / len(places) for place in range(3)]
    assert min(shares) > 0.2 and max(shares) < 0.45, shares


def test_a_trial_waits_as_long_as_it_says_and_not_as_a_learner(monkeypatch):
    """On a busy machine a verdict takes longer than the limit of a check, and must be the same."""
    exercise = EXERCISES["looks-ahead"]
    wrong = exercise.wrong[0]
    assert mutants.try_one(exercise, "wrong", wrong).faults == ()
    monkeypatch.setattr(mutants, "PATIENCE", 1e-4)
    assert mutants.try_one(exercise, "wrong", wrong).faults != ()
    monkeypatch.setattr(mutants, "PATIENCE", 60.0)
    monkeypatch.setattr("decoderbook.checks.engine.SECONDS", 1e-4)
    assert mutants.try_one(exercise, "wrong", wrong).faults == ()
