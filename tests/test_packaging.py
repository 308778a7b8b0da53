"""The wheel: complete, and at work from an empty folder with no checkout in sight."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def _call(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(c) for c in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the checkout, with the tools of this environment, so without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("r1cli", "stages", "conf"):  # but what others compile at this moment
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    _call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, to be put on PYTHONPATH."""
    target = tmp_path_factory.mktemp("site")
    _call(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel, cwd=target)
    return target


def _r1(*arguments: str, cwd: Path, site: Path) -> str:
    # Safe path: the current directory is not imported from, as with the installed `r1` script.
    env = {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    return _call(sys.executable, "-m", "r1cli", *arguments, cwd=cwd, env=env)


def _files(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_package_is_listed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    found = {str(p.parent.relative_to(ROOT)).replace("/", ".") for p in ROOT.glob("[rs]*/**/__init__.py")}
    assert set(listed) - {"r1cli.conf"} == found


def test_torch_is_a_range_that_the_constraints_lie_in() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (torch,) = [r for r in map(Requirement, project["dependencies"]) if r.name == "torch"]
    (pinned,) = [
        Requirement(line) for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line
    ]
    (release,) = pinned.specifier
    assert {s.operator for s in torch.specifier} == {">=", "<"}
    assert torch.specifier.contains(release.version)


def test_the_wheel_holds_every_module_and_every_yaml(wheel: Path) -> None:
    modules = {str(p.relative_to(ROOT)) for top in ("r1cli", "stages") for p in (ROOT / top).rglob("*.py")}
    yamls = {f"r1cli/conf/{p.relative_to(ROOT / 'conf')}" for p in (ROOT / "conf").rglob("*.yaml")}
    assert yamls
    assert (modules | yamls) - _files(wheel) == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in _files(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"r1cli", "stages"}
    assert not [name for name in _files(wheel) if "test" in name]


def test_the_installed_package_works_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    code = "import r1cli, stages, r1cli.conf; print(r1cli.__file__, stages.__file__, r1cli.conf.__file__)"
    env = {"PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    places = _call(sys.executable, "-c", code, cwd=empty, env=env).split()
    assert all(place.startswith(str(installed)) for place in places)
    assert "coldstart" in _r1("ls", "stages", cwd=empty, site=installed)
    plan = _r1("plan", cwd=empty, site=installed)
    assert "reasoning_rl" in plan
    assert "all_scenario_rl" in plan


def test_a_folder_called_stages_does_not_shadow_ours(installed: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "stages").mkdir(parents=True)
    (theirs / "stages" / "__init__.py").write_text("raise RuntimeError('not ours')\n")
    assert "reasoning_rl" in _r1("plan", cwd=theirs, site=installed)


def test_the_checkout_works_without_being_installed(tmp_path: Path) -> None:
    assert "reasoning_rl" in _r1("plan", cwd=tmp_path, site=ROOT)


def test_the_lock_holds_every_requirement_and_a_hash_of_each_of_its_files() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.split(r"(?m)^(?=[a-z0-9])", re.sub(r"(?m)^#.*\n", "", text))
    locked = {}
    for entry in filter(str.strip, entries):
        name, version = re.split("==| ", entry)[:2]
        locked[name] = version
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), name
    assert "://" not in text
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(r for name in ("dev", "lora", "sweep") for r in extras[name])]
    for requirement in map(Requirement, wanted):
        name = requirement.name.lower().replace("_", "-")
        if name in {"torch", "r1cli"}:  # the one depends on the machine, the other names its own extras
            continue
        assert requirement.specifier.contains(locked[name]), requirement
