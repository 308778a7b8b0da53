"""r1cli.tasks.instructions.upstream: each kind whose own code decides otherwise, by a text that tells the two apart."""

from __future__ import annotations

from typing import Any

import pytest

from r1cli.tasks.instructions.rules import RULES
from r1cli.tasks.instructions.upstream import UPSTREAM

NTH = {"first_word": "two", "num_paragraphs": 2, "nth_paragraph": 2}
CASES: list[tuple[str, dict[str, Any], str, bool | None]] = [  # kind, arguments, text, upstream's verdict
    ("keywords:existence", {"keywords": ["a.b"]}, "axb", True),
    ("keywords:frequency", {"keyword": "a.b", "frequency": 1, "relation": "at least"}, "axb", True),
    ("keywords:forbidden_words", {"forbidden_words": ["a.b"]}, "axb", False),
    ("keywords:letter_frequency", {"letter": "#", "let_frequency": 1, "let_relation": "at least"}, "#one", None),
    ("language:response_language", {"language": "bg"}, "123", True),
    ("length_constraints:number_words", {"num_words": 4, "relation": "at least"}, "I don't know", True),
    ("length_constraints:number_words", {"num_words": 3, "relation": "less than"}, "नमस्ते दुनिया", False),
    ("length_constraints:nth_paragraph_first_word", NTH, "one\n\n\n\ntwo", False),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 1}, "It is ***bold*** here.", False),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "The p.s. is missing.", True),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "*a* is\n---", True),
    ("detectable_format:constrained_response", {}, "My answer is yes. My answer is no.", True),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}, "2 * 3 * 4", True),
    ("detectable_format:multiple_sections", {"section_spliter": "Section", "num_sections": 1}, "see Section 1", True),
    ("punctuation:no_comma", {}, "先这样，然后那样。", True),
    ("startend:quotation", {}, "“All of it.”", False),
]


@pytest.mark.parametrize(("kind", "arguments", "text", "verdict"), CASES, ids=[kind for kind, *_ in CASES])
def test_the_code_decides_otherwise_than_the_instruction_asks(
    kind: str, arguments: dict[str, Any], text: str, verdict: bool | None
) -> None:
    assert UPSTREAM[kind](text, **arguments) is verdict
    assert RULES[kind](text, **arguments) is not verdict


def test_what_upstream_reads_as_it_is_asked_is_the_same_rule() -> None:
    told_apart = {kind for kind, *_ in CASES} | {"change_case:english_capital", "change_case:english_lowercase"}
    assert set(UPSTREAM) == set(RULES)
    assert {kind for kind in RULES if UPSTREAM[kind] is not RULES[kind]} == told_apart


def test_a_letter_is_counted_by_both() -> None:
    arguments = {"letter": "o", "let_frequency": 2, "let_relation": "at least"}
    assert UPSTREAM["keywords:letter_frequency"]("Oh no", **arguments) is True
