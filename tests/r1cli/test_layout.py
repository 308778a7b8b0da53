from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.layout import read_progress, write_progress


def test_progress_is_read_as_it_was_written(tmp_path: Path):
    write_progress(tmp_path, 3, 10, {"reward": 0.5, "loss": None})
    progress = read_progress(tmp_path)
    assert progress is not None
    assert (progress.done, progress.total, progress.shown) == (3, 10, {"reward": 0.5, "loss": None})


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff", b'{"done": 1}'])
def test_what_is_no_progress_is_none(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "progress.json").write_bytes(content)
    assert read_progress(tmp_path) is None
