"""Captions and folds of a page, made from a document of a few nodes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from decoderbook.site import captions, folding
from decoderbook.site.decoder import decoder_place
from decoderbook.site.figure_parts import drawn_figure
from decoderbook.site.figures import interactive_figure

PLOT = {"data": [], "layout": {"meta": {"alt": "A figure."}}}


def _cell(code: str, *outputs: nodes.Node) -> nodes.container:
    source = nodes.container(
        "", nodes.literal_block(code, code), classes=["cell_input"]
    )
    cell = nodes.container("", source, nb_element="cell_code", classes=["cell"])
    if outputs:
        cell += nodes.container("", *outputs, classes=["cell_output"])
    return cell


def _figure() -> nodes.container:
    start = interactive_figure(figure=PLOT, record=None)
    record = interactive_figure(figure=None, record={"version": 1, "controls": []})
    return nodes.container("", record, start, nb_element="mime_bundle")


def _caption(number: str) -> nodes.paragraph:
    strong = nodes.strong("", f"Figure {number} · What to see.")
    words = [nodes.Text(" Look at "), nodes.emphasis("", "this"), nodes.Text(".")]
    return nodes.paragraph("", "", nodes.Text(""), strong, *words)


def _apply(
    transform: type, *parts: nodes.Node, name: str = "book/06-masks"
) -> nodes.document:
    document = new_document("page")
    document.settings.env = SimpleNamespace(docname=name)
    document += parts
    transform(document).apply()
    return document


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    note = lambda text, *values, **_: said.append(text % values)  # noqa: E731
    monkeypatch.setattr(captions.LOGGER, "warning", note)
    return said


def test_a_caption_moves_into_its_figure(warnings: list[str]) -> None:
    parts = [_cell("a", _figure()), _cell("b", _figure()), _caption("6.2")]
    document = _apply(captions.Captions, *parts, nodes.paragraph("", "Prose."))
    first, second = document.findall(interactive_figure)
    assert [first["ids"], second["ids"]] == [["figure-6-1"], ["figure-6-2"]]
    assert first["figure"] == PLOT and first["record"]["version"] == 1
    assert first[0].astext() == "Figure 6.1" and not first[1].astext()
    assert second[0].astext() == "Figure 6.2 · What to see."
    assert second[1].astext() == "Look at this."
    assert [p.astext() for p in document.findall(nodes.paragraph)] == ["Prose."]
    assert document.nameids["figure-6-2"] == "figure-6-2"
    assert document.nametypes["figure-6-2"], "links from other pages need the label"
    assert warnings == []


@pytest.mark.parametrize(
    "parts",
    [
        [_cell("a", _figure()), _caption("6.2")],
        [_cell("a", _figure()), _caption("8.1")],
        [_cell("a", _figure()), _caption("6.1"), _caption("6.1")],
        [_caption("6.1"), _cell("a", _figure())],
        [_cell("a"), _caption("6.1")],
    ],
)
def test_a_caption_in_a_wrong_place_is_a_warning(
    parts: list[nodes.Node], warnings: list[str]
) -> None:
    _apply(captions.Captions, *parts)
    assert len(warnings) == 1


def test_prose_after_a_figure_stays(warnings: list[str]) -> None:
    strong = nodes.strong("", "Figure it out.")
    document = _apply(
        captions.Captions, _cell("a", _figure()), nodes.paragraph("", "", strong)
    )
    assert len(list(document.findall(nodes.paragraph))) == 1 and warnings == []


def _folds(*parts: nodes.Node) -> dict[str, str]:
    document = _apply(folding.Folding, *parts)
    return {f["summary"]: f.astext() for f in document.findall(folding.folded)}


def _source(lines: int) -> list[nodes.Node]:
    code = "\n".join(["x = 1"] * lines)
    name = nodes.paragraph("", "", nodes.literal("", "tinydecoder.layers.Layer"))
    return [nodes.container("", name, nodes.literal_block(code, code))]


def test_what_is_folded() -> None:
    stream = nodes.literal_block("out", "out")
    folds = _folds(
        _cell('if "google.colab" in sys.modules: ...'),
        _cell("import torch"),
        _cell("import math\nprint(1)", stream.deepcopy()),
        _cell("explore(show)", _figure()),
        _cell("assert x\nexplore(show)", _figure()),
        _cell("print(1); explore(show)", stream, _figure()),
        _cell("show_source(Layer)", *_source(13)),
        _cell("show_source(Layer)", *_source(12)),
    )
    assert set(folds) == {"Set-up", "Code of this figure", "tinydecoder.layers.Layer"}
    assert "google.colab" in folds["Set-up"] and "import torch" in folds["Set-up"]
    assert "math" not in folds["Set-up"]
    assert folds["Code of this figure"] == "explore(show)"
    assert folds["tinydecoder.layers.Layer"].count("\n") == 12


COLAB = 'if "google.colab" in sys.modules: ...'


def _page(*parts: nodes.Node) -> list[tuple[str, str]]:
    """(summary, text) of a page's parts in order; a part that is open has no summary."""
    document = _apply(folding.Folding, *parts)
    return [
        (c["summary"] if isinstance(c, folding.folded) else "", c.astext())
        for c in document.children
    ]


