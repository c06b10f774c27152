"""The command that makes an assignment's folder: what it makes, what it keeps, and what it refuses."""

import errno
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from decoderbook.assign import estimate, makers, making, readme, student
from decoderbook.assign.__main__ import main
from decoderbook.assign.assignment import AssignmentError, read_assignment
from decoderbook.checks import source
from decoderbook.tools import address, fronts

FIVE = "05-queries-keys-values"
SIX = "06-masked-self-attention"
QUICK = "student,rubric,nbgrader,otter"  # no kernel
FILES = {
    ".gitignore",
    "README.md",
    "nbgrader/nbgrader_config.py",
    f"nbgrader/source/{FIVE}/{FIVE}.ipynb",
    f"otter/{FIVE}.zip",
    "private/README.md",
    "private/assignment.json",
    "rubric.csv",
    f"rubric/{FIVE}.md",
    f"solution/{FIVE}.ipynb",
    f"student/{FIVE}.ipynb",
}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def assign(*words, out):
    return main([*map(str, words), "--out", str(out)])


@pytest.fixture
def week(tmp_path):
    """A folder with an assignment of one exercise, as far as it needs no kernel."""
    folder = tmp_path / "week 2"
    words = ("5", "--exercises", "safe-softmax", "--seed", "7", "--only", QUICK)
    assert assign(*words, out=folder) == 0
    return folder


def test_the_whole_folder_and_the_same_once_more(tmp_path, monkeypatch, capsys):
    """Also as the installed package does it, which has no chapters."""
    monkeypatch.setattr(fronts, "BOOK", tmp_path / "no book")
    folder = tmp_path / "week-2"
    words = ("05", "--exercises", "lost-root", "--title", "Week 2")
    assert assign(*words, out=folder) == 0
    made = contents(folder)
    assert made.keys() == FILES
    assert (folder / "submissions").is_dir()
    text = made["README.md"].decode("utf-8")
    assert "| the assignment 05-queries-keys-values, solved | 2 |" in text
    assert "are not measured" in text and "the chapter 05" not in text
    rest = ",".join(makers.possible())  # measured anew, the README would differ
    assert assign(*words, "--only", rest, out=folder) == 0
    assert contents(folder) == made
    solved = nbformat.reads(
        made[f"solution/{FIVE}.ipynb"].decode("utf-8"), as_version=4
    )
    (answer,) = (c for c in solved.cells if c.id == "exercise-lost-root-answer")
    assert answer.outputs[0].data["text/plain"].startswith("✓ Right")
    said = capsys.readouterr()
    assert "11 files" in said.out
    assert "without quiz, slides, handout: they are made of chapters" in said.err
    assert "slides" not in text


def test_the_seed_is_new_and_stays(tmp_path):
    words = ("05", "--only", "student")
    one, two = tmp_path / "one", tmp_path / "two"
    assert assign(*words, out=one) == assign(*words, out=two) == 0
    seeds = [read_assignment(f / making.NAME).seed for f in (one, two)]
    assert seeds[0] != seeds[1]
    assert assign(*words, out=one) == 0
    assert read_assignment(one / making.NAME).seed == seeds[0]


def test_another_seed_is_taken(week):
    parts = tuple(p for p in making.PARTS if p not in ("solution", "readme"))
    made = making.plan(making.Wish(("05",), ("safe-softmax",), seed=8), week)
    assert made.seed == 8
    making.make(made, week, parts)
    with zipfile.ZipFile(week / "otter" / f"{FIVE}.zip") as zipped:
        test = zipped.read("tests/safe-softmax.py").decode()
    assert f"SEEDS = {made.seeds('safe-softmax')}" in test


def test_what_learners_handed_in_stays(week):
    handed_in = week / "submissions" / "anna" / "answer.ipynb"
    handed_in.parent.mkdir()
    handed_in.write_text("{}", "utf-8")
    assert assign("05", "--exercises", "safe-softmax", "--only", QUICK, out=week) == 0
    assert handed_in.read_text("utf-8") == "{}"


