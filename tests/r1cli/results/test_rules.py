"""Rules by name, and what they may know."""

from __future__ import annotations

import pytest

from r1cli.errors import ConfigError
from r1cli.results.rules import BOUNDS, METHODS, rule_named
from tests.r1cli.results.sampled_answers import problem


def test_a_method_is_found_by_its_name_and_a_bound_is_none() -> None:
    assert rule_named("majority") is METHODS["majority"]
    with pytest.raises(ConfigError, match="knows the reference answers"):
        rule_named("any")
    with pytest.raises(ConfigError, match="no rule 'best_of'") as wrong:
        rule_named("best_of")
    assert "best_of_n" in wrong.value.hint


@pytest.mark.parametrize("rule", [*METHODS.values(), *BOUNDS.values()], ids=lambda rule: rule.name)
def test_of_one_sample_every_rule_is_worth_the_share_of_right_ones(rule: object) -> None:
    scored = problem("a", "rwwr", scores=[0.1, 0.4, 0.3, 0.2])
    assert rule.of(scored, 1, "rm") == pytest.approx(0.5)  # type: ignore[attr-defined]


def test_the_lot_falls_alike_each_time_and_for_each_problem_in_another_way() -> None:
    lot = METHODS["random"]
    once = [lot.of(problem(str(i), "rwwwwwww"), 4, "") for i in range(20)]
    assert once == [lot.of(problem(str(i), "rwwwwwww"), 4, "") for i in range(20)]
    assert len(set(once)) > 3


def test_a_low_score_weighs_little_however_negative_it_is() -> None:
    one = problem("a", "rww", scores=[2.0, -50.0, -60.0])
    assert METHODS["weighted"].of(one, 3, "rm") == 1.0
