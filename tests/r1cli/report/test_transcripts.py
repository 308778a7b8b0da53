"""Responses taken apart, words of other languages set off, and limits that hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.report import transcripts
from r1cli.results import select
from r1cli.results.evaluations import read_evaluations
from r1cli.results.lineage import Lineage
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


def found(root: Path, limit: int = 1000) -> transcripts.Transcripts:
    entries = Store(root).entries()
    evaluations = select.labelled(select.comparable(read_evaluations(entries)))
    return transcripts.transcripts(Lineage(entries), evaluations, limit=limit)


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("first 开始 then", "en", ["开始"]),
        ("开始有5个。Then 加上3", "zh", ["Then"]),
        ("答案是apple吗", "zh", ["apple"]),
        ("only English, 12 + 3 = 15", "en", []),
        ("现在</think>结束", "zh", []),
        ("", "en", []),
    ],
)
def test_words_of_other_languages_are_set_off_and_nothing_is_lost(text: str, language: str, foreign: list[str]) -> None:
    pieces = transcripts.pieces(text, language)
    assert pieces[1::2] == foreign
    assert "".join(pieces) == text


def test_a_problem_has_the_answers_of_every_model_taken_apart(tmp_path: Path) -> None:
    Fake(tmp_path).recipe(0)
    problem = found(tmp_path).problems[0]
    assert list(problem["models"]) == ["Base", "R1-Zero", "Dev1", "Dev2", "Dev3", "R1"]
    response = problem["models"]["R1"][0]
    assert response["thought"] == ["", "一二", " then all_scenario_rl 0"]
    assert response["answer"] == ["0"]
    assert response["mixed"]
    assert response["values"]["tokens"] == 9.0


def test_a_response_without_the_form_is_shown_whole(tmp_path: Path) -> None:
    Fake(tmp_path, says=lambda _node, i: f"just {i}").recipe(0)
    response = found(tmp_path).problems[0]["models"]["Base"][0]
    assert response["said"] == ["just 0"]
    assert "thought" not in response


def test_the_limit_picks_problems_evenly_and_says_how_many_there_are(tmp_path: Path) -> None:
    Fake(tmp_path, problems=40).recipe(0)
    some = found(tmp_path, limit=60)
    assert [p["id"] for p in some.problems] == [f"problem-{i}" for i in range(0, 40, 4)]
    assert some.available == 40
    assert found(tmp_path, limit=0).problems == ()


def test_the_page_stays_small_whatever_models_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "BYTES", 100_000)
    Fake(tmp_path, problems=40, says=lambda _node, _i: "x" * 100_000).recipe(0)
    some = found(tmp_path)
    assert 0 < len(some.problems) < 40
    assert len(json.dumps(some.problems)) <= 110_000
    assert some.problems[0]["models"]["Base"][0]["said"][-1].endswith("… 96000 more characters")


def test_evaluations_that_kept_no_kind_or_language_are_understood(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    for path in tmp_path.glob("eval_*/out/transcripts.jsonl"):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        rows = [{k: v for k, v in row.items() if k not in {"kind", "language"}} for row in rows]
        rows[0] |= {"prompt": "二加一等于几？", "answer": None}
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    first = next(p for p in found(tmp_path).problems if p["id"] == "problem-0")
    assert (first["kind"], first["language"]) == ("general", "zh")


def test_a_base_that_seeds_share_answers_beside_each_of_them(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    fake.made["base", 1] = fake.made["base", 0]
    fake.trained("r1_zero", 1, {"model": "base"}, {"accuracy": 1.0})
    fake.evaluated("r1_zero", 1)
    of_seed_1 = [p for p in found(tmp_path).problems if p["seed"] == 1]
    assert len(of_seed_1) == 4
    assert all(list(p["models"]) == ["Base", "R1-Zero"] for p in of_seed_1)
