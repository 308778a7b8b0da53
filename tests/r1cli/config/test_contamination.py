"""r1cli.config.contamination: benchmarks on one side, what a task trains on on the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.config.contamination import TRAINING, build_comparison
from r1cli.errors import ConfigError


def test_a_task_is_compared_by_all_that_it_trains_on_and_by_nothing_that_it_holds_out(tmp_path: Path) -> None:
    found = build_comparison(["benchmark=world,math500", f"paths.data={tmp_path}"])
    assert set(found.training) == set(TRAINING)
    assert list(found.benchmarks) == ["world"]
    assert "math500" in found.skipped


def test_another_task_is_named_as_everywhere(tmp_path: Path) -> None:
    found = build_comparison(["suite=tiny", "task=math", f"paths.data={tmp_path}"])
    assert [type(task).__name__ for task in found.training.values()][:2] == ["Mixture", "Mixture"]
    with pytest.raises(ConfigError, match="maths"):
        build_comparison(["suite=tiny", "task=maths"])