def _printed(code: str) -> nodes.container:
    return _cell(code, nodes.literal_block("out", "out"))


@pytest.mark.parametrize(
    ("second", "in_it"),
    [
        (_cell("import torch"), True),
        (_cell("from math import pi\n\npi"), True),
        (_cell("x = important"), False),
        (_printed("import torch"), False),
        (nodes.paragraph("", "import torch"), False),
    ],
)
def test_the_set_up_is_folded_with_imports_that_show_nothing(
    second: nodes.Element, in_it: bool
) -> None:
    prose, text = nodes.paragraph("", "Prose."), second.astext()
    page = _page(prose, _cell(COLAB), second.deepcopy(), _cell("import math"))
    assert page[:2] == [
        ("", "Prose."),
        ("Set-up", COLAB + f"\n\n{text}" * in_it),
    ]
    assert page[2:] == [("", text)] * (not in_it) + [("", "import math")]


def test_without_colab_there_is_no_set_up() -> None:
    assert _page(_cell("import torch"), _cell(COLAB)) == [
        ("", "import torch"),
        ("", COLAB),
    ]
    assert _page(nodes.paragraph("", "Prose.")) == [("", "Prose.")]


def test_imports_behind_a_paragraph_are_not_of_the_set_up() -> None:
    prose = nodes.paragraph("", "Prose.")
    page = _page(_cell(COLAB), prose, _cell("import torch"))
    assert page == [("Set-up", COLAB), ("", "Prose."), ("", "import torch")]


@pytest.mark.parametrize(
    "before", [_printed("print(1)"), nodes.paragraph("", "Prose.")]
)
def test_all_that_leads_to_the_first_picture_is_folded_below_it(
    before: nodes.Element,
) -> None:
    """Back to the first part that a reader has to see, and for the first picture only."""
    ways = [_cell(code) for code in ("a = 1", "b = a", "c = b")]
    first, second = _cell("show(b)", _figure()), _cell("show(c)", _figure())
    parts = [_cell("z = 0"), before.deepcopy(), *ways[:2], first, ways[2], second]
    document = _apply(folding.Folding, *parts)
    assert document.children == [parts[0], parts[1], first, ways[2], second]
    for cell, codes in ((first, ["a = 1", "b = a", "show(b)"]), (second, ["show(c)"])):
        output, fold = cell.children
        assert output["classes"] == ["cell_output"], "the picture comes first"
        assert fold["summary"] == "Code of this figure"
        assert [part.astext() for part in fold.children] == codes
    assert parts[0].astext() == "z = 0" and ways[2].astext() == "c = b"


def test_the_way_to_the_first_picture_does_not_take_the_set_up() -> None:
    picture = _cell("show(1)", _figure())
    document = _apply(folding.Folding, _cell(COLAB), _cell("import torch"), picture)
    set_up, shown = document.children
    assert set_up["summary"] == "Set-up" and "import torch" in set_up.astext()
    assert shown is picture and picture.children[1].astext() == "show(1)"


@pytest.mark.parametrize("picture", [interactive_figure, decoder_place, drawn_figure])
def test_the_code_of_each_kind_of_picture_is_folded(picture: type) -> None:
    folds = _folds(_cell("show(1)", nodes.container("", picture())))
    assert folds == {"Code of this figure": "show(1)"}


def test_the_cell_that_proves_a_question_is_folded_with_its_output() -> None:
    proof, other = _printed("assert 1"), _printed("assert 2")
    proof["classes"].append("tag_question-D6")
    other["classes"].append("tag_keep-output")
    assert _page(nodes.paragraph("", "Because."), proof, other) == [
        ("", "Because."),
        ("The cell that proves it", "assert 1\n\nout"),
        ("", "assert 2\n\nout"),
    ]


def test_an_exhibit_s_code_stays_open() -> None:
    """A visitor reads it before the answer; other long sources are folded."""
    for name, count in (("tinydecoder.f", 1), ("decoderbook.museum.masks.f", 0)):
        code = "\n".join(["x = 1"] * (folding.SHORT + 1))
        shown = nodes.container(
            "",
            nodes.paragraph("", "", nodes.literal(name, name)),
            nodes.literal_block(code, code),
        )
        document = _apply(folding.Folding, _cell("show_source(f)", shown))
        assert len(list(document.findall(folding.folded))) == count


def test_a_page_that_is_no_chapter_counts_its_figures_from_one(
    warnings: list[str],
) -> None:
    parts = [_cell("a", _figure()), _caption("1"), _cell("b", _figure()), _caption("2")]
    document = _apply(captions.Captions, *parts, name="book/bug-museum")
    titles = [t.astext() for t in document.findall(captions.figure_title)]
    assert titles == ["Figure 1 · What to see.", "Figure 2 · What to see."]
    assert warnings == []
