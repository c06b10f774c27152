"""The instructors' pages say what the chapters say: minutes, points, places, citation."""

import argparse
import importlib
import re
import shlex
import shutil

import nbformat
import pytest
import yaml

from decoderbook.checks import source
from decoderbook.site.mathml import convert
from decoderbook.tools import address, fronts, teaching
from decoderbook.tools.canonical import NotebookError

BOOK, ROOT = fronts.BOOK, fronts.BOOK.parent
CHAPTERS = source.chapters()
EXERCISES = source.exercises()


def text(name):
    return (BOOK / name).read_text("utf-8")


def test_the_page_is_what_its_sources_make():
    assert text(teaching.PAGE) == teaching.page(), "run `make notebooks`"


def test_the_notes_are_on_the_chapters_in_order():
    assert list(yaml.safe_load(text(teaching.NOTES))) == list(CHAPTERS)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_notes_on_a_chapter(chapter):
    notes = teaching.read_notes(chapter)
    assert len({wrong.hint for _, wrong in notes.telling}) == teaching.TELLING
    assert 3 <= len(notes.discuss) <= 5
    for discussion in notes.discuss:
        assert discussion.ask.endswith(("?", "."))
        assert discussion.reach.endswith(".")
        assert 15 <= len(discussion.reach.split()) <= 60


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_board_of_a_chapter(chapter):
    """Short sentences without names of variables, and formulas that can be shown."""
    board = teaching.read_notes(chapter).board
    assert 3 <= len(board) <= 6
    assert any(entry.formula or entry.shapes for entry in board)
    for entry in board:
        assert "`" not in entry.title + entry.say + entry.shapes
        assert entry.say.endswith(".") and len(entry.say.split()) <= 45
        for formula in filter(None, [entry.formula]):
            assert "<math" in convert(formula, block=True)


@pytest.mark.parametrize("number", ["05", "06", "08"])
def test_the_board_has_the_formula_of_attention(number):
    (chapter,) = (name for name in CHAPTERS if name.startswith(number))
    formulas = [entry.formula for entry in teaching.read_notes(chapter).board]
    assert any(r"\frac{QK^\top}{\sqrt{d_k}}" in formula for formula in formulas)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_names_all_that_it_has(chapter):
    """Every figure, guess, quiz and exercise, each with its address, and nothing twice."""
    said, declared = teaching.section(chapter), source.declared(chapter)
    number = int(chapter[:2])
    cells = nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4).cells
    captions = [
        found[1]
        for cell in cells
        if (found := re.match(rf"\*\*Figure {number}\.(\d+) · ", cell.source))
    ]
    links = re.findall(rf"\]\(#figure-{number}-(\d+)\) \| ", said)
    assert links == captions == [str(i) for i in range(1, len(links) + 1)]
    for q in declared.questions:
        assert said.count(f"(#{q.kind}-{q.slug})") == 1
        assert said.count(f"(#proof-{q.slug})") == 1
        if q.kind == "quiz":
            assert all(choice.reply in said for choice in q.choices)
    for e in declared.exercises:
        assert f"| [Exercise {e.label}](#exercise-{e.slug}) | {e.title} (" in said
    for outcome in fronts.read_data()["chapters"][chapter]["able"]:
        assert f"- {outcome}\n" in said


FIRST = CHAPTERS[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"discuss": [{"ask": "Why?"}]}, "reach"),
        ({"discuss": [{"ask": "Why?", "reach": "So.", "minutes": 5}]}, "minutes"),
        ({"telling": [["torch-var", "nobody says this"]]}, "nobody says this"),
        ({"telling": [["torch-var"]]}, "not enough values"),
        ({"board": [{"title": "It", "after": "figure-0-1"}]}, "say"),
        ({"decoder": [{"see": "It.", "state": "text=a"}]}, "changes"),
    ],
)
def test_notes_that_are_wrong_are_named(tmp_path, change, says):
    data = {FIRST: yaml.safe_load(text(teaching.NOTES))[FIRST] | change}
    (tmp_path / teaching.NOTES).write_text(yaml.safe_dump(data), "utf-8")
    with pytest.raises(NotebookError, match=f"{FIRST}.*{says}"):
        teaching.read_notes(FIRST, tmp_path)


def test_a_chapter_without_notes_is_named(tmp_path):
    shutil.copy(BOOK / teaching.NOTES, tmp_path)
    with pytest.raises(NotebookError, match="99-nowhere"):
        teaching.read_notes("99-nowhere", tmp_path)


def test_the_command_writes_the_page_or_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fronts, "BOOK", tmp_path)
    monkeypatch.setattr(teaching, "page", lambda: "# Made\n")
    assert teaching.main([]) == 0 and capsys.readouterr().out == "# Made\n"
    assert teaching.main(["--write"]) == 0
    assert (tmp_path / teaching.PAGE).read_bytes() == b"# Made\n"

    def fails():
        raise NotebookError("a fault")

    monkeypatch.setattr(teaching, "page", fails)
    assert teaching.main(["--write"]) == 1
    assert "error: a fault" in capsys.readouterr().err
    assert (tmp_path / teaching.PAGE).read_bytes() == b"# Made\n"


# ---- The syllabus ----

ROW = re.compile(
    r"^\| ([\d.]+ [^|]+) \| (.+?): (\d+) minutes \| (.+) \| (.+): (\d+) points, (\d+) minutes \|$"
)
SUM = re.compile(r"^\| All \| (\d+) minutes \| +\| (\d+) points, (\d+) minutes \|$")


