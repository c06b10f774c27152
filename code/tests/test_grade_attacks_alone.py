"""Attacks without the defences that stop them: each succeeds, so it is they who do."""

import sys

import pytest

from decoderbook.grade.arena import NOTEBOOKS, one_without
from decoderbook.grade.attacks import by_files, defences, main

LINUX_ALONE = ("a process that survives", "forks", "a memory bomb", "a huge file")


@pytest.mark.parametrize("attack", NOTEBOOKS, ids=lambda attack: attack.name)
def test_an_attack_succeeds_without_its_defences(attack, tmp_path):
    if sys.platform != "linux" and attack.name in LINUX_ALONE:
        pytest.skip("this platform has no such layer to switch off")
    assert one_without(attack, frozenset(attack.off), tmp_path).won


def test_files_and_names_succeed_without_theirs(tmp_path):
    for outcome in by_files(frozenset(), tmp_path):
        assert outcome.won, outcome.name


def test_every_defence_is_one_that_can_be_switched_off(capsys):
    assert len(defences()) >= 12
    with pytest.raises(SystemExit):
        main(["--without", "luck"])
    assert "invalid choice" in capsys.readouterr().err
