"""One place names the repository; all that is derived from it agrees, and moves with it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from decoderbook.tools import address, repository
from decoderbook.tools.address import ROOT, Repository

# In two pieces, so that the way back does not rewrite it in the copy of this file.
FORK = "https://github.com/" + "another-owner/my.fork"


@pytest.fixture
def copy(tmp_path):
    """The course's text files as a repository of their own."""
    for path in repository.texts():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tmp_path / path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def snapshot(root: Path) -> dict[Path, bytes]:
    return {path: (root / path).read_bytes() for path in repository.texts(root)}


def edit(path: Path, old: str, new: str) -> None:
    """Replace what has to be there."""
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())


def test_every_place_agrees():
    assert repository.disagreements() == []


def test_what_is_derived():
    ours = Repository.parse("https://github.com/Me/Decoder.git", "1.2.0", "A")
    assert ours.url == "https://github.com/Me/Decoder"
    assert ours.site == "me.github.io/Decoder"
    assert ours.colab("03-name.ipynb") == (
        "https://colab.research.google.com/github/Me/Decoder/blob/v1.2.0/book/03-name.ipynb"
    )
    assert ours.first_cell.splitlines()[2:] == [
        'if "google.colab" in sys.modules:',
        '    %pip install -q "inside-the-decoder @ git+https://github.com/Me/Decoder@v1.2.0#subdirectory=code"',
    ]


def test_a_move_there_and_back_changes_every_place_and_then_nothing(copy):
    before, ours = snapshot(copy), address.read(copy)
    moved = repository.move(copy, FORK)
    assert address.read(copy).url == FORK
    assert repository.disagreements(copy) == []
    assert not [
        path for path, text in repository.texts(copy).items() if ours.url in text
    ]
    chapters = {path.relative_to(copy) for path in copy.glob("book/*.ipynb")}
    assert chapters and chapters <= set(moved)
    repository.move(copy, ours.url)
    assert snapshot(copy) == before


def test_a_new_version_reaches_every_place(copy):
    ours = address.read(copy)
    edit(
        copy / "code/pyproject.toml", f'version = "{ours.version}"', 'version = "7.8.9"'
    )
    assert repository.disagreements(copy)
    repository.move(copy)
    assert repository.disagreements(copy) == []
    notebook = next(copy.glob("book/*.ipynb")).read_text(encoding="utf-8")
    assert notebook.count("v7.8.9") == 2 and ours.tag not in notebook


def upstream(root: Path) -> str:
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return config["sphinx"]["config"]["upstream"]


@pytest.mark.parametrize("title", ["My course", "Attention: 'heads' # one", "ಕನ್ನಡ"])
def test_a_new_title_reaches_every_place(copy, title):
    ours = address.read(copy)
    repository.move(copy, title=title)
    assert repository.disagreements(copy) == []
    for name in ("_config.yml", "CITATION.cff"):
        text = (copy / name).read_text(encoding="utf-8")
        assert yaml.safe_load(text)["title"] == title
    for name in ("README.md", "book/index.md"):
        assert f"# {title}\n" in (copy / name).read_text(encoding="utf-8")
    if not upstream(copy):  # a fork may have a name such as "Attention"
        files = repository.texts(copy).items()
        named = {path.name for path, text in files if ours.title in text}
        # Whose text it is, and what an installed package falls back on.
        assert named == {"LICENSE", "address.py"}


def test_a_fork_keeps_the_address_of_the_course_that_it_comes_from(copy):
    ours = address.read(copy)
    origin = upstream(copy) or f"https://{ours.site}"
    for url in (FORK, FORK + "-of-a-fork"):
        repository.move(copy, url)
        assert upstream(copy) == origin
        repository.move(copy)
        assert upstream(copy) == origin and repository.disagreements(copy) == []
    edit(copy / "_config.yml", origin, f"https://{address.read(copy).site}")
    assert repository.disagreements(copy), "a course cannot be its own upstream"


def test_an_address_changed_in_one_place_only_is_found(copy):
    ours, chapters = address.read(copy), sorted(copy.glob("book/*.ipynb"))
    for path in [
        *chapters,
        copy / "README.md",
        copy / "CITATION.cff",
        copy / "_config.yml",
    ]:
        before = path.read_bytes()
        edit(path, f"{ours.owner}/{ours.name}", "someone/else")
        assert repository.disagreements(copy), path
        path.write_bytes(before)
    assert repository.disagreements(copy) == []


def test_check_names_what_disagrees_and_changes_nothing(copy, monkeypatch, capsys):
    monkeypatch.setattr(repository, "ROOT", copy)
    assert repository.main(["--check"]) == 0
    assert capsys.readouterr() == ("", "")
    ours = address.read(copy)
    edit(copy / "CITATION.cff", f"version: {ours.version}", "version: 9.9.9")
    before = snapshot(copy)
    assert repository.main(["--check"]) == 1
    assert capsys.readouterr().err == (
        "error: CITATION.cff disagrees with the course's title, address or version: "
        "run `make repository`\n"
    )
    assert snapshot(copy) == before


def test_a_first_cell_or_a_link_of_its_own_is_found(copy):
    path = next(copy.glob("book/*.ipynb"))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    first = next(cell for cell in cells if cell["cell_type"] == "code")
    for old, new in [
        (first["source"][0].strip(), "import os"),
        (f"/{path.name}", "/other.ipynb"),
    ]:
        before = path.read_bytes()
        edit(path, old, new)
        assert repository.disagreements(copy)
        path.write_bytes(before)


@pytest.mark.parametrize(
    "url",
    [
        "fork",
        "http://github.com/me/fork",
        "https://github.com/me",
        "git@github.com:me/fork",
    ],
)
def test_a_bad_address_gets_a_clear_error_and_changes_nothing(
    copy, url, monkeypatch, capsys
):
    before = snapshot(copy)
    monkeypatch.setattr(repository, "ROOT", copy)
    assert repository.main([url]) == 1
    said = capsys.readouterr().err
    assert re.fullmatch(
        r"Nothing was changed: '.*' does not read https://github.com/\S+\n", said
    )
    assert snapshot(copy) == before


@pytest.mark.parametrize("title", ["", "  ", "two\nlines"])
def test_a_bad_title_gets_a_clear_error_and_changes_nothing(
    copy, title, monkeypatch, capsys
):
    before = snapshot(copy)
    monkeypatch.setattr(repository, "ROOT", copy)
    assert repository.main(["--title", title]) == 1
    assert f"the title {title!r} is no line of text" in capsys.readouterr().err
    assert snapshot(copy) == before
