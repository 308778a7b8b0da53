"""r1cli.tasks.code.task: verdicts out of programs."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.sandbox import BREAKAGES, broken, judged, solution, task
from r1cli import machine
from r1cli.data.decontamination import decontaminate
from r1cli.data.rows import Row
from r1cli.errors import ConfigError, DataError
from r1cli.tasks.base import Task, judge
from r1cli.tasks.code.task import Code
from r1cli.template import parse, render
from r1cli.verify.sandbox.run import Executor, Limits, Trial
from r1cli.verify.sandbox.verdict import Report
from tests.r1cli.tasks.test_task_files import ROLES, composed

LIMITS = {
    "wall_s": 20, "cpu_s": 10, "memory_mib": 512, "processes": 16, "file_mib": 1, "open_files": 64, "output_kib": 64
}  # fmt: skip
ADDS = {"prompt": "Add.", "tests": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"]}
DOUBLES = {"prompt": "Double.", "inputs": ["1\n", "21\n"], "outputs": ["2\n", "42\n"]}


def code(tmp_path: Path, *records: dict[str, Any], **fields: Any) -> Code:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    defaults = {
        "format": "jsonl", "root": tmp_path, "path": "rows.jsonl", "columns": {}, "language": "en",
        "instruction": "{prompt}\n{tests}", "grading": "all", "sandbox": "auto", "limits": LIMITS,
    }  # fmt: skip
    return Code.model_validate(defaults | fields)


def says(task: Code, *programs: str) -> list[tuple[float | None, str]]:
    """What becomes of programs for the first row."""
    row = task.rows()[0]
    completions = [parse(render("think", f"```python\n{p}\n```")) for p in programs]
    return [(o.value, o.status) for o in task.judge(completions, [row] * len(programs))]


def test_asserts_are_all_or_nothing_or_a_share(tmp_path):
    programs = "def add(a, b): return a + b", "def add(a, b): return 0", "def add(a, b): return 7"
    assert says(code(tmp_path, ADDS), *programs) == [(1.0, "scored"), (0.0, "scored"), (0.0, "scored")]
    shares = says(code(tmp_path, ADDS, grading="fraction"), *programs)
    assert shares == [(1.0, "scored"), (0.5, "scored"), (0.0, "scored")]


def test_the_prompt_is_the_instruction_with_its_parts(tmp_path):
    record = {"prompt": "Say {tests}.", "tests": ["assert f('{prompt}')"]}
    assert code(tmp_path, record).rows()[0].prompt == "Say {tests}.\nassert f('{prompt}')"


def test_setup_runs_before_the_tests_with_the_programs_classes(tmp_path):
    record = {
        "prompt": "Depth.",
        "setup": "root = Node(1)\nroot.left = Node(2)",
        "tests": ["assert depth(root) == 2"],
        "reference": "class Node: pass\ndef depth(n): pass",
    }
    program = (
        "class Node:\n    def __init__(self, x): self.x, self.left = x, None\n"
        "def depth(n): return 0 if n is None else 1 + depth(n.left)"
    )
    assert says(code(tmp_path, record), program, program.replace("1 +", "2 +")) == [(1.0, "scored"), (0.0, "scored")]


def test_a_function_may_share_its_name_with_a_builtin(tmp_path):
    record = {"prompt": "Sum.", "tests": ["assert sum(10, 15) == 6"], "reference": "def sum(a, b): return 6"}
    assert says(code(tmp_path, record), "def sum(a, b): return 6", "x = 1") == [(1.0, "scored"), (0.0, "scored")]


def test_all_output_counts_apart_from_blanks_at_the_ends_of_lines_and_of_the_text(tmp_path):
    programs = (
        "print(2 * int(input()))",
        "print(2 * int(input()), ' ', end='\\n\\n\\n')",
        "print('', 2 * int(input()))",
        "print(2 * int(input()))\nprint('more')",
        "print(2)",
        "print(2 * int(input()))\nraise SystemExit(1)",
        "pass",
    )
    found = [value for value, _ in says(code(tmp_path, DOUBLES), *programs)]
    assert found == [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert says(code(tmp_path, DOUBLES, grading="fraction"), "print(2)") == [(0.5, "scored")]


def test_cases_may_be_written_in_any_usual_form(tmp_path):
    inputs, outputs = DOUBLES["inputs"], DOUBLES["outputs"]
    pairs = [{"input": i, "output": o} for i, o in zip(inputs, outputs, strict=True)]
    lists = {"inputs": inputs, "outputs": outputs}
    forms = [
        {"inputs": json.dumps(inputs), "outputs": outputs}, {"cases": lists}, {"cases": json.dumps(lists)},
        {"cases": pairs}, {"inputs": inputs, "outputs": [["2"], ["42"]]},
    ]  # fmt: skip
    rows = code(tmp_path, *({"prompt": "Double."} | form for form in forms)).rows()
    assert [row.meta["inputs"] for row in rows] == [inputs] * 5
    assert [[o.strip() for o in row.meta["outputs"]] for row in rows] == [["2", "42"]] * 5


@pytest.mark.parametrize("form", [{"cases": "{"}, {"cases": 1}, {"tests": "assert 1"}, {"tests": [1]}, {"cases": {}}])
def test_tests_that_cannot_be_read_name_their_line(tmp_path, form):
    with pytest.raises(DataError, match="line 1"):
        code(tmp_path, {"prompt": "?"} | form).rows()


def test_each_way_to_fail_has_its_status(tmp_path):
    task = code(tmp_path, ADDS, limits=LIMITS | {"wall_s": 2})
    row = task.rows()[0]
    answers = (
        "```python\nwhile True: pass\n```",
        "```python\nx = bytearray(10 << 30)\n```",
        "I think: 3",
        "",
        "```\n(\n```",
    )
    outcomes = task.judge([parse(render("think", a)) for a in answers], [row] * 5)
    assert [o.status for o in outcomes] == ["timed_out", "timed_out", "unparseable", "unparseable", "unparseable"]
    assert {o.value for o in outcomes} == {0.0}


def test_a_row_without_tests_is_not_applicable(tmp_path):
    task = code(tmp_path, {"prompt": "Write a poem."})
    assert says(task, "x = 1") == [(None, "not_applicable")]
    assert task.rows()[0].verify(parse("x = 1")) is None


class Broken(Executor):
    """An executor that fails for every second program."""

    def run(self, trial: Trial, limits: Limits) -> Report:
        if "1" in trial.program:
            raise ConnectionError("gone")
        if "2" in trial.program:
            return Report("broken", note="full")
        return Report("done", (True,) if "3" in trial.program else (True, True))

    def check(self) -> None:
        if self.__class__ is not Broken:
            raise ConfigError("no")


def test_an_executor_that_fails_costs_its_program_and_no_neighbour(tmp_path):
    task = code(tmp_path, ADDS, executor=Broken())
    found = says(task, "x = 1", "x = 0", "x = 2", "x = 3")
    assert found == [(None, "crashed"), (1.0, "scored"), (None, "crashed"), (None, "crashed")]
    assert task.record() == {"code.sandbox": "Broken"}


def test_how_programs_are_run_is_no_part_of_a_tasks_identity(tmp_path):
    assert {"sandbox", "executor"} <= Code.NOT_IDENTITY
    task = code(tmp_path, ADDS)
    assert task.files() == [tmp_path / "rows.jsonl"]
    assert Code.model_validate(task.config()) == task


def test_rows_survive_being_written_and_read(tmp_path):
    from r1cli.data.rows import read_rows, write_rows

    rows = code(tmp_path, ADDS, DOUBLES).rows()
    write_rows(tmp_path / "written.jsonl", rows)
    assert read_rows(tmp_path / "written.jsonl") == rows


def test_lists_of_different_lengths_are_an_error(tmp_path):
    with pytest.raises(DataError, match="2 inputs, 1 outputs"):
        code(tmp_path, DOUBLES | {"outputs": ["2"]}).rows()


def test_the_code_task_has_all_roles_and_trains_on_nothing_that_it_holds_out(shared_data):
    found = composed("+task=code", "scale=paper", f"paths.data={shared_data}")
    assert found.pop("name") == "code"
    assert set(found) == ROLES
    rows = {role: Task.model_validate(found[role]).rows() for role in ("reasoning", "heldout")}
    assert all(row.meta["tests"] for part in rows.values() for row in part)
    assert decontaminate(rows["reasoning"], rows["heldout"])[1] == 0


def sample(name: str, data: Path, count: int) -> tuple[Code, list[Row]]:
    found = task(name, data)
    rows = found.rows()
    return found, rows[:: len(rows) // count][:count]


@pytest.mark.parametrize("name", ["humaneval", "mbpp"])
def test_solutions_are_right_and_broken_ones_wrong(name, shared_data):
    found, rows = sample(name, shared_data, 6)
    assert [o.value for o in judged(found, rows, [solution(r) for r in rows])] == [1.0] * len(rows)
    for how in BREAKAGES:
        outcomes = judged(found, rows, [broken(r, how) for r in rows])
        assert [(r.id, o.value) for r, o in zip(rows, outcomes, strict=True)] == [(r.id, 0.0) for r in rows], how


def test_a_humaneval_answer_may_be_the_body_alone(shared_data):
    found, rows = sample("humaneval", shared_data, 3)
    assert [o.value for o in judged(found, rows, [r.answer or "" for r in rows])] == [1.0] * 3


def test_one_batch_may_mix_tasks(shared_data):
    (_, first), (_, second) = (sample(name, shared_data, 1) for name in ("humaneval", "mbpp"))
    rows = first + second
    outcomes = judge([parse(render("think", f"```python\n{solution(r)}\n```")) for r in rows], rows)
    assert [o.value for o in outcomes] == [1.0, 1.0]


def test_as_many_programs_run_at_once_as_the_process_has_cores_for_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_share", None)
    sizes = []

    class Counted(ThreadPoolExecutor):
        def __init__(self, size: int) -> None:
            sizes.append(size)
            super().__init__(size)

    monkeypatch.setattr("r1cli.tasks.code.task.ThreadPoolExecutor", Counted)
    task = code(tmp_path, {"prompt": "Write a poem."})
    says(task, "x = 1")
    machine.set_share(1)
    says(task, "x = 1")
    assert sizes == [len(os.sched_getaffinity(0)), 1]
