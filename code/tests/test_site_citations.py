"""Papers that the prose names lead to their entries; one without an entry is a warning."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser
from docutils.utils import new_document

from decoderbook.site import citations
from decoderbook.tools import canonical

SOURCE = Path(__file__).parents[2]


def apply(docname: str, *parts: nodes.Node) -> nodes.document:
    document = new_document("page", get_default_settings(Parser))
    env = SimpleNamespace(docname=docname, srcdir=SOURCE)
    document.settings.env = env
    document += parts
    citations.Citations(document).apply()
    return document


def linked(
    text: str, docname: str = "book/06-a", parent: type = nodes.paragraph
) -> dict[str, str]:
    document = apply(docname, parent("", text))
    assert document.astext() == text
    return {r.astext(): r["refuri"] for r in document.findall(nodes.reference)}


def test_a_paper_is_linked_however_it_is_cited() -> None:
    text = "See Vaswani et al. 2017, section 3, and Jain and Wallace (2019), not 1999."
    assert linked(text) == {
        "Vaswani et al. 2017": "../book/references.html#vaswani-et-al-2017",
        "Jain and Wallace (2019": "../book/references.html#jain-and-wallace-2019",
    }


@pytest.mark.parametrize(
    "said",
    [
        "Vaswani et al., 2017",
        "Vaswani et al. (2017",
        "Jain and Wallace, 2019",
        "nostalgebraist 2020",
        "Williams and Zipser 1989",
    ],
)
def test_each_form_of_a_name_is_linked(said: str) -> None:
    label = re.sub(r"[^a-z0-9]+", "-", said.lower())
    assert linked(f"As {said}, says.") == {said: f"../book/references.html#{label}"}


@pytest.mark.parametrize(
    ("docname", "way"), [("index", ""), ("book/06-a", "../"), ("a/b/c", "../../")]
)
def test_the_way_to_the_references_is_as_long_as_the_page_is_deep(
    docname: str, way: str
) -> None:
    address = f"{way}book/references.html#ba-et-al-2016"
    assert linked("Ba et al. 2016", docname) == {"Ba et al. 2016": address}


def test_what_is_a_link_already_stays_one() -> None:
    link = nodes.reference("", "Vaswani et al. 2017", refuri="https://a.example/")
    document = apply("book/06-a", nodes.paragraph("", "See ", link))
    assert list(document.findall(nodes.reference)) == [link]
    assert [type(child) for child in link.children] == [nodes.Text]


def test_the_references_label_what_the_links_lead_to_and_link_nothing() -> None:
    # Three authors, with a comma between two, are linked by hand.
    names = [name for name in citations.entries(SOURCE) if "," not in name]
    strong = [nodes.strong("", name) for name in [*names, "CodeEmporium"]]
    items = [nodes.list_item("", nodes.paragraph("", "", s)) for s in strong]
    prose = nodes.paragraph("", f"First read {names[0]}.")
    document = apply(citations.PAGE, prose, nodes.bullet_list("", *items))
    assert list(document.findall(nodes.reference)) == []
    *labels, other = [item["ids"] for item in items]
    assert other == [], "this entry has no year"
    for name, ids in zip(names, labels, strict=True):
        assert linked(name) == {name: f"../book/references.html#{ids[0]}"}
        assert len(ids) == 1


def test_code_and_headings_stay() -> None:
    for parent in (nodes.literal, nodes.title, nodes.raw, nodes.math):
        assert linked("Vaswani et al. 2017", parent=parent) == {}


def test_a_paper_without_an_entry_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        citations.LOGGER, "warning", lambda text, *args, **_: said.append(text % args)
    )
    assert linked("Nobody et al. 2031 and Vaswani et al. 2017") != {}
    assert said == [
        "Nobody et al. 2031 is cited, but has no entry in book/references.md"
    ]
    assert linked("June 2031, or PyTorch 2026") == {}
    assert len(said) == 1
    assert linked("Nobody and Nemo 2031") == {}
    assert len(said) == 2 and said[1].startswith("Nobody and Nemo 2031 is cited")


def test_every_entry_has_an_address_and_stands_in_order() -> None:
    text = (SOURCE / f"{citations.PAGE}.md").read_text("utf-8")
    papers = text.split("## Papers and books")[1].strip().splitlines()
    assert len(papers) == len(citations.entries(SOURCE)) > 25
    assert all("](https://" in line or "<https://" in line for line in papers)
    assert papers == sorted(papers, key=str.lower)
    labels = list(citations.entries(SOURCE).values())
    assert len(set(labels)) == len(labels)


def test_every_entry_is_cited() -> None:
    """A list of what the chapters name, not of what one might read."""
    prose = " ".join(
        re.sub(r"\s+", " ", cell.source)
        for path in sorted((SOURCE / "book").glob("*.ipynb"))
        for cell in canonical.read(path).cells
    )
    assert [name for name in citations.entries(SOURCE) if not _named(name, prose)] == []


def _named(name: str, prose: str) -> bool:
    authors, _, year = name.rpartition(" ")
    return bool(re.search(rf"{re.escape(authors)},? \(?{year}", prose))
