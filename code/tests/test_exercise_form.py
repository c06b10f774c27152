"""The form in which exercises are declared: what is read, what is refused and where, and the
command that tries the answers.
"""

import re
from dataclasses import replace

import pytest

from decoderbook.checks import source
from decoderbook.checks.form import parse
from decoderbook.checks.items import Variant
from decoderbook.checks.sections import SourceError
from decoderbook.tools import mutants

GOOD = """# Title

## Exercise one · First
points: 1
minutes: 2
read: 05 · A heading

Write `my_x`.

### Starter
```python
my_x = ...
```

### Hint
Count.

### Solution
```python
my_x = 1  ## Exercise no-heading · in code
```

### Also right · added
```python
my_x = 0 + 1
```

### Wrong · two
```python
my_x = 2
```
Not two.

### Wrong · three
```python
my_x = 3
```
Not three.

## Quiz two · Second
corrects: 3, 4

Which?

- [ ] This
  No good.
- [x] That
  Good.

## Guess three · Third
before: a-cell
slider: 0 to 1 step 0.25
right: 0.5 ± 0.1

How much?

- [ ] Less
  More.
- [x] A half
  Yes.
- [ ] More
  Less.
"""


def test_the_form_is_read():
    found = parse(GOOD, "05-x")
    [e], [q, g] = found.exercises, found.questions
    assert (e.label, e.points, e.minutes, e.answers) == ("5.1", 1, 2, ("my_x",))
    assert str(e.read) == "chapter 05, “A heading”" and e.wrong[0].hint == "Not two."
    assert e.solution == "my_x = 1  ## Exercise no-heading · in code"
    assert e.statement == "Write `my_x`." and e.hints == ("Count.",)
    assert [v.name for v in (*e.also, *e.wrong)] == ["added", "two", "three"]
    assert q.corrects == (3, 4) and [c.right for c in q.choices] == [False, True]
    assert (g.before, g.slider.step, g.slider.right) == ("a-cell", 0.25, 0.5)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("points: 1", "\n\npoints: 1"),
        ("First\n", "First  \n"),
        ("### Starter", "### Starter "),
        ("```\nNot two.", "```  \nNot two."),
        ("\n", "\r\n"),
    ],
)
def test_white_space_that_nobody_sees_does_not_matter(old, new):
    assert parse(GOOD.replace(old, new), "05-x") == parse(GOOD, "05-x")


PART = "there is no such fact; it may be "

