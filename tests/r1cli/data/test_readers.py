"""Records out of Parquet files and datasets of the hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.data.readers import read_hub, read_parquet
from r1cli.errors import DataError


def test_rows_of_a_parquet_file_come_with_their_numbers_from_one(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.table({"question": ["1+1?", "2+2?"], "answer": ["2", "4"]}), tmp_path / "sums.parquet")
    assert list(read_parquet(tmp_path / "sums.parquet")) == [
        (1, {"question": "1+1?", "answer": "2"}),
        (2, {"question": "2+2?", "answer": "4"}),
    ]


def test_another_file_is_no_parquet_file_and_the_hint_names_the_format_for_it(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    file.write_text('{"question": "1+1?"}\n')
    with pytest.raises(DataError, match="not a Parquet file") as error:
        list(read_parquet(file))
    assert "format: jsonl" in (error.value.hint or "")


@pytest.mark.torch
def test_a_dataset_that_is_not_in_the_cache_is_fetched_by_a_line_that_can_be_copied() -> None:
    with pytest.raises(DataError, match=r"'nobody/no-such-set', split 'test'") as error:
        read_hub("nobody/no-such-set", subset="easy", folder=None, split="test", revision=None)
    assert "load_dataset('nobody/no-such-set', 'easy')" in (error.value.hint or "")
