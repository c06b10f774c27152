"""The box at a chapter's head: from one source, with links that lead somewhere."""

import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from decoderbook.tools import fronts
from decoderbook.tools.canonical import NotebookError

DATA = fronts.read_data()
NAMES = list(DATA["chapters"])


def notebook():
    return new_notebook(cells=[new_markdown_cell("# A"), new_code_cell("1")])


def test_every_chapter_is_in_the_file_and_in_order():
    found = sorted(p.stem for p in fronts.BOOK.glob("[0-9][0-9]-*.ipynb"))
    assert found == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_data_of_a_chapter(name):
    chapter = DATA["chapters"][name]
    assert 3 <= len(chapter["able"]) <= 5
    assert all(line[-1] == ";" for line in chapter["able"][:-1])
    assert chapter["able"][-1].endswith(".")
    assert all(number < name[:2] for number in chapter["needs"]), "a later chapter"
    for video, start, *end in chapter.get("mirrors", []):
        assert video in DATA["videos"]
        assert all(fronts.seconds_into(start) < fronts.seconds_into(e) for e in end)


def test_what_stands_before_a_chapter_that_needs_none():
    said = {
        name: fronts.front(name, notebook()).split("**Before this:** ")[1]
        for name, chapter in DATA["chapters"].items()
        if not chapter["needs"]
    }
    for name, text in said.items():
        before = DATA["chapters"][name].get("before", fronts.NOTHING)
        assert text.startswith(f"{before}. **Time:**")
    assert len({text.split(".")[0] for text in said.values()}) > 1


def test_a_clock_is_read():
    assert [fronts.seconds_into(c) for c in ("0:00", "7:57", "1:00:01")] == [
        0,
        477,
        3601,
    ]


def test_a_video_is_linked_at_its_time():
    link = fronts.stretch(DATA["videos"], "decoder", "7:57", "15:30")
    assert link.startswith("[decoder video, 7:57 to 15:30](https://")
    assert link.endswith("?t=477)")
    assert "to its end" in fronts.stretch(DATA["videos"], "decoder", "24:33")


def test_the_box_is_written_once():
    book = notebook()
    for _ in range(2):
        fronts.put_front(book, NAMES[0])
    assert [cell.cell_type for cell in book.cells] == ["markdown", "markdown", "code"]
    assert book.cells[1].id == fronts.CELL
    assert book.cells[1].source.startswith("**You will be able to**")


def test_an_unknown_chapter_is_named():
    with pytest.raises(NotebookError, match="99-nowhere"):
        fronts.front("99-nowhere", notebook())


GOOD = {"lights": [], "able": ["a"], "needs": [], "seconds": 9}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"able": None}, "able must be a list"),
        ({"able": "a thing"}, "able must be a list"),
        ({"lights": None}, "lights must be a list"),
        ({"need": []}, "knows no need"),
        ({"needs": ["09"]}, "not there: 09"),
        ({"seconds": "soon"}, "whole number above 0"),
        ({"mirrors": ["decoder", "0:10"]}, r"\[video, from, to\]"),
        ({"mirrors": [["decodr", "0:10"]]}, r"\[video, from, to\]"),
        ({"mirrors": [["decoder", "5:6x"]]}, "5:6x"),
        ({"mirrors": [["decoder", 311]]}, "in quotes"),
    ],
)
def test_a_fault_in_the_data_is_said_in_words(tmp_path, change, said):
    text = {"videos": {"decoder": {}}, "chapters": {"01-a": {**GOOD, **change}}}
    (tmp_path / "chapters.yml").write_text(yaml.safe_dump(text), "utf-8")
    with pytest.raises(NotebookError, match=said):
        fronts.read_data(tmp_path)
    (tmp_path / "chapters.yml").write_text("a: [", "utf-8")
    with pytest.raises(NotebookError, match="no YAML"):
        fronts.read_data(tmp_path)


# A course of our own: two chapters, one video, one repository.
OWN = {
    "videos": {"one": {"title": "first video", "id": "ONE"}},
    "chapters": {
        "03-first": {
            "lights": [],
            "able": ["count;", "add."],
            "needs": [],
            "seconds": 70,
        },
        "04-second": {
            "lights": [],
            "able": ["read;", "write;", "spell."],
            "needs": ["03"],
            "seconds": 45,
            "mirrors": [["one", "0:05", "1:00"], ["one", "2:00"]],
        },
    },
}


@pytest.fixture
def own(tmp_path):
    """The folder of that course's book."""
    book, code = tmp_path / "book", tmp_path / "code"
    book.mkdir()
    code.mkdir()
    (book / "chapters.yml").write_text(yaml.safe_dump(OWN), "utf-8")
    url = "/".join(["https://github.com", "someone", "course"])
    (tmp_path / "_config.yml").write_text(
        f"title: Ours\nrepository: {{url: {url}}}", "utf-8"
    )
    (code / "pyproject.toml").write_text('[project]\nversion = "7.8"', "utf-8")
    return book


def chapter(core, deeper):
    """A chapter that takes so many minutes; 200 words are one."""
    parts = [new_markdown_cell("# " + "word " * (200 * core - 1))]
    if deeper:
        words = "word " * (200 * deeper - 3)
        parts.append(new_markdown_cell("## Going deeper\n" + words))
    return new_notebook(cells=[*parts, new_code_cell("1"), new_code_cell("2")])


def test_the_data_is_that_of_the_book(own):
    assert fronts.read_data(own) == OWN


def test_the_box_says_all_that_the_file_and_the_chapter_say(own):
    first = fronts.stretch(OWN["videos"], "one", "0:05", "1:00")
    second = fronts.stretch(OWN["videos"], "one", "2:00")
    assert "youtu" in first and "ONE" in first and first != second
    colab = "/".join(
        ["https://colab.research.google.com/github", "someone", "course/blob/v7.8/book"]
    )
    assert fronts.front("04-second", chapter(3, 5), own) == (
        f"""**You will be able to**

- read;
- write;
- spell.

**Before this:** [chapter 03](03-first.ipynb). \
**Time:** about 3 minutes to read, and 5 more for *Going deeper*. \
Runs in under 45 seconds on two CPU cores; no GPU.

{fronts.IN_NOTEBOOK}

**Mirrors** {first} and {second}.

[Open in Colab]({colab}/04-second.ipynb)"""
    )


def test_the_box_leaves_out_what_a_chapter_has_not(own):
    box = fronts.front("03-first", chapter(2, 0), own)
    assert "Mirrors" not in box and "deeper" not in box
    assert (
        f"**Before this:** {fronts.NOTHING}. **Time:** about 2 minutes to read." in box
    )
    assert "Runs in under 70 seconds" in box


def test_the_box_does_not_count_itself(own):
    """Neither one that was written before nor one of many words."""
    notebook = chapter(3, 5)
    expected = fronts.front("04-second", notebook, own)
    long = new_markdown_cell("word " * 900, id=fronts.CELL)
    notebook.cells.insert(1, long)
    assert fronts.front("04-second", notebook, own) == expected
    fronts.put_front(notebook, "04-second", own)
    assert [cell.source for cell in notebook.cells if cell.id == fronts.CELL] == [
        expected
    ]
    assert notebook.cells[1].id == fronts.CELL and notebook.cells[1].source == expected
    assert len(notebook.cells) == 5
