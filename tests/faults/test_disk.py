"""A disk that fails at each of the writes of a run, one after the other: an error, nothing lost, and it goes on."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (errno.ENOSPC, 4),
        (errno.EDQUOT, 17),
        (errno.EROFS, 17),
        (errno.EIO, 17),
        pytest.param(errno.ENOSPC, 1, marks=pytest.mark.long),
    ],
)
def test_a_disk_that_fails_at_any_write_is_one_error_and_the_same_job_goes_on(
    failing_disk: Path, tmp_path: Path, error: int, step: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.on_failing_disk", failing_disk, tmp_path, str(error), str(step)],
        cwd=ROOT,
        env={**os.environ, "LD_PRELOAD": str(failing_disk), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    undisturbed, *attempts = map(json.loads, done.stdout.splitlines())
    assert len(undisturbed["made"]) == 2
    assert undisturbed["left"] == []
    assert len(attempts) * step > 60
    for said in attempts:
        assert "again" not in said, said
        assert said["damaged"] == [], said
        assert said["state"] == undisturbed, said
        if "error" in said:
            assert said["is_ours"], said
            assert said["hint"], said
    told = [said["error"] for said in attempts if "error" in said]
    assert len(told) > len(attempts) / 2
    assert all(os.strerror(error) in message for message in told), told
