"""r1cli.tasks.arc.task: rows of the public training set, and verdicts on answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from r1cli.errors import ConfigError, DataError
from r1cli.results.arc import arc_score, tasks_of
from r1cli.results.samples import SampleRecord
from r1cli.tasks.arc.grids import Grid, written
from r1cli.tasks.arc.task import Arc
from r1cli.template import parse, render

PAIR = {"input": [[1, 0]], "output": [[0, 1]]}
SOLVES = Callable[[Grid], Grid]


def arc(path: Path, *records: dict[str, Any], **fields: Any) -> Arc:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    given = {"serialisation": "compact", "instruction": "{examples}\n\nTest: {test}"}
    return Arc.model_validate({"format": "jsonl", "root": path.parent, "path": path.name} | given | fields)


@pytest.fixture(scope="module")
def public(shared_data: Path) -> Arc:
    source = {"format": "jsonl", "root": shared_data, "path": "arc_agi1/training.jsonl"}
    return Arc.model_validate({**source, "serialisation": "compact", "instruction": "{examples}\n{test}"})


def test_each_test_input_is_a_row_and_its_task_the_cluster(tmp_path: Path) -> None:
    task = arc(tmp_path / "t.jsonl", {"id": "a", "train": [PAIR], "test": [PAIR, {"input": [[2]], "output": [[3]]}]})
    first, second = task.rows()
    assert (first.id, second.id) == ("a/0", "a/1")
    assert {row.meta["task"] for row in (first, second)} == {"a"}
    assert (first.answer, second.answer) == ("[[0, 1]]", "[[3]]")
    assert second.prompt.endswith("Test: [[2]]")
    assert "INPUT:\n\n[[1, 0]]\n\nOUTPUT:\n\n[[0, 1]]" in second.prompt


def test_grids_are_written_in_either_form(tmp_path: Path) -> None:
    record = {"id": "a", "train": [PAIR], "test": [{"input": [[1], [2]], "output": [[2], [1]]}]}
    compact, rows = (
        arc(tmp_path / "t.jsonl", record, serialisation=how).rows()[0].prompt for how in ("compact", "rows")
    )
    assert compact.endswith("Test: [[1], [2]]")
    assert rows.endswith("Test: [\n  [1],\n  [2]\n]")


def test_only_the_answer_is_looked_at_and_it_must_be_exact(tmp_path: Path) -> None:
    task = arc(tmp_path / "t.jsonl", {"id": "a", "train": [PAIR], "test": [PAIR]})
    row = task.rows()[0]
    answers = ["[[0, 1]]", r"so \boxed{[[0,1]]}", "[[0, 1], [0, 1]]", "[[0], [1]]", "[[0, 2]]", "left to right"]
    outcomes = task.judge([parse(render("[[0, 1]]", answer)) for answer in answers], [row] * len(answers))
    assert [outcome.value for outcome in outcomes] == [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert [outcome.status for outcome in outcomes] == ["scored"] * 5 + ["unparseable"]
    assert outcomes[1].extracted == row.answer
    assert row.verify(parse("<think>[[0, 1]]</think>")) is False
    assert row.verify(parse("<think>the answer is [[0, 1]]", finished=False)) is False


def test_a_test_input_whose_output_is_kept_back_cannot_be_verified(tmp_path: Path) -> None:
    task = arc(tmp_path / "t.jsonl", {"id": "a", "train": [PAIR], "test": [{"input": [[1]]}]})
    assert task.rows()[0].verify(parse("[[1]]")) is None


@pytest.mark.parametrize(
    "record",
    [
        {"id": "a", "train": [], "test": [PAIR]},
        {"id": "a", "train": [PAIR]},
        {"id": "a", "train": [{"input": [[1]]}], "test": [PAIR]},
        {"id": "a", "train": [PAIR], "test": [{"output": [[1]]}]},
        {"id": "a", "train": [PAIR], "test": [{"input": [[1, 2], [3]], "output": [[1]]}]},
        {"id": "a", "train": [PAIR], "test": [{"input": [[1]], "output": [[11]]}]},
    ],
)
def test_a_task_that_is_none_names_its_line(record: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t.jsonl, line 1: "):
        arc(tmp_path / "t.jsonl", record).rows()


def test_an_instruction_without_a_place_for_the_grids_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="examples"):
        arc(tmp_path / "t.jsonl", {"id": "a", "train": [PAIR], "test": [PAIR]}, instruction="{test}").rows()


# --- the public training set ----------------------------------------------------------------------------------------


def test_the_public_training_set_is_whole(public: Arc) -> None:
    rows = public.rows()
    tasks = tasks_of((row.id, row.meta["task"]) for row in rows)
    assert (len(tasks), len(rows)) == (400, 416)
    assert sorted(map(len, tasks.values())) == [1] * 386 + [2] * 12 + [3] * 2
    sizes, large = [], 0
    by_id = {row.id: row for row in rows}
    for tests in tasks.values():
        first = by_id[tests[0]]
        pairs = [pair[side] for pair in first.meta["train"] for side in ("input", "output")]
        sizes.append(sum(len(written(grid)) for grid in [*pairs, first.meta["input"]]))
        tested = [grid for test in tests for grid in (by_id[test].meta["input"], json.loads(by_id[test].answer))]
        large += any(max(len(grid), len(grid[0])) > 10 for grid in pairs + tested)
    assert (min(sizes), max(sizes), median(sizes)) == (165, 24_840, 2_240)
    assert large == 222


def scored(task: Arc, solvers: Callable[[dict[str, Any]], list[SOLVES]], **how: Any) -> float:
    """What programs score that are handed in as two attempts."""
    rows = task.rows()
    answered = [
        (row, number, solve(row.meta["input"])) for row in rows for number, solve in enumerate(solvers(row.meta))
    ]
    outcomes = task.judge(
        [parse(render("so", rf"\boxed{{{written(grid)}}}")) for _, _, grid in answered], [row for row, *_ in answered]
    )
    records = [
        SampleRecord(
            id=row.id, cluster=row.meta["task"], sample=number, thought="", answer="", text="", finished=True,
            value=outcome.value, status=outcome.status,
        )
        for (row, number, _), outcome in zip(answered, outcomes, strict=True)
    ]  # fmt: skip
    return arc_score(records, tasks_of((row.id, row.meta["task"]) for row in rows), **how).score


def test_the_right_grids_score_one_and_the_inputs_themselves_nothing(public: Arc) -> None:
    rows = {written(row.meta["input"]) + row.meta["task"]: row for row in public.rows()}

    def gold(meta: dict[str, Any]) -> list[SOLVES]:
        return [lambda grid: json.loads(rows[written(grid) + meta["task"]].answer)]

    assert scored(public, gold) == 1.0
    assert scored(public, lambda _: [lambda grid: grid] * 2) == 0.0


def turned(grid: Grid) -> Grid:
    return [list(row) for row in zip(*grid[::-1], strict=True)]


def simple_rules(train: list[dict[str, Grid]]) -> list[SOLVES]:
    """Rotations and flips, a map of colours, scaling, tiling: those that are true of all pairs."""
    rules: list[SOLVES] = []
    for turns in range(4):
        for flipped in (False, True):

            def moved(grid: Grid, turns: int = turns, flipped: bool = flipped) -> Grid:
                for _ in range(turns):
                    grid = turned(grid)
                return [row[::-1] for row in grid] if flipped else grid

            rules.append(moved)
    colours: dict[int, int] = {}
    for pair in train:
        for given, made in zip(pair["input"], pair["output"], strict=False):
            colours.update(zip(given, made, strict=False))
    rules.append(lambda grid: [[colours.get(cell, cell) for cell in row] for row in grid])
    first = train[0]
    down, across = len(first["output"]) // len(first["input"]), len(first["output"][0]) // len(first["input"][0])
    if down and across:
        rules.append(lambda grid: [[cell for cell in row for _ in range(across)] for row in grid for _ in range(down)])
        rules.append(lambda grid: [row * across for _ in range(down) for row in grid])
    return [rule for rule in rules if all(rule(pair["input"]) == pair["output"] for pair in train)][:2]


def test_four_simple_rules_solve_fourteen_tasks(public: Arc) -> None:
    assert 400 * scored(public, lambda meta: simple_rules(meta["train"])) == pytest.approx(14.0)
    assert 400 * scored(public, lambda meta: simple_rules(meta["train"]), rule="strict") == pytest.approx(14.0)
