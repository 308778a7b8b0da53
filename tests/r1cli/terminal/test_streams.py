"""r1cli.terminal.streams: whatever the standard streams are connected to, there is no traceback and no exit code 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from r1cli.terminal.app import UNWRITABLE

ROOT = Path(__file__).resolve().parents[3]


def ran(line: str, folder: Path, **environment: str) -> tuple[int, str]:
    """Exit code and standard error of a line of bash, in which `r1` is this checkout's."""
    script = f'r1() {{ "{sys.executable}" -m r1cli "$@"; }}; {line}'
    everything = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", **environment}
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=everything, capture_output=True, check=False)
    return done.returncode, (done.stderr + done.stdout).decode()


@pytest.mark.parametrize(("command", "unbuffered"), [("status --json", ""), ("plan scale=smoke", "1")])
def test_a_full_disk_behind_standard_output_is_one_error(command: str, unbuffered: str, tmp_path: Path) -> None:
    code, error = ran(f"r1 {command} > /dev/full", tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert code == UNWRITABLE
    assert error.splitlines()[0] == "error: standard output cannot be written: No space left on device"
    assert len(error.splitlines()) == 2


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "2> /dev/full"])
def test_a_closed_stream_is_no_reason_to_fail(closed: str, tmp_path: Path) -> None:
    code, output = ran(f"r1 ls recipes {closed}", tmp_path)
    assert code == 0
    assert "Traceback" not in output


def test_what_is_printed_never_ends_up_in_a_file_that_was_opened_later(tmp_path: Path) -> None:
    assert ran("r1 run --dry-run scale=smoke >&- 2>&-", tmp_path) == (0, "")
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and "to run" in file.read_text()]


def test_a_mistake_is_exit_code_2_even_if_nobody_hears_of_it(tmp_path: Path) -> None:
    assert ran("r1 ls recipees 2> /dev/full", tmp_path) == (2, "")


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["ascii", "C"],
)
def test_without_utf8_trees_and_tables_are_drawn_in_ascii(environment: dict[str, str], tmp_path: Path) -> None:
    code, output = ran("r1 plan scale=smoke", tmp_path, **environment)
    assert code == 0
    assert output.isascii()
    assert "|- eval_base" in output
    assert "?" not in output
