"""A response on the terminal: tags cut anywhere, thought apart from answer, nothing that a terminal would obey."""

from __future__ import annotations

import pytest

from r1cli.terminal.views.chat import parts, print_response, printable

WHOLE = "<think>2+3=5</think><answer>5 < 6</answer>"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_tags_are_found_however_the_stream_is_cut(size: int) -> None:
    pieces = [WHOLE[i : i + size] for i in range(0, len(WHOLE), size)]
    found = list(parts(pieces, in_thought=False))
    assert "".join(text for text, thought in found if thought) == "2+3=5"
    assert "".join(text for text, thought in found if not thought).strip() == "5 < 6"


def test_a_template_that_opens_the_thought_begins_in_it() -> None:
    found = list(parts(["so </think> 5"], in_thought=True))
    assert found[0] == ("so ", True)
    assert found[1:] == [("\n", False), (" 5", False), ("", False)]


def test_what_a_terminal_would_obey_is_left_out() -> None:
    assert printable("a\x1b[31mb\x07\u202ec\n") == "a[31mbc\n"


def test_a_model_that_never_ends_its_thought_has_not_answered(capsys: pytest.CaptureFixture[str]) -> None:
    print_response(["<think>hm"], in_thought=False)
    shown = capsys.readouterr()
    assert shown.out.strip() == "hm"
    assert "no answer" in shown.err
