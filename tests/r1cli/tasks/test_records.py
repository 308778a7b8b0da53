"""A task has a source: given in YAML as keys of its own, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from r1cli.data.rows import Row
from r1cli.data.source import Record
from r1cli.errors import ConfigError
from r1cli.tasks.base import Task, judge_each
from r1cli.tasks.records import RecordTask
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome


class Echo(RecordTask):
    """Right is who repeats the prompt."""

    loud: bool = False

    def row(self, record: Record) -> Row:
        return Row(record.id, record.text("prompt"), task=self)

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return judge_each(lambda completion, row: completion.text == row.prompt, completions, rows)


def test_keys_of_the_source_stand_beside_those_of_the_task() -> None:
    flat = Echo.model_validate({"format": "jsonl", "path": "a.jsonl", "limit": 3, "loud": True})
    nested = Echo.model_validate({"source": {"format": "jsonl", "path": "a.jsonl", "limit": 3}, "loud": True})
    assert flat == nested == Task.model_validate(flat.config())
    assert {"path", "limit", "loud", "source"} <= Echo.keys()


def test_a_source_that_is_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="`source` and path: give the source once"):
        Echo.model_validate({"source": {"format": "jsonl", "path": "a.jsonl"}, "path": "b.jsonl"})


def test_a_task_without_a_source_verifies_records_and_has_no_rows_of_its_own() -> None:
    task = Echo()
    (row,) = task.rows_of([Record("1", "a file, line 1", {"prompt": "hello"}, {})])
    assert row.prompt == "hello"
    assert task.files() == []
    task.preflight()
    with pytest.raises(ConfigError, match="Echo has no source of rows"):
        task.rows()
