"""The rules of the house that no other tool sees: who imports whom, what starts fast, how long a file may get."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(p for top in ("r1cli", "stages") for p in (ROOT / top).rglob("*.py"))
LONGEST_FILE = 400
HEAVY = ("torch", "transformers", "trl", "datasets", "wandb")
QUICK_COMMANDS = [
    ["--help"],
    ["run", "--help"],
    ["train", "--help"],
    ["plan"],
    ["plan", "recipe=r1_paper", "--json"],
    ["ls", "stages"],
    ["status"],
    ["show", "reasoning_rl"],
    ["explain", "reasoning_rl"],
    ["compare"],
    ["watch"],
    ["completion", "bash"],
]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_nobody_imports_what_is_not_theirs_to_import() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    if not lint_imports.exists():
        pytest.skip("import-linter is not installed (it comes with the dev extra)")
    found = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("command", QUICK_COMMANDS, ids=" ".join)
def test_a_quick_command_loads_no_heavy_library(command: list[str], tmp_path: Path) -> None:
    # -X importtime names every module that is loaded, in whatever way it came.
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "r1cli", *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    said = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert done.returncode == 0, "\n".join(said)
    assert "r1cli.terminal.app" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_is_short_enough_to_be_read(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_no_file_names_the_machine_it_was_written_on() -> None:
    homes = re.compile(r"(?<![\w.$}])/(?:home|Users|root|work)/\w")
    folders = ("r1cli", "stages", "conf", "tests", "benchmarks")
    files = [p for top in folders for p in (ROOT / top).rglob("*") if p.suffix in {".py", ".yaml", ".md"}]
    files += [p for p in ROOT.iterdir() if p.suffix in {".md", ".toml"} or p.name == "Makefile"]
    found = [
        f"{_name(path)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if homes.search(line)
    ]
    assert not found, "\n".join(found)
