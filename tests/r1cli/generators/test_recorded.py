from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from r1cli.data.jsonl import read_jsonl
from r1cli.errors import DataError
from r1cli.generators.generator import Lent, Question, Reply
from r1cli.generators.recorded import Recorded

DEFAULTS: dict[str, Any] = {"format": "rows", "columns": {}, "where": {}, "join": "auto", "model": None}


def recorded(path: Path, **changes: Any) -> Recorded:
    return Recorded(path=path, **DEFAULTS | changes)


def written(folder: Path, *lines: Any) -> Path:
    path = folder / "replies.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def replies(generator: Recorded, *questions: Question) -> list[Reply]:
    return list(generator.replies(questions, Lent(folder=Path(), log=logging.getLogger("test"))))


def ask(row: str, prompt: str = "", sample: int = 0) -> Question:
    return Question(row, sample, prompt, 0)


def test_records_are_found_by_id_where_the_file_has_the_ids(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "b", "completion": "of b"}, {"id": "a", "completion": "<think>t</think>of a"})
    first, second = replies(recorded(path), ask("a"), ask("b"))
    assert (first.completion.thought, first.completion.answer) == ("t", "of a")
    assert second.completion.answer == "of b"
    assert first.model == "replies"


def test_records_are_found_by_their_prompt_inside_other_words(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"id": "0", "prompt": "Solve: What is  2+2?\nThink.", "completion": "4"},
        {"id": "1", "prompt": "What is 2+2? And twice that?", "completion": "8"},
    )
    generator = recorded(path)
    first, second = replies(generator, ask("x:1", "What is 2+2?"), ask("x:2", "What is 2+2? And twice that?"))
    assert (first.completion.answer, second.completion.answer) == ("4", "8")


def test_several_samples_come_in_their_order_or_by_their_number(tmp_path: Path) -> None:
    path = written(tmp_path, *({"id": "a", "completion": f"no {n}"} for n in range(3)))
    assert [r.completion.answer for r in replies(recorded(path), *(ask("a", sample=n) for n in range(3)))] == [
        "no 0", "no 1", "no 2",
    ]  # fmt: skip
    path = written(tmp_path, *({"id": "a", "completion": f"no {n}", "sample": n} for n in (2, 0, 1)))
    assert replies(recorded(path), ask("a", sample=2))[0].completion.answer == "no 2"


def test_a_question_without_a_record_is_answered_with_nothing_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path, {"id": "a", "completion": "4"})
    found, missing, more = replies(recorded(path), ask("a"), ask("b"), ask("a", sample=1))
    assert found.completion.finished
    assert (missing.completion.text, missing.completion.finished) == ("", False)
    assert not more.completion.finished
    assert "no reply to 2 of 3 questions; they count as wrong" in caplog.text


def test_a_file_about_something_else_is_a_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "a", "prompt": "Why is the sky blue?", "completion": "4"})
    with pytest.raises(DataError, match="no record belongs to a question") as caught:
        replies(recorded(path), ask("test:1", "What is 2+2?"))
    assert "Why is the sky blue?" in caught.value.hint
    assert "What is 2+2?" in caught.value.hint


def test_replies_of_several_models_are_not_mixed(tmp_path: Path) -> None:
    path = written(tmp_path, *({"id": "a", "completion": m, "model": m} for m in ("o1", "r1")))
    with pytest.raises(DataError, match="replies of 2 models: o1, r1"):
        replies(recorded(path), ask("a"))
    (one,) = replies(recorded(path, where={"model": "r1"}), ask("a"))
    assert (one.completion.answer, one.model) == ("r1", "r1")


def test_two_records_of_one_number_are_a_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, *({"id": "a", "completion": "x", "sample": 0} for _ in range(2)))
    with pytest.raises(DataError, match="sample 0 of one problem again"):
        replies(recorded(path), ask("a"))


def test_the_content_of_the_file_is_the_identity_and_its_place_is_not(tmp_path: Path) -> None:
    generator = recorded(written(tmp_path, {"id": "a", "completion": "4"}))
    assert generator.files() == [generator.path]
    assert "path" in Recorded.NOT_IDENTITY


@pytest.mark.parametrize("model", ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"])
def test_published_replies_to_gsm8k_belong_to_its_questions(shared_data: Path, model: str) -> None:
    rows = [row for _, row in read_jsonl(shared_data / "gsm8k" / "test.jsonl")]
    questions = [
        ask(f"test:{n}", f"{row['question']}\nPut your answer into \\boxed{{}}.") for n, row in enumerate(rows, 1)
    ]
    generator = recorded(
        shared_data / "model_outputs" / "gsm8k_openai.jsonl.gz",
        columns={"completion": "response", "prompt": "question"},
        where={"model": f"openai-{model}"},
    )
    came = replies(generator, *questions)
    assert len(came) == 659
    assert all(reply.completion.text for reply in came)
