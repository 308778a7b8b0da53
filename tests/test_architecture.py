"""The rules of the house: who imports whom, what starts fast, how long a file and a function get, what is tested."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(p for top in ("r1cli", "stages") for p in (ROOT / top).rglob("*.py"))
TREES = {path: ast.parse(path.read_text("utf-8")) for path in SOURCES}
LONGEST_FILE = 300
LONGEST_FUNCTION = 50
MOST_FLAT_MODULES = 9
"""Directly in r1cli/: what the author of a stage, a task or a reward imports. Everything else lies in a room."""
TESTED_FROM = 60
"""Lines from which a module has a test file of its own name."""
HEAVY = ("torch", "transformers", "trl", "datasets", "wandb")
QUICK_COMMANDS = [
    ["--help"],
    ["run", "--help"],
    ["train", "--help"],
    ["plan"],
    ["plan", "stage=coldstart"],
    ["plan", "recipe=r1_paper", "--json"],
    ["ls", "stages"],
    ["status"],
    ["show", "reasoning_rl"],
    ["explain", "reasoning_rl"],
    ["compare"],
    ["scale", "--help"],
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


def test_a_quick_command_loads_no_heavy_library(tmp_path: Path) -> None:
    # One process for all of them. -X importtime names every module that is loaded, in whatever way it came.
    code = f"""
import sys
from r1cli.__main__ import main
for line in {QUICK_COMMANDS!r}:
    print("line:", *line, file=sys.stderr, flush=True)
    sys.argv = ["r1", *line]
    try:
        main()
    except SystemExit as ended:
        assert ended.code == 0, line
"""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    first, *lines = done.stderr.split("\nline: ")
    assert done.returncode == 0, "\n".join(line for line in lines[-1].splitlines() if "import time:" not in line)
    assert len(lines) == len(QUICK_COMMANDS)
    for said in [first, *lines]:
        loaded = {line.rpartition("|")[2].strip() for line in said.splitlines() if line.startswith("import time:")}
        assert loaded.isdisjoint(HEAVY), said.partition("\n")[0]


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_is_short_enough_to_be_read(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_function_is_short_enough_to_be_read(path: Path) -> None:
    functions = [n for n in ast.walk(TREES[path]) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lengths = {f.name: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_few_modules_lie_outside_a_room() -> None:
    flat = sorted(path.stem for path in (ROOT / "r1cli").glob("*.py") if not path.stem.startswith("__"))
    assert len(flat) <= MOST_FLAT_MODULES, flat


def test_no_two_classes_have_the_same_name() -> None:
    names = Counter(n.name for tree in TREES.values() for n in ast.walk(tree) if isinstance(n, ast.ClassDef))
    assert [name for name, number in names.items() if number > 1] == []


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imports() -> Mapping[str, set[str]]:
    """Module -> modules of ours that it imports: at its head, inside functions, and for types alone."""
    modules = {_module(path) for path in SOURCES}
    edges: dict[str, set[str]] = {}
    for path, tree in TREES.items():
        names = {name for node in ast.walk(tree) for name in _imported(node, modules)}
        edges[_module(path)] = (names & modules) - {_module(path)}
    return edges


def _imported(node: ast.AST, modules: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            # `from package import module` depends on the module, not on what the package's __init__ holds.
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in modules else node.module


def test_no_module_imports_itself_in_a_circle() -> None:
    try:
        TopologicalSorter(_imports()).prepare()
    except CycleError as e:
        pytest.fail(" <- ".join(e.args[1]))


@pytest.mark.parametrize("path", [p for p in SOURCES if p.read_text("utf-8").count("\n") > TESTED_FROM], ids=_name)
def test_a_module_of_some_length_has_its_test_file(path: Path) -> None:
    """Of the same name and place below tests/; a package's own code is tested under the package's name, inside it."""
    stem = path.parent.name if path.stem == "__init__" else path.stem.strip("_")
    assert (ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{stem}.py").is_file()


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_no_file_names_the_machine_it_was_written_on() -> None:
    homes = re.compile(r"(?<![\w.$}])/(?:home|Users|root|work)/\w")
    folders = ("r1cli", "stages", "conf", "tests", "benchmarks", "docs")
    files = [p for top in folders for p in (ROOT / top).rglob("*") if p.suffix in {".py", ".yaml", ".md"}]
    files += [p for p in ROOT.iterdir() if p.suffix in {".md", ".toml"} or p.name == "Makefile"]
    found = [
        f"{_name(path)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if homes.search(line)
    ]
    assert not found, "\n".join(found)
