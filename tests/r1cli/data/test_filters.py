"""What rejection sampling throws away: in which order, from which threshold on, and what it cannot judge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from r1cli.data.filters import DROPPED_BY, Filters, repetition
from r1cli.data.rows import Row
from r1cli.template import Completion, parse, render

FILTERS = Filters(min_language_consistency=0.75, max_paragraph_characters=40, max_repetition=0.5, repetition_n=5)
ENGLISH = Row("r", "How many?", language="en", answer="2")


def completion(thought: str, *, finished: bool = True) -> Completion:
    return parse(render(thought, "2"), finished=finished)


def why(thought: str, row: Row = ENGLISH, *, right: bool | None = True) -> str | None:
    return FILTERS.reject(completion(thought), row, right=right)


def test_what_is_counted_is_the_first_of_several_faults() -> None:
    all_at_once = "所以是两个苹果```" * 10
    cut_off = parse(f"<think>{all_at_once}", finished=False)
    assert FILTERS.reject(cut_off, ENGLISH, right=False) == "truncated"
    assert FILTERS.reject(replace(cut_off, finished=True), ENGLISH, right=False) == "malformed"
    assert why(all_at_once, right=False) == "wrong"
    assert why(all_at_once) == "mixed_language"
    assert why(all_at_once, replace(ENGLISH, language=None)) == "long_paragraph"
    assert why("```\n" + "loop " * 7) == "code_block"
    assert why("loop " * 7) == "repetition"


def test_the_order_is_the_one_that_reports_show() -> None:
    assert DROPPED_BY[:7] == (
        "truncated", "malformed", "wrong", "mixed_language", "long_paragraph", "code_block", "repetition"
    )  # fmt: skip


def test_what_no_verifier_can_judge_is_not_wrong() -> None:
    assert why("that is two", right=None) is None
    assert why("that is two", right=False) == "wrong"


def test_a_prompt_of_unknown_language_takes_a_thought_in_any() -> None:
    assert why("一加一等于二") == "mixed_language"
    assert why("一加一等于二", replace(ENGLISH, language=None)) is None


def test_a_threshold_itself_still_passes() -> None:
    three_quarters = "three words here 苹果"
    assert why(three_quarters) is None
    assert why(f"{three_quarters} 梨子") == "mixed_language"
    forty = "one two three four five six seven eight."
    assert len(forty) == FILTERS.max_paragraph_characters
    assert why(forty) is None
    assert why(f"{forty}.") == "long_paragraph"
    assert why(f"{forty}\nnine ten") is None


@pytest.mark.parametrize(
    ("units", "n", "share"),
    [
        ("abcdef", 3, 0.0),
        ("aaaa", 1, 0.75),
        ("abab", 2, 1 / 3),
        ("ab", 3, 0.0),
        ("", 1, 0.0),
        (("so", "it", "so", "it"), 2, 1 / 3),
    ],
)
def test_repetition_is_the_share_of_pieces_seen_before(units: str | tuple[str, ...], n: int, share: float) -> None:
    assert repetition(units, n) == pytest.approx(share)