REFUSED = [  # what stands there, what is written instead, the line and item, what is said
    # Headings
    ("## Exercise one · First", "## Exercise First", "3, a new item", "is no `## Ex"),
    ("## Exercise one", "##Exercise one", "3, before the first", "is no heading"),
    ("## Quiz two", "  ## Quiz two", "40, one", "is no heading"),
    ("### Hint", "#### Hint", "15, one", "is no heading"),
    ("### Solution", "### Answer", "18, one", "is no part of an exercise"),
    ("# Title", "### Starter", "1, before the first item", "belongs to no item"),
    ("## Quiz two", "## Quiz one", "40, one", "two items have this name, the other on"),
    # Fences
    (
        "### Solution\n```",
        "### Solution\n  ```",
        "19, one, Solution",
        "begins no block",
    ),
    ("```\nNot two.", "Not two.", "34, one, Wrong · two", "which ``` must end"),
    ("```\nNot two.", "  ```\nNot two.", "31, one, Wrong · two", "of line 29"),
    ("Which?", "```\nWhich?", "43, two", "begins no block"),
    ("Which?", "```text\nWhich?", "43, two", "that begins here has no end"),
    ("  Less.\n", "  Less.\n```python\n", "63, three", "that begins here has no end"),
    # Facts
    ("points: 1\n", "", "3, one", "it has no 'points'"),
    ("points: 1\n", "points: many\n", "4, one", "'points': it is written as a whole"),
    ("points: 1\n", "points: -1\n", "4, one", "'points': it is written as a whole"),
    ("minutes: 2", "minutes: 0", "5, one", "'minutes': it must be at least 1, got 0"),
    ("minutes: 2", "minuets: 2", "5, one", f"'minuets': {PART}points, minutes, read"),
    ("minutes: 2", "corrects: 2", "5, one", f"'corrects': {PART}points"),
    ("minutes: 2", "points: 2", "5, one", "'points' is given twice, first on line 4"),
    ("points: 1", "points : 1", "4, one", "it is written `points: 1`"),
    ("points: 1", "Points: 1", "4, one", "it is written `points: 1`"),
    ("minutes: 2", "minutes:", "5, one", "it is written `points: 1`"),
    ("minutes: 2", "\nminutes: 2", "6, one", "facts have no line between them"),
    ("read: 05 · A heading", "read: five", "6, one", "'read': it is written `05 ·"),
    (
        "corrects: 3, 4",
        "corrects: three",
        "41, two",
        "'corrects': it is written `3, 4`",
    ),
    ("corrects: 3, 4", "right: 1 ± 0", "41, two", "'right': it belongs to a `slider`"),
    # Texts
    ("Write `my_x`.", "", "3, one", "the statement is missing"),
    ("Which?", "", "40, two", "the statement is missing"),
    ("Count.", "", "15, one, Hint", "nothing stands below"),
    ("Not two.", "", "28, one, Wrong · two", "no hint follows"),
    ("```\n\n### Hint", "```\nLost.\n\n### Hint", "10, one, Starter", "a text follows"),
    # Code
    ("my_x = 2", "my_x = (", "30, one, Wrong · two", "was never closed"),
    ("my_x = 1 ", "\nmy_x = = 1 ", "21, one, Solution", "invalid syntax"),
    ("### Hint\n", "### Solution\n", "15, one, Solution", "must begin with a block"),
    ("my_x = ...", "x = ...", "10, one, Starter", "no name that begins with `my_`"),
    ("my_x = ...", "my_x = my_y = 0", "18, one, Solution", "does not define my_y"),
    ("my_x = 0 + 1", "my_z = 1", "23, one, Also right · added", "not define my_x"),
    ("my_x = 3", "my_x[0] = 3", "34, one, Wrong · three", "does not define my_x"),
    # Parts
    ("### Wrong · two", "### Wrong", "28, one, Wrong", "'Wrong' has no name"),
    ("### Solution", "### Solution · a", "18, one, Solution · a", "can have no name"),
    (
        "Wrong · three",
        "Wrong · two",
        "34, one, Wrong · two",
        "another one has this name",
    ),
    (
        "### Also right · added",
        "### Solution",
        "23, one, Solution",
        "one part 'Solution'",
    ),
    ("### Starter\n```python\nmy_x = ...\n```", "", "3, one", "part 'Starter', got 0"),
    ("Which?", "### Hint\nWhich?", "43, two, Hint", "a quiz has no parts"),
    # Choices and sliders
    ("- [x] That", "- [ ] That", "40, two", "one of them right"),
    ("- [x] That", "- [X] That", "47, two", "is no choice"),
    ("- [x] That", "  - [x] That", "47, two", "is no choice"),
    ("  Good.", "", "47, two", "has no reply"),
    ("corrects: 3, 4", "slider: 1 to 2", "40, two", "it has no 'right'"),
    ("- [x] A half\n  Yes.\n", "", "50, three", "a slider has three choices"),
    (
        "slider: 0 to 1 step 0.25",
        "slider: 0 to 1",
        "52, three",
        "'slider': a slider is",
    ),
    ("step 0.25", "step 0.2.5", "52, three", "'slider': a slider is written"),
    ("step 0.25", "step 0", "52, three", "'slider': it goes up, in steps above 0"),
    ("0 to 1", "1 to 0", "52, three", "'slider': it goes up"),
    ("0.5 ± 0.1", "1.5 ± 0.1", "52, three", "'1.5 ± 0.1', must lie within '0 to 1"),
    ("0.5 ± 0.1", "0.6 ± 0.05", "52, three", "none of its steps is right"),
]


