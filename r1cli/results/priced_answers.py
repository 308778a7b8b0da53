"""What answers cost and how good they are: each model, rule and k as a point of dollars and accuracy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from r1cli.results.cost import price_tag
from r1cli.results.scaling import Scaling


@dataclass(frozen=True)
class PricedAnswer:
    """A model under a rule with k samples."""

    model: str
    rule: str
    """As people call it: cons@k."""
    k: int
    accuracy: float
    dollars: float
    """A task, at most."""
    per_solved: float | None
    """None where nothing was solved."""


def priced_answers(found: Iterable[Scaling]) -> list[PricedAnswer]:
    """Of all models whose samples have a price; by the majority where there is one, else single samples."""
    answers: list[PricedAnswer] = []
    for one in found:
        total = one.dollars
        curve = one.curve("majority")
        points = curve.points if curve is not None else one.curves[0].points[:1]
        if total is None:
            continue
        for point in points:
            tag = price_tag(total, samples=one.samples, samples_per_answer=point.k, accuracy=point.accuracy.mean)
            solved = None if tag.per_solved is None else tag.per_solved.most
            rule = curve.rule.title if curve is not None else "pass@1"
            answers.append(PricedAnswer(one.model, rule, point.k, point.accuracy.mean, tag.per_task.most, solved))
    return answers


def pareto(answers: Sequence[PricedAnswer]) -> list[PricedAnswer]:
    """Those that no other is both cheaper and better than, the cheapest first."""
    best: list[PricedAnswer] = []
    for one in sorted(answers, key=lambda answer: (answer.dollars, -answer.accuracy)):
        if not best or one.accuracy > best[-1].accuracy:
            best.append(one)
    return best
