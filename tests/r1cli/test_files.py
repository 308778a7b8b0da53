from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.files import replace_text, replacing, size, write_durably


def test_a_file_is_replaced_whole_and_nothing_stays_beside_it(tmp_path: Path):
    for write in (replace_text, write_durably):
        write(tmp_path / "f", "old")
        write(tmp_path / "f", "néw")
        assert (tmp_path / "f").read_text("utf-8") == "néw"
        assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_what_breaks_while_writing_leaves_the_old_file_alone(tmp_path: Path):
    replace_text(tmp_path / "f", "old")

    def half() -> None:
        with replacing(tmp_path / "f") as part:
            part.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert (tmp_path / "f").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_the_size_of_a_folder_is_that_of_all_files_below_it(tmp_path: Path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "f").write_bytes(b"123")
    (tmp_path / "a" / "g").write_bytes(b"4")
    assert size(tmp_path / "a") == 4
