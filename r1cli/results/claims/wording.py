"""A judged claim in words and as plain data: the terminal, the report and `--json` say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from r1cli.results import paper
from r1cli.results.claims.declaration import Side, Test
from r1cli.results.claims.estimates import Estimate
from r1cli.results.claims.judge import Finding, Judgement, Verdict
from r1cli.results.measures import MEASURES
from r1cli.results.statistics import ALPHA
from r1cli.text import as_typed

RELATION = {"more_than": "more than", "less_than": "less than", "within": "within ±"}
FLOOR = 5
"""Seeds of a claim about a method that is fit to be published."""


def subject(test: Test) -> str:
    """What the number is: `accuracy: R1-Zero / Base`."""
    ours, measure = _name(test.ours), _measure(test.ours.measure or test.measure)
    if test.baseline is None:
        return {
            "trend": f"{measure} of {ours} while it trains",
            "reflecting": f"accuracy of {ours}: with reflection − without",
            "spread": f"{measure}: spread of {ours}s / spread of seeds",
        }.get(test.kind, f"{measure} of {ours}")
    baseline = _name(test.baseline)
    if test.kind == "pass_at_k":
        return f"pass@{test.k}: {ours} − {baseline}"
    if test.kind == "difficulty":
        return f"{measure} of {ours}: hard − easy problems (for {baseline})"
    other = test.baseline.measure or test.measure
    if test.ours.checkpoint == test.baseline.checkpoint and other != (test.ours.measure or test.measure):
        return f"{ours}: {measure} − {_measure(other)}"
    return f"{measure}: {ours} {'/' if test.kind == 'ratio' else '−'} {baseline}"


def number(estimate: Estimate, test: Test) -> str:
    """The number and its interval: `+0.21 (+0.15 to +0.27)`."""
    sign = "+" if test.kind in ("difference", "trend", "pass_at_k", "difficulty", "reflecting") else ""
    mean = _figure(estimate.mean, sign)
    if estimate.low is None or estimate.high is None:
        return mean
    return f"{mean} ({_figure(estimate.low, sign)} to {_figure(estimate.high, sign)})"


def declared(test: Test) -> str:
    """The margin: `more than 0.02`."""
    return f"{RELATION[test.relation]}{'' if test.within is not None else ' '}{as_typed(_short(test.margin))}"


def certainty(judgement: Judgement) -> str:
    """How much there is to go by: `5 seeds, p .003`, and what it would take where that does not suffice."""
    if judgement.estimate is None:
        return "not run"
    n = len(judgement.seeds)
    words = [f"{n} seed{'' if n == 1 else 's'}"]
    if judgement.p is not None:
        words.append(f"p {_p_value(judgement.p)}{_before_correction(judgement)}")
    if judgement.remark:
        words.append(judgement.remark)
    if judgement.verdict == "cannot tell":
        words.append(_advice(judgement))
    return "; ".join(words)


def _before_correction(judgement: Judgement) -> str:
    """The test's own p-value, where it alone would have decided: why the interval may lie clear of the margin."""
    uncorrected = judgement.p_uncorrected
    if judgement.verdict != "cannot tell" or uncorrected is None or uncorrected >= ALPHA:
        return ""
    return f" ({_p_value(uncorrected)} as the only test)"


def _p_value(p: float) -> str:
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def _advice(judgement: Judgement) -> str:
    if len(judgement.seeds) < 2:
        return f"one seed tells nothing of a method: {FLOOR} would"
    if judgement.detectable is None:
        return "more seeds would tell"
    if judgement.detectable == 0:
        return "every seed lies on the margin"
    seen = f"these would see {_distance(judgement.detectable, judgement.test)} from the margin"
    if judgement.seeds_needed is None:
        return f"too close to the margin for any number of seeds ({seen})"
    needed = max(judgement.seeds_needed, len(judgement.seeds) + 1)
    return f"about {needed} seeds would tell ({seen})"


def _distance(value: float, test: Test) -> str:
    if test.kind == "ratio":
        return f"a factor of {value:.2f}" if value < 1000 else "nothing that is near"
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def counts(findings: Sequence[Finding]) -> str:
    """`9 hold, 4 do not hold, 3 cannot be told, 4 were not run`."""
    number_of = Counter(finding.verdict for finding in findings)
    words: dict[Verdict, tuple[str, str]] = {
        "holds": ("holds", "hold"),
        "does not hold": ("does not hold", "do not hold"),
        "cannot tell": ("cannot be told yet", "cannot be told yet"),
        "not run": ("was not run", "were not run"),
    }
    known = [f"{n} {one if n == 1 else many}" for verdict, (one, many) in words.items() if (n := number_of[verdict])]
    return ", ".join(known)


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding as plain data."""
    claim = finding.claim
    about = claim.model_dump(include={"name", "number", "claim", "place", "figures", "experiment", "note"})
    return {**about, "verdict": finding.verdict, "run": claim.run, "tests": [_test(j) for j in finding.judgements]}


def _test(judgement: Judgement) -> dict[str, Any]:
    plain = asdict(judgement)
    plain["test"] = judgement.test.model_dump(exclude_defaults=True)
    return plain


def _name(side: Side) -> str:
    where = " ".join(
        f"{key.rpartition('.')[2]}={as_typed(_short(value))}" for key, value in side.where.items() if value is not None
    )
    return f"{paper.name_of(side.checkpoint)} {where}".rstrip()


def _measure(key: str) -> str:
    if key in MEASURES:
        return MEASURES[key].name
    return key.removeprefix("train/").removeprefix("rewards/").removesuffix("/raw").replace("/", " ").replace("_", " ")


def _figure(value: float, sign: str) -> str:
    digits = 1 if abs(value) >= 10 else 2
    return f"{value:{sign}.{digits}f}"


def _short(value: Any) -> Any:
    """A whole number without its point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
