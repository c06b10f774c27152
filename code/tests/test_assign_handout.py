"""Handouts: one sheet for every chapter, that fits A4 and Letter, tagged, and with its own letters."""

import re

import pypdf
import pytest
from bs4 import BeautifulSoup

from decoderbook.assign import handout
from decoderbook.assign.assignment import AssignmentError
from decoderbook.assign.chapter import read_chapter
from decoderbook.checks import source
from decoderbook.tools import fronts

CHAPTERS = source.chapters()
MM = 72 / 25.4  # points
LETTER = 279.4 * MM  # its height
MARGIN = 6 * MM  # at an edge, that a printer may leave white


@pytest.fixture(scope="module", params=CHAPTERS)
def made(request, tmp_path_factory):
    """A chapter, and its handout as a PDF."""
    (path,) = handout.write(request.param, tmp_path_factory.mktemp("handout"))
    return read_chapter(request.param), pypdf.PdfReader(path)


def squeezed(text):
    """Text without spaces, which a PDF has where lines end."""
    return re.sub(r"\s", "", text)


def fonts_of(reader):
    """The descriptors of all fonts of a PDF."""
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            font = font.get_object()
            for inner in font.get("/DescendantFonts", [font]):
                yield inner.get_object()


def test_it_is_one_sheet_that_says_what_it_should(made):
    chapter, reader = made
    (page,) = reader.pages
    text = squeezed(page.extract_text())
    assert squeezed(chapter.title) in text
    for heading in (
        "Afterwards you can",
        "Formulas and shapes",
        "What you now know",
        "Exercises",
    ):
        assert squeezed(heading) in text
    for exercise in source.declared(chapter.name).exercises:
        assert exercise.label in text
    for entry in chapter.board:
        for line in filter(None, entry.shapes.split("; ")):
            assert squeezed(line) in text
    for word in ("press Try it", "on its page", "Still:"):  # senseless on paper
        assert squeezed(word) not in text
    for term, _ in chapter.terms:
        assert squeezed(term) in text
    assert f"/book/{chapter.name}.html" in text
    links = [a.get_object() for a in page.get("/Annots", [])]
    assert any(chapter.name in str(link.get("/A", {}).get("/URI")) for link in links)


def test_the_formula_of_attention_is_on_paper_and_the_slope_of_a_softmax_is_not():
    for number in ("05", "06", "08"):
        (name,) = (chapter for chapter in CHAPTERS if chapter.startswith(number))
        page = BeautifulSoup(handout.sheet(read_chapter(name), True), "html.parser")
        formulas = squeezed(" ".join(m.get_text() for m in page.select(".board math")))
        assert "QK⊤dk" in formulas and "δ" not in formulas


def test_it_fits_a4_and_letter(made):
    """Printed on Letter at its own size, an A4 page loses the same at its top and its bottom."""
    _, reader = made
    (page,) = reader.pages
    width, height = (float(side) for side in page.mediabox[2:])
    assert (width, height) == pytest.approx((210 * MM, 297 * MM), abs=1)
    places = []

    def visit(text, matrix, text_matrix, font, size):
        if text.strip():
            x = text_matrix[4] * matrix[0] + text_matrix[5] * matrix[2] + matrix[4]
            y = text_matrix[4] * matrix[1] + text_matrix[5] * matrix[3] + matrix[5]
            places.append((x, y))

    page.extract_text(visitor_text=visit)
    lost = (height - LETTER) / 2
    assert len(places) > 20
    assert min(y for _, y in places) > lost + MARGIN
    assert max(y for _, y in places) < height - lost - MARGIN
    assert min(x for x, _ in places) > MARGIN
    assert max(x for x, _ in places) < width - MARGIN


def test_it_is_tagged_and_has_its_language_its_title_and_its_letters(made):
    chapter, reader = made
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en" and root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert reader.metadata.title == chapter.title
    fonts = list(fonts_of(reader))
    assert fonts
    for font in fonts:
        if font["/Subtype"] == "/Type3":  # drawn in the file itself
            continue
        descriptor = font["/FontDescriptor"].get_object()
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & descriptor.keys()


def test_kannada_is_set_in_the_letters_that_come_along(made):
    chapter, reader = made
    if not re.search("[\u0c80-\u0cff]", chapter.figures[0].svg):
        return
    names = {str(f.get("/BaseFont", "")) for f in fonts_of(reader)}
    assert any("NotoSansKannada" in name for name in names), names


def test_letters_shrink_until_all_fits(monkeypatch, tmp_path):
    """With every letter too large the sheet is refused, and nothing is written."""
    monkeypatch.setattr(handout, "SIZES", (30,))
    with pytest.raises(AssignmentError, match="does not fit on one sheet"):
        handout.write(CHAPTERS[1], tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_made_is_said(monkeypatch, tmp_path):
    with pytest.raises(AssignmentError, match="there is no chapter '99-none'"):
        handout.write("99-none", tmp_path / "new")
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(AssignmentError, match="a handout needs a browser"):
        handout.write(CHAPTERS[0], tmp_path / "new")
    monkeypatch.setattr(fronts, "BOOK", tmp_path / "nowhere")
    read_chapter.cache_clear()
    with pytest.raises(AssignmentError, match="Clone the course's repository"):
        handout.write(CHAPTERS[0], tmp_path / "new")
    assert not (tmp_path / "new").exists()
