"""A quiz as Moodle XML: the core of Moodle imports no QTI, and this is its own format."""

from __future__ import annotations

from lxml import etree

from decoderbook.assign.question import Answer, Asked
from decoderbook.tools.address import find

RIGHT, WRONG = "100", "0"


def _text(parent: etree._Element, tag: str, html: str) -> etree._Element:
    """An element with HTML in CDATA."""
    element = etree.SubElement(parent, tag, format="html")
    etree.SubElement(element, "text").text = etree.CDATA(html)
    return element


def _plain(parent: etree._Element, tag: str, words: str) -> None:
    """An element with plain words, as Moodle wants names and categories."""
    etree.SubElement(etree.SubElement(parent, tag), "text").text = words


def _category(quiz: etree._Element, title: str) -> None:
    category = etree.SubElement(quiz, "question", type="category")
    # A stroke in a name is doubled: a single one begins a category inside.
    path = "/".join(part.replace("/", "//") for part in (find().title, title))
    _plain(category, "category", f"$course$/top/{path}")


def _number(
    question: etree._Element, value: float, within: float, answer: Answer
) -> None:
    """An answer that is a number, and how far from it another may lie."""
    fraction = RIGHT if answer.right else WRONG
    element = etree.SubElement(question, "answer", fraction=fraction, format="plain")
    etree.SubElement(element, "text").text = f"{value:g}"
    _text(element, "feedback", answer.reply)
    etree.SubElement(element, "tolerance").text = f"{within:g}"


def _numbers(question: etree._Element, asked: Asked) -> None:
    """The right number, and below and above it a wide one each: Moodle takes the first that fits."""
    slider = asked.declared.slider
    low, right, high = asked.too_low_right_too_high
    _number(question, slider.right, slider.within, right)
    for end, answer in ((slider.low, low), (slider.high, high)):
        middle, reach = (end + slider.right) / 2, abs(slider.right - end) / 2
        _number(question, middle, reach, answer)


def _choices(question: etree._Element, asked: Asked) -> None:
    for tag, value in (
        ("single", "true"),
        ("shuffleanswers", "true"),
        ("answernumbering", "none"),
    ):
        etree.SubElement(question, tag).text = value
    for answer in asked.answers:
        fraction = RIGHT if answer.right else WRONG
        element = etree.SubElement(question, "answer", fraction=fraction, format="html")
        etree.SubElement(element, "text").text = etree.CDATA(answer.label)
        _text(element, "feedback", answer.reply)


def document(title: str, questions: list[Asked]) -> bytes:
    """The file that Moodle imports: a category for the chapter, and its questions."""
    quiz = etree.Element("quiz")
    _category(quiz, title)
    for asked in questions:
        numeric = asked.declared.slider is not None
        kind = "numerical" if numeric else "multichoice"
        question = etree.SubElement(quiz, "question", type=kind)
        _plain(question, "name", asked.title)
        _text(question, "questiontext", asked.text)
        place = f'<p><a href="{asked.address}">Its place in the book</a></p>'
        _text(question, "generalfeedback", place)
        etree.SubElement(question, "defaultgrade").text = "1"
        etree.SubElement(question, "penalty").text = "0"
        etree.SubElement(question, "idnumber").text = asked.name
        (_numbers if numeric else _choices)(question, asked)
    return etree.tostring(
        quiz, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
