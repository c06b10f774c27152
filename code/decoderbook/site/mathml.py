"""Formulas as native MathML, written at build time: no script, readable by screen readers.

The library latex2mathml translates; `tidy` mends what browsers (MathML Core) would set
otherwise than TeX does. A formula that does not survive the translation is a Sphinx
warning, and warnings are errors in our build.
"""

from __future__ import annotations

import unicodedata
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert as latex_to_mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

LOGGER = logging.getLogger(__name__)

# The library calls them operators, which browsers surround with space; TeX sets letters.
ORDINARY = set("∞⊤⊥∂∇…∅∀∃")
LIMITS = {"max", "min", "lim", "sup", "inf", "arg max", "arg min"}
ACCENTS = set("^¯~→˙")
OPENING = set("([{⟨⌊⌈|‖")


def convert(latex: str, block: bool = False) -> str:
    """Return `latex` as one `<math>` element.

    Raises ValueError, in one sentence, when the library does not understand the formula.
    """
    try:
        markup = latex_to_mathml(latex, display="block" if block else "inline")
        root = ElementTree.fromstring(
            markup.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
        )
    except Exception as error:  # the library raises a dozen kinds, the parser one more
        raise ValueError(
            f"the formula {latex!r} does not translate to MathML ({error!r})"
        ) from error
    _refuse(root, latex)
    tidy(root, block)
    return ElementTree.tostring(root, encoding="unicode")


def _refuse(root: ElementTree.Element, latex: str) -> None:
    for element in root.iter():
        text = element.text or ""
        variant = element.get("mathvariant", "normal")
        if (
            element.tag == "merror"
            or "\\" in text
            or (text.strip() == "&" and "\\&" not in latex)
        ):
            raise ValueError(
                f"the formula {latex!r} has a command that MathML does not get: {text!r}"
            )
        if element.tag == "mspace" and (
            element.get("linebreak") or element.get("width", "").startswith("neg")
        ):
            raise ValueError(
                f"the formula {latex!r} has a line break or negative space; use split, and no \\!"
            )
        if variant not in ("normal", "bold-italic"):
            raise ValueError(
                f"the formula {latex!r} asks for {variant}, which browsers do not draw"
            )


def _is_function(element: ElementTree.Element) -> bool:
    """True for sin, softmax, … and for such a name with an exponent or a limit."""
    if element.tag in ("msup", "msub", "munder", "msubsup") and len(element):
        return _is_function(element[0])
    return (
        element.tag == "mi"
        and len(element.text or "") > 1
        and "mathvariant" not in element.attrib
    )


def _is_ordinary(element: ElementTree.Element) -> bool:
    """True for a letter, a number, or a group of them; False for operators and spaces."""
    return element.tag not in ("mo", "mspace") and not (
        element.tag == "mrow"
        and len(element)
        and element[0].tag == "mo"
        and element[0].get("fence")
    )


def tidy(root: ElementTree.Element, block: bool) -> None:
    """Change the tree in place: TeX's spacing of functions and signs, limits, accents, bold letters."""
    for element in root.iter():
        text = element.text or ""
        if element.tag == "mo" and (
            text in ORDINARY or (len(text) > 1 and text.replace("\u2009", "").isalpha())
        ):
            element.tag = "mi"
        elif element.tag == "mo" and text in "/‖|":
            element.set("lspace", "0")
            element.set("rspace", "0")
        if element.get("mathvariant") == "bold-italic":
            size = "CAPITAL" if text.isupper() else "SMALL"
            element.text = unicodedata.lookup(
                f"MATHEMATICAL BOLD ITALIC {size} {text.upper()}"
            )
            del element.attrib["mathvariant"]
        if (
            element.tag == "mover"
            and len(element) == 2
            and (element[1].text or "") in ACCENTS
        ):
            element.set("accent", "true")
    for element in root.iter():
        if (
            element.tag == "msub"
            and block
            and (element[0].text or "").replace("\u2009", " ") in LIMITS
        ):
            element.tag = "munder"
        if element.tag in ("mrow", "mtd", "math"):
            _space(element)


def _space(row: ElementTree.Element) -> None:
    children = list(row)
    for index in reversed(range(len(children))):
        child = children[index]
        before = children[index - 1] if index else None
        after = children[index + 1] if index + 1 < len(children) else None
        if (
            child.tag == "mo"
            and child.text in ("−", "+")
            and before is not None
            and before.tag == "mo"
            and (before.text or "") not in ")]}⟩⌋⌉|‖"
        ):
            child.set("form", "prefix")  # a sign, not a difference
        if not _is_function(child):
            continue
        if after is not None and _is_ordinary(after):
            row.insert(index + 1, ElementTree.Element("mspace", width="0.167em"))
        if (
            before is not None
            and _is_ordinary(before)
            and (before.text or "") not in OPENING
        ):
            row.insert(index, ElementTree.Element("mspace", width="0.167em"))


def _checked(node: nodes.Element, block: bool) -> str:
    try:
        return convert(node.astext(), block)
    except ValueError as error:
        LOGGER.warning("%s", error, location=node, type="mathml")
        return ""


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    self.body.append(_checked(node, block=False))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number when it has a label."""
    self.body.append(self.starttag(node, "div", CLASS="formula"))
    self.body.append(f'<div class="formula-scroll">{_checked(node, block=True)}</div>')
    if node["number"]:
        self.body.append(
            f'<span class="eqno">({get_node_equation_number(self, node)})</span>'
        )
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer; `html_math_renderer: mathml` in `_config.yml` chooses it."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {}
