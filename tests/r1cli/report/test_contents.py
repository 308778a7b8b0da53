"""What a report is about: all of a store, or what was chosen of it."""

from __future__ import annotations

from pathlib import Path

from r1cli.report import contents
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


def test_the_rows_are_in_the_papers_order_and_differ_from_the_base(tmp_path: Path) -> None:
    Fake(tmp_path).recipe(0)
    gathered = contents.gather(Store(tmp_path))
    assert [row.name for row in gathered.table] == ["Base", "R1-Zero", "Dev1", "Dev2", "Dev3", "R1"]
    assert gathered.baseline == "Base"
    assert gathered.table[0].difference is None


def test_evaluations_of_other_questions_are_not_in_the_table(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    fake.problems = 9
    fake.evaluated("base", 0)
    gathered = contents.gather(Store(tmp_path))
    assert [(row.name, row.n_problems) for row in gathered.table] == [("Base", 9)]
    assert gathered.baseline == ""


def test_chosen_evaluations_bring_along_what_their_models_were_made_from(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    gathered = contents.gather(Store(tmp_path), only={fake.made["eval_coldstart", 0]})
    assert [row.name for row in gathered.table] == ["Dev1"]
    assert [step.name for step in gathered.steps] == ["base", "coldstart"]


def test_a_model_from_outside_is_in_the_table(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    fake.made["distill", 0] = "0" * 64
    fake.evaluated("distill", 0)
    assert contents.gather(Store(tmp_path)).table[-1].name == "Student"


def test_nothing_is_a_report_without_charts(tmp_path: Path) -> None:
    gathered = contents.gather(Store(tmp_path))
    assert (gathered.table, gathered.charts, gathered.versions, gathered.meaning) == ([], [], {}, [])


def test_the_papers_findings_are_judged_by_what_the_report_is_about(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    verdicts = {finding.claim.name: finding.verdict for finding in contents.gather(Store(tmp_path)).claims}
    assert verdicts["rl_alone"] == "cannot tell"  # one seed
    assert verdicts["variants"] == "not run"
