"""One table of verdicts for the response grammar."""

import time

import pytest

from r1cli.template import parse, render

CASES = [
    # (what, text, prefilled, thought, answer, well formed)
    ("one line", "<think>a b</think><answer>4</answer>", False, "a b", "4", True),
    (
        "one line, spaces",
        "<think> a b </think> <answer> 4 </answer>",
        False,
        "a b",
        "4",
        True,
    ),
    (
        "multi-line",
        "<think>\na\n\nb\n</think>\n<answer>\n4\n</answer>",
        False,
        "a\n\nb",
        "4",
        True,
    ),
    (
        "blank lines between",
        "<think>a</think>\n\n\n<answer>4</answer>",
        False,
        "a",
        "4",
        True,
    ),
    (
        "CRLF and wide space",
        "\r\n<think>a</think>\u3000<answer>4</answer>\r\n",
        False,
        "a",
        "4",
        True,
    ),
    (
        "leading and trailing newline",
        "\n<think>a</think><answer>4</answer>\n",
        False,
        "a",
        "4",
        True,
    ),
    ("no tags", "the answer is 4", False, "", "the answer is 4", False),
    ("nothing", "", False, "", "", False),
    ("answer only", "<answer>4</answer>", False, "", "4", False),
    ("thought, then bare answer", "<think>a</think> 4", False, "a", "4", False),
    ("thought only", "<think>4</think>", False, "4", "", False),
    ("unclosed thought", "<think>it is 4", False, "it is 4", "", False),
    (
        "answer inside unclosed thought",
        "<think>a <answer>4</answer>",
        False,
        "a <answer>4</answer>",
        "",
        False,
    ),
    ("missing <think>", "a</think><answer>4</answer>", False, "a", "4", False),
    ("missing </answer>", "<think>a</think><answer>4", False, "a", "4", False),
    ("missing <answer>", "<think>a</think>4</answer>", False, "a", "4", False),
    (
        "two answers",
        "<think>a</think><answer>3</answer><answer>4</answer>",
        False,
        "a",
        "4",
        False,
    ),
    (
        "two thoughts",
        "<think>a</think><think>b</think><answer>4</answer>",
        False,
        "a</think><think>b",
        "4",
        False,
    ),
    (
        "whole response twice",
        "<think>a</think><answer>3</answer><think>b</think><answer>4</answer>",
        False,
        "a</think><answer>3</answer><think>b",
        "4",
        False,
    ),
    (
        "repeated </think>",
        "<think>a</think>5</think><answer>4</answer>",
        False,
        "a</think>5",
        "4",
        False,
    ),
    (
        "nested thought",
        "<think>a<think>b</think></think><answer>4</answer>",
        False,
        "a<think>b</think>",
        "4",
        False,
    ),
    (
        "answer in the thought",
        "<think>a <answer>3</answer></think><answer>4</answer>",
        False,
        "a <answer>3</answer>",
        "4",
        False,
    ),
    (
        "answer in the thought only",
        "<think>a <answer>4</answer></think>",
        False,
        "a <answer>4</answer>",
        "",
        False,
    ),
    (
        "nested answer",
        "<think>a</think><answer><answer>4</answer></answer>",
        False,
        "a",
        "4",
        False,
    ),
    ("reordered", "<answer>4</answer><think>a</think>", False, "a", "4", False),
    (
        "tags reversed",
        "</answer><answer></think>a<think>4",
        False,
        "</answer><answer></think>a<think>4",
        "",
        False,
    ),
    ("reordered, more after", "<answer>4</answer><think>a</think> ok", False, "a", "4", False),
    ("unclosed thought after text", "Sure. <think>a", False, "a", "", False),
    (
        "thought reopened",
        "<think>a</think><answer>4</answer><think>",
        False,
        "a</think><answer>4</answer><think>",
        "",
        False,
    ),
    ("empty thought", "<think></think><answer>4</answer>", False, "", "4", False),
    ("blank thought", "<think> \n </think><answer>4</answer>", False, "", "4", False),
    (
        "invisible thought",
        "<think>\u200b</think><answer>4</answer>",
        False,
        "\u200b",
        "4",
        False,
    ),
    ("empty answer", "<think>a</think><answer> </answer>", False, "a", "", False),
    ("text before", "Sure. <think>a</think><answer>4</answer>", False, "a", "4", False),
    ("text between", "<think>a</think> so <answer>4</answer>", False, "a", "4", False),
    ("text after", "<think>a</think><answer>4</answer> bye", False, "a", "4", False),
    ("upper case", "<THINK>a</THINK><answer>4</answer>", False, "", "4", False),
    ("prefilled", " a</think><answer>4</answer>", True, "a", "4", True),
    (
        "prefilled, tag repeated",
        "<think>a</think><answer>4</answer>",
        True,
        "<think>a",
        "4",
        False,
    ),
    ("prefilled, never closed", "a 4", True, "a 4", "", False),
    ("prefilled, nothing", "", True, "", "", False),
]


@pytest.mark.parametrize(
    ("what", "text", "prefilled", "thought", "answer", "good"),
    CASES,
    ids=[c[0] for c in CASES],
)
def test_every_shape_of_response_has_one_verdict(
    what: str, text: str, prefilled: bool, thought: str, answer: str, good: bool
) -> None:
    got = parse(text, prefilled=prefilled)
    assert (got.thought, got.answer, got.well_formed) == (thought, answer, good)
    assert got.text == text


def test_parse_carries_length_and_whether_it_was_cut_off() -> None:
    got = parse("<think>a", finished=False, tokens=7)
    assert (got.finished, got.tokens) == (False, 7)


def test_render_and_parse_are_inverse() -> None:
    text = render(" first,\nthen ", " 4 ")
    assert text == "<think>first,\nthen</think><answer>4</answer>"
    got = parse(text)
    assert (got.thought, got.answer, got.well_formed) == ("first,\nthen", "4", True)


@pytest.mark.parametrize(
    "piece",
    [
        "<think>",
        "</think>",
        "<answer>",
        "</answer>",
        "<think></think>",
        " ",
        "<",
        "\u200b",
    ],
)
def test_parse_is_linear_on_hostile_text(piece: str) -> None:
    started = time.perf_counter()
    parse(piece * 200_000)
    assert time.perf_counter() - started < 1.0
