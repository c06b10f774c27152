"""How long a chapter takes to read: what counts, and what the page folds away does not."""

import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from decoderbook.source import SHORT
from decoderbook.tools import reading

PLOT = "application/vnd.plotly.v1+json"


def shown(lines, name="tinydecoder.functional.f"):
    text = f"`{name}`\n\n```python\n" + "\n".join(["x"] * lines) + "\n```"
    return new_output("execute_result", {"text/markdown": text})


def cell(lines, tags=(), outputs=(), claim=False):
    source = "\n".join(["y = 1"] * (lines - claim) + ["assert y"] * claim)
    return new_code_cell(source, metadata={"tags": list(tags)}, outputs=list(outputs))


def test_words_lines_and_figures_count():
    figure = new_output("display_data", {PLOT: {}})
    words = new_markdown_cell("word " * 200 + "[a link](https://a.example/b)")
    assert reading.seconds(words) == 60 * 202 / 200  # the address does not
    assert reading.seconds(cell(5)) == 5 * reading.LINE
    assert reading.seconds(cell(5, outputs=[figure])) == reading.FIGURE
    with_claim = cell(5, outputs=[figure], claim=True)
    assert reading.seconds(with_claim) == reading.FIGURE + 5 * reading.LINE


def test_what_is_folded_does_not_count():
    folded = new_markdown_cell(
        "one <details><summary>a b</summary>\n\nc d\n\n</details> two"
    )
    assert reading.seconds(folded) == 60 * 2 / 200
    assert reading.seconds(cell(5, tags=["question-D6"])) == 0
    assert reading.seconds(cell(1, outputs=[shown(SHORT)])) == reading.LINE * (
        1 + SHORT
    )
    assert reading.seconds(cell(1, outputs=[shown(SHORT + 1)])) == reading.LINE


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (PLOT, 90),
        ("application/vnd.decoderbook.explore", 90),
        ("application/vnd.decoderbook.decoder", 90),
        ("image/svg+xml", 90),
        ("text/plain", 5 * 4),  # no figure: the code stays open
    ],
)
def test_a_figure_takes_a_minute_and_a_half_and_folds_its_code(kind, expected):
    data = {} if kind.endswith("+json") else "text"
    output = new_output("display_data", {"text/plain": "a figure", kind: data})
    assert reading.seconds(cell(5, outputs=[output])) == expected


def test_the_code_stays_open_where_something_stands_beside_the_figure():
    figure = new_output("display_data", {PLOT: {}})
    for other in (
        new_output("stream", text="3\n"),
        new_output("execute_result", {"text/plain": "3"}),
    ):
        beside = cell(5, outputs=[other, figure])
        assert reading.seconds(beside) == reading.FIGURE + 5 * reading.LINE


@pytest.mark.parametrize("package", ["tinydecoder", "decoderbook"])
def test_the_source_of_both_packages_counts(package):
    one = cell(1, outputs=[shown(7, f"{package}.part.f")])
    assert reading.seconds(one) == (1 + 7) * reading.LINE


def test_the_core_ends_where_it_goes_deeper_and_comes_back_after_it():
    minute, more = (new_markdown_cell("word " * 200) for _ in range(2))
    deeper = new_markdown_cell("## Going deeper\n" + "word " * 600)
    end = new_markdown_cell("## What you now know\n" + "word " * 100)
    set_up = [cell(40), cell(40)]
    notebook = new_notebook(cells=[*set_up, minute, deeper, more, end])
    assert reading.minutes(notebook) == (2, 5)
