from __future__ import annotations

import os
from pathlib import Path

import pytest

from r1cli.files import (
    finite,
    is_own_file,
    json_objects,
    own_bytes,
    replace_text,
    replacing,
    size,
    write_durably,
)


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


def test_a_file_behind_a_link_and_a_pipe_are_not_read(tmp_path: Path):
    (tmp_path / "f").write_text("mine")
    (tmp_path / "link").symlink_to("f")
    os.mkfifo(tmp_path / "pipe")
    assert own_bytes(tmp_path / "f") == b"mine"
    for name in ("link", "pipe", "nothing"):
        assert not is_own_file(tmp_path / name)
        with pytest.raises(OSError, match="."):
            own_bytes(tmp_path / name)


def test_a_file_of_a_terabyte_is_not_read_as_a_whole(tmp_path: Path):
    with (tmp_path / "f").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="too large"):
        own_bytes(tmp_path / "f")


def test_writing_does_not_go_through_a_link_that_lies_in_the_way(tmp_path: Path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / ".f.part").symlink_to("mine")
    replace_text(tmp_path / "f", "new")
    assert ((tmp_path / "f").read_text(), (tmp_path / "mine").read_text()) == ("new", "mine")
    assert not (tmp_path / "f").is_symlink()


def test_only_numbers_that_can_be_computed_with_are_numbers():
    assert [finite(x) for x in (1, 2.5, True, 0)] == [1.0, 2.5, 1.0, 0.0]
    assert [finite(x) for x in (None, "1", float("nan"), float("inf"), 10**400, [1], {})] == [None] * 7


def test_lines_that_nest_without_end_hold_no_object():
    assert list(json_objects([b'{"a": 1}', b"[" * 100_000, b'{"a": ' * 100_000])) == [{"a": 1}, None, None]
