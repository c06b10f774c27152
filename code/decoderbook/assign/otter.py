"""The zip for otter-grader 7: for Gradescope, and for `otter run` on a machine of one's own.

Otter's own `generate` lays it out; here is what goes in.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path

import yaml
from otter.generate import main as generate

from decoderbook.assign.assignment import NAME, Assignment, read_assignment
from decoderbook.checks.items import Exercise
from decoderbook.tools import address
from tinydecoder.files import write_atomically

# After the grades are published, a learner reads on Gradescope what the check said.
CONFIG = {"show_hidden": True, "force_public_test_summary": False}
# For pip to fetch the course with, and so that it brings no torch for GPUs.
ENVIRONMENT = {
    "channels": ["conda-forge"],
    "dependencies": ["git", "pytorch-cpu>=2.10"],
}
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip
TEST = """\
from otter.test_files import test_case

from decoderbook.assign.trial import require

OK_FORMAT = False
name = {slug!r}
points = {points}
SEEDS = {seeds}


@test_case(name={slug!r}, hidden=True)
def test_answer({names}):
    require({slug!r}, {names}, seeds=SEEDS)
"""


def write(chapter: str, folder: Path) -> list[Path]:
    """Write otter/CHAPTER.zip for the assignment in a folder."""
    made = read_assignment(folder / NAME)
    path = folder / "otter" / f"{chapter}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, autograder(made, chapter))
    return [path]


def autograder(made: Assignment, chapter: str) -> bytes:
    """The zip of one chapter."""
    files = {
        "otter_config.json": json.dumps(CONFIG, indent=2),
        "environment.yml": yaml.safe_dump(ENVIRONMENT),
        "requirements.txt": address.find().requirement + "\n",
    }
    for e in made.chosen(chapter):
        files[f"tests/{e.slug}.py"] = test_file(e, made.seeds(e.slug))
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        (here / "tests").mkdir()
        for name, text in files.items():
            (here / name).write_text(text, "utf-8", newline="\n")
        generate(
            tests_dir=str(here / "tests"),
            output_path=str(here / "autograder.zip"),
            config=str(here / "otter_config.json"),
            environment=str(here / "environment.yml"),
            requirements=str(here / "requirements.txt"),
        )
        return _settled((here / "autograder.zip").read_bytes())


def test_file(exercise: Exercise, seeds: list[int]) -> str:
    """A test in otter's exception-based format: it passes, or fails with what the check says."""
    names = ", ".join(exercise.answers)
    return TEST.format(
        slug=exercise.slug, points=exercise.points, seeds=seeds, names=names
    )


def _settled(data: bytes) -> bytes:
    """A zip with its files in order, and without the time at which it was made."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in sorted(old.infolist(), key=lambda info: info.filename):
            text = old.read(info)
            info.date_time = LONG_AGO
            new.writestr(info, text, zipfile.ZIP_DEFLATED)
    return out.getvalue()
