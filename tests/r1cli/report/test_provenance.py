"""Values of the run beside the paper's: the run has the last word, and what differs from conf/ was given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from r1cli.config.provenance import StageValue
from r1cli.errors import ConfigError
from r1cli.report import provenance
from r1cli.results.lineage import Lineage
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake

TOLD = {"laptop": 2e-4, "smoke": 1e-3}


def told(node: str, lines: list[str]) -> list[StageValue]:
    if node != "reasoning_rl":
        raise ConfigError(f"there is no stage '{node}'")
    scale = next(line.partition("=")[2] for line in lines if line.startswith("scale="))
    file = f"scale/{scale}.yaml:1"
    return [
        StageValue("trainer.lr", TOLD.get(scale, 9.0), "ours", "", file),
        StageValue("seed", 0, "", "", "config.yaml:12"),
    ]


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(provenance, "of", told)

    def with_rate(rate: float) -> list[provenance.StageValues]:
        fake = Fake(tmp_path)
        fake.add("reasoning_rl", 7, "GRPO", config={"trainer": {"lr": rate}, "reward": {"weights": {"accuracy": 1.0}}})
        return provenance.stages(Lineage(Store(tmp_path).entries()))

    return with_rate


def test_the_scale_is_the_one_that_explains_the_run(found: Any) -> None:
    (stage,) = found(1e-3)
    assert stage.values[0].file == "scale/smoke.yaml:1"
    assert stage.values[0].mark == "ours"


def test_a_value_that_no_file_has_was_given_for_this_run(found: Any) -> None:
    (stage,) = found(5e-5)
    rate, seed = stage.values
    assert (rate.value, rate.mark, rate.file) == (5e-5, "given", "")
    assert "2e-4" in rate.note
    assert (seed.value, seed.mark) == (7, "")  # a seed is nobody's claim
    assert provenance.counts([stage]) == {"given": 1, "": 1}


def test_stages_that_conf_does_not_know_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "of", told)
    Fake(tmp_path).add("my_stage", 0, "Mine")
    assert provenance.stages(Lineage(Store(tmp_path).entries())) == []
