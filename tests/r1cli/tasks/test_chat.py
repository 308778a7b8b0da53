"""General requests on five-line files."""

from pathlib import Path
from typing import Any

import pytest

from r1cli.tasks.chat import Chat, chrf
from r1cli.template import parse
from tests.r1cli.tasks.five_lines import jsonl, said


def chat(path: Path, *rows: dict[str, Any], **fields: Any) -> Chat:
    return Chat.model_validate(jsonl(path, *rows) | {"kind": "helpful", "thought": "I should help."} | fields)


def test_general_demonstrations_have_a_thought(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Hi", "response": "Hello"},
        {"prompt": "Hi", "response": "<think>\nA greeting.\n</think>\n\nHello"},
    ]
    first, second = chat(tmp_path / "d.jsonl", *rows, columns={"response": "response"}).rows()
    assert first.demonstration == "<think>I should help.</think><answer>Hello</answer>"
    assert second.demonstration == "<think>A greeting.</think><answer>Hello</answer>"
    assert first.task is not None
    assert first.task.score(said("Hello"), first) is None


def test_an_answer_scores_when_it_is_nearer_to_the_preferred_response(tmp_path: Path) -> None:
    task = chat(
        tmp_path / "d.jsonl",
        {"prompt": "Hi", "chosen": "Please ask a doctor first.", "rejected": "Just take ten pills."},
    )
    (row,) = task.rows()
    assert row.demonstration == "<think>I should help.</think><answer>Please ask a doctor first.</answer>"
    assert task.score(said("You should ask your doctor."), row) == 1.0
    assert task.score(said("Take them, ten pills."), row) == 0.0
    assert task.score(parse("<think>Please ask a doctor first."), row) == 0.0


def test_chrf_is_one_for_equal_texts_and_zero_for_strangers() -> None:
    assert chrf("hello there", "hello  there") == pytest.approx(1.0)
    assert chrf("xyz", "hello") == 0.0
    assert chrf("", "hello") == 0.0
    assert chrf("hello", "hello there") < chrf("hello ther", "hello there")
