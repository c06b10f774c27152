"""Attack the grader: `python -m decoderbook.grade.attacks` prints a table, attack × outcome.

Each attack runs with all defences, beside an honest student's notebook, and then without the defences that
stop it, to see that it is they who do. `--without DEFENCE …` shows what succeeds without some of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from decoderbook.grade.arena import (
    ASSIGNMENT,
    NOTEBOOKS,
    Outcome,
    one_without,
    with_all,
)
from decoderbook.grade.attack_files import FILES, try_files, try_formula, try_names
from decoderbook.grade.rows import Row


def by_files(off: frozenset[str] | None, folder: Path) -> Iterator[Outcome]:
    """The attacks by files and names, with all defences, or each without its own, or without some."""
    for i, attack in enumerate(FILES):
        is_off = off is not None and (attack.off in off or not off)
        won, notes = try_files(attack, folder / f"files-{i}", is_off)
        yield Outcome(attack.name, (attack.off,), won, tuple(notes))
    for name, door, tried in (
        (
            "a name that leads elsewhere",
            "names",
            lambda o: try_names(ASSIGNMENT, folder / "n", o),
        ),
        ("a name that is a formula", "formulas", try_formula),
    ):
        won, notes = tried(off is not None and (door in off or not off))
        yield Outcome(name, (door,), won, tuple(notes))


def defences() -> list[str]:
    """All that can be switched off, in this command alone."""
    found = {name for attack in NOTEBOOKS for name in attack.off}
    return sorted(found | {a.off for a in FILES} | {"names", "formulas"})


def main(arguments: list[str] | None = None) -> int:
    """The command; its status is 1 if an attack gets through, or if its defences do not matter."""
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.grade.attacks", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--without", nargs="+", choices=defences(), default=[])
    chosen = frozenset(parser.parse_args(arguments).without)
    with tempfile.TemporaryDirectory(prefix="attacks-") as name:
        folder = Path(name)
        if chosen:
            outcomes = [
                one_without(a, chosen, _new(folder, i)) for i, a in enumerate(NOTEBOOKS)
            ]
            outcomes += by_files(chosen, folder)
            for o in outcomes:
                print(f"{'SUCCEEDS' if o.won else 'fails':9} {o.name}")
            return 0
        held, bob = with_all(_new(folder, 0))
        held += by_files(None, folder / "on")
        alone = {
            a.name: one_without(a, frozenset(a.off), _new(folder, i))
            for i, a in enumerate(NOTEBOOKS, 1)
        }
        alone |= {o.name: o for o in by_files(frozenset(), folder / "off")}
    return show(held, alone, bob)


def _new(folder: Path, i: int) -> Path:
    made = folder / f"arena-{i}"
    made.mkdir()
    return made


def show(held: list[Outcome], alone: dict[str, Outcome], bob: Row) -> int:
    """Print the table; returns 1 if something in it is not as it should be."""
    print(
        f"{'attack':34} {'with all defences':18} {'succeeds without':38} first thing noticed"
    )
    fine = sum(bob.points.values()) == ASSIGNMENT.points
    for o in held:
        without = " + ".join(o.off) if alone[o.name].won else "NOT EVEN THEN"
        result = (
            "SUCCEEDS" if o.won else "0 points, reported" if o.notes else "0 points"
        )
        noticed = o.notes[0].split(": ", 1)[-1][:60] if o.notes else "nothing"
        print(f"{o.name:34} {result:18} {without:38} {noticed}")
        fine = fine and not o.won and bool(o.notes) and alone[o.name].won
    got = sum(bob.points.values())
    print(f"The honest student beside them got {got} of {ASSIGNMENT.points} points.")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
