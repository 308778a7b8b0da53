"""Checkpoints: which one is resumed from when some are torn or damaged."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from r1cli.training import checkpoints

LOG = logging.getLogger("test")


def sealed(root: Path, step: int) -> Path:
    folder = checkpoints.folder_of_step(root, step)
    (folder / "adapter").mkdir(parents=True)
    (folder / "adapter/weights").write_bytes(bytes([step]) * 100)
    checkpoints.seal(folder)
    return folder


def test_the_newest_checkpoint_is_found_by_its_number(tmp_path: Path) -> None:
    assert checkpoints.newest_intact(tmp_path, LOG) is None
    for step in (9, 10):
        sealed(tmp_path, step)
    (tmp_path / "checkpoint-11").mkdir()  # torn: it was never sealed
    assert checkpoints.newest_intact(tmp_path, LOG) == tmp_path / "checkpoint-10"


@pytest.mark.parametrize("damage", ["flipped", "truncated", "missing", "more", "seal"])
def test_a_damaged_checkpoint_is_passed_over_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    older, newer = sealed(tmp_path, 1), sealed(tmp_path, 2)
    weights = newer / "adapter/weights"
    match damage:
        case "flipped":
            weights.write_bytes(b"x" + weights.read_bytes()[1:])
        case "truncated":
            weights.write_bytes(weights.read_bytes()[:50])
        case "missing":
            weights.unlink()
        case "more":
            (newer / "other").touch()
        case "seal":
            (newer / checkpoints.COMPLETE).write_text("{")
    assert checkpoints.newest_intact(tmp_path, LOG) == older
    assert "checkpoint-2 is damaged" in caplog.text


def test_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    for records in ([{"text": "等等"}, {"text": "b"}], [{"text": "c"}]):
        checkpoints.write_lines(tmp_path / "shard", records)
        assert checkpoints.is_intact(tmp_path / "shard")
        assert list(checkpoints.read_lines(tmp_path / "shard")) == records


def test_what_is_newer_than_the_one_resumed_from_is_removed(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        sealed(tmp_path, step)
    checkpoints.remove_all_after(tmp_path, tmp_path / "checkpoint-2")
    assert [checkpoints.step_of(c) for c in checkpoints.of(tmp_path)] == [1, 2]
    checkpoints.remove_all_after(tmp_path, None)
    assert checkpoints.of(tmp_path) == []
