"""A chapter's quiz: valid by the official schema, the same in each form, and what is chosen."""

import csv
import hashlib
import io
import re
import zipfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from lxml import etree

from decoderbook.assign import markup, qti, question, quiz
from decoderbook.assign.assignment import AssignmentError
from decoderbook.checks import source
from decoderbook.tools import fronts
from decoderbook.tools.address import find

DATA = Path(__file__).parent / "data" / "qti"
DTD = DATA / "ims_qtiasiv1p2p1.dtd"
CHAPTERS = source.chapters()
IMSCP = "{http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1}"


@pytest.fixture(scope="module", params=CHAPTERS)
def made(request, tmp_path_factory):
    """A chapter, what it asks, and its three files by their suffix."""
    folder = tmp_path_factory.mktemp("quiz")
    paths = quiz.write(request.param, folder)
    assert sorted(folder.iterdir()) == sorted(paths)
    files = {path.suffix: path.read_bytes() for path in paths}
    return request.param, question.questions_of(request.param), files


def assessment(package):
    """The questions' tree in a package, without the names of namespaces: the DTD has none."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        (name,) = [n for n in archive.namelist() if re.fullmatch(r"(\w+)/\1\.xml", n)]
        root = etree.fromstring(archive.read(name))
    for element in root.iter():
        element.tag = etree.QName(element).localname
    for key in [key for key in root.attrib if key.startswith("{")]:
        del root.attrib[key]
    etree.cleanup_namespaces(root)
    return root


def words(html):
    """The words of HTML, formulas apart: they are typed in the source."""
    soup = BeautifulSoup(html, "html.parser")
    for formula in soup.select("math"):
        formula.replace_with(" ")
    return " ".join(soup.get_text(" ").split())


def same(html, markdown):
    """Whether HTML says what is declared, whatever stands between the words."""
    plain = re.sub(r"\$[^$]+\$", " ", markup.to_plain(markdown))
    return re.sub(r"\W", "", words(html)) == re.sub(r"\W", "", plain)


def test_the_schema_is_the_official_one():
    digest = hashlib.sha256(DTD.read_bytes()).hexdigest()
    assert digest in (DATA / "README.md").read_text("utf-8")


def test_the_package_is_valid(made):
    _, asked, files = made
    root = assessment(files[".zip"])
    dtd = etree.DTD(str(DTD))
    assert dtd.validate(root), dtd.error_log
    assert len(root.findall(".//item")) == len(asked)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: root.find(".//item").attrib.pop("ident"),
        lambda root: root.find(".//item").append(etree.Element("hint2")),
        lambda root: root.find(".//presentation").clear(),
        lambda root: root.find(".//setvar").set("action", "Put"),
    ],
)
def test_the_schema_refuses_what_is_wrong(spoil):
    root = assessment(qti.package("A quiz", question.questions_of(CHAPTERS[0])))
    spoil(root)
    assert not etree.DTD(str(DTD)).validate(root)


def test_the_package_says_what_is_declared(made):
    _, asked, files = made
    for one, item in zip(asked, assessment(files[".zip"]).iter("item"), strict=True):
        declared = one.declared
        text = item.findtext("presentation/material/mattext")
        span = (
            f"Answer with a number from {declared.slider.low:g} to {declared.slider.high:g}."
            if declared.slider
            else ""
        )
        assert same(text, f"{declared.title} {declared.statement} {span}")
        replies = {
            feedback.get("ident"): feedback.findtext(".//mattext")
            for feedback in item.iter("itemfeedback")
        }
        right = [
            condition
            for condition in item.iter("respcondition")
            if condition.find("setvar") is not None
        ]
        assert [condition.findtext("setvar") for condition in right] == ["100"]
        if slider := declared.slider:
            low, high = (
                float(right[0].findtext(f".//{name}")) for name in ("vargte", "varlte")
            )
            assert (low, high) == pytest.approx(
                (slider.right - slider.within, slider.right + slider.within)
            )
            assert same(replies["correct_fb"], declared.choices[1].reply)
            both = f"Too low: {declared.choices[0].reply}\n\nToo high: {declared.choices[2].reply}"
            assert same(replies["general_incorrect_fb"], both)
            continue
        labels = list(item.iter("response_label"))
        for choice, label in zip(declared.choices, labels, strict=True):
            assert same(label.findtext(".//mattext"), choice.label)
            assert same(replies[f"{label.get('ident')}_fb"], choice.reply)
            is_right = label.get("ident") == right[0].findtext(".//varequal")
            assert is_right == choice.right


def test_the_manifest_names_every_file_and_no_other(made):
    chapter, _, files = made
    with zipfile.ZipFile(io.BytesIO(files[".zip"])) as archive:
        names = set(archive.namelist()) - {"imsmanifest.xml"}
        manifest = etree.fromstring(archive.read("imsmanifest.xml"))
    resources = list(manifest.iter(f"{IMSCP}resource"))
    assert {f.get("href") for r in resources for f in r.iter(f"{IMSCP}file")} == names
    idents = {r.get("identifier") for r in resources}
    needed = {d.get("identifierref") for d in manifest.iter(f"{IMSCP}dependency")}
    assert len(idents) == len(resources) == 2 and needed < idents
    (quizzes,) = [r for r in resources if r.get("type") == "imsqti_xmlv1p2"]
    assert quizzes.get("identifier") in idents
    text = etree.tostring(manifest, encoding="unicode")
    assert "CC BY 4.0" in text and f"{int(chapter[:2])} · " in text


def test_the_same_source_gives_the_same_bytes(made, monkeypatch):
    chapter, asked, files = made
    monkeypatch.setattr("time.localtime", lambda *_: (2001, 2, 3, 4, 5, 6, 0, 1, 0))
    monkeypatch.setattr(
        "text2qti.xml_imsmanifest.datetime.date",
        type("Then", (), {"today": staticmethod(lambda: "2001-02-03")}),
    )
    again = qti.package(quiz.title_of(chapter, fronts.BOOK), asked)
    assert again == files[".zip"]


def test_nothing_is_fetched_from_elsewhere(made):
    _, _, files = made
    root = assessment(files[".zip"])
    texts = [text.text for text in root.iter("mattext")]
    for part in etree.fromstring(files[".xml"]).iterfind("question[name]"):
        texts += [text.text for text in part.iter("text")]
    for text in texts:
        soup = BeautifulSoup(text, "html.parser")
        assert not soup.select("img, script, iframe, link, [src], [style]")
        assert "$" not in soup.get_text() and "equation" not in text
        for link in soup.select("a"):
            assert link["href"].startswith("https://inside-the-decoder.github.io/")


def test_moodle_reads_the_same(made):
    chapter, asked, files = made
    head, *questions = etree.fromstring(files[".xml"])
    path = head.findtext("category/text")
    assert path.startswith(f"$course$/top/{find().title}/{int(chapter[:2])} · ")
    for one, element in zip(asked, questions, strict=True):
        declared = one.declared
        assert element.findtext("name/text") == one.title
        assert words(element.findtext("questiontext/text")) == words(one.text)
        assert element.findtext("idnumber") == one.name
        answers = element.findall("answer")
        right = [answer.get("fraction") == "100" for answer in answers]
        replies = [answer.findtext("feedback/text") for answer in answers]
        if slider := declared.slider:
            assert element.get("type") == "numerical" and right == [True, False, False]
            for number in slider.places():
                first = next(
                    reply
                    for answer, reply in zip(answers, replies, strict=True)
                    if abs(number - float(answer.findtext("text")))
                    <= float(answer.findtext("tolerance")) + 1e-9
                )
                off = number - slider.right
                place = 1 if abs(off) <= slider.within + 1e-9 else 0 if off < 0 else 2
                assert same(first, declared.choices[place].reply)
            continue
        assert element.get("type") == "multichoice"
        assert right == [choice.right for choice in declared.choices]
        for answer, reply, choice in zip(
            answers, replies, declared.choices, strict=True
        ):
            assert same(answer.findtext("text"), choice.label)
            assert same(reply, choice.reply)


def test_the_table_has_a_row_for_each(made):
    _, asked, files = made
    assert files[".csv"].startswith(b"\xef\xbb\xbf")
    text = files[".csv"].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for one, row in zip(asked, rows, strict=True):
        declared = one.declared
        assert row["id"] == one.name and row["kind"] == declared.kind
        assert row["question"].lstrip() == markup.to_plain(declared.statement)
        assert row["address"] == one.address
        labels = [
            row[f"choice {letter}"].lstrip()
            for letter in "ABCD"[: len(declared.choices)]
        ]
        assert labels == [markup.to_plain(c.label) for c in declared.choices]
        if declared.slider:
            assert float(row["right"]) == declared.slider.right
            assert float(row["tolerance"]) == declared.slider.within
        else:
            assert declared.choices["ABCD".index(row["right"])].right
        assert row["corrects"].split() == [str(n) for n in declared.corrects]
        assert not any(value[:1] in tuple("=+-@") for value in row.values() if value)


def test_each_address_is_a_place_of_the_chapter(made):
    chapter, asked, _ = made
    text = (fronts.BOOK / f"{chapter}.ipynb").read_text("utf-8")
    for one in asked:
        page, _, anchor = one.address.partition("#")
        assert page.endswith(f"/book/{chapter}.html")
        assert f'id=\\"{anchor}\\"' in text


def test_every_quiz_is_chosen_and_each_guess_but_those_that_need_their_page():
    declared = [q for c in CHAPTERS for q in source.declared(c).questions]
    chosen = {a.declared.slug for c in CHAPTERS for a in question.questions_of(c)}
    assert chosen == {q.slug for q in declared} - question.NEEDS_ITS_PAGE
    kinds = {q.slug: q.kind for q in declared}
    assert {kinds[slug] for slug in question.NEEDS_ITS_PAGE} == {"guess"}
    for q in declared:
        if re.search(r"Figure \d|[Tt]his (sentence|encoder)\b|\bHere\b", q.statement):
            assert q.slug in question.NEEDS_ITS_PAGE or q.kind == "quiz", q.slug
    # Answers to what asks for a number stand from low to high; the table has a column for each answer.
    for q in declared:
        assert len(q.choices) <= quiz.MOST and sum(c.right for c in q.choices) == 1
        if q.slider:
            assert [c.right for c in q.choices] == [False, True, False]


def test_links_lead_to_the_published_site():
    html = markup.to_html(
        "[D11](#D11) [six](06-masked-self-attention.ipynb) [it](#figure-3-2) "
        "[ex](#exercise-shared-keys) [n](notation.md#kannada) [w](https://a.example/)",
        "09-decoder-layer",
    )
    links = [a["href"] for a in BeautifulSoup(html, "html.parser").select("a")]
    start = "https://inside-the-decoder.github.io/course/book/"
    assert links == [
        f"{start}05-queries-keys-values.html#D11",
        f"{start}06-masked-self-attention.html",
        f"{start}03-positional-encoding.html#figure-3-2",
        f"{start}05-queries-keys-values.html#exercise-shared-keys",
        f"{start}notation.html#kannada",
        "https://a.example/",
    ]


def test_text_keeps_kannada_formulas_and_code():
    html = markup.to_html("ನಾನು, `a < b` and $d_k$", "05-queries-keys-values")
    assert '<span lang="kn">ನಾನು</span>' in html
    assert "<code>a &lt; b</code>" in html and "<msub>" in html
    assert markup.to_plain("ನಾನು, *so*, `a < b`,\n$d_k$") == "ನಾನು, so, a < b, $d_k$"


def test_what_cannot_be_made_is_said(monkeypatch, tmp_path):
    with pytest.raises(AssignmentError, match="'99-none' has no question"):
        quiz.write("99-none", tmp_path / "new")
    monkeypatch.setattr(fronts, "BOOK", tmp_path / "nowhere")
    with pytest.raises(AssignmentError, match="Clone the course's repository"):
        quiz.write(CHAPTERS[0], tmp_path / "new")
    assert not (tmp_path / "new").exists()
