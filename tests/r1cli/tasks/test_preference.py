"""Preference pairs on five-line files."""

from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import DataError
from r1cli.tasks.preference import Preference
from tests.r1cli.tasks.five_lines import jsonl, said

DIALOGUE = "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Help?\n\nAssistant:"


def preference(path: Path, *rows: dict[str, Any]) -> Preference:
    return Preference.model_validate(jsonl(path, *rows) | {"kind": "harmless"})


def test_dialogues_are_split_at_the_last_turn_of_the_assistant(tmp_path: Path) -> None:
    single = {"chosen": "\n\nHuman: Hi there\n\nAssistant: Yes", "rejected": "\n\nHuman: Hi there\n\nAssistant: No"}
    several = {"chosen": f"{DIALOGUE} Yes, do", "rejected": f"{DIALOGUE} No"}
    first, second = preference(tmp_path / "d.jsonl", single, several).rows()
    assert (first.prompt, first.chosen, first.rejected, first.kind) == ("Hi there", "Yes", "No", "harmless")
    assert second.prompt == "Human: Hi\n\nAssistant: Hello\n\nHuman: Help?"
    assert (second.chosen, second.rejected, second.language) == ("Yes, do", "No", "en")
    assert first.verify(said("Yes")) is None


def test_pairs_that_say_nothing_are_left_out(tmp_path: Path) -> None:
    good = {"chosen": f"{DIALOGUE} Yes", "rejected": f"{DIALOGUE} No"}
    same = {"chosen": f"{DIALOGUE} Yes", "rejected": f"{DIALOGUE} Yes "}
    empty = {"chosen": f"{DIALOGUE} Yes", "rejected": f"{DIALOGUE} "}
    other = {"chosen": f"{DIALOGUE} Yes", "rejected": "\n\nHuman: Bye\n\nAssistant: No"}
    assert [row.id for row in preference(tmp_path / "d.jsonl", same, empty, other, good).rows()] == ["d:4"]
    with pytest.raises(DataError, match="no usable pair"):
        preference(tmp_path / "d.jsonl", same, empty).rows()


def test_a_text_that_is_no_dialogue_is_an_error_unless_there_is_a_prompt(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1: 'chosen' is no dialogue"):
        preference(tmp_path / "d.jsonl", {"chosen": "Yes", "rejected": "No"}).rows()
    (row,) = preference(tmp_path / "d.jsonl", {"prompt": "Hi", "chosen": "Yes", "rejected": "No"}).rows()
    assert (row.prompt, row.chosen) == ("Hi", "Yes")
