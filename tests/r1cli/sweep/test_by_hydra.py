"""Cells in processes that Hydra started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from r1cli.engine.job import Job
from r1cli.errors import ConfigError
from r1cli.sweep.by_hydra import LEDGER, HydraCell, ledger_override
from r1cli.sweep.ledger import Ledger, SweepRecord
from tests.r1cli.fake_stages import Recorder, chain, job
from tests.r1cli.sweep.test_cell import MODEL, Measure

pytestmark = pytest.mark.usefixtures("fake_torch")


@pytest.fixture
def cell(tmp_path: Path) -> HydraCell:
    sweep = SweepRecord(id="s-1", line=["run"], swept=["seed"], cells=["seed=0"], pid=1, at_once=1)
    return HydraCell(Ledger.begin(tmp_path / "store", sweep), sweep, 0, "seed=0", shares_terminal=True, at_once=2)


def test_a_search_goes_by_the_objective(cell: HydraCell, tmp_path: Path) -> None:
    stages = {**chain(), "eval_c": Measure(inputs={"model": "c"}, seed=1, model=MODEL)}
    assert cell.run(lambda: job(tmp_path / "store", stages), Recorder(), objective="accuracy") == 0.5
    assert cell.run(lambda: job(tmp_path / "store", stages), Recorder(), objective="language") is None
    assert cell.ledger.cells()[0].state == "done"


def test_a_trial_that_cannot_be_composed_is_a_failed_cell(cell: HydraCell) -> None:
    def compose() -> Job:
        raise ConfigError("no such key")

    assert cell.run(compose, Recorder(), objective="accuracy") is None
    assert cell.ledger.cells()[0].error == "no such key"


def test_an_interrupted_cell_says_so(cell: HydraCell) -> None:
    def compose() -> Job:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cell.run(compose, Recorder(), objective="accuracy")
    assert cell.ledger.cells()[0].state == "stopped"


def test_any_folder_reaches_hydra_as_it_is(cell: HydraCell) -> None:
    odd = replace(cell.ledger, folder=Path("/a b/it's/c\\d/e\\'f"))
    [override] = OverridesParser.create().parse_overrides([ledger_override(odd)])
    assert override.key_or_group == f"hydra.job.env_set.{LEDGER}"
    assert override.value() == str(odd.folder)
