"""The grader's own part: whose a file is, what is refused, written, alike, and noticed."""

import csv
import io
import json
import os
import zipfile

import pytest
import torch
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.filters import markdown2html

from decoderbook.assign.assignment import Assignment, AssignmentError
from decoderbook.checks.source import exercises
from decoderbook.grade.codec import encode
from decoderbook.grade.exam import draw_exam
from decoderbook.grade.grading import Grader, pairs_in
from decoderbook.grade.job import Limits
from decoderbook.grade.judging import judge_reply
from decoderbook.grade.notebook import Notebook, NotebookError, read_notebook
from decoderbook.grade.owners import owner_of
from decoderbook.grade.remote import Reply
from decoderbook.grade.rows import Row, escape, make_row
from decoderbook.grade.similar import answer_code, grams, is_published, pairs_of
from decoderbook.grade.state import (
    Parts,
    cell,
    check_table,
    course_version,
    file_name,
    key_of,
    table,
    write_tables,
)
from decoderbook.grade.static_look import look
from decoderbook.grade.submissions import Submission, read_submissions

CHAPTER = "05-queries-keys-values"
SIX = "06-masked-self-attention"
SOFTMAX = exercises()["safe-softmax"]
ROOT = exercises()["lost-root"]
WEEK = Assignment("Week", (CHAPTER,), ("lost-root", "safe-softmax"), seed=3)


@pytest.fixture(scope="module")
def exam():
    return draw_exam(WEEK, CHAPTER)


def notebook_bytes(*cells, **metadata):
    made = [{"cell_type": "code", "source": code, "metadata": {}} for code in cells]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}).encode()


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("alice.ipynb", "alice"),
        (f"alice_{CHAPTER}.ipynb", "alice"),
        (f"Alice Ng-{CHAPTER}(2).ipynb", "Alice Ng"),
        (f"ngalice_12345_67890_{CHAPTER}-1.ipynb", "ngalice"),
        (f"ngalice_LATE_12345_67890_{CHAPTER}.ipynb", "ngalice"),
        ("Alice Ng_123456_assignsubmission_file_", "Alice Ng"),
        (f"Alice Ng_123456_assignsubmission_file_{CHAPTER}.ipynb", "Alice Ng"),
        ("ಅನು.zip", "ಅನು"),
        ("week_2_6_bob.ipynb", "week_2_6_bob"),
        ("Jose\u0301.ipynb", "Jos\u00e9"),
        (f"{CHAPTER}.ipynb", f"{CHAPTER}.ipynb"),
    ],
)
def test_whose_a_file_is(name, student):
    assert owner_of(name)[0] == student


def test_files_folders_and_zips_are_gathered_by_student(tmp_path):
    data = notebook_bytes("x = 1")
    (tmp_path / f"alice_{CHAPTER}.ipynb").write_bytes(data)
    (tmp_path / "alice_06-masked-self-attention.ipynb").write_bytes(data)
    folder = tmp_path / "bob" / "deep"
    folder.mkdir(parents=True)
    (folder / "mine.ipynb").write_bytes(data)
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "old.ipynb").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "carol.zip", "w") as file:
        file.writestr("week/mine.ipynb", data)
        file.writestr("__MACOSX/._mine.ipynb", data)
    (tmp_path / "dan.pdf").write_bytes(b"%PDF")
    (tmp_path / ".DS_Store").write_bytes(b"")
    found = {s.student: s for s in read_submissions(tmp_path)}
    assert {name: len(s.notebooks) for name, s in found.items()} == {
        **{"alice": 2, "bob": 1, "carol": 1, "dan": 0}
    }
    assert "dan.pdf is no notebook" in found["dan"].problems[0]


def test_what_a_platform_hands_out_is_read_as_it_is(tmp_path):
    """Two of the same name stay two, a zip in a student's folder is opened, and what is odd is told."""
    data = notebook_bytes("x = 1")
    for number in ("1111_2222", "LATE_3333_4444"):
        (tmp_path / f"smithanna_{number}_{CHAPTER}.ipynb").write_bytes(data)
    (tmp_path / f"{CHAPTER}.ipynb").write_bytes(data)
    folder = tmp_path / "Dora Doe_4711_assignsubmission_file_"
    folder.mkdir()
    with zipfile.ZipFile(folder / "hw.zip", "w") as file:
        file.writestr("mine.ipynb", data)
        file.writestr("more.zip", b"")
    found = {s.student: s for s in read_submissions(tmp_path)}
    assert {name: len(s.notebooks) for name, s in found.items()} == {
        **{"smithanna 1111": 1, "smithanna 3333": 1, "Dora Doe": 1},
        CHAPTER: 1,
    }
    assert "came late" in found["smithanna 3333"].notes[0]
    assert not found["smithanna 1111"].notes
    assert "'more.zip' in hw.zip is a zip in a zip" in found["Dora Doe"].notes[0]
    assert "does not say whose it is" in found[CHAPTER].notes[0]


