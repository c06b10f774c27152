"""Each figure's controls and data table, worked by the keyboard and checked against its record."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator
from site_pages import MAX_LAYOUT_SHIFT, WITH_FIGURES, Visit, draw, replay

# Pages of their own: a press changes the figure, though the next one takes it back.
pytestmark = pytest.mark.parametrize(
    "visit", WITH_FIGURES, indirect=True, scope="module"
)

STATE = "plot => JSON.stringify([plot.data, plot.layout.meta, plot.layout.annotations, plot.layout.shapes])"


def _json(figure: Locator, name: str) -> Any:
    script = figure.locator(f"script.figure-{name}")
    return json.loads(script.inner_text()) if script.count() else None


def _expected(figure: Locator) -> dict[str, Any]:
    """Return the recorded figure for the controls' values, worked out apart from player.js."""
    start, record = _json(figure, "start"), _json(figure, "record")
    if record is None:
        return start
    index = 0
    for control, box in zip(
        record["controls"],
        figure.locator(".figure-control :is(input, select)").all(),
        strict=True,
    ):
        index = index * len(control["values"]) + int(box.input_value())
    return replay(start, record, index)


def _as_script_writes(value: Any) -> str:
    if value is None:
        return "–"
    whole = isinstance(value, float) and value.is_integer()
    return re.sub("^-", "−", str(int(value) if whole else value))


def _number_or_text(shown: Any) -> Any:
    """A number however it is written, 1e-07 or 1e-7; else the text."""
    try:
        return float(shown)
    except ValueError:
        return str(shown)


def _check_table(figure: Locator) -> None:
    expected = _expected(figure)
    if own := expected["layout"]["meta"].get("table"):
        texts = figure.locator(".figure-table tbody").evaluate(
            "body => [...body.rows].map(row => [...row.cells].map(c => c.innerText))"
        )
        written = [[_as_script_writes(v) for v in row] for row in own["rows"]]
        assert texts == written
        return
    traces = [trace for trace in expected["data"] if trace.get("visible", True)]
    shown = figure.locator(".figure-table td").all_inner_texts()
    numbers = [None if text == "–" else text.replace("−", "-") for text in shown]
    matrices = [
        value for trace in traces if "z" in trace for row in trace["z"] for value in row
    ]
    if len(matrices) and all("z" in trace for trace in traces):
        assert len(numbers) == len(matrices)
        for number, value in zip(numbers, matrices, strict=True):
            assert (
                (number is None)
                if value is None
                else (float(number) == pytest.approx(value))
            )
        return
    held = {_number_or_text(n) for n in numbers if n}
    for trace in traces:
        along = trace.get("x" if trace.get("orientation") == "h" else "y") or []
        for value in along:
            found = value is None or _number_or_text(value) in held
            assert found, f"{value} is not in the table"


def _open_table(figure: Locator) -> bool:
    """Open the figure's table, whoever opened it before; False where it has none."""
    details = figure.locator(".figure-data")
    if not details.count():
        return False
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    figure.locator(".figure-table td").first.wait_for()
    return True


def test_the_table_holds_the_data(visit: Visit) -> None:
    for figure in visit.figures():
        if _open_table(figure):
            _check_table(figure)


def _press(box: Locator, plot: Locator, key: str) -> str:
    before = plot.evaluate(STATE)
    box.press(key)
    plot.page.wait_for_function(
        f"([plot, before]) => ({STATE})(plot) !== before",
        arg=[plot.element_handle(), before],
    )
    return plot.evaluate(STATE)


def test_every_control_answers_the_keyboard(visit: Visit) -> None:
    played = [
        (figure, draw(figure), record)
        for figure in visit.figures()
        if (record := _json(figure, "record")) is not None
    ]
    # Before the first press: from then on a table opens, and heights are compared one by one.
    assert visit.page.evaluate("window.shift") < MAX_LAYOUT_SHIFT
    for figure, plot, record in played:
        has_table = _open_table(figure)
        boxes = figure.locator(".figure-control :is(input, select)").all()
        assert len(boxes) == len(record["controls"]) > 0
        for control, box in zip(record["controls"], boxes, strict=True):
            slider = control["kind"] == "slider"
            role = "slider" if slider else "combobox"
            assert (
                figure.get_by_role(role, name=control["label"], exact=True).count() == 1
            )
            more, less = (
                ("ArrowRight", "ArrowLeft") if slider else ("ArrowDown", "ArrowUp")
            )
            if int(box.input_value()) == len(control["values"]) - 1:
                more, less = less, more
            at_first = plot.evaluate(STATE)
            height = figure.bounding_box()["height"]
            description = figure.locator(".figure-description")
            assert _press(box, plot, more) != at_first
            value = str(control["values"][int(box.input_value())])
            if slider:
                assert (
                    box.get_attribute("aria-valuetext")
                    == value
                    == figure.locator(
                        f"output[for='{box.get_attribute('id')}']"
                    ).inner_text()
                )
            alt = _expected(figure)["layout"]["meta"]["alt"]
            visit.page.wait_for_function(
                "([e, alt]) => e.textContent === alt",
                arg=[description.element_handle(), alt],
            )
            said = figure.locator(".figure-values[role=status]")
            expected = f"{control['label']} {value}".replace("_", " ")
            said.filter(has_text=expected).wait_for(state="attached")
            assert said.bounding_box()["height"] <= 1, "it is only to be heard"
            assert figure.locator(".figure-said").inner_text() == ""
            assert figure.bounding_box()["height"] == height, "what follows moved"
            if has_table:
                _check_table(figure)
            assert _press(box, plot, less) == at_first, (
                "back at the start, the figure is another one"
            )
    assert visit.foreign == []
    assert visit.complaints == []
