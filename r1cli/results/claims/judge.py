"""The judge: what may be said of each claim, from the numbers of its seeds and the margins that were declared.

Pure: it reads no file and knows no model. A test *holds* where its number surely lies on the declared side of its
margin, *does not hold* where it surely lies on the other, and otherwise nobody *can tell*; then it says how many seeds
would. Primary tests are held against 5 % each, all others together against 5 % (Holm). A claim holds if all of its
tests do, and does not if one does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import Literal

from r1cli.results.claims import estimates
from r1cli.results.claims.declaration import Claim, Test
from r1cli.results.claims.estimates import Estimate
from r1cli.results.claims.evidence import Evidence
from r1cli.results.statistics import ALPHA, holm

Verdict = Literal["holds", "does not hold", "cannot tell", "not run"]


@dataclass(frozen=True)
class Judgement:
    """One test, decided as far as it can be."""

    name: str
    test: Test
    verdict: Verdict
    estimate: Estimate | None
    """None where nothing was run."""
    p: float | None
    """Of the decision, corrected where the test is not primary; None where there is no test."""
    p_uncorrected: float | None
    detectable: float | None
    """Smallest distance from the margin that these seeds would see in four of five cases; for a ratio, a factor.

    For a corrected test at the strictest level that it may have to meet.
    """
    seeds_needed: int | None
    """To decide in four of five cases, if the number and its spread are as seen; None: unknown, or too many."""
    seeds: tuple[int, ...]
    models: tuple[str, ...]
    """Fingerprints of ours."""
    remark: str


@dataclass(frozen=True)
class Finding:
    """A claim, and what may be said of it."""

    claim: Claim
    verdict: Verdict
    judgements: tuple[Judgement, ...]


def judge(claims: Sequence[Claim], evidence: Mapping[str, Mapping[str, Evidence]]) -> list[Finding]:
    """Decide all claims at once; the correction needs to know how many tests there are.

    Args:
        claims: in the order in which they are shown.
        evidence: claim -> test -> what there is for it.
    """
    judged = [_measured(c, name, evidence.get(c.name, {}).get(name)) for c in claims for name in c.tests]
    open_ones = [i for i, j in enumerate(judged) if j.p_uncorrected is not None and not j.test.primary]
    corrected = holm([judged[i].p_uncorrected or 0.0 for i in open_ones])
    by_place = dict(zip(open_ones, corrected, strict=True))
    decided = []
    for i, judgement in enumerate(judged):
        # The least p-value of a family must be below the level over its size: what seeds must reach, to be safe.
        level = ALPHA / len(open_ones) if i in by_place else ALPHA
        decided.append(_decided(judgement, by_place.get(i, judgement.p_uncorrected), level))
    findings = []
    for claim in claims:
        own, decided = tuple(decided[: len(claim.tests)]), decided[len(claim.tests) :]
        findings.append(Finding(claim, _together([j.verdict for j in own]), own))
    return findings


def _measured(claim: Claim, name: str, evidence: Evidence | None) -> Judgement:
    """A test with its number, before anything is decided."""
    test = claim.tests[name]
    estimate = None if evidence is None else _estimate(test, evidence)
    if evidence is None or estimate is None:
        return Judgement(name, test, "not run", None, None, None, None, None, (), (), "")
    seeds = tuple(dict.fromkeys(v.seed for v in evidence.values))
    models = tuple(dict.fromkeys(v.ours for v in evidence.values))
    p_values = [p for p in (estimate.p_more, estimate.p_less, estimate.p_within) if p is not None]
    smallest = min(p_values, default=None)
    return Judgement(
        name, test, "cannot tell", estimate, smallest, smallest, None, None, seeds, models, evidence.remark
    )


def _estimate(test: Test, evidence: Evidence) -> Estimate | None:
    if test.kind == "spread":
        return estimates.of_spread(evidence.methods, test.margin)
    values = [v.value for v in evidence.values]
    if test.kind == "ratio":
        return estimates.of_ratio(values, test.margin)
    return estimates.of_mean(values, test.margin, within=test.within is not None)


def _decided(judgement: Judgement, p: float | None, level: float) -> Judgement:
    estimate = judgement.estimate
    if estimate is None:
        return judgement
    verdict: Verdict = "cannot tell"
    if p is not None and p < ALPHA:
        verdict = "holds" if _as_claimed(judgement.test, estimate) else "does not hold"
    needed, seen = _power(judgement.test, estimate, level)
    return replace(
        judgement, verdict=verdict, p=p, detectable=seen, seeds_needed=needed if verdict == "cannot tell" else None
    )


def _as_claimed(test: Test, estimate: Estimate) -> bool:
    """On which side of the margin the number lies; which side is sure, the p-value has said."""
    margin = test.margin
    if test.within is not None:
        return abs(estimate.mean) < margin
    return estimate.mean > margin if test.more_than is not None else estimate.mean < margin


def _power(test: Test, estimate: Estimate, level: float) -> tuple[int | None, float | None]:
    """(seeds needed, detectable distance), as far as a spread over seeds is known."""
    if estimate.sd is None:
        return None, None
    if test.kind == "ratio":
        distance = log(estimate.mean) - log(test.margin)
    elif test.within is not None:
        distance = test.margin - abs(estimate.mean)
    else:
        distance = estimate.mean - test.margin
    seen = estimates.detectable(estimate.sd, estimate.n, level)
    if seen is not None and test.kind == "ratio":
        seen = exp(seen)
    return estimates.seeds_needed(estimate.sd, distance, level), seen


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    if all(v == "not run" for v in verdicts):
        return "not run"
    if "does not hold" in verdicts:
        return "does not hold"
    return "holds" if all(v == "holds" for v in verdicts) else "cannot tell"
