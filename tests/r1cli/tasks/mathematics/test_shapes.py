"""What kind of answer a text is, and its name."""

import pytest

from r1cli.tasks.mathematics.shapes import shape_of, unnamed

CASES = [
    ("(1,2)", "()", ""),
    ("\\{1,2\\}", "{}", ""),
    ("[0,1)", "[)", ""),
    ("(0,1]", "(]", ""),
    ("40_9", "based", ""),
    ("7:32", "ratio", ""),
    ("[0,1]\\cup[2,3]", "union", ""),
    ("x=5", "", "x"),
    ("5=x", "", "x"),
    ("x+y=0", "", ""),
    ("\\begin{vmatrix}1\\end{vmatrix}", "determinant", ""),
]


@pytest.mark.parametrize(("text", "kind", "name"), CASES)
def test_a_text_has_a_kind_and_a_name(text: str, kind: str, name: str) -> None:
    assert (shape_of(text).kind, unnamed(text)[0]) == (kind, name)
