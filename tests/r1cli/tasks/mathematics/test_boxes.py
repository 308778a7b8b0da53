"""What a box holds."""

import pytest

from r1cli.tasks.mathematics.boxes import last_boxed

CASES = [
    ("\\boxed{5}", "5"),
    ("\\boxed{1} and \\boxed{2}", "1, 2"),
    ("\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"),
    ("\\boxed{5} is wrong", ""),
    ("it is not \\boxed{5}", ""),
    ("no box", None),
]


@pytest.mark.parametrize(("text", "content"), CASES)
def test_the_last_box_counts_unless_it_is_denied(text: str, content: str | None) -> None:
    assert last_boxed(text) == content


@pytest.mark.parametrize("space", [" ", "\n", "\t \n"])
def test_a_page_of_space_hides_nothing_of_a_box(space: str) -> None:
    assert last_boxed(r"\boxed{4" + 3000 * space + "or 5}") == "4 or 5"
