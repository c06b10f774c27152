"""Attacks with all defences: no points, something reported, and an honest student unhurt beside them."""

import pytest

from decoderbook.grade.arena import ASSIGNMENT, NOTEBOOKS, with_all
from decoderbook.grade.attacks import FILES, by_files


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    found, bob = with_all(tmp_path_factory.mktemp("arena"))
    return {outcome.name: outcome for outcome in found}, bob


@pytest.mark.parametrize("name", [attack.name for attack in NOTEBOOKS])
def test_an_attack_gets_nothing_and_is_reported(attacked, name):
    outcome = attacked[0][name]
    assert not outcome.won
    assert outcome.notes


def test_the_honest_student_beside_them_is_unhurt(attacked):
    _, bob = attacked
    assert sum(bob.points.values()) == ASSIGNMENT.points and bob.notes == ()


def test_files_and_names_get_nothing_and_are_reported(tmp_path):
    outcomes = list(by_files(None, tmp_path))
    assert len(outcomes) == len(FILES) + 2
    for outcome in outcomes:
        assert not outcome.won and outcome.notes, outcome.name
