"""What an answer part is once its layout is taken off."""

import pytest

from r1cli.tasks.mathematics.layout import last_lines_of

CASES = [
    ("\\[\n27\n\\]", "$27$"),
    ("$$\n27\n$$", "$27$"),
    ("```\n27\n```", "27"),
    ("## Answer", "Answer"),
    ("**Answer:** 27", "Answer:  27"),
    ("> 27", "27"),
    ("---\n27", "27"),
    ("\\begin{align*}\nx &= a \\\\\n&= 27\n\\end{align*}", "$x = a = 27$"),
    ("| Answer | 27 |", "27"),
    ("<b>27</b>", "27"),
]


@pytest.mark.parametrize(("text", "line"), CASES)
def test_the_last_line_is_plain(text: str, line: str) -> None:
    assert next(last_lines_of(text)).strip() == line
