"""Formulas become MathML that says what TeX says, or the build stops."""

from __future__ import annotations

import pytest

from decoderbook.site.mathml import convert


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"1\!2",
        r"\nosuchcommand x",
        r"\texttt{x}",
        r"\frac{1}{",
        r"\left( x",
    ],
)
def test_what_browsers_would_draw_wrongly_is_refused(latex: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        convert(latex, block=True)


def test_functions_are_upright_and_spaced_as_in_tex() -> None:
    assert convert(r"\cos\omega k").count('<mspace width="0.167em" />') == 1
    assert "<mi>softmax</mi><mrow>" in convert(r"\operatorname{softmax}\left(x\right)")
    assert "mspace" not in convert(r"\sin(x)")


def test_infinity_is_a_number_and_minus_a_sign() -> None:
    markup = convert(r"x = -\infty")
    assert '<mo form="prefix">−</mo><mi>∞</mi>' in markup
    assert "form" not in convert("a - b")


def test_limits_stand_below_in_displayed_formulas() -> None:
    assert "<munder>" in convert(r"\max_j x_j", block=True)
    assert "<munder>" not in convert(r"\max_j x_j")


def test_bold_italic_letters_are_letters() -> None:
    assert "𝒙" in convert(r"\boldsymbol{x}")
