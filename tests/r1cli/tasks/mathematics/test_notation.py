"""One spelling for what is typed in many ways."""

import pytest

from r1cli.tasks.mathematics.notation import plain, spelled

CASES = [
    ("\\dfrac12", "\\frac{1}{2}"),
    ("\\left( 1,\\, 2 \\right)", "(1,2)"),
    ("1{,}234", "1234"),
    ("\\text{ cm}", "cm"),
    ("x^{2} \\cdot 3", "x^2*3"),
    ("（１）", "(1)"),
    ("$\\pi$.", "\\pi"),
    ("4210_{5}", "4210_5"),
    ("\\underline{72}", "72"),
]


@pytest.mark.parametrize(("text", "spelling"), CASES)
def test_a_formula_has_one_spelling(text: str, spelling: str) -> None:
    assert spelled(plain(text)) == spelling
