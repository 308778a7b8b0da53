"""One cell: whatever happens to it ends up in its record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from r1cli import artifact
from r1cli.stage import Stage
from r1cli.sweep.cell import run_cell
from tests.r1cli.fake_stages import MODEL, Recorder, chain, count, job

pytestmark = pytest.mark.usefixtures("fake_torch")


class Measure(Stage):
    """An evaluation that measures the same every time."""

    MAKES: ClassVar = "report"

    def run(self, ctx):
        (ctx.out / "report.json").write_text(json.dumps({"accuracy": {"mean": 0.5, "low": 0.4, "high": 0.6}, "n": 1}))
        return {"out": artifact.report(ctx.out / "report.json")}


class Broken(Stage):
    """A stage whose check is wrong itself."""

    def check(self) -> None:
        raise KeyError("a bug")

    def run(self, ctx):
        raise AssertionError


def test_a_cell_counts_what_it_made_and_keeps_its_measures(tmp_path: Path) -> None:
    stages = {**chain(), "eval_c": Measure(inputs={"model": "c"}, seed=1, model=MODEL)}
    the_job = replace(job(tmp_path / "store", stages), cell="seed=0")
    recorder = Recorder()
    record = run_cell(3, the_job, recorder)
    assert (record.number, record.name, record.state, record.made, record.reused) == (3, "seed=0", "done", 4, 0)
    assert (record.checkpoint, record.measures["accuracy"]["mean"], len(record.evaluations)) == ("c", 0.5, 1)
    assert ("eval_c", "made") in recorder.states
    again = run_cell(3, the_job, Recorder())
    assert (again.made, again.reused) == (0, 4)


def test_a_failed_stage_brings_its_log(tmp_path: Path) -> None:
    record = run_cell(0, job(tmp_path / "store", {"a": count(at_end="raise")}), Recorder())
    assert (record.state, record.measures) == ("failed", {})
    assert "the loss is nan" in record.error
    assert Path(record.log).is_file()


def test_a_bug_brings_its_traceback(tmp_path: Path) -> None:
    record = run_cell(0, job(tmp_path / "store", {"a": Broken(inputs={}, seed=1, model=MODEL)}), Recorder())
    assert record.state == "failed"
    assert record.error.startswith("Traceback")
    assert "in check" in record.error
