"""The zip for otter-grader: laid out as Gradescope and otter have it, and otter grades with it."""

import io
import json
import zipfile

import nbformat
import pytest
import yaml
from assigned import (
    ANSWERS,
    EARNED,
    EXERCISES,
    FIVE,
    HINT,
    MADE,
    MUTANT,
    RIGHT,
    code_of,
    fill_in,
    run_module,
    whole,
)

from decoderbook.assign import otter, student
from decoderbook.checks import source
from decoderbook.tools import address
from decoderbook.tools.canonical import text_of


@pytest.fixture(scope="module", params=source.chapters())
def zipped(request):
    made = whole(request.param)
    return made, zipfile.ZipFile(io.BytesIO(otter.autograder(made, request.param)))


def test_the_zip_is_laid_out_as_gradescope_and_otter_have_it(zipped):
    made, files = zipped
    tests = {f"tests/{slug}.py" for slug in made.exercises}
    assert set(files.namelist()) == tests | {
        *("environment.yml", "otter_config.json"),
        *("run_autograder", "run_otter.py", "setup.sh"),
    }
    assert files.read("run_autograder").startswith(b"#!/bin/bash\n")
    assert b"\r" not in files.read("setup.sh") + files.read("run_autograder")
    environment = yaml.safe_load(files.read("environment.yml"))
    *packages, (pip,) = (
        d if isinstance(d, str) else d.values() for d in environment["dependencies"]
    )
    assert address.read().requirement in pip
    assert "pytorch-cpu>=2.10" in packages, "and so pip brings no other torch"
    assert json.loads(files.read("otter_config.json"))["show_hidden"] is True


def test_each_test_has_the_points_and_the_seeds_of_its_exercise(zipped):
    made, files = zipped
    for e in made.chosen():
        text = files.read(f"tests/{e.slug}.py")
        text.decode("ascii")  # otter opens it in whatever encoding the system has
        space: dict = {}
        exec(text, space)
        assert space["OK_FORMAT"] is False and space["name"] == e.slug
        assert space["points"] == e.points and space["SEEDS"] == made.seeds(e.slug)
        case = space["test_answer"]
        assert case.hidden and case.name == e.slug
        case.call_func(dict(zip(e.answers, code_of(e.slug, e.solution), strict=True)))
        with pytest.raises(AssertionError, match="nothing is written"):
            case.call_func({})


def test_otter_grades_what_was_handed_in(tmp_path):
    """One right, one wrong, one blank; the mark on two of the cells got lost on the way."""
    handed_in = fill_in(student.notebook(MADE, FIVE), ANSWERS)
    for cell in handed_in.cells:
        if cell.id != f"exercise-{RIGHT}-answer":
            cell.metadata = nbformat.NotebookNode()
    (tmp_path / "anna.ipynb").write_text(text_of(handed_in), "utf-8")
    (tmp_path / "grader.zip").write_bytes(otter.autograder(MADE, FIVE))
    run_module(
        "otter", "run", "anna.ipynb", "-a", "grader.zip", "-o", ".", folder=tmp_path
    )
    results = json.loads((tmp_path / "results.json").read_text("utf-8"))["tests"]
    assert {t["name"]: t["score"] for t in results} == EARNED
    for test in results:
        assert test["max_score"] == EXERCISES[test["name"]].points
        assert test["visibility"] == "after_published"
    (said,) = (t["output"] for t in results if t["name"] == MUTANT)
    assert HINT in said
    assert not any(str(s) in said for s in MADE.seeds(MUTANT)), (
        "nobody learns the seeds"
    )
