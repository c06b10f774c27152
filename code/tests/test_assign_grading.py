"""What graders share: the verdict on an answer with an instructor's seeds, and the rubric."""

import ast
import csv
import io
from pathlib import Path

import pytest
from assigned import ANSWERS, BLANK, EXERCISES, HINT, MUTANT, RIGHT, code_of, whole

from decoderbook.assign import rubric, trial
from decoderbook.assign.trial import message, require
from decoderbook.checks import source
from decoderbook.checks.answers import declared_answers
from decoderbook.checks.engine import judge

CHAPTERS = source.chapters()


def test_require_lets_a_right_answer_pass():
    require(RIGHT, *code_of(RIGHT, EXERCISES[RIGHT].solution), seeds=[1, 2, 3])


def test_require_tries_every_seed():
    """One that is right for the first seed alone."""
    answer = code_of(MUTANT, EXERCISES[MUTANT].solution)[0]
    wrong = code_of(MUTANT, EXERCISES[MUTANT].wrong[0].code)[0]
    calls = []

    def my_softmax(scores, temperature=1.0):
        calls.append(1)
        return (answer if len(calls) <= 6 else wrong)(scores, temperature)

    with pytest.raises(AssertionError, match="maximum is not"):
        require(MUTANT, my_softmax, seeds=[1, 2])


def test_require_says_what_is_wrong_and_not_with_which_seed():
    with pytest.raises(AssertionError) as said:
        require(MUTANT, *code_of(MUTANT, ANSWERS[MUTANT]), seeds=[987_654])
    assert HINT in str(said.value) and "987" not in str(said.value)
    assert "Read again: chapter 05" in str(said.value)
    with pytest.raises(AssertionError, match="my_W_Q: nothing is written"):
        require(BLANK, *code_of(BLANK, EXERCISES[BLANK].starter), seeds=[1])
    with pytest.raises(AssertionError, match="my_temperature: nothing is written"):
        require(RIGHT, None, seeds=[1])


def test_require_refuses_an_exercise_of_another_version():
    with pytest.raises(ValueError, match="has no exercise 'gone'"):
        require("gone", 1, seeds=[1])


@pytest.mark.parametrize("slug", EXERCISES)
def test_no_message_names_the_seed(slug):
    exercise, seed = EXERCISES[slug], 55_667_788
    wrong = exercise.wrong[0]
    answers = declared_answers(exercise, wrong.code, wrong.name)
    verdict = judge(exercise, answers, seed, seconds=60)
    assert not verdict.passed
    assert str(seed) in "\n".join(verdict.lines()) and str(seed) not in message(verdict)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_rubric_has_every_exercise_and_every_mistake(chapter):
    made = whole(chapter)
    page = rubric.as_markdown(made, chapter)
    table = list(csv.DictReader(io.StringIO(rubric.as_csv(made))))
    assert tuple(table[0]) == rubric.COLUMNS
    assert sum(int(row["points"]) for row in table) == made.points
    for e in made.chosen():
        full, *mistakes = (row for row in table if row["name"] == e.slug)
        assert full["answer"] == rubric.FULL and int(full["points"]) == e.points
        assert full["shows"] in page and all(
            f"`{name}`" in full["shows"] for name in e.answers
        )
        assert [(m["answer"], m["shows"]) for m in mistakes] == [
            (wrong.name, wrong.hint) for wrong in e.wrong
        ]
        for wrong in e.wrong:
            hint = " ".join(wrong.hint.split()).replace("|", "\\|")
            assert f"| {wrong.name} | {hint} |" in page
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(lines) == sum(1 + len(e.wrong) for e in made.chosen())


def test_a_rubric_is_the_same_each_time():
    made = whole("11-inference")
    assert rubric.as_csv(made) == rubric.as_csv(made)


def test_the_grading_modules_need_no_library_of_instructors():
    """They run on the graders' machines too, which have the course alone."""
    text = (Path(trial.__file__)).read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            assert node.module.startswith(
                ("decoderbook.checks", "collections", "typing")
            )
