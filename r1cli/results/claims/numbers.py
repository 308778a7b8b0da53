"""The number of one seed: what two evaluations, or one, say of a test.

A problem on which a judge crashed, for either side, leaves both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import log

from r1cli.results.claims.declaration import Test
from r1cli.results.evaluations import Evaluation
from r1cli.results.metrics import pass_at_k

COARSE_K = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Where pass@k curves are looked at for a crossing."""
Curve = list[tuple[int, float]]
"""(k, pass@k)."""


def paired_means(
    ours: Evaluation, measure: str, baseline: Evaluation, baseline_measure: str
) -> tuple[float, float] | None:
    """Both means over the problems that both sides were judged on; of the reports where no transcripts tell.

    A problem leaves both sides if a judge crashed on any sample of either. None where a side has no value.
    """
    a, b = ours.scores.get(measure, {}), baseline.scores.get(baseline_measure, {})
    left_out = ours.crashed | baseline.crashed
    common = [problem for problem in a if problem in b and problem not in left_out]
    if common:
        return sum(a[p] for p in common) / len(common), sum(b[p] for p in common) / len(common)
    x, y = ours.mean(measure), baseline.mean(baseline_measure)
    return None if x is None or y is None else (x, y)


def _measures(test: Test) -> tuple[str, str]:
    baseline = test.baseline.measure if test.baseline is not None else None
    return test.ours.measure or test.measure, baseline or test.measure


def difference(test: Test, ours: Evaluation, baseline: Evaluation) -> float | None:
    """Ours minus the baseline's."""
    measure, baseline_measure = _measures(test)
    means = paired_means(ours, measure, baseline, baseline_measure)
    return None if means is None else means[0] - means[1]


def log_ratio(test: Test, ours: Evaluation, baseline: Evaluation) -> float | None:
    """The logarithm of ours over the baseline's; None where one of them is zero."""
    measure, baseline_measure = _measures(test)
    means = paired_means(ours, measure, baseline, baseline_measure)
    return log(means[0] / means[1]) if means is not None and min(means) > 0 else None


def by_difficulty(test: Test, ours: Evaluation, baseline: Evaluation) -> float | None:
    """Ours on the hardest third of the problems minus on the easiest; how hard a problem is, the baseline's score says.

    The baseline is another model: the very samples that are measured would make their own easy problems.
    """
    hardness, values = baseline.scores.get("accuracy", {}), ours.scores.get(test.measure, {})
    common = sorted((p for p in hardness if p in values), key=lambda p: (hardness[p], p))
    third = len(common) // 3
    if not third:
        return None
    hard, easy = common[:third], common[-third:]
    return sum(values[p] for p in hard) / third - sum(values[p] for p in easy) / third


def reflecting(ours: Evaluation) -> float | None:
    """Over all responses that were judged: whether reflection goes with being right, not whether it is the reason."""
    right: dict[bool, list[float]] = {True: [], False: []}
    for record in ours.transcripts():
        for completion in record["completions"]:
            if completion.get("accuracy") is not None:
                right[bool(completion.get("reflection"))].append(completion["accuracy"])
    with_words, without = right[True], right[False]
    if not with_words or not without:
        return None
    return sum(with_words) / len(with_words) - sum(without) / len(without)


def curves(ours: Evaluation, baseline: Evaluation, largest: int) -> tuple[Curve, Curve]:
    """pass@k of both sides over the problems that both have with enough samples; empty if there are none."""
    of_ours, of_baseline = _counts(ours), _counts(baseline)
    common = [p for p in of_ours if p in of_baseline and min(of_ours[p][0], of_baseline[p][0]) >= largest]
    ks = sorted({*(k for k in COARSE_K if k < largest), largest}) if common else []

    def curve(counts: Mapping[str, tuple[int, int]]) -> Curve:
        return [(k, sum(pass_at_k(*counts[p], k) for p in common) / len(common)) for k in ks]

    return curve(of_ours), curve(of_baseline)


@cache
def _counts(evaluation: Evaluation) -> Mapping[str, tuple[int, int]]:
    """Problem -> (samples, right ones); without problems on which a judge crashed."""
    counts = {}
    for record in evaluation.transcripts():
        right = [c.get("accuracy") for c in record["completions"]]
        if record.get("kind", "reasoning") == "reasoning" and right and None not in right:
            counts[record["id"]] = (len(right), sum(bool(r) for r in right))
    return counts


def gap_at(both: tuple[Curve, Curve], k: int) -> float | None:
    """Ours minus the baseline's pass@k; None where there were too few samples."""
    ours, baseline = (dict(curve) for curve in both)
    return ours[k] - baseline[k] if k in ours else None


def mean_curve(of_seeds: Sequence[Curve]) -> Curve:
    """The mean over seeds."""
    return [(points[0][0], sum(value for _, value in points) / len(points)) for points in zip(*of_seeds, strict=True)]
