"""The folder for temporary files that each process has: who gets it, and when it goes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from r1cli.engine import temporary

ROOT = Path(__file__).resolve().parents[3]
LEAVES = """
import os, signal, sys, tempfile
from r1cli.engine import temporary
with temporary.own_folder():
    open(tempfile.mkdtemp() + "/left", "w").close()
    print(os.environ["TMPDIR"], flush=True)
if sys.argv[1] == "dies":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "lives":
    sys.stdin.read()
"""


def start(tmp_path: Path, how: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", LEAVES, how], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture(autouse=True)
def _a_place_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(temporary, "_own", None)


def test_a_process_that_ends_leaves_nothing(tmp_path: Path) -> None:
    out, _ = start(tmp_path, "ends").communicate(timeout=240)
    assert Path(out.strip()).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_cleared_and_what_a_living_one_needs_is_not(tmp_path: Path) -> None:
    start(tmp_path, "dies").communicate(timeout=240)
    living = start(tmp_path, "lives")
    assert living.stdout is not None
    folder = Path(living.stdout.readline().strip())
    (tmp_path / "r1cli-somebody").mkdir()  # no lock beside it: not ours
    temporary.clear()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([folder.name, f"{folder.name}.lock", "r1cli-somebody"])
    assert list(folder.rglob("left"))
    living.communicate("", timeout=240)
    assert [p.name for p in tmp_path.iterdir()] == ["r1cli-somebody"]


def test_libraries_get_it_only_meanwhile_and_it_outlives_the_block(tmp_path: Path) -> None:
    with temporary.own_folder():
        folder = Path(tempfile.gettempdir())
        assert folder.parent == tmp_path
        assert os.environ["TMPDIR"] == str(folder)
        with temporary.own_folder():
            assert tempfile.gettempdir() == str(folder)
        assert temporary.outside(os.environ)["TMPDIR"] == str(tmp_path)
    assert os.environ["TMPDIR"] == str(tmp_path)
    assert tempfile.gettempdir() == str(tmp_path)
    assert folder.is_dir()
    with temporary.own_folder():
        assert tempfile.gettempdir() == str(folder)


def test_where_nothing_was_said_nothing_is_said_afterwards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TMPDIR")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with temporary.own_folder():
        assert "TMPDIR" not in temporary.outside(os.environ)
    assert "TMPDIR" not in os.environ


def test_without_a_place_for_temporary_files_nothing_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with temporary.own_folder():
        assert os.environ["TMPDIR"] == str(tmp_path)
    temporary.clear()


def test_a_file_of_that_name_that_is_no_lock_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    (tmp_path / "r1cli-link.lock").symlink_to(tmp_path / "kept")
    temporary.clear()
    assert (tmp_path / "r1cli-link.lock").is_symlink()
    assert (tmp_path / "kept").exists()
