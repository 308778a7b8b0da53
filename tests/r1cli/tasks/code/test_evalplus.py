"""r1cli.tasks.code.evalplus: inputs and a reference in place of expected values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import DataError
from r1cli.tasks.code.evalplus import EvalPlus
from r1cli.template import parse, render
from tests.r1cli.tasks.code.test_task import LIMITS

COLUMNS = {"id": "task_id", "reference": "canonical_solution"}
HALVES = {
    "task_id": "HumanEval/0", "entry_point": "half", "atol": 0, "contract": "\n    assert x >= 0\n",
    "prompt": 'def half(x: float) -> float:\n    """Half of x."""\n', "canonical_solution": "    return x / 2\n",
    "base_input": [[1], [3.0]], "plus_input": [[0], [1e9], [-7]],
}  # fmt: skip
SHARED = {
    "task_id": "Mbpp/2", "entry_point": "shared", "atol": 0, "contract": "",
    "prompt": '"""\nElements of both.\nassert set(shared((3, 4), (4, 5))) == {4}\n"""\n',
    "canonical_solution": "def shared(a, b):\n    assert isinstance(a, tuple)\n    return tuple(set(a) & set(b))\n",
    "base_input": [[[3, 4], [4, 5]]], "plus_input": [[[1, 2, 3], [3]], [[], []]],
}  # fmt: skip


def evalplus(tmp_path: Path, *records: dict[str, Any], **fields: Any) -> EvalPlus:
    (tmp_path / "e.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    given = {
        "format": "jsonl", "root": tmp_path, "path": "e.jsonl", "columns": COLUMNS, "language": "en",
        "instruction": "{prompt}", "grading": "all", "sandbox": "auto", "limits": LIMITS, "inputs": "plus",
    }  # fmt: skip
    return EvalPlus.model_validate(given | fields)


def values(task: EvalPlus, *programs: str) -> list[float | None]:
    rows = task.rows()[:1] * len(programs)
    return [o.value for o in task.judge([parse(render("so", f"```python\n{p}\n```")) for p in programs], rows)]


def test_a_program_agrees_with_the_reference_on_all_inputs(tmp_path: Path) -> None:
    programs = (
        "def half(x): return x / 2",
        "    return x * 0.5",  # the rest of the prompt
        "def half(x): return x / 2 + 1e-9",  # floats may differ a little
        "def half(x): return x / 2 if x >= 0 else 0",
        "def half(x): return x // 2",
        "def half(x): return str(x / 2)",
        "def half(x): return None",
    )
    assert values(evalplus(tmp_path, HALVES), *programs) == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]


def test_the_inputs_that_were_added_find_more_mistakes(tmp_path: Path) -> None:
    program = "def half(x): return x / 2 if x >= 0 else 0"
    assert values(evalplus(tmp_path, HALVES, inputs="base"), program) == [1.0]
    assert values(evalplus(tmp_path, HALVES, inputs="plus"), program) == [0.0]
    share = evalplus(tmp_path, HALVES, grading="fraction")
    assert values(share, program) == [0.8]


def test_results_that_are_no_floats_must_be_equal(tmp_path: Path) -> None:
    record = HALVES | {"canonical_solution": "    return [int(x), 'a']\n", "base_input": [[1]], "plus_input": []}
    programs = "def half(x): return [1, 'a']", "def half(x): return [2, 'a']", "def half(x): return [1]"
    assert values(evalplus(tmp_path, record), *programs) == [1.0, 0.0, 0.0]
    wide = evalplus(tmp_path, record | {"atol": 2})
    assert values(wide, *programs) == [1.0, 1.0, 0.0]


def test_arguments_have_the_types_of_the_example_call(tmp_path: Path) -> None:
    right = "def shared(a, b):\n    return tuple(x for x in dict.fromkeys(a) if x in b)"
    assert values(evalplus(tmp_path, SHARED), right, "def shared(a, b): return ()") == [1.0, 0.0]


def test_a_root_is_right_if_it_is_one(tmp_path: Path) -> None:
    record = {
        "task_id": "HumanEval/32", "entry_point": "find_zero", "atol": 1e-4, "contract": "",
        "prompt": (
            "def poly(xs, x):\n    return sum(c * x ** i for i, c in enumerate(xs))\n\n"
            'def find_zero(xs):\n    """A root."""\n'
        ),
        "canonical_solution": "    return 1.0\n", "base_input": [[[-1, 0, 1]]], "plus_input": [],
    }  # fmt: skip
    found = values(evalplus(tmp_path, record), *(f"def find_zero(xs): return {x}" for x in ("1.0", "-1.0", "0.5")))
    assert found == [1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    "change", [{"base_input": [], "plus_input": []}, {"base_input": [1]}, {"entry_point": "a b"}, {"atol": -1}]
)
def test_a_record_that_cannot_be_used_names_its_line(change: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1"):
        evalplus(tmp_path, HALVES | change).rows()