def test_a_zip_of_a_class_is_no_student(tmp_path):
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as file:
        for name in ("gill_1001_2001_x.ipynb", "hans_1002_2002_x.ipynb"):
            file.writestr(name, notebook_bytes("x = 1"))
    (found,) = read_submissions(tmp_path)
    assert "several students" in found.problems[0] and not found.notebooks


def test_few_notebooks_of_a_chapter_are_enough(tmp_path):
    (tmp_path / "mallory").mkdir()
    for i in range(5):
        data = notebook_bytes(f"x = {i}", decoderbook={"chapter": CHAPTER})
        (tmp_path / "mallory" / f"{i}.ipynb").write_bytes(data)
    (found,) = read_submissions(tmp_path)
    assert len(found.notebooks) == 3 and "more than 3" in found.problems[0]


def test_code_without_end_is_not_read():
    long, slow = "x = [" + "1," * 60_000 + "]", "y = %time 1\n" * 2000
    with pytest.raises(NotebookError, match="100,000 characters"):
        read_notebook("x.ipynb", notebook_bytes(long))
    assert read_notebook("x.ipynb", notebook_bytes(slow, "%time 1")).cells[0] == slow
    (read,) = read_notebook("x.ipynb", notebook_bytes("y = %time 1")).cells
    assert "get_ipython" in read


@pytest.mark.parametrize(
    "code",
    [
        "x = 0x" + "f" * 4000,
        "x = " + "+".join("1" * 2000),
        "if 0: torch" + ".a" * 3000 + " = 1",
    ],
)
def test_no_answer_stops_the_comparison_of_a_class(code):
    exercise = WEEK.chosen()[0]
    notebook = Notebook(
        "x.ipynb", CHAPTER, (code,), (f"exercise-{exercise.slug}-answer",)
    )
    alike = [("one", answer_code(notebook, exercise)), ("other", "y")]
    assert pairs_of(exercise, alike) == []


@pytest.mark.parametrize("name", ["\U00010330" * 55, "a" * 250, "é" * 120])
def test_a_long_name_fits_every_disk(tmp_path, name):
    parts = Parts(tmp_path / "grades.csv")
    parts.write(Row(name, "graded"), "k" * 24)
    assert parts.read(name, "k" * 24).student == name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\xff",
        b"[]",
        b"{}",
        b'{"cells": 3}',
        b'{"worksheets": [{"cells": []}]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b" " * (9 << 20),
    ],
)
def test_what_is_no_notebook_is_refused(data):
    with pytest.raises(NotebookError, match=r"x\.ipynb"):
        read_notebook("x.ipynb", data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["cells", "source", "cell_type", "id", "metadata"]),
                inner,
            )
        ),
    )
)
def test_whatever_json_is_in_the_file_it_is_read_or_refused(made):
    try:
        found = read_notebook("x.ipynb", json.dumps(made).encode())
    except NotebookError:
        return
    assert all(isinstance(code, str) for code in found.cells)


def test_which_chapter_a_notebook_is():
    by_metadata = notebook_bytes("x", decoderbook={"chapter": CHAPTER})
    by_checks = notebook_bytes('check("safe-softmax", my_softmax)')
    assert read_notebook("a.ipynb", by_metadata).chapter == CHAPTER
    assert read_notebook("a.ipynb", by_checks).chapter == CHAPTER
    assert read_notebook(f"a_{CHAPTER}.ipynb", notebook_bytes()).chapter == CHAPTER
    assert read_notebook("a.ipynb", notebook_bytes()).chapter == ""


def test_magic_lines_are_no_python_and_do_no_harm():
    found = read_notebook("a.ipynb", notebook_bytes("%pip install x\n!ls\nx = 1"))
    compile(found.cells[0], "cell", "exec")


NAMES = st.text(max_size=80) | st.sampled_from(
    ["..", "../x", "/etc/x", "C:\\x", "CON", "nul.txt", "", " ", "-rf", "a\0b", "a\nb"]
)


