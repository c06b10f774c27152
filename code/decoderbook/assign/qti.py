"""A quiz as QTI 1.2 for Canvas, made by the library text2qti; the same questions give the same bytes.

The library would turn formulas into pictures that Canvas draws. Here they are MathML, in HTML that it
leaves as it is.
"""

from __future__ import annotations

import io
import zipfile

from lxml import etree
from text2qti.config import Config
from text2qti.err import Text2qtiError
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from decoderbook.assign.assignment import AssignmentError
from decoderbook.assign.question import Asked

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: no clock is read
DATE = "1980-01-01"
RIGHTS = "CC BY 4.0 - https://creativecommons.org/licenses/by/4.0/"
# What the library would take for a formula, an escape or code.
KEPT = str.maketrans({"$": "&#36;", "\\": "&#92;", "`": "&#96;", "\n": " "})


def _raw(html: str) -> str:
    """HTML in one line that the library's Markdown leaves as it is."""
    return f"<div>{html.translate(KEPT)}</div>"


def _lines(asked: Asked) -> list[str]:
    """One question in text2qti's own form."""
    lines = [f"Title: {asked.title}", "Points: 1", f"1. {_raw(asked.text)}"]
    if slider := asked.declared.slider:
        low, right, high = asked.too_low_right_too_high
        wrong = f"<p>Too low: {low.reply}</p><p>Too high: {high.reply}</p>"
        lines += [f"+ {_raw(right.reply)}", f"- {_raw(wrong)}"]
        return [*lines, f"= {slider.right:g} +- {slider.within:g}"]
    for letter, answer in zip("abcdefgh", asked.answers, strict=False):
        lines.append(f"{'*' * answer.right}{letter}) {_raw(answer.label)}")
        lines.append(f"... {_raw(answer.reply)}")
    return lines


def _manifest(text: str, title: str) -> bytes:
    """The library's manifest with our title and licence, and without today's date."""
    root = etree.fromstring(text.encode("utf-8"))
    metadata = "{http://www.imsglobal.org/xsd/imsmd_v1p2}"
    root.find(f".//{metadata}title/{metadata}string").text = title
    root.find(f".//{metadata}dateTime").text = DATE
    root.find(f".//{metadata}description/{metadata}string").text = RIGHTS
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def package(title: str, questions: list[Asked]) -> bytes:
    """The zip that Canvas imports.

    Raises AssignmentError for a question that QTI cannot ask.
    """
    lines = [f"Quiz title: {title}", ""]
    for asked in questions:
        lines += [*_lines(asked), ""]
    try:
        made = QTI(Quiz("\n".join(lines), config=Config()))
    except Text2qtiError as error:
        raise AssignmentError(f"the quiz {title!r} is no QTI: {error}") from None
    name = made.assessment_identifier
    files = {
        "imsmanifest.xml": _manifest(made.imsmanifest_xml, title),
        f"{name}/assessment_meta.xml": made.assessment_meta.encode("utf-8"),
        f"{name}/{name}.xml": made.assessment.encode("utf-8"),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, content in files.items():
            info = zipfile.ZipInfo(path, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return stream.getvalue()
