"""nbgrader makes the learners' notebook from the source that an assignment has, and grades with it."""

import copy
import csv
import json

import nbformat
from assigned import ANSWERS, EARNED, FIVE, HINT, MADE, fill_in, run_module

from decoderbook.assign import nbgrader
from decoderbook.tools.canonical import text_of


def test_nbgrader_grades_what_was_handed_in(tmp_path):
    nbgrader.write(FIVE, MADE.write(tmp_path).parents[1])
    site = tmp_path / "nbgrader"
    run_module("nbgrader", "generate_assignment", FIVE, folder=site)
    released = nbformat.read(site / "release" / FIVE / f"{FIVE}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in released.cells)
    for e in MADE.chosen():
        assert e.starter in text
        assert e.solution not in text
        assert not any(str(seed) in text for seed in MADE.seeds(e.slug))
    assert "HIDDEN TESTS" not in text and "BEGIN SOLUTION" not in text
    path = site / "submitted" / "anna" / FIVE / f"{FIVE}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(text_of(fill_in(copy.deepcopy(released), ANSWERS)), "utf-8")
    run_module("nbgrader", "autograde", FIVE, folder=site)
    run_module("nbgrader", "export", folder=site)
    (row,) = csv.DictReader((site / "grades.csv").read_text("utf-8").splitlines())
    assert row["student_id"] == "anna"
    assert float(row["score"]) == sum(EARNED.values())
    assert float(row["max_score"]) == MADE.points
    graded = (site / "autograded" / "anna" / FIVE / f"{FIVE}.ipynb").read_text("utf-8")
    assert json.dumps(HINT)[1:-1] in graded