@given(NAMES)
def test_a_name_never_leads_out_of_the_folder(name):
    made = file_name(name)
    assert made == os.path.basename(made) and made.strip(". ")  # noqa: PTH119
    assert not made.startswith(("-", "."))
    assert not any(c in made for c in '/\\:*?"<>|\0\n\r')
    assert made.upper() not in ("CON", "NUL", "PRN", "AUX")
    assert len(made.encode("utf-8", "replace")) < 250


@given(NAMES, NAMES)
def test_two_students_never_share_a_file(one, other):
    if one != other:
        assert file_name(one).casefold() != file_name(other).casefold()


@given(st.text() | st.sampled_from(["=1+1", "+1", "-1", "@x", "\t=1", "  =1"]))
def test_no_cell_is_a_formula(text):
    shown = cell(text)
    assert not shown.lstrip().startswith(("=", "+", "-", "@")) and "\n" not in shown
    assert list(csv.reader(io.StringIO(table([[text]]).decode()))) in ([[shown]], [[]])


def test_what_was_stored_is_read_back_and_half_of_it_is_not(tmp_path):
    parts = Parts(tmp_path / "grades.csv")
    points, noted = {"lost-root": 1}, ("a note",)
    row = Row(
        "ಅನು", "graded", points, ("lost-root",), noted, "# report", 1.5, {"a": "b"}
    )
    assert parts.read("ಅನು", "k") is None
    parts.write(row, "k")
    assert parts.read("ಅನು", "k") == row and parts.read("ಅನು", "other") is None
    (path,) = parts.folder.iterdir()
    path.write_bytes(path.read_bytes()[:40])
    assert parts.read("ಅನು", "k") is None


def test_a_result_belongs_to_files_assignment_and_course():
    other = Assignment("Week", (CHAPTER,), ("lost-root",), seed=3)
    made = [
        key_of(Submission("a", data=[b"1"]), WEEK, "c", Limits()),
        key_of(Submission("a", data=[b"2"]), WEEK, "c", Limits()),
        key_of(Submission("a", data=[b"1"]), other, "c", Limits()),
        key_of(Submission("a", data=[b"1"]), WEEK, "d", Limits()),
        key_of(Submission("a", data=[b"1"]), WEEK, "c", Limits(total=5)),
    ]
    assert len(set(made)) == 5
    assert made[0] == key_of(Submission("a", data=[b"1"]), WEEK, "c", Limits())
    assert course_version() == course_version()


def softmax_reply(exam, answer, handed=None, cells=()):
    reply = Reply(taken={"safe-softmax": ([False], [])})
    for s, sheet in enumerate(exam.sheets["safe-softmax"]):
        for c, case in enumerate(sheet.cases):
            kept = encode(case.arguments if handed is None else handed)
            value = answer(case, sheet.rights[c])
            place = exam.order(sheet, Notebook("x", CHAPTER, cells)).index(c)
            reply.came["safe-softmax", s, place] = ["value", value, kept]
    return reply


def verdict(exam, reply, slug="safe-softmax"):
    found = judge_reply(exam, Notebook("x", CHAPTER, ()), reply)[slug]
    return found.verdict, found.notes


def test_right_data_is_right_and_only_that(exam):
    right, _ = verdict(exam, softmax_reply(exam, lambda case, right: encode(right)))
    assert right.passed
    wrong, _ = verdict(exam, softmax_reply(exam, lambda case, right: encode(right * 2)))
    assert wrong.kind == "wrong" and wrong.case


@pytest.mark.parametrize(
    "value",
    [True, None, "PASSED", ["object", "Tensor"], ["list", True], 1, ["dict"], ["..."]],
)
def test_a_claim_is_no_answer(exam, value):
    found, _ = verdict(exam, softmax_reply(exam, lambda *_: value))
    assert found.kind == "wrong"


@pytest.mark.parametrize("value", [["tensor", "x"], {"a": 1}, [], [[1]], ["no", 1]])
def test_what_is_malformed_is_wrong_and_told(exam, value):
    found, notes = verdict(exam, softmax_reply(exam, lambda *_: value))
    assert found.kind == "wrong" and "no child writes" in notes[0]


def test_a_changed_input_is_seen_outside(exam):
    reply = softmax_reply(exam, lambda case, right: encode(right), handed=(1,))
    assert "changes its input" in verdict(exam, reply)[0].said