def test_more_chapters_may_come_and_none_may_go(week, capsys):
    wish = making.Wish(("05", "06"), ("safe-softmax", "window-mask"))
    making.make(making.plan(wish, week), week, ("student", "rubric"))
    assert {p.stem for p in (week / "student").iterdir()} == {FIVE, SIX}
    assert "6.1" in (week / "rubric.csv").read_text("utf-8-sig")
    before = contents(week)
    assert assign("06", out=week) == 2
    assert "chapter 05" in capsys.readouterr().err
    assert contents(week) == before


def test_parts_that_would_not_belong_together_are_refused(week, capsys):
    before = contents(week)
    one = ("5", "--exercises", "safe-softmax")
    others = [
        ("5",),
        ("5", "--exercises", "lost-root"),
        ("5", "6"),
        (*one, "--seed", "9"),
    ]
    for words in others:
        assert assign(*words, "--only", "student", out=week) == 2
        assert "make all of it" in capsys.readouterr().err
    assert contents(week) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("99",), "there is no chapter '99'"),
        (("05-keys",), "there is no chapter"),
        (("05", "--exercises", "safe-softmx"), "did you mean safe-softmax"),
        (("05", "--exercises", "5.2"), "did you mean safe-softmax"),
        (("05", "--exercises", "nothing-like-it-at-all"), "no exercise"),
        (("05", "--exercises", "window-mask"), "is an exercise of chapter 06"),
        (("05", "06", "--exercises", "window-mask"), "no exercise of chapter 05"),
        (("05", "--seed", "-1"), "--seed must be from 0"),
        (("05", "--seed", str(2**63)), "--seed must be from 0"),
        (("05", "--title", "  "), "a title needs"),
        (("05", "--only", "student,pdf"), "--only knows no 'pdf'"),
        (("05", "--only", ""), "--only knows no ''"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(tmp_path, capsys, words, said):
    folder = tmp_path / "week-2"
    assert assign(*words, out=folder) == 2
    assert said in capsys.readouterr().err
    assert not folder.exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("mine", "utf-8")
    assert assign("05", out=tmp_path) == 2
    assert "holds thesis.tex and no assignment" in capsys.readouterr().err
    assert contents(tmp_path) == {"thesis.tex": b"mine"}
    assert assign("05", out=tmp_path / "thesis.tex") == 2
    assert "is a file" in capsys.readouterr().err


def test_a_damaged_assignment_is_named(week, capsys):
    (week / making.NAME).write_text("{", "utf-8")
    before = contents(week)
    assert assign("05", out=week) == 2
    assert "assignment.json cannot be read" in capsys.readouterr().err
    assert contents(week) == before


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_failure_midway_leaves_the_old_files(week, monkeypatch, capsys):
    before = contents(week)
    monkeypatch.setattr("decoderbook.assign.nbgrader.write_atomically", full)
    made = making.plan(making.Wish(("05",), seed=8), week)
    with pytest.raises(OSError, match="No space"):
        making.make(made, week, ("student", "rubric", "nbgrader"))
    assert contents(week) == before
    assert assign("05", "--exercises", "safe-softmax", "--only", QUICK, out=week) == 2
    assert "No space left" in capsys.readouterr().err


def test_a_first_run_that_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(student, "write_atomically", full)
    assert assign("05", "--only", QUICK, out=tmp_path / "week-2") == 2
    assert not (tmp_path / "week-2").exists()


def test_what_a_killed_run_left_goes(week):
    (week / making.SCRATCH / "student").mkdir(parents=True)
    (week / making.SCRATCH / "student" / "half.ipynb").write_text("{", "utf-8")
    assert assign("05", "--exercises", "safe-softmax", "--only", QUICK, out=week) == 0
    assert not any("half" in name for name in contents(week))


def test_two_runs_do_not_meet(week, capsys):
    from tinydecoder.files import only_writer

    with only_writer(week / "README.md"):
        assert (
            assign("05", "--exercises", "safe-softmax", "--only", QUICK, out=week) == 2
        )
    assert "another run is writing" in capsys.readouterr().err


def test_a_missing_library_is_named_with_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "decoderbook.assign.otter", raising=False)
    monkeypatch.setitem(sys.modules, "otter.generate", None)
    assert assign("05", "--only", "otter", out=tmp_path / "week-2") == 2
    said = capsys.readouterr().err
    assert 'pip install "inside-the-decoder[instructor] @ git+https' in said
    assert not (tmp_path / "week-2").exists()


