"""What a scored file comes to: means, ranges, and the rows to look at first."""

from __future__ import annotations

import pytest

from r1cli.rewards.base import Rewards
from r1cli.rewards.format import Format
from r1cli.scoring.summary import Summary
from tests.r1cli.scoring.small_files import (
    ROWS,
    Judged,
    records,
    score,
    scoring,
)


def test_the_summary_has_mean_range_and_share() -> None:
    summary = Summary(scoring(), worst=0)
    for batch in scoring(batch_size=2).scored(records(ROWS)):
        summary.add(batch)
    plain = summary.to_json()
    assert plain["rows"] == len(ROWS)
    accuracy = plain["rewards"]["accuracy"]
    assert accuracy["statuses"] == {"scored": 4, "not_applicable": 1} or accuracy["count"] == 4
    assert accuracy["mean"] == accuracy["share_of_1"] == 0.5
    assert (accuracy["min"], accuracy["max"]) == (0.0, 1.0)
    assert plain["reward"]["mean"] == pytest.approx((1.7 + 0.2 + 1.0 + 0.0 + 0.5) / 5)
    assert plain["worst"] == []


def test_what_broke_comes_first_among_the_worst_then_the_lowest() -> None:
    how = scoring(
        Rewards(weights={"judged": 1.0, "format": 1.0}, terms={"judged": Judged(), "format": Format()}), batch_size=2
    )
    said = ["fine", "<think>a</think><answer>b</answer>", "slow", "broken", "fine", "slow"]
    summary = Summary(how, worst=5)
    for batch in how.scored(records([{"prompt": "p", "completion": text} for text in said])):
        summary.add(batch)
    found = [(o.line, o.status) for o in summary.worst]
    assert found == [(4, "crashed"), (3, "timed_out"), (6, "timed_out"), (1, "scored"), (5, "scored")]


def test_the_best_rows_are_not_among_the_worst() -> None:
    summary = Summary(scoring(), worst=5)
    summary.add(score(ROWS[:1] * 3))
    assert summary.worst == []


def test_a_hostile_row_is_kept_in_little_room() -> None:
    summary = Summary(scoring(), worst=5)
    summary.add(score([{"prompt": "p", "completion": "x" * 100_000, "answer": "y" * 100_000}, ROWS[0]]))
    (offender,) = summary.worst
    assert sum(len(text or "") for text in (offender.snippet, offender.extracted, offender.answer)) <= 600


def test_a_file_without_references_is_remarked_upon() -> None:
    summary = Summary(scoring(), worst=0)
    summary.add(score([{"prompt": "What is 1+1?", "completion": "2", "gold": "2"}]))
    (remark,) = summary.remarks()
    assert "columns.answer=<column>" in remark
    assert "gold" in remark
