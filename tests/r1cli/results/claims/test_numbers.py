"""The number of one seed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.r1cli.fake_evaluations import evaluation, interval, model
from tests.r1cli.results.claims.asked import evidence, numbers, side


def test_a_problem_whose_judge_crashed_on_one_side_leaves_both(zero: Path) -> None:
    (path,) = zero.glob("eval_base-*/out/transcripts.jsonl")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    records[1]["completions"][0] |= {"status": "crashed", "accuracy": None}
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    found = numbers(zero, kind="difference", ours=side("r1_zero"), baseline=side("base"))
    assert found == {0: (1.0 + 0.5 + 0) / 3 - 0.5 / 3, 1: (1.0 + 0.5 + 1) / 3 - 0.5 / 3}


def test_means_of_the_reports_are_compared_where_no_transcripts_tell(tmp_path: Path) -> None:
    base = model(tmp_path, "base")
    for checkpoint, general in (("base", 0.25), ("coldstart", 0.75)):
        of = base if checkpoint == "base" else model(tmp_path, "coldstart", inputs={"model": base})
        evaluation(tmp_path, checkpoint, of, general=interval(general))
    found = numbers(tmp_path, kind="difference", measure="general", ours=side("coldstart"), baseline=side("base"))
    assert found == {0: 0.5}


def test_pass_at_k_wants_evaluations_with_as_many_samples_and_says_where_curves_meet(zero: Path) -> None:
    test = {"kind": "pass_at_k", "ours": side("r1_zero"), "baseline": side("base")}
    assert evidence(zero, **test, k=9) is None
    for path in zero.glob("eval_*/out/transcripts.jsonl"):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        for record in records:
            # R1-Zero knows half of the problems by heart; the base may hit each of them, rarely.
            known = 8 * (record["id"] in ("p-0", "p-1")) if "r1_zero" in str(path) else 2
            record["completions"] = [{"text": "", "accuracy": float(place < known)} for place in range(8)]
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    found = evidence(zero, **test, k=8)
    assert found is not None
    assert {v.seed: v.value for v in found.values} == {0: -0.5, 1: -0.5}
    assert found.remark == "the curves meet at k = 2 (up to 8)"
    assert numbers(zero, **test, k=1) == {0: 0.25, 1: 0.25}


def test_curves_that_meet_where_every_problem_is_solved_say_that_there_is_a_ceiling(zero: Path) -> None:
    for path in zero.glob("eval_*/out/transcripts.jsonl"):
        right = 4 if "r1_zero" in str(path) else 1
        records = [json.loads(line) for line in path.read_text().splitlines()]
        for record in records:
            record["completions"] = [{"text": "", "accuracy": float(place < right)} for place in range(8)]
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    found = evidence(zero, kind="pass_at_k", ours=side("r1_zero"), baseline=side("base"), k=8)
    assert found is not None
    assert found.remark == (
        "the curves meet at k = 8, where both solve every problem: harder ones would be needed (up to 8)"
    )


def test_difficulty_is_told_by_the_other_model(zero: Path) -> None:
    test = {"kind": "difficulty", "measure": "accuracy", "ours": side("r1_zero"), "baseline": side("base")}
    # The base does worst on p-0, which this one always solves, and best on p-3, which only seed 1 solves.
    assert numbers(zero, **test) == {0: 1.0, 1: 0.0}


def test_reflecting_compares_responses_with_and_without_the_words(zero: Path) -> None:
    for path in zero.glob("eval_base-*/out/transcripts.jsonl"):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        for record in records[:4]:
            record["completions"] = [
                {"text": "", "accuracy": 1.0, "reflection": 2.0},
                {"text": "", "accuracy": 0.0, "reflection": 0.0},
                {"text": "", "accuracy": None, "reflection": 1.0},
            ]
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert numbers(zero, kind="reflecting", ours=side("base")) == {0: 1.0}
    assert numbers(zero, kind="reflecting", ours=side("r1_zero")) == {}  # it never reflects
