"""Charts of lengths by difficulty, and of how samples end."""

from __future__ import annotations

from dataclasses import replace

from r1cli.report import difficulty as charts
from r1cli.report import vega
from r1cli.report.colours import OF_ENDS
from r1cli.results.difficulty import ends, lengths, lengths_by_level
from r1cli.results.scorecard import ENDS
from tests.r1cli.results.sampled_answers import sample_set

SETS = {
    "R1": [sample_set({"a": "rrw-", "b": "wwww"})],
    "R1-Zero": [sample_set({"a": "rrrr", "b": "rwww"}, model="R1-Zero")],
}


def test_right_and_wrong_samples_are_apart_and_hard_problems_to_the_right() -> None:
    chart = charts.tokens({name: lengths(SETS, name) for name in SETS}, "2 problems")
    assert chart.spec["layer"][0]["encoding"]["x"]["sort"] == ["0.8 to 1.0", "0.4 to 0.6", "0.2 to 0.4", "0.0 to 0.2"]
    kinds = {(row["model"], row["bin"], row["kind"]) for row in chart.spec["data"]["values"]}
    assert ("R1", "0.8 to 1.0", "right") in kinds
    assert ("R1", "0.2 to 0.4", "right") not in kinds
    assert "Cut off at the token limit: R1 12.5%, R1-Zero 0.0%" in chart.caption
    assert ">right<" in vega.as_svg(chart)


def test_a_benchmark_with_levels_has_them_on_its_axis() -> None:
    one = replace(SETS["R1"][0], levels={"a": "2", "b": "1"})
    chart = charts.tokens({"R1": lengths_by_level([one])}, "2 problems", "math500")
    assert chart.name == "difficulty_tokens_math500"
    x = chart.spec["layer"][0]["encoding"]["x"]
    assert (x["sort"], x["title"]) == (["1", "2"], "level of math500")
    assert "all other models" not in chart.caption


def test_ends_are_stacked_and_only_those_that_occur_have_a_name() -> None:
    chart = charts.ends({name: ends(sets) for name, sets in SETS.items()}, "2 problems")
    of_r1 = {row["end"]: row["share"] for row in chart.spec["data"]["values"] if row["model"] == "R1"}
    assert of_r1 == {"right": 0.25, "wrong": 0.625, "truncated": 0.125}
    svg = vega.as_svg(chart)
    assert ">truncated<" in svg
    assert ">crashed<" not in svg


def test_every_way_to_end_has_a_colour() -> None:
    assert OF_ENDS.keys() == set(ENDS)
