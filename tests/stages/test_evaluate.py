"""Evaluation: the paper's columns from real samples, repeatable, with honest intervals."""

import json
from collections.abc import Callable

import pytest
from tiny_training import Sums

from r1cli.data.rows import Row
from r1cli.stage import Context, ModelSpec
from r1cli.template import Completion, parse, render
from stages.evaluate import Evaluate, _majority_is_right, interval

COLUMNS = ("accuracy", "cons_at_k", "format", "language", "tokens", "reflection")


class Rated(Sums):
    """General rows with a rule: half for anything, one for an answer."""

    def score(self, completion: Completion, row: Row) -> float | None:
        return 1.0 if completion.well_formed else 0.5


def stage(spec: ModelSpec) -> Evaluate:
    return Evaluate.model_validate(
        {
            "inputs": {"model": "coldstart"},
            "seed": 3,
            "model": spec,
            "data": Sums(count=6),
            "general": Rated(count=3, kind="helpful"),
            "sampling": {
                "per_prompt": 2, "temperature": 1.0, "top_p": 1.0, "max_completion_tokens": 8, "batch_size": 4,
            },
            "general_per_prompt": 1,
            "reflection_words": {"en": ["wait", "but"], "zh": ["等等"]},
        }
    )  # fmt: skip


@pytest.mark.torch
def test_the_report_has_every_column_and_is_the_same_again(context: Callable[..., Context], spec: ModelSpec) -> None:
    reports = []
    for name in ("one", "two"):
        ctx = context(name)
        ctx.out.mkdir(parents=True)
        made = stage(spec).run(ctx)
        reports.append(json.loads(made["out"].path.read_text()))
        assert len(made["transcripts"].path.read_text().splitlines()) == 9
    assert reports[0] == reports[1]
    report = reports[0]
    assert (report["checkpoint"], report["seed"], report["n_problems"], report["k"]) == ("coldstart", 3, 6, 2)
    for column in (*COLUMNS, "general"):
        assert report[column]["low"] <= report[column]["mean"] <= report[column]["high"]
    assert report["tokens"]["mean"] > 0
    assert 0.5 <= report["general"]["mean"] <= 1.0


def test_reflection_words_are_whole_words_in_latin_script_and_substrings_in_chinese(spec: ModelSpec) -> None:
    evaluation = stage(spec)
    assert evaluation._reflections("Wait, but the butter... 等等，等等") == 4
    assert evaluation._reflections("awaiting") == 0


def test_the_majority_decides_and_the_earliest_wins_a_tie() -> None:
    right, wrong = ((parse(render("t", str(n))), {"accuracy": float(n == 7)}) for n in (7, 8))

    def decided(*said: tuple[Completion, dict[str, float | None]]) -> bool:
        return _majority_is_right([c for c, _ in said], [judged for _, judged in said])

    assert decided(wrong, right, right)
    assert not decided(wrong, right)
    assert decided(right, wrong)
    assert not decided((parse("<think>7</think>"), {"accuracy": 0.0}))


def test_intervals_hold_the_mean_and_shrink_with_more_problems() -> None:
    few, many = interval([0.0, 1.0] * 10), interval([0.0, 1.0] * 1000)
    assert few["mean"] == many["mean"] == 0.5
    assert 0.2 < few["high"] - few["low"] < 0.6
    assert many["high"] - many["low"] < 0.06
