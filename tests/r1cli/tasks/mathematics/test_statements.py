"""Which sentence states the answer."""

import pytest

from r1cli.tasks.mathematics.statements import statement_of

CASES = [
    ("The answer is 5. I hope this helps!", "5"),
    ("**Final Answer**\n\n$5$", "$5$"),
    ("The answers are:\n- $1$\n- $-2$", "1, -2"),
    ("$5$\n\nHope this helps!", "$5$"),
    ("The answer is 5. That is wrong.", ""),
    ("答案：5", "5"),
    ("Ans. 5", "5"),
]


@pytest.mark.parametrize(("text", "statement"), CASES)
def test_the_statement_is_found(text: str, statement: str) -> None:
    assert statement_of(text) == statement
