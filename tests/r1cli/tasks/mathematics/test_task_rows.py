"""How records become problems of mathematics."""

from pathlib import Path

from r1cli.template import parse, render
from tests.r1cli.tasks.five_lines import maths, said


def test_a_solution_with_a_boxed_answer_becomes_answer_and_demonstration(tmp_path: Path) -> None:
    solution = "Half of $8$ is $4$, so the answer is $\\boxed{\\frac{4}{1}}$."
    (row,) = maths(tmp_path / "d.jsonl", {"prompt": "How many?", "answer": solution}).rows()
    assert (row.answer, row.demonstration) == ("\\frac{4}{1}", render(solution, "\\frac{4}{1}"))
    (bare,) = maths(tmp_path / "e.jsonl", {"prompt": "How many?", "answer": "$\\boxed{4}$"}).rows()
    assert (bare.answer, bare.demonstration) == ("$\\boxed{4}$", None)


def test_a_gsm8k_reference_becomes_answer_and_demonstration(tmp_path: Path) -> None:
    reference = "She sold 48/2 = <<48/2=24>>24 clips.\n#### 1,024"
    (row,) = maths(tmp_path / "d.jsonl", {"prompt": "How many?", "answer": reference}).rows()
    assert (row.id, row.answer, row.language, row.kind) == ("d:1", "1,024", "en", "reasoning")
    assert row.demonstration == "<think>She sold 48/2 = 24 clips.</think><answer>1,024</answer>"
    assert row.verify(said("1024")) is True
    assert row.verify(said("1025")) is False


def test_only_the_answer_part_is_verified(tmp_path: Path) -> None:
    (row,) = maths(tmp_path / "d.jsonl", {"prompt": "?", "answer": "4"}).rows()
    assert row.verify(said("5", thought="\\boxed{4}")) is False
    assert row.verify(parse("<think>\\boxed{4}")) is False
    assert row.verify(parse("<think>a <answer>4</answer></think>")) is False
    assert row.verify(parse("it is 4")) is True  # a base model without the template


def test_a_row_without_an_answer_cannot_be_verified(tmp_path: Path) -> None:
    rows = maths(tmp_path / "d.jsonl", {"prompt": "?", "answer": None}, {"prompt": "!"}).rows()
    assert [row.verify(said("4")) for row in rows] == [None, None]


def test_rationale_demonstration_language_and_id_columns_are_used(tmp_path: Path) -> None:
    first, second = maths(
        tmp_path / "d.jsonl",
        {"prompt": "?", "answer": "4", "rationale": "2+2", "language": "zh", "id": "x"},
        {"prompt": "几个？", "answer": 4, "demonstration": "whole"},
    ).rows()
    assert (first.id, first.language, first.demonstration) == ("x", "zh", "<think>2+2</think><answer>4</answer>")
    assert (second.language, second.demonstration) == ("zh", "whole")
