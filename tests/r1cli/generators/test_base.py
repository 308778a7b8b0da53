"""What ends a completion, and how long it is: one definition for sampling and for GRPO."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.generators.base import completion_of, end_ids


class Letters:
    """A tokenizer of letters: `a` is 1."""

    eos_token_id = 9

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool) -> str:
        return "".join(chr(96 + i) for i in ids)


def model(declared: Any) -> Any:
    return SimpleNamespace(generation_config=SimpleNamespace(eos_token_id=declared))


@pytest.mark.parametrize(("declared", "ends"), [(None, [9]), (9, [9]), (7, [9, 7]), ([7, 9, 8], [9, 7, 8])])
def test_a_completion_ends_at_the_tokenizers_token_and_at_those_of_the_model(declared: Any, ends: list[int]) -> None:
    assert end_ids(model(declared), Letters()) == ends


def test_the_token_that_ends_a_completion_counts_and_what_follows_is_padding() -> None:
    completion = completion_of(Letters(), "?", [1, 2, 7, 0, 0], [9, 7])
    assert (completion.text, completion.tokens, completion.finished) == ("ab", 3, True)


def test_a_completion_without_an_end_is_truncated() -> None:
    completion = completion_of(Letters(), "?", [1, 2, 3], [9])
    assert (completion.text, completion.tokens, completion.finished) == ("abc", 3, False)


def test_a_prompt_that_opens_the_thought_is_completed_inside_it() -> None:
    assert completion_of(Letters(), "Think: <think>\n", [1, 9], [9]).thought == "a"
    assert completion_of(Letters(), "Think:", [1, 9], [9]).thought == ""
