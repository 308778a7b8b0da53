"""`r1 completion`: the printed script is whole, is valid shell, and calls this very installation."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from r1cli.terminal.app import run_line
from r1cli.terminal.commands.completion import Shell, script


@pytest.mark.parametrize("shell", Shell)
def test_the_printed_script_has_no_blank_left_to_fill_in(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["completion", shell]) == 0
    printed = capsys.readouterr().out
    assert printed.rstrip("\n") == script(shell).rstrip("\n")
    assert not re.findall(r"@[A-Z]+@", printed)
    assert shlex.quote(sys.executable) in printed


@pytest.mark.parametrize("shell", Shell)
def test_the_script_is_accepted_by_its_shell(shell: Shell) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    checked = subprocess.run([shell, "-n"], input=script(shell), capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("shell", Shell)
def test_paths_with_spaces_stay_one_word(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/my python/bin/python")
    assert "'/opt/my python/bin/python'" in script(shell)


@pytest.mark.parametrize("shell", Shell)
def test_the_script_asks_python_directly_where_the_package_lies(shell: Shell) -> None:
    [folder] = re.findall(r" -d (\S*/completion)\b", script(shell))
    assert Path(folder).is_dir()


def test_an_unknown_shell_is_told_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err
