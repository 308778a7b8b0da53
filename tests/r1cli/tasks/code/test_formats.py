"""r1cli.tasks.code.formats: functions that are called with JSON, in the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import DataError
from tests.r1cli.tasks.code.test_task import LIMITS, code, says

ADDS = {"prompt": "Add.", "func_name": "add", "inputs": ["1\n2", "[1]\n[2]"], "outputs": ["3", "[1, 2]"]}
METHOD = "class Solution:\n    def add(self, a, b):\n        return {}"


def test_a_function_or_a_method_of_solution_is_called_with_json(tmp_path: Path) -> None:
    programs = (
        METHOD.format("a + b"),
        "def add(a, b):\n    return a + b",
        METHOD.format("tuple(a + b) if isinstance(a, list) else a + b"),  # a tuple counts as a list
        METHOD.format("str(a + b)"),
        METHOD.format("[a + b]"),
        METHOD.replace("add", "plus").format("a + b"),
        "x = 1",
    )
    found = says(code(tmp_path, ADDS), *programs)
    assert [value for value, _ in found] == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert says(code(tmp_path, ADDS, grading="fraction"), METHOD.format("a + b if a == 1 else 0")) == [(0.5, "scored")]


def test_a_program_sees_no_result_that_is_wanted(tmp_path: Path) -> None:
    spying = (
        "import gc, sys\nclass Solution:\n    def add(self, a, b):\n        frame = sys._getframe()\n"
        "        while frame.f_back: frame = frame.f_back\n"
        "        return next((o for o in gc.get_objects() if o == [1, 2]), 3)"
    )
    liar = METHOD.format("type('Any', (), {'__eq__': lambda *_: True, '__hash__': None})()")
    assert [value for value, _ in says(code(tmp_path, ADDS), spying, liar)] == [0.0, 0.0]


@pytest.mark.parametrize(
    "change", [{"func_name": "add(1)"}, {"inputs": ["one\n2", "3"]}, {"outputs": ["3", "three"]}, {"outputs": ["3"]}]
)
def test_calls_that_cannot_be_made_name_their_line(change: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1"):
        code(tmp_path, ADDS | change).rows()


def test_each_case_has_its_own_time(tmp_path: Path) -> None:
    sleeps = {"prompt": "Wait.", "inputs": ["0.3"] * 4 + ["0.3"], "outputs": [""] * 5}
    patient = "import time\ntime.sleep(float(input()))"
    all_together = code(tmp_path, sleeps, limits=LIMITS | {"wall_s": 1})
    assert says(all_together, patient) == [(0.0, "timed_out")]
    each = code(tmp_path, sleeps, limits=LIMITS | {"wall_s": 1, "case_s": 10})
    assert says(each, patient) == [(1.0, "scored")]
    assert says(each.model_copy(update={"limits": each.limits.model_copy(update={"case_s": 0.2})}), patient) == [
        (0.0, "timed_out")
    ]


def test_a_call_has_its_own_time_too(tmp_path: Path) -> None:
    waits = {"prompt": "Wait.", "func_name": "wait", "inputs": ["0", "60"], "outputs": ["null", "null"]}
    program = "import time\ndef wait(s):\n    time.sleep(s)"
    task = code(tmp_path, waits, limits=LIMITS | {"wall_s": 20, "case_s": 1})
    assert says(task, program, "def wait(s):\n    while s: pass") == [(0.0, "timed_out")] * 2
    assert says(task, "def wait(s): pass") == [(1.0, "scored")]
