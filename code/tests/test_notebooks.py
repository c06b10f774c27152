"""The notebook tool: one canonical form, the same bytes twice, and nothing
half-written.
"""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from decoderbook.tools import notebooks
from decoderbook.tools.canonical import METADATA, NotebookError, canonical_form, write
from decoderbook.tools.notebooks import check, fingerprint, promised_seconds, run


def make(tmp_path, *sources, front="# A chapter"):
    notebook = new_notebook(
        cells=[new_markdown_cell(front), *map(new_code_cell, sources)]
    )
    path = tmp_path / "chapter.ipynb"
    nbformat.write(notebook, path)
    return path


def record_lines(output):
    record = output["data"]["application/vnd.decoderbook.explore"]
    return [record] if isinstance(record, str) else record


def test_two_runs_give_the_same_canonical_bytes(tmp_path):
    path = make(
        tmp_path,
        "import torch\ntorch.manual_seed(0)\nprint(torch.rand(2))",
        "from decoderbook import explore, figures",
        "def show(n=1):\n    return figures.lines([0, n], {'y': [0, n]}, 'x', 'y')",
        "explore(show, n=[1, 2])",
    )
    assert write(run(path), path)
    first = path.read_bytes()
    assert not write(run(path), path)
    assert path.read_bytes() == first
    assert check([path]) == 0

    cells = [c for c in json.loads(first)["cells"] if c["cell_type"] == "code"]
    assert [c["execution_count"] for c in cells] == [1, 2, 3, 4]
    (output,) = cells[3]["outputs"]
    assert set(output["data"]) == {
        "application/vnd.plotly.v1+json",
        "application/vnd.decoderbook.explore",
        "text/plain",
    }
    assert len(record_lines(output)) == 1


def test_a_cell_that_reads_the_clock_keeps_its_output_until_that_is_cleared(tmp_path):
    path = make(tmp_path, "import time", "print(time.perf_counter_ns())")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].metadata["tags"] = ["keep-output"]
    nbformat.write(notebook, path)
    assert write(run(path), path)
    first = path.read_bytes()
    assert not write(run(path), path)
    notebook = nbformat.read(path, as_version=4)
    assert notebook.cells[2].outputs
    notebook.cells[2].outputs = []
    nbformat.write(notebook, path)
    assert write(run(path), path) and path.read_bytes() != first


def test_what_answers_a_guess_is_stored_folded():
    answer = new_code_cell("1", metadata={"tags": ["guessed"]}, id="one")
    plain = new_code_cell("2", metadata={"jupyter": {"source_hidden": True}}, id="two")
    kept = canonical_form(new_notebook(cells=[answer, plain]), "x.ipynb").cells
    folded = {"outputs_hidden": True, "source_hidden": True}
    assert kept[0].metadata == {"tags": ["guessed"], "jupyter": folded}
    assert kept[1].metadata == {}


def test_canonical_drops_what_differs_between_machines():
    cell = new_code_cell(
        "1", metadata={"tags": ["b", "a"], "collapsed": True}, id="one"
    )
    cell.execution_count = 40
    view = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
        "text/plain": "1",
    }
    cell.outputs = [new_output("execute_result", view, execution_count=40)]
    notebook = new_notebook(
        cells=[cell],
        metadata={
            "widgets": {"state": {}},
            "kernelspec": {"name": "py311", "display_name": "Mine"},
        },
    )
    kept = canonical_form(notebook, "x.ipynb")
    assert kept.metadata == METADATA
    assert kept.cells[0].metadata == {"tags": ["a", "b"]}
    assert (
        kept.cells[0].execution_count == kept.cells[0].outputs[0].execution_count == 1
    )
    assert set(kept.cells[0].outputs[0].data) == {"text/plain"}


def test_printed_text_is_one_piece_however_it_arrived():
    """Two prints come as one output or as two, as the kernel's timer has it."""
    cell = new_code_cell("print(1)\nprint(2)", id="one")
    cell.outputs = [new_output("stream", text=text) for text in ("1\n", "2\n")]
    cell.outputs.append(new_output("execute_result", {"text/plain": "3"}))
    (kept,) = canonical_form(new_notebook(cells=[cell]), "x.ipynb").cells
    assert [o.get("text", o.get("data")) for o in kept.outputs] == [
        "1\n2\n",
        {"text/plain": "3"},
    ]


def test_stderr_is_refused(tmp_path):
    path = make(tmp_path, "import sys", "print('careful', file=sys.stderr)")
    with pytest.raises(
        NotebookError, match=r"chapter.ipynb: cell 2 wrote to stderr.*\ncareful"
    ):
        run(path)


