"""Findings in words."""

from __future__ import annotations

import json

import pytest

from r1cli.results.claims import wording
from r1cli.results.claims.declaration import Test, read_claims
from r1cli.results.claims.evidence import Evidence, SeedValue
from r1cli.results.claims.judge import Finding, judge

CLAIMS = {claim.name: claim for claim in read_claims()}


def finding(name: str, test: str, *values: float) -> Finding:
    found = Evidence(tuple(SeedValue(seed, value, "m") for seed, value in enumerate(values)))
    (judged,) = judge([CLAIMS[name]], {name: {test: found}})
    return judged


@pytest.mark.parametrize(
    ("claim", "test", "said"),
    [
        ("rl_alone", "times_as_accurate", "accuracy: R1-Zero / Base"),
        ("longer", "growth", "completions mean length of R1-Zero while it trains"),
        ("consensus", "votes_gain", "R1-Zero: cons@k − accuracy"),
        ("language_reward", "buys_consistency", "language: Dev2 language=1 − Dev2 language=0"),
        ("coverage", "overtaken", "pass@64: R1-Zero − Base"),
        ("effort", "longer_on_hard", "tokens of R1: hard − easy problems (for Dev1)"),
        ("variants", "less_than_seeds", "accuracy: spread of variants / spread of seeds"),
        ("languages", "r1_zero_mixes", "language of R1-Zero"),
    ],
)
def test_a_test_says_what_its_number_is(claim: str, test: str, said: str) -> None:
    assert wording.subject(CLAIMS[claim].tests[test]) == said


def test_a_number_comes_with_its_interval_its_margin_and_its_seeds() -> None:
    judgement = finding("consensus", "votes_gain", 0.12, 0.13, 0.125).judgements[0]
    assert judgement.estimate is not None
    assert wording.number(judgement.estimate, judgement.test) == "+0.12 (+0.11 to +0.14)"
    assert wording.declared(judgement.test) == "more than 0.05"
    assert wording.certainty(judgement) == "3 seeds; p .001"
    assert wording.declared(CLAIMS["same_reasoning"].tests["as_accurate"]) == "within ±0.05"


def test_what_cannot_be_told_says_what_it_would_take() -> None:
    unsure = finding("consensus", "votes_gain", 0.12, 0.02, 0.1).judgements[0]
    assert "seeds would tell (these would see" in wording.certainty(unsure)
    single = finding("consensus", "votes_gain", 0.12).judgements[0]
    assert wording.certainty(single) == "1 seed; one seed tells nothing of a method: 5 would"
    at_margin = finding("consensus", "votes_gain", 0.0, 0.05, 0.1).judgements[0]
    assert "too close to the margin for any number of seeds" in wording.certainty(at_margin)
    alike = finding("consensus", "votes_gain", 0.05, 0.05).judgements[0]
    assert wording.certainty(alike) == "2 seeds; p 1.000; every seed lies on the margin"


def test_a_number_clear_of_its_margin_says_when_the_correction_alone_keeps_it_from_being_told() -> None:
    clear = {"votes_gain": Evidence(tuple(SeedValue(i, v, "ours") for i, v in enumerate((0.12, 0.15, 0.19))))}
    alone = judge([CLAIMS["consensus"]], {"consensus": clear})[0].judgements[0]
    assert (alone.verdict, wording.certainty(alone)) == ("holds", "3 seeds; p .036")
    unclear = {"as_accurate": Evidence(tuple(SeedValue(i, v, "ours") for i, v in enumerate((0.0, 0.2, 0.1))))}
    both = judge([CLAIMS["consensus"], CLAIMS["same_reasoning"]], {"consensus": clear, "same_reasoning": unclear})[
        0
    ].judgements[0]
    assert both.verdict == "cannot tell"
    assert wording.certainty(both).startswith("3 seeds; p .073 (.036 as the only test); about ")


def test_verdicts_are_counted_in_words() -> None:
    findings = [finding("consensus", "votes_gain", 0.12, 0.13, 0.125), *judge([CLAIMS["coverage"]], {})]
    assert wording.counts(findings) == "1 holds, 1 was not run"


def test_the_json_is_plain_and_whole() -> None:
    plain = json.loads(json.dumps(wording.as_json(finding("consensus", "votes_gain", 0.12, 0.13, 0.125))))
    assert plain["verdict"] == "holds"
    assert plain["run"] == "r1 run -m experiment=r1_vs_zero"
    (test,) = plain["tests"]
    assert test["estimate"]["n"] == 3
    assert test["seeds"] == [0, 1, 2]
    assert Test.model_validate(test["test"]) == CLAIMS["consensus"].tests["votes_gain"]
