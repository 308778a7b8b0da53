"""`r1 score FILE --self-check`: the references of a file, judged themselves."""

import json
from pathlib import Path

import pytest

from r1cli.terminal.app import run_line


def write(path: Path, *answers: str | None) -> str:
    path.write_text("".join(json.dumps({"prompt": "?", "gold": answer}) + "\n" for answer in answers))
    return str(path)


def test_a_sound_file_is_said_to_be_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "d.jsonl", "4", "\\frac{1}{2}", "Monday")
    assert run_line(["score", file, "columns.answer=gold", "--self-check"]) == 0
    assert "3 references in 12 forms: all are rewarded" in capsys.readouterr().err


def test_what_would_earn_nothing_is_listed_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "d.jsonl", "4", "\\frac{1", "5")
    assert run_line(["score", file, "columns.answer=gold", "--self-check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["references"] == 3
    (bad,) = found["unrewarded"]
    assert (bad["line"], bad["forms"], bad["why"]) == (2, "all", "its braces do not match")


def test_a_task_that_compares_no_answers_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "d.jsonl", "4")
    assert run_line(["score", file, "task=choice", "--self-check"]) == 2
    assert "does not compare written answers" in capsys.readouterr().err
