"""What is on record of the jobs that were submitted."""

from __future__ import annotations

from pathlib import Path

from r1cli.cluster.records import keep, log_of, make_folder, new_record, submitted


def test_a_job_is_kept_with_its_script_and_read_again(tmp_path: Path) -> None:
    assert submitted(tmp_path) == []
    make_folder(tmp_path)
    job = new_record("7", "r1", ["run"], nodes=["base"], after=["6"])
    keep(tmp_path, job, "#!/bin/bash\n")
    assert submitted(tmp_path) == [job]
    assert (tmp_path / ".cluster/7.sh").read_text() == "#!/bin/bash\n"
    assert log_of(tmp_path, "7") == tmp_path / ".cluster/7.log"


def test_an_unreadable_record_is_skipped(tmp_path: Path) -> None:
    make_folder(tmp_path)
    (tmp_path / ".cluster/8.json").write_text("{")
    assert submitted(tmp_path) == []