@pytest.mark.parametrize(("old", "new", "place", "said"), REFUSED)
def test_what_cannot_be_read_is_said_with_its_place(old, new, place, said):
    assert old in GOOD
    with pytest.raises(SourceError, match=re.escape(said)) as error:
        parse(GOOD.replace(old, new, 1), "05-x")
    assert str(error.value).startswith(f"exercises/05-x.md:{place}")


# ---- The folder --------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of declarations in the place of the book's."""
    made = tmp_path / "exercises"
    made.mkdir()
    monkeypatch.setattr(source, "files", lambda package: tmp_path)
    kept = (source.chapters, source.declared)
    for function in kept:
        function.cache_clear()
    yield made
    for function in kept:
        function.cache_clear()


def test_the_folder_is_read(folder):
    (folder / "05-x.md").write_text(GOOD, "utf-8")
    (folder / ".#05-x.md").write_text("what an editor leaves", "utf-8")
    assert source.chapters() == ("05-x",) and list(source.exercises()) == ["one"]
    (folder / "05-x.md").write_text(GOOD.partition("\n\n")[2], "utf-8-sig")
    source.declared.cache_clear()
    assert list(source.exercises()) == ["one"]


@pytest.mark.parametrize("name", ["notes.md", "5-x.md", "05.md"])
def test_a_file_that_is_named_after_no_chapter_is_named(folder, name):
    (folder / name).write_text(GOOD, "utf-8")
    with pytest.raises(SourceError, match=rf"^exercises/{name}: a file here has the"):
        source.chapters()


def test_a_file_that_is_not_utf_8_is_named(folder):
    raw = GOOD.replace("Count.", "Count, naïf.").encode("latin-1", "replace")
    (folder / "05-x.md").write_bytes(raw.replace(b"?", b"-"))
    said = r"^exercises/05-x.md:3: the file must be UTF-8"
    with pytest.raises(SourceError, match=said):
        source.exercises()


def test_two_files_have_no_name_in_common(folder):
    (folder / "05-x.md").write_text(GOOD, "utf-8")
    other = GOOD.replace("Exercise one", "Exercise other").replace("Quiz two", "Quiz b")
    (folder / "06-y.md").write_text(other, "utf-8")
    said = r"^exercises/06-y.md, three: exercises/05-x.md has an item of this name too"
    with pytest.raises(SourceError, match=said):
        source.exercises()


# ---- The command -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["99", "--write"], "no such chapter; numbers have two digits, such as 05"),
        (["5"], "no such chapter; numbers have two digits, such as 05"),
        (["05", "--write"], "--write needs all chapters"),
    ],
)
def test_the_page_is_not_written_for_a_part_of_the_book(
    arguments, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(mutants, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(mutants, "try_all", lambda exercise: [])
    with pytest.raises(SystemExit) as stopped:
        mutants.main(arguments)
    assert stopped.value.code == 2 and said in capsys.readouterr().err
    assert not mutants.PAGE.exists()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys\nsys.exit(0)", "it raised SystemExit: 0"),
        ("my_temperature = 1 / 0", "it raised ZeroDivisionError: division by zero"),
    ],
)
def test_an_answer_that_ends_the_program_is_a_fault(code, said):
    exercise = source.exercises()["lost-root"]
    trial = mutants.try_one(exercise, "wrong", Variant("the end", code))
    assert trial.faults == (f"seed 0: {said}",)


def test_an_exercise_without_cases_is_a_fault():
    exercise = replace(source.exercises()["lost-root"], slug="no-root")
    trial = mutants.try_one(
        exercise, "solution", Variant("the solution", exercise.solution)
    )
    said = 'it has no cases: checks/chapter_05.py needs a function under @cases_of("no-root")'
    assert trial.faults == (f"seed 0: {said}",)