def test_a_failing_cell_is_named(tmp_path):
    with pytest.raises(
        NotebookError, match=r"chapter.ipynb: a cell failed(.|\n)*1 / 0"
    ):
        run(make(tmp_path, "1 / 0"))


def test_the_time_that_the_front_promises_is_held(tmp_path):
    path = make(tmp_path, "pass", front="Runs in under 0 seconds on two cores.")
    with pytest.raises(NotebookError, match="promises at most 0 s"):
        run(path)
    front = new_markdown_cell("**Runs in under 2 minutes** on two cores")
    assert promised_seconds(new_notebook(cells=[front])) == 120
    assert (
        promised_seconds(new_notebook(cells=[new_markdown_cell("no promise")])) is None
    )


def test_a_notebook_too_large_to_store_leaves_the_old_one(tmp_path):
    path = make(tmp_path, "pass")
    before = path.read_bytes()
    huge = canonical_form(
        new_notebook(cells=[new_markdown_cell("x" * 300_000, id="big")]), path.name
    )
    with pytest.raises(
        NotebookError, match=r"would take 300,.* bytes, more than 300,000"
    ):
        write(huge, path)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_old_notebook(tmp_path, monkeypatch):
    path = make(tmp_path, "pass")
    before = path.read_bytes()

    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OSError, match="No space left"):
        write(
            canonical_form(new_notebook(cells=[new_markdown_cell("new", id="n")]), "n"),
            path,
        )
    assert path.read_bytes() == before


def test_two_cells_with_one_id_are_refused(tmp_path):
    path = make(tmp_path, "1", "2")
    stored = json.loads(path.read_text())
    for cell in stored["cells"]:
        cell["id"] = "same"
    path.write_text(json.dumps(stored))
    with pytest.raises(NotebookError, match="two cells have the id 'same'"):
        run(path)


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    path = tmp_path / "cut.ipynb"
    path.write_text('{"cells": [')
    with pytest.raises(NotebookError, match=r"cut\.ipynb is not a notebook"):
        run(path)


def test_check_names_a_notebook_that_is_not_canonical(tmp_path, capsys):
    assert check([make(tmp_path, "pass")]) == 1
    assert "chapter.ipynb is not in canonical form" in capsys.readouterr().err


DEPENDS_ON = [
    "requirements.txt",
    "constraints.txt",
    "_config.yml",
    "book/chapters.yml",
    "code/tinydecoder/model.py",
    "code/tinydecoder/assets/english-kannada.safetensors",
    "code/tinydecoder/assets/english-kannada.md",
    "code/decoderbook/figures/bars.py",
    "code/decoderbook/site/static/player.js",
]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of small files; every one of them says something of a notebook."""
    for name in DEPENDS_ON:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"before")
    monkeypatch.setattr(notebooks, "CODE", tmp_path / "code")
    return tmp_path


@pytest.mark.parametrize("name", DEPENDS_ON)
def test_a_notebook_is_stale_when_anything_it_depends_on_changes(course, name):
    chapter = make(course, "1")
    before = fingerprint(chapter)
    assert fingerprint(chapter) == before
    (course / name).write_bytes(b"after")
    assert fingerprint(chapter) != before


def test_a_notebook_is_stale_when_a_file_moves_or_a_byte_moves_between_files(course):
    chapter, code = make(course, "1"), course / "code" / "tinydecoder"
    (code / "layers.py").write_bytes(b"c")
    (code / "model.py").write_bytes(b"ab")
    seen = {fingerprint(chapter)}
    (code / "model.py").rename(code / "modern.py")
    seen.add(fingerprint(chapter))
    (code / "layers.py").write_bytes(b"ca")
    (code / "modern.py").write_bytes(b"b")
    seen.add(fingerprint(chapter))
    assert len(seen) == 3


def test_what_python_and_editors_leave_behind_makes_no_notebook_stale(course):
    chapter, code = make(course, "1"), course / "code" / "tinydecoder"
    before = fingerprint(chapter)
    for folder in ("__pycache__", ".ipynb_checkpoints"):
        (code / folder).mkdir()
        (code / folder / "model.cpython-311.pyc").write_bytes(b"made")
    assert fingerprint(chapter) == before


@pytest.mark.parametrize("place", ["write_text", "replace"])
def test_a_failed_write_leaves_the_old_notebook_and_nothing_else(
    place, tmp_path, monkeypatch
):
    path, writing = tmp_path / "a.ipynb", Path.write_text
    path.write_text("old", "utf-8")

    def full(self, text, *args, **options):
        if place == "write_text":
            writing(self, "half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, place, full)
    with pytest.raises(OSError, match="No space left"):
        write(new_notebook(), path)
    assert list(tmp_path.iterdir()) == [path] and path.read_text("utf-8") == "old"
