"""r1cli.tasks.instructions.rules: of every kind a text that follows and one that does not, written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from r1cli.tasks.instructions.rules import RULES

CASES: list[tuple[str, dict[str, Any], str, str]] = [  # kind, arguments, follows, does not
    ("keywords:existence", {"keywords": ["Mom", "c++"]}, "My mom writes C++.", "My mother writes C."),
    ("keywords:frequency", {"keyword": "story", "frequency": 2, "relation": "at least"},
     "A story in a Story.", "A story in a tale."),
    ("keywords:frequency", {"keyword": "a.b", "frequency": 1, "relation": "less than"}, "axb", "a.b"),
    ("keywords:forbidden_words", {"forbidden_words": ["rock", "c++"]}, "A rocket flies.", "It can ROCK."),
    ("keywords:letter_frequency", {"letter": "!", "let_frequency": 2, "let_relation": "at least"},
     "Ice! Cream!", "Ice cream!"),
    ("keywords:letter_frequency", {"letter": "o", "let_frequency": 2, "let_relation": "less than"},
     "Only us.", "Oh no."),
    ("language:response_language", {"language": "bg"},
     "Това е приказка за едно малко момче и неговото куче.", "Это сказка о маленьком мальчике и его собаке."),
    ("language:response_language", {"language": "de"},
     "Das ist eine Geschichte über einen Jungen.", "This is a story about a little boy."),
    ("length_constraints:number_sentences", {"num_sentences": 3, "relation": "less than"},
     "Dr. Smith paid $3.50. He left.", "He came. He paid. He left."),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2},
     "One.\n\n***\n\nTwo.", "One.\n\n***\n\n***\n\nTwo."),
    ("length_constraints:number_words", {"num_words": 4, "relation": "at least"},
     "I don't know why.", "I don't know."),
    ("length_constraints:nth_paragraph_first_word",
     {"first_word": "president", "num_paragraphs": 2, "nth_paragraph": 2},
     "News!\n\n\"President\" it said.", "President.\n\nIt said."),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "Dear [name], [text]", "Dear [name], []"),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"},
     "Bye.\n\n**P. P. S** More.", "Bye.\n\nP.S. More."),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye.\nP.S. More.", "The P.S. is missing."),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2},
     "So:\n* one\n- two\n---", "So:\n* one\n* two\n* three"),
    ("detectable_format:constrained_response", {}, "My answer is maybe.", "My answer is yes. My answer is no."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2},
     "This is *one* and **two three**.", "* one * and *two*"),
    ("detectable_format:multiple_sections", {"section_spliter": "SECTION", "num_sections": 2},
     "SECTION 1\nA\n**SECTION 2**\nB", "SECTION 1\nA, see SECTION 2"),
    ("detectable_format:json_format", {}, "```json\n{\"a\": [1, 2]}\n```", "Here: {\"a\": 1}"),
    ("detectable_format:title", {}, "<<A poem of joy>>\nJoy.", "<< >>\nA poem of joy"),
    ("combination:two_responses", {}, "Yes.\n******\nNo.", "Yes.\n******\nYes."),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Write a haiku."},
     "Write a haiku.\nAn old silent pond", "Sure! Write a haiku."),
    ("startend:end_checker", {"end_phrase": "Peace!"}, "And so, peace!\n", "Peace! Goodbye."),
    ("startend:quotation", {}, "\"All of it.\"", "\"All\" of it."),
    ("startend:quotation", {}, "“All of it.”", "“All of it."),
    ("change_case:capital_word_frequency", {"capital_frequency": 3, "capital_relation": "at least"},
     "The WELL-KNOWN U.S. and NASA", "The WELL-KNOWN Nasa"),
    ("change_case:english_capital", {}, "THIS IS A STORY ABOUT A BOY, 1 DOG AND THE SEA.", "THIS IS a STORY."),
    ("change_case:english_capital", {}, "I SAW THE DOG.", "DAS IST EINE GESCHICHTE ÜBER EINEN KLEINEN JUNGEN."),
    ("change_case:english_lowercase", {}, "this is a story about the boy.", "This is a story about the boy."),
    ("punctuation:no_comma", {}, "First this; then that.", "First this, then that."),
    ("punctuation:no_comma", {}, "先这样。然后那样。", "先这样，然后那样。"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "arguments", "follows", "does_not"), CASES, ids=[kind for kind, *_ in CASES])
def test_a_text_follows_an_instruction_or_does_not(
    kind: str, arguments: dict[str, Any], follows: str, does_not: str
) -> None:
    assert RULES[kind](follows, **arguments)
    assert not RULES[kind](does_not, **arguments)


def test_every_kind_has_its_texts() -> None:
    assert len(RULES) == 25
    assert {kind for kind, *_ in CASES} == set(RULES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_decides_about_any_text(rule: str) -> None:
    arguments = next(arguments for kind, arguments, *_ in CASES if kind == rule)
    for text in ("", "\n\n\n", "***", "[" * 3000, "*" * 3000, "{" * 100_000, "\ud800", "。" * 1000, "a. " * 3000):
        assert RULES[rule](text, **arguments) in {True, False}
