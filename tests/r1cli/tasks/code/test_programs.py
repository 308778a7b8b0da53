"""Programs in text: found in an answer, and asked what they define and use."""

from __future__ import annotations

import warnings

import pytest

from r1cli.tasks.code.programs import defined_names, program_in, split_names, used_names


@pytest.mark.parametrize(
    "fence",
    [
        "```python\n{}\n```", "```py\n{}\n```", "```Python\n{}\n```", "```python3\n{}\n```", "```PYTHON \n{}\n```  ",
        "```\n{}\n```", "~~~\n{}\n~~~", "~~~python\n{}\n~~~", "````python\n{}\n````", "``` python\n{}\n```",
        "```python title=\"a.py\"\n{}\n```", "```{{.python}}\n{}\n```", "```python\r\n{}\r\n```\r\n", "```python\n{}",
        "Here it is:\n```python\n{}\n```\nand so on", "```python\nx = 0\n```\nBetter:\n```python\n{}\n```",
        "```python\n{}\n```\nIt prints\n```\n3\n```", "```python\n{}\n```\n```bash\nls\n```", "{}", "\n{}\n",
        "1. So:\n   ```python\n   {}\n   ```",
    ],
)  # fmt: skip
def test_the_program_is_found_in_every_usual_spelling(fence: str) -> None:
    assert program_in(fence.format("x = 1")).strip() == "x = 1"


@pytest.mark.parametrize("answer", ["", "  \n", "```python\n```", "```bash\nls\n```", "```python\n \n```"])
def test_without_a_program_there_is_none(answer: str) -> None:
    assert program_in(answer) == ""


def test_the_body_of_a_function_keeps_its_indentation() -> None:
    assert program_in("```python\n    return 1\n```") == "    return 1\n"


def test_a_hostile_answer_is_searched_in_no_time() -> None:
    assert program_in("```" * 300_000 + "\n" + "~~~\n```\n" * 100_000) != "x"


def test_tests_take_from_the_program_what_only_it_can_define() -> None:
    used = used_names(["import math\nassert math.isclose(sum(1, 2), area(Pair(1, x)), y)", "x = [i for i in range(3)]"])
    assert split_names(used, ()) == (("Pair", "area", "y"), ())
    assert split_names(used, ("sum",)) == (("Pair", "area", "sum", "y"), ())
    assert split_names(("math", "f"), ()) == (("f",), ("math",))
    assert defined_names("import os\ndef f(): pass\nclass A: pass\nB = C = 1\nif True: D = 2") == ("f", "A", "B", "C")
    assert defined_names("def f(:") == ()


def test_of_several_python_blocks_the_last_is_handed_in() -> None:
    assert program_in("```py\nx = 1\n```\n```\nx = 2\n```\n```python\nx = 3\n```\n```\nx = 4\n```") == "x = 3\n"
    assert program_in("```\nx = 1\n```\n```\nx = 2\n```") == "x = 2\n"


def test_a_fence_in_a_longer_fence_is_part_of_the_program() -> None:
    assert program_in('````python\ntext = """\n```\n"""\n````') == 'text = """\n```\n"""\n'


def test_names_that_a_piece_binds_itself_are_not_used_from_outside() -> None:
    assert used_names(["def helper(n):\n    return n\nfor i in values: helper(i)"]) == ("values",)
    assert used_names(["from os import path as p\nimport a.b\np.join(a.b, c)"]) == ("c",)


def test_other_peoples_code_raises_no_warnings_here() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert defined_names("pattern = '\\d'") == ("pattern",)


def test_code_that_cannot_be_read_defines_and_uses_nothing() -> None:
    for broken in ("def f(:", "x = '\0'", "(" * 1000):
        assert (defined_names(broken), used_names([broken])) == ((), ())
