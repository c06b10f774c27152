"""The map of the two videos: no cell is empty, and each chapter's stretch begins a row."""

import itertools
import re
from pathlib import Path

from decoderbook.tools import fronts

MAP = (Path(__file__).parents[2] / "book" / "videos.md").read_text("utf-8")
DATA = fronts.read_data()
ROW = re.compile(
    r"^\| \[([\d:]+)\]\(https://youtu\.be/([\w-]+)\?t=(\d+)\) ", re.MULTILINE
)


def rows():
    """(clock, video's id, second, cells) of each row."""
    for line in MAP.splitlines():
        if found := ROW.match(line):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            yield found[1], found[2], int(found[3]), cells


def test_no_row_is_empty_and_each_opens_its_minute():
    lines = [line for line in MAP.splitlines() if line.startswith("| ")]
    assert len(list(rows())) == len(lines) - 2 >= 15  # two headings
    for clock, _, second, cells in rows():
        assert second == fronts.seconds_into(clock)
        assert len(cells) == 3 and all(len(cell) > 10 for cell in cells)
        assert re.search(r"\d\d-[\w-]+\.ipynb", cells[1]) and "(#figure-" in cells[1]


def test_time_runs_forward_in_each_video():
    for video in DATA["videos"].values():
        seconds = [second for _, name, second, _ in rows() if name == video["id"]]
        assert seconds[0] == 0
        assert all(a < b for a, b in itertools.pairwise(seconds))


def test_the_stretch_that_a_chapter_mirrors_begins_a_row_that_leads_to_it():
    led = {(clock, video): cells[1] for clock, video, _, cells in rows()}
    for name, chapter in DATA["chapters"].items():
        for video, start, *_ in chapter.get("mirrors", []):
            assert f"({name}.ipynb)" in led[start, DATA["videos"][video]["id"]]