def test_a_case_that_never_came_is_wrong(exam):
    reply = softmax_reply(exam, lambda case, right: encode(right))
    del reply.came["safe-softmax", 2, 1]
    assert "never came to an end" in verdict(exam, reply)[0].said


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (
            ["error", "builtins", "KeyError", "'a'", "in line 2 of f"],
            "KeyError: 'a' (in",
        ),
        (["error", "builtins", "NameError", "name 'x'", ""], "Run the cells above"),
        (
            ["error", "builtins", "UnicodeDecodeError", "bad", ""],
            "UnicodeDecodeError: bad",
        ),
        (["error", "__main__", "MyError", "mine", ""], "MyError: mine"),
        (["error", "builtins", "exec", "import os", ""], "exec: import os"),
        (["error", "torch", "_LinAlgError", "singular", ""], "LinAlgError: singular"),
    ],
)
def test_an_error_is_told_as_the_check_tells_it(exam, sent, said):
    reply = softmax_reply(exam, lambda *_: None)
    reply.came = dict.fromkeys(reply.came, sent)
    assert said in verdict(exam, reply)[0].said


def test_an_answer_that_is_data_is_judged_outside(exam):
    for value, points in ((8, 1), (64, 0), (["object", "Agrees"], 0), (1 << 900, 0)):
        reply = Reply(taken={"lost-root": ([False], [value])})
        assert verdict(exam, reply, "lost-root")[0].points == points


def test_an_answer_that_is_far_too_large_is_not_used(exam):
    for value in (torch.ones(6001), [1] * 6001, {"a": ["x" * 6001]}):
        reply = Reply(taken={"lost-root": ([False], [encode(value)])})
        assert "far larger" in verdict(exam, reply, "lost-root")[0].said


def test_the_better_of_two_answers_counts_and_it_is_told(exam):
    good = softmax_reply(exam, lambda case, right: encode(right))
    bad = softmax_reply(exam, lambda case, right: encode(right + 1))
    one, other = Notebook("1.ipynb", CHAPTER, ()), Notebook("2.ipynb", CHAPTER, ())
    for replies in ([(one, good), (other, bad)], [(other, bad), (one, good)]):
        row = make_row(WEEK, {CHAPTER: exam}, Submission("a"), replies)
        assert row.points == {"lost-root": 0, "safe-softmax": 2}
        assert any("two notebooks; the better counts" in note for note in row.notes)


def test_a_report_teaches_and_keeps_the_seeds(exam, tmp_path):
    wrong = softmax_reply(exam, lambda case, right: encode(right * 2))
    row = make_row(
        WEEK, {CHAPTER: exam}, Submission("<b>"), [(Notebook("n", CHAPTER, ()), wrong)]
    )
    assert "Read again: chapter 05" in row.report and "Tried with" in row.report
    assert not any(str(seed) in row.report for seed in exam.seeds["safe-softmax"])
    assert "<b>" not in row.report
    write_tables(tmp_path / "g.csv", WEEK, [row], [])
    written = (tmp_path / "g.csv").read_text("utf-8")
    (line,) = csv.DictReader(io.StringIO(written))
    assert (line["student"], line["total"], line["of"]) == ("<b>", "0", "3")
    assert len(list((tmp_path / "reports").iterdir())) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("<img src=x>", "a ` b <i>", "[x](javascript:1)", "`<i>"),
        *("\\`<img src=x>\\`", "``` <i>`", "\\`[pay](http://evil.invalid)\\`"),
        *("a ``<i>` b", "<http://evil.invalid>", "`` ` <i> ``"),
    ],
)
def test_a_report_has_no_html_of_a_students(text):
    html = BeautifulSoup(markdown2html(f"It said: {escape(text)}"), "html.parser")
    assert {tag.name for tag in html.find_all()} <= {"p", "code", "a"}, html
    # An address that stands there may be made a link, and shows where it leads.
    assert all(a.get_text().startswith("http") for a in html.find_all("a")), html
    assert escape("`x < y` and **bold**") == "`x < y` and **bold**"


def test_an_answer_of_the_books_is_told_and_a_short_one_is_not():
    known = exercises()
    long, short = known["own-attention"], known["lost-root"]
    assert is_published(long, long.solution) and is_published(long, long.also[0].code)
    assert is_published(long, long.solution.replace("scores", "s"))
    assert not is_published(long, long.wrong[0].code)
    assert not is_published(short, short.solution)


def test_a_chapter_that_is_missing_is_told(exam):
    two = Assignment("Two", (CHAPTER, SIX), ("safe-softmax", "window-mask"), seed=3)
    notebook = Notebook("n.ipynb", CHAPTER, ("",), ("",))
    reply = softmax_reply(exam, lambda case, right: encode(right))
    row = make_row(two, {CHAPTER: exam}, Submission("a"), [(notebook, reply)])
    assert f"no notebook of {SIX} was handed in" in row.notes
    row = make_row(WEEK, {CHAPTER: exam}, Submission("a"), [(notebook, reply)])
    assert not row.notes