def test_a_module_of_ours_that_is_missing_is_no_missing_library(tmp_path, monkeypatch):
    monkeypatch.setitem(makers.MAKERS, "poem", makers.Maker("", "", ""))
    with pytest.raises(ModuleNotFoundError, match=r"decoderbook\.assign\.poem"):
        makers.make("poem", FIVE, tmp_path)


def test_every_part_has_a_module_and_the_readme_names_it(week):
    text = readme.text(read_assignment(week / making.NAME), "")
    for name, maker in makers.MAKERS.items():
        assert (Path(makers.__file__).parent / f"{name}.py").is_file()
        assert f"| {maker.files} | {maker.whose} |" in text
    assert "{" not in text and "safe-softmax" not in text


def test_the_chapter_is_measured_where_it_is(week, tmp_path, monkeypatch):
    """In the place of the chapter stands a notebook of which we know what it takes."""
    work = (
        "import time\nkeep = bytearray(200 * 2**20)\nend = time.process_time() + 1.5\n"
        "while time.process_time() < end:\n    pass\ntime.sleep(1)"
    )
    cells = [nbformat.v4.new_code_cell(work)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / f"{FIVE}.ipynb")
    took = []
    real = estimate.run
    monkeypatch.setattr(estimate, "run", lambda *a: took.append(real(*a)) or took[-1])
    monkeypatch.setattr(fronts, "BOOK", tmp_path)
    text = readme.measured(read_assignment(week / making.NAME), week)
    chapter, solved = took
    assert 1.4 < chapter.cpu < chapter.wall + 5 and chapter.wall > 2.4
    assert chapter.peak > 200 * 2**20 > 20 * 2**20 < solved.peak
    assert (
        f"| {chapter.wall:.0f} s | {chapter.cpu:.0f} s | {chapter.peak / 2**20:.0f} MiB |"
        in text
    )
    assert "Python 3." in text and "core" in text


def test_a_notebook_that_fails_is_said(tmp_path):
    bad = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    with pytest.raises(AssignmentError, match="ZeroDivisionError"):
        estimate.run(bad, tmp_path)


def test_the_installed_package_knows_where_it_came_from(tmp_path, monkeypatch):
    """As setuptools writes it into a wheel, without a clone around it."""
    shutil.copy(address.ROOT / "code" / "pyproject.toml", tmp_path)
    (tmp_path / "out").mkdir()
    build = (
        "import setuptools.build_meta as build, sys; "
        "build.prepare_metadata_for_build_wheel(sys.argv[1])"
    )
    subprocess.run(
        [sys.executable, "-c", build, "out"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    monkeypatch.syspath_prepend(str(tmp_path / "out"))
    assert address.find(tmp_path / "nowhere") == address.read()


def test_it_runs_as_a_command(tmp_path):
    words = ["05", "--exercises", "lost-root", "--only", "rubric", "--out", "week-2"]
    done = subprocess.run(
        [sys.executable, "-m", "decoderbook.assign", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    data = json.loads((tmp_path / "week-2" / making.NAME).read_text("utf-8"))
    assert data["exercises"] == ["lost-root"] and data["title"] == "Chapter 05"
    assert source.exercises()["lost-root"].wrong[0].hint in (
        tmp_path / "week-2" / "rubric.csv"
    ).read_text("utf-8-sig")
