"""What is assigned: chapters found by number or name, seeds that only the instructor has, files read back."""

import json

import pytest

from decoderbook.assign.assignment import (
    Assignment,
    AssignmentError,
    find_chapters,
    read_assignment,
)
from decoderbook.checks import source

SLUGS = tuple(e.slug for e in source.exercises().values() if e.chapter[:2] == "05")
MADE = Assignment("Week 2", ("05-queries-keys-values",), SLUGS, seed=7)


@pytest.mark.parametrize("name", ["5", "05", "05-queries-keys-values"])
def test_a_chapter_is_found_by_number_and_by_name(name):
    assert find_chapters([name]) == ("05-queries-keys-values",)


def test_chapters_come_in_the_order_of_the_book_and_once():
    assert [c[:2] for c in find_chapters(["8", "5", "05", "6"])] == ["05", "06", "08"]


@pytest.mark.parametrize("name", ["99", "05-queries", "", "queries", "5.1", "-1"])
def test_a_chapter_that_is_not_there_is_refused(name):
    with pytest.raises(AssignmentError, match="there is no chapter"):
        find_chapters([name])


def test_it_is_read_back(tmp_path):
    assert read_assignment(MADE.write(tmp_path)) == MADE


def test_points_are_those_of_its_exercises():
    assert MADE.points == sum(source.exercises()[slug].points for slug in SLUGS) > 0


def test_seeds_are_kept_and_differ():
    other = Assignment(MADE.title, MADE.chapters, MADE.exercises, seed=8)
    assert MADE.seeds(SLUGS[0]) == MADE.seeds(SLUGS[0])
    drawn = [*MADE.seeds(SLUGS[0]), *MADE.seeds(SLUGS[1]), *other.seeds(SLUGS[0])]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2}',
        '{"version": 1}',
        "\0",
        '{"version": 1, "title"',
    ],
)
def test_a_wrong_file_is_refused(tmp_path, text):
    path = tmp_path / "assignment.json"
    path.write_text(text, "utf-8")
    with pytest.raises(AssignmentError, match=r"assignment\.json"):
        read_assignment(path)


def test_an_unknown_exercise_is_refused(tmp_path):
    path = MADE.write(tmp_path)
    data = json.loads(path.read_text("utf-8")) | {"exercises": ["no-such-thing"]}
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(AssignmentError, match="no-such-thing"):
        read_assignment(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(AssignmentError, match=r"decoderbook\.assign"):
        read_assignment(tmp_path / "none.json")