def plans():
    """(rows, sums) of each plan of several sessions."""
    found, rows = [], []
    for line in text("syllabus.md").splitlines():
        if row := ROW.match(line):
            rows.append(row.groups())
        elif total := SUM.match(line):
            found.append((rows, [int(number) for number in total.groups()]))
            rows = []
    return found


def read_minutes(chapter):
    notebook = nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4)
    return fronts.minutes_to_read(notebook)[0]


@pytest.mark.parametrize("plan", [0, 1])
def test_the_sums_of_a_syllabus(plan):
    rows, sums = plans()[plan]
    assert len(rows) == 8
    read = []
    for _, before, minutes, in_class, assigned, points, spent in rows:
        chapters = re.findall(r"\]\(([\w-]+)\.ipynb\)", before)
        slugs = re.findall(r"\]\(#exercise-([\w-]+)\)", assigned)
        labels = re.findall(r"\[([\d.]+)\]", assigned)
        assert int(minutes) == sum(map(read_minutes, chapters))
        assert int(points) == sum(EXERCISES[slug].points for slug in slugs)
        assert int(spent) == sum(EXERCISES[slug].minutes for slug in slugs)
        assert labels == [EXERCISES[slug].label for slug in slugs]
        read += chapters
        assert {EXERCISES[slug].chapter for slug in slugs} <= set(read)
        assert in_class.count("(#figure-") >= 2 and in_class.count("(#guess-") == 2
    assert sums == [sum(int(row[i]) for row in rows) for i in (2, 5, 6)]
    assert len(set(read)) == len(read)


@pytest.mark.parametrize("plan", [0, 1])
def test_a_syllabus_asks_for_nothing_that_has_not_been_read(plan):
    """What a chapter needs stands in an earlier session or in the same one."""
    needs = {
        name[:2]: set(chapter["needs"])
        for name, chapter in fronts.read_data()["chapters"].items()
    }
    read = set()
    for row in plans()[plan][0]:
        read |= {
            number for number in needs if re.search(rf"\]\({number}-[\w-]+\.i", row[1])
        }
        for number in read:
            assert needs[number] <= read, f"{row[0]}: {number} comes too early"
        shown = re.findall(r"\(#figure-(\d+)-", row[3])
        assert {f"{int(number):02}" for number in shown} <= read


def test_the_lecture_fills_its_90_minutes():
    spans = re.findall(r"^\| (\d+)–(\d+) \| ", text("syllabus.md"), re.MULTILINE)
    times = [(int(a), int(b)) for a, b in spans]
    assert times[0][0] == 0 and times[-1][1] == 90
    for (begin, end), (following, _) in zip(times, [*times[1:], (90, 90)], strict=True):
        assert begin < end == following


# ---- Citing, hosting ----


def test_the_citation_is_that_of_the_file():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    year = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["copyright"][:4]
    author, title = cited["authors"][0]["name"], cited["title"]
    version, url = cited["version"], cited["repository-code"]
    page = text("about.md")
    [bibtex] = re.findall(r"```bibtex\n(.+?)\n```", page, re.DOTALL)
    fields = dict(re.findall(r"(\w+) += \{(.+?)\},?$", bibtex, re.MULTILINE))
    assert fields == {
        "author": f"{{{author}}}",
        "title": title,
        "version": version,
        "year": year,
        "url": url,
    }
    apa = (
        f"{author}. ({year}). *{title}* (Version {version}) [Computer software]. {url}"
    )
    assert f"> {apa}\n" in page
    assert set(cited["license"]) == {"MIT", "CC-BY-4.0"}
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")
    content = (ROOT / "LICENSE-CONTENT").read_text("utf-8")
    assert content.startswith("Attribution 4.0 International")


def test_a_hub_gets_this_repository():
    page = text("run-it-elsewhere.md")
    here = address.read()
    assert f"?repo={here.url}\n" in page
    assert f"decoder-course {here.url}\n" in page
    for path in re.findall(r"urlpath=lab/tree/(?:decoder/)?(book/\S+)", page):
        assert (ROOT / path).is_file()


def test_repo2docker_finds_what_it_reads():
    """A Python that the package takes and the tests ran, and packages with a local folder: so the
    whole repository is copied before pip runs.
    """
    found = re.fullmatch(
        r"python-3\.(\d+)\n", (ROOT / "runtime.txt").read_text("utf-8")
    )
    assert found and 11 <= int(found[1]) <= 13
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert "-e ./code" in lines and "-c constraints.txt" in lines
    for folder in ("binder", ".binder"):
        assert not (ROOT / folder).exists(), "the two files would not be read"
    for other in ("environment.yml", "Dockerfile", "Pipfile", "setup.py"):
        assert not (ROOT / other).exists(), f"{other} would be read in their place"


COMMANDS = [
    (module, words)
    for page in (*BOOK.glob("*.md"), ROOT / "README.md")
    for module, words in re.findall(
        r"python -m (decoderbook\.(?:assign|grade)[\w.]*)((?: [^\n`]+)?)",
        page.read_text("utf-8"),
    )
]


class Parsed(Exception):
    """A command was understood, and would begin now."""


@pytest.mark.parametrize(("module", "words"), COMMANDS)
def test_a_command_of_a_page_is_one_that_there_is(module, words, monkeypatch):
    real = argparse.ArgumentParser.parse_args

    def parse(self, arguments=None, namespace=None):
        real(self, arguments, namespace)
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)
    name = module if module.count(".") > 1 else f"{module}.__main__"
    with pytest.raises(Parsed):
        importlib.import_module(name).main(shlex.split(words))


def test_the_pages_name_commands():
    assert {"decoderbook.assign", "decoderbook.grade"} <= {m for m, _ in COMMANDS}
