"""The command: tables and reports, going on after a run that was killed, and what it refuses."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from decoderbook.assign.assignment import Assignment
from decoderbook.checks.source import exercises
from decoderbook.grade.__main__ import main
from decoderbook.grade.grading import Grader

CHAPTER = "05-queries-keys-values"
WEEK = Assignment("Week", (CHAPTER,), ("lost-root", "safe-softmax"), seed=3)
CODE = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-m", "decoderbook.grade"]


def notebook(*answers):
    cells = [
        {
            "cell_type": "code",
            "source": f'{code}\n\ncheck("{slug}", {", ".join(exercises()[slug].answers)})',
            "metadata": {},
        }
        for slug, code in zip(WEEK.exercises, answers, strict=True)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4})


@pytest.fixture
def week(tmp_path):
    WEEK.write(tmp_path)
    folder = tmp_path / "submissions"
    folder.mkdir()
    root, softmax = (exercises()[slug] for slug in WEEK.exercises)
    for name, answers in {
        "right": (root.solution, softmax.solution),
        "wrong": (root.wrong[0].code, softmax.wrong[0].code),
        "half": (root.solution, softmax.starter),
    }.items():
        (folder / f"{name}_{CHAPTER}.ipynb").write_text(notebook(*answers), "utf-8")
    (folder / "none.ipynb").write_bytes(b"\0")
    return tmp_path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_a_run_that_was_killed_goes_on_and_gives_the_same_table(week):
    folder, out = week / "submissions", week / "killed" / "grades.csv"
    environment = {**os.environ, "PYTHONPATH": str(CODE)}
    process = subprocess.Popen(
        [*COMMAND, folder, "--out", out, "--jobs", "1"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    parts = out.with_name("grades.csv.parts")
    over = time.monotonic() + 300
    while len(list(parts.glob("*.json"))) < 2 and time.monotonic() < over:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    process.wait()
    done = {p.name: p.stat().st_mtime_ns for p in parts.glob("*.json")}
    assert 2 <= len(done) < 4 and not out.exists()
    assert main([str(folder), "--out", str(out), "--jobs", "1"]) == 0
    assert all((parts / n).stat().st_mtime_ns == at for n, at in done.items())
    whole = week / "whole" / "grades.csv"
    assert main([str(folder), "--out", str(whole), "--jobs", "2"]) == 0
    assert out.read_bytes() == whole.read_bytes()
    rows = rows_of(whole)
    assert {name: row["total"] for name, row in rows.items()} == {
        **{"right": "3", "wrong": "0", "half": "1", "none": "0"}
    }
    assert rows["none"]["status"] == "nothing to grade"
    assert "is no notebook" in rows["none"]["notes"]
    names = {p.name for p in (week / "whole" / "reports").iterdir()}
    assert names == {"right.md", "wrong.md", "half.md", "none.md"}
    report = (week / "whole" / "reports" / "wrong.md").read_text("utf-8")
    assert exercises()["lost-root"].wrong[0].hint.split("`")[0] in report
    assert "seed" not in report
    before = {p: p.stat().st_mtime_ns for p in parts.glob("*.json")}
    assert main([str(folder), "--out", str(out), "--again", "--jobs", "2"]) == 0
    assert all(p.stat().st_mtime_ns > at for p, at in before.items())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "--assignment", "private/assignment.json"], "no folder"),
        (["."], "assignment.json is not there"),
        (["submissions", "--assignment", "nowhere.json"], "nowhere.json is not there"),
        (
            ["submissions/none.ipynb", "--assignment", "private/assignment.json"],
            "no folder",
        ),
        (["submissions", "--jobs", "0"], "a whole number from 1 on"),
        (["submissions", "--memory", "much"], "a whole number from 1 on"),
    ],
)
def test_what_cannot_be_graded_is_refused(week, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(week)
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2 and said in capsys.readouterr().err
    assert not (week / "grades.csv").exists()


def test_what_the_grader_could_not_do_is_tried_again(week, monkeypatch, capsys):
    folder, out = week / "submissions", week / "grades.csv"

    def broken(self, submission):
        raise OSError("no space left")

    monkeypatch.setattr(Grader, "replies", broken)
    assert main([str(folder), "--jobs", "1"]) == 1
    assert "The same command tries again" in capsys.readouterr().out
    assert rows_of(out)["right"]["status"] == "not graded"
    monkeypatch.undo()
    assert main([str(folder), "--jobs", "1"]) == 0
    assert rows_of(out)["right"]["status"] == "graded"


def test_an_empty_folder_gives_an_empty_table(tmp_path, capsys):
    WEEK.write(tmp_path)
    (tmp_path / "submissions").mkdir()
    out = tmp_path / "grades.csv"
    assert main([str(tmp_path / "submissions"), "--out", str(out)]) == 0
    assert rows_of(out) == {} and "0 submissions" in capsys.readouterr().out


def test_the_help_says_what_holds_and_what_does_not(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for word in ("macOS", "Windows", "container", "similar.csv", "--again"):
        assert word in said
