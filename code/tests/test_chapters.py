"""The chapters keep their promises: questions have cells that assert, and the rhythm is
kept.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from decoderbook.tools import fronts, reading

MAX_MINUTES = 40  # what a first reader needs; the rest goes under "Going deeper"
BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = sorted(BOOK.glob("[0-9][0-9]-*.ipynb"))
NOTEBOOKS = {path.stem: nbformat.read(path, as_version=4) for path in CHAPTERS}
HEADING = re.compile(r"^### ([DP]\d+) · .+", re.MULTILINE)
QUESTION_ROW = re.compile(
    r"^\| ([DP]\d+) \| [^|]+ \| ([^|]+) \| (\d+) \|$", re.MULTILINE
)


def question_rows():
    """id → (where it is answered, number of cells), as book/questions.md lists them."""
    text = (BOOK / "questions.md").read_text("utf-8")
    return {row[1]: (row[2], row[3]) for row in QUESTION_ROW.finditer(text)}


def prose(notebook):
    return "\n\n".join(
        cell.source for cell in notebook.cells if cell.cell_type == "markdown"
    )


def proofs(notebook):
    """Question id → the source of its tagged cells."""
    found = {}
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("question-"):
                assert cell.cell_type == "code"
                found.setdefault(tag.removeprefix("question-"), []).append(cell.source)
    return found


def asserts(source):
    """Whether a cell can fail by what it claims: an assert, or torch's assert_close."""
    tree = ast.parse(re.sub(r"^\s*%.*$", "", source, flags=re.MULTILINE))
    statements = [n for n in ast.walk(tree) if isinstance(n, ast.Assert)]
    real = [n for n in statements if not isinstance(n.test, ast.Constant)]
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
    return bool(real) or any(getattr(f, "attr", "") == "assert_close" for f in calls)


def test_all_44_questions_are_listed():
    expected = [f"D{i}" for i in range(1, 21)] + [f"P{i}" for i in range(1, 25)]
    assert list(question_rows()) == expected


def test_each_answered_question_has_its_heading_and_its_cells_that_assert():
    for question, (where, count) in question_rows().items():
        assert f"](#{question})" in where
        number = re.search(r"Chapter (\d\d)", where)[1]
        (name,) = [name for name in NOTEBOOKS if name.startswith(number)]
        headings = HEADING.findall(prose(NOTEBOOKS[name]))
        assert headings.count(question) == 1, f"{name}: no heading {question}"
        cells = proofs(NOTEBOOKS[name]).get(question, [])
        assert len(cells) == int(count) > 0, (
            f"{name} has {len(cells)} cells tagged question-{question}, "
            f"questions.md says {count}"
        )
        assert all(map(asserts, cells)), f"{name}: a cell of {question} asserts nothing"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_question_in_a_chapter_is_listed_as_answered_there(name):
    rows = question_rows()
    headings = HEADING.findall(prose(NOTEBOOKS[name]))
    assert sorted(headings) == sorted(proofs(NOTEBOOKS[name]))
    for question in headings:
        assert f"[Chapter {name[:2]}," in rows[question][0], (
            f"questions.md does not link {question}"
        )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_proof_follows_its_heading(name):
    """A reader who follows a link finds the cell under that heading, before the next
    one.
    """
    section = None
    for cell in NOTEBOOKS[name].cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
            if line.startswith("#"):
                section = (HEADING.match(line) or [None, None])[1]
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("question-"):
                assert tag.removeprefix("question-") == section


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_rhythm(name):
    notebook, text = NOTEBOOKS[name], prose(NOTEBOOKS[name])
    title, front = notebook.cells[0].source, notebook.cells[1].source
    assert title.startswith("# ") and len(title.split()) <= 110
    assert front == fronts.front(name, notebook), "run `make notebooks`"
    core, _ = reading.minutes(notebook)
    assert core <= MAX_MINUTES, f"the core takes {core} minutes to read"
    for part in ("## What you now know", "## Exercises", "## Where next"):
        assert part in text, f"{name} lacks {part!r}"
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert any("show_source(" in source for source in code)
    assert any("assert_close(" in source for source in code)
    assert any("explore(" in source for source in code)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_filler(name):
    text = prose(NOTEBOOKS[name])
    found = re.findall(
        r"\b(simply|obviously|note that|of course)\b|!(?!\[)(?=\s|$)", text, re.I
    )
    assert not found


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_kannada_comes_with_its_transliteration(name):
    """Each Kannada word in the prose has a Latin transliteration in the same cell."""
    for cell in NOTEBOOKS[name].cells:
        if cell.cell_type == "markdown" and re.search(r"[\u0C80-\u0CFF]", cell.source):
            assert re.search(r"[āīūēōṭḍṇḷśṣ]", cell.source), cell.source[:80]
