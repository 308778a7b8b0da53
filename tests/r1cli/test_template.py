"""One table of verdicts for the response grammar."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1cli.template import opens_thought, parse, render

CASES = [
    # columns: what, text, prefilled, thought, answer, well formed
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
    ("mixed case", "<Think>a</Think><Answer>4</Answer>", False, "", "<Think>a</Think><Answer>4</Answer>", False),
    ("spaces in tags", "< think >a</ think ><answer >4</answer>", False, "", "< think >a</ think ><answer >4", False),
    ("attributes in tags", '<think x="1">a</think><answer>4</answer>', False, '<think x="1">a', "4", False),
    ("empty-element tag", "<think/><answer>4</answer>", False, "", "4", False),
    ("wide brackets", "＜think＞a＜/think＞", False, "", "＜think＞a＜/think＞", False),
    ("escaped brackets", "&lt;think&gt;a&lt;/think&gt;", False, "", "&lt;think&gt;a&lt;/think&gt;", False),
    ("zero-width character in a tag", "<thi\u200bnk>a</think><answer>4</answer>", False, "<thi\u200bnk>a", "4", False),
    ("other tags", "<reasoning>a</reasoning><answer>4</answer>", False, "", "4", False),
    ("other tags inside", "<think>a <b>c</b></think><answer><b>4</b></answer>", False, "a <b>c</b>", "<b>4</b>", True),
    ("code fence around all", "```\n<think>a</think><answer>4</answer>\n```", False, "a", "4", False),
    ("code fence in the thought", "<think>```\nx\n```</think><answer>4</answer>", False, "```\nx\n```", "4", True),
    (
        "tag in a code fence of the thought",
        "<think>```\n<think>\n```</think><answer>4</answer>",
        False,
        "```\n<think>\n```",
        "4",
        False,
    ),
    (
        "end tag in a code fence of the answer",
        "<think>a</think><answer>```\n</answer>\n```</answer>",
        False,
        "a",
        "```",
        False,
    ),
    ("CRLF throughout", "<think>\r\na\r\nb\r\n</think>\r\n<answer>\r\n4\r\n</answer>", False, "a\r\nb", "4", True),
    ("tabs and form feeds", "\t<think>\fa</think>\v<answer>4\t</answer>\f", False, "a", "4", True),
    ("zero-width text before", "\u200b<think>a</think><answer>4</answer>", False, "a", "4", False),
    ("byte order mark before", "\ufeff<think>a</think><answer>4</answer>", False, "a", "4", False),
    ("zero-width text between", "<think>a</think>\u200b<answer>4</answer>", False, "a", "4", False),
    ("invisible answer", "<think>a</think><answer>\u200b\u2060</answer>", False, "a", "\u200b\u2060", False),
    ("thought of controls", "<think>\x00\x07</think><answer>4</answer>", False, "\x00\x07", "4", False),
    ("crossed tags", "<think>a<answer></think>4</answer>", False, "a<answer>", "4", False),
    ("answer around all", "<answer><think>a</think>4</answer>", False, "a", "", False),
    ("an end-of-text token", "<think>a</think><answer>4</answer><|im_end|>", False, "a", "4", False),
    ("cut off in a tag", "<think>a</think><ans", False, "a", "<ans", False),
    ("cut off in the end tag", "<think>a</think><answer>4</answ", False, "a", "4</answ", False),
    ("only end tags", "</think></answer>", False, "", "", False),
    ("prefilled, CRLF", "\r\na\r\n</think>\r\n<answer>4</answer>", True, "a", "4", True),
    ("prefilled, empty thought", " </think><answer>4</answer>", True, "", "4", False),
    ("prefilled, answer only", "<answer>4</answer>", True, "<answer>4</answer>", "", False),
    ("prefilled, thought closed twice", "a</think>b</think><answer>4</answer>", True, "a</think>b", "4", False),
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


TAGS = ["<think>", "</think>", "<answer>", "</answer>"]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from([*TAGS, "a", " ", "\n", "<", "\u200b"])).map("".join))


@given(text=TEXTS, prefilled=st.booleans())
def test_any_text_has_parts_that_it_holds(text: str, prefilled: bool) -> None:
    got = parse(text, prefilled=prefilled)
    assert got.text == text
    assert got.thought in text
    assert got.answer in text
    if got.well_formed:
        assert not any(tag in got.thought + got.answer for tag in TAGS)
        again = parse(render(got.thought, got.answer))
        assert (again.thought, again.answer, again.well_formed) == (got.thought, got.answer, True)


TAGLESS = st.text(st.characters(exclude_characters="<"))


@given(before=TAGLESS, thought=TAGLESS, after=TAGLESS)
def test_what_is_in_an_open_thought_is_never_the_answer(before: str, thought: str, after: str) -> None:
    assert parse(f"{before}<think>{thought}<answer>{after}").answer == ""


def _calls(text: str) -> int:
    """Calls of built-in functions, each of which takes time linear in the text at most."""
    count = 0

    def seen(frame: object, event: str, arg: object) -> None:
        nonlocal count
        count += event == "c_call"

    sys.setprofile(seen)
    try:
        parse(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", [*TAGS, "<think></think>", "<answer></answer>", " ", "<", "a"])
def test_parsing_searches_a_hostile_text_no_more_often_than_a_short_one(piece: str) -> None:
    assert _calls(piece * 10_000) == _calls(piece * 100)


def test_looking_for_something_visible_looks_at_each_character_once() -> None:
    short, long = (_calls(f"<think>{chr(0x200B) * n}</think><answer>4</answer>") for n in (100, 10_000))
    assert short > 100
    assert long <= 100 * short


def test_a_template_opens_the_thought_if_it_ends_with_the_tag() -> None:
    assert opens_thought("User: {question}\nAssistant: <think>\n")
    assert not opens_thought("between <think> and </think>\nUser: {question}\nAssistant:")