def test_a_table_of_something_else_is_not_written_over(tmp_path):
    out = tmp_path / "grades.csv"
    check_table(out, WEEK)
    write_tables(out, WEEK, [Row("a", "graded")], [])
    check_table(out, WEEK)
    for text in ("student,total\n", "", "\0"):
        out.write_text(text, "utf-8")
        with pytest.raises(AssignmentError, match="name another file"):
            check_table(out, WEEK)


def test_a_grader_that_breaks_at_one_goes_on_with_the_next(exam):
    def run(job):
        if "bad" in job.cells[0]:
            raise RuntimeError("a bug of ours")
        return softmax_reply(exam, lambda case, right: encode(right), cells=job.cells)

    grader = Grader(WEEK, {CHAPTER: exam}, run=run)
    all_of = [
        Submission(name, [Notebook(name, CHAPTER, (f"# {name}",), ("",))])
        for name in ("good", "bad", "fine")
    ]
    rows = {row.student: row for _, row in grader.rows(all_of, jobs=2)}
    assert (
        rows["bad"].status == "not graded" and "a bug of ours" in rows["bad"].notes[0]
    )
    assert (
        rows["good"].points["safe-softmax"] == rows["fine"].points["safe-softmax"] == 2
    )


MINE = """
def my_softmax(scores, temperature=1.0):
    lowest = scores.min(dim=-1, keepdim=True).values
    highest = scores.max(dim=-1, keepdim=True).values
    middle = (lowest + highest) / 2
    shifted = (scores - middle) / temperature - (highest - middle) / temperature
    powers = torch.pow(torch.tensor(2.718281828), shifted)
    return powers / powers.sum(dim=-1, keepdim=True)
"""
RENAMED = (
    MINE.replace("lowest", "a").replace("highest", "b").replace("powers", "p")
).replace("    a =", '    """Mine, all mine."""\n    # really\n    a =', 1)
OTHER = """
def my_softmax(scores, temperature=1.0):
    out = []
    for row in scores.reshape(-1, scores.shape[-1]):
        top = row.max()
        total = 0.0
        shares = []
        for value in row:
            share = math.exp((value - top) / temperature)
            shares.append(share)
            total += share
        out.append([share / total for share in shares])
    return torch.tensor(out).reshape(scores.shape)
"""


def test_the_same_answer_under_other_names_is_pointed_out():
    assert grams(MINE) == grams(RENAMED) != grams(OTHER)
    (pair,) = pairs_of(SOFTMAX, [("a", MINE), ("b", RENAMED), ("c", OTHER)])
    assert (pair.first, pair.second) == ("a", "b") and pair.share == 1


def test_what_everybody_writes_is_not_pointed_out():
    for code in (SOFTMAX.solution, SOFTMAX.also[0].code, SOFTMAX.starter, "x = ("):
        assert pairs_of(SOFTMAX, [("a", code), ("b", code)]) == []
    assert (
        pairs_of(ROOT, [("a", "my_temperature = 8"), ("b", "my_temperature = 8")]) == []
    )


def test_pairs_are_found_in_notebooks():
    check = '\ncheck("safe-softmax", my_softmax)'
    made = [
        Submission(name, [Notebook(name, CHAPTER, (code + check,), ("",))])
        for name, code in (("a", MINE), ("b", RENAMED), ("c", OTHER))
    ]
    assert [(p.first, p.second) for p in pairs_in(WEEK, made)] == [("a", "b")]


@pytest.mark.parametrize(
    "code",
    [
        "f.__globals__",
        "import gc",
        "import sys; sys._getframe(1)",
        "from ctypes import cdll",
        "exec('x')",
        "torch.allclose = f",
        "def check(*a): pass",
        "open('../private/assignment.json')",
        "getattr(f, '__closure__')",
        "print('PASSED')",
        "import decoderbook.checks.source",
        "class A:\n    def __eq__(self, o): return True",
        "exit(0)",
    ],
)
def test_what_no_exercise_asks_for_is_noticed(code):
    assert look(("x = 1", code))[0].startswith("cell 2 uses ")


def test_declared_answers_are_nothing_to_notice():
    found = {}
    for e in exercises().values():
        for code in (e.given, e.starter, e.solution, *(v.code for v in e.also)):
            if noticed := look((code,)):
                found[e.slug] = noticed
    assert found == {}


@given(st.text())
def test_no_code_breaks_the_look(code):
    look((code, "x" * 10 + "(" * 300))
