"""Verdicts: what the seeds and the declared margin decide, and what they leave open."""

from __future__ import annotations

from math import log
from typing import Any

import pytest

from r1cli.results.claims.declaration import Claim
from r1cli.results.claims.evidence import Evidence, SeedValue
from r1cli.results.claims.judge import Judgement, judge

PAIR = {"kind": "difference", "ours": {"checkpoint": "r1_zero"}, "baseline": {"checkpoint": "base"}}


def claim(name: str = "c", **tests: dict[str, Any]) -> Claim:
    return Claim.model_validate(
        {"name": name, "number": 1, "claim": "c.", "place": "p", "figures": "", "experiment": "e", "tests": tests}
    )


def evidence(*values: float) -> Evidence:
    return Evidence(tuple(SeedValue(seed, value, "m") for seed, value in enumerate(values)))


def one(test: dict[str, Any], *values: float) -> Judgement:
    (finding,) = judge([claim(t={**PAIR, **test})], {"c": {"t": evidence(*values)}})
    assert finding.verdict == finding.judgements[0].verdict
    return finding.judgements[0]


@pytest.mark.parametrize(
    ("test", "values", "verdict"),
    [
        ({"more_than": 0.1}, (0.30, 0.31, 0.29), "holds"),
        ({"more_than": 0.4}, (0.30, 0.31, 0.29), "does not hold"),
        ({"more_than": 0.1}, (0.05, 0.31, 0.29), "cannot tell"),
        ({"less_than": 0.0}, (-0.30, -0.31, -0.29), "holds"),
        ({"less_than": 0.0}, (0.30, 0.31, 0.29), "does not hold"),
        ({"within": 0.05}, (0.01, 0.0, -0.01), "holds"),
        ({"within": 0.05}, (0.2, 0.21, 0.19), "does not hold"),
        ({"within": 0.05}, (-0.2, -0.21, -0.19), "does not hold"),
        ({"within": 0.05}, (0.1, 0.0, -0.1), "cannot tell"),
        ({"more_than": 0.1}, (0.3,), "cannot tell"),
    ],
)
def test_a_verdict_says_on_which_side_of_its_margin_a_number_surely_lies(
    test: dict[str, Any], values: tuple[float, ...], verdict: str
) -> None:
    assert one(test, *values).verdict == verdict


def test_what_cannot_be_told_comes_with_the_seeds_that_it_takes_and_with_what_these_could_see() -> None:
    unsure = one({"more_than": 0.0}, 0.1, -0.05, 0.08)
    assert unsure.verdict == "cannot tell"
    assert unsure.seeds_needed is not None
    assert unsure.seeds_needed > 3
    assert unsure.detectable is not None
    assert unsure.detectable > 0.08
    sure = one({"more_than": 0.0}, 0.3, 0.31, 0.29)
    assert sure.seeds_needed is None
    assert sure.detectable is not None


def test_no_difference_is_never_called_the_same_without_a_margin() -> None:
    assert one({"more_than": 0.0}, 0.01, -0.01, 0.0).verdict == "cannot tell"


def test_what_was_not_run_has_no_number() -> None:
    (finding,) = judge([claim(t={**PAIR, "more_than": 0.0})], {})
    assert (finding.verdict, finding.judgements[0].estimate) == ("not run", None)


def test_secondary_tests_are_corrected_for_each_other_and_primary_ones_are_not() -> None:
    close = (0.30, 0.36, 0.24)  # p about .01 by itself
    claims = [claim(f"c{i}", t={**PAIR, "more_than": 0.0}) for i in range(9)]
    claims.append(claim("main", t={**PAIR, "more_than": 0.0, "primary": True}))
    findings = judge(claims, {c.name: {"t": evidence(*close)} for c in claims})
    assert [f.verdict for f in findings] == ["cannot tell"] * 9 + ["holds"]
    secondary, primary = findings[0].judgements[0], findings[-1].judgements[0]
    assert secondary.p_uncorrected == primary.p == primary.p_uncorrected
    assert secondary.p == pytest.approx(9 * (primary.p or 0))
    assert secondary.seeds_needed is not None
    assert secondary.seeds_needed > 3


def test_tests_that_were_not_run_do_not_count_for_the_correction() -> None:
    claims = [claim(f"c{i}", t={**PAIR, "more_than": 0.0}) for i in range(9)]
    findings = judge(claims, {"c0": {"t": evidence(0.30, 0.36, 0.24)}})
    assert [f.verdict for f in findings] == ["holds"] + ["not run"] * 8


def test_a_claim_holds_if_all_of_its_tests_do() -> None:
    sure, unsure, wrong = evidence(0.3, 0.31, 0.29), evidence(0.1, -0.05, 0.08), evidence(-0.3, -0.31, -0.29)
    whole = claim(a={**PAIR, "more_than": 0.0}, b={**PAIR, "more_than": 0.0})

    def verdict(**found: Evidence) -> str:
        return judge([whole], {"c": found})[0].verdict

    assert verdict(a=sure, b=sure) == "holds"
    assert verdict(a=sure, b=unsure) == "cannot tell"
    assert verdict(a=sure) == "cannot tell"
    assert verdict(a=wrong, b=unsure) == "does not hold"
    assert verdict() == "not run"


def test_a_ratio_is_held_against_its_margin_and_a_spread_against_that_of_seeds() -> None:
    ratio = {**PAIR, "kind": "ratio", "more_than": 2.0}
    (finding,) = judge([claim(t=ratio)], {"c": {"t": evidence(log(4.8), log(5.0), log(4.9))}})
    assert finding.verdict == "holds"
    spread = {"kind": "spread", "ours": {"checkpoint": "variant"}, "less_than": 1.0}
    far = Evidence((), ((0.1, 0.11, 0.12), (0.5, 0.51, 0.52), (0.9, 0.91, 0.92)))
    (finding,) = judge([claim(t=spread)], {"c": {"t": far}})
    assert finding.verdict == "does not hold"
