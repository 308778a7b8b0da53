"""What `r1 score` shows of texts that models wrote; its tables are tested with the command."""

from __future__ import annotations

import pytest

from r1cli.terminal.views.scores import _percent, shortened


def test_a_long_text_is_shown_with_both_its_ends() -> None:
    assert shortened("abc", 10) == "abc"
    assert shortened("a" * 1000 + "b" * 1000, 10) == "aaaaa [... 1,990 characters ...] bbbbb"


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (0.0004, "<0.1 %"), (0.5, "50.0 %"), (0.9996, ">99.9 %"), (1, "100 %")]
)
def test_what_is_rare_is_not_rounded_away(share: float, words: str) -> None:
    assert _percent(share) == words
