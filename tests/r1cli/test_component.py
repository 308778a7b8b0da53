from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from r1cli.component import Component, locate, target_of
from r1cli.errors import ConfigError


class Filter(Component):
    """A field's type."""


class Longest(Filter):
    tokens: int


class Chain(Component):
    filters: list[Filter]


class Other(Component):
    """No Filter."""


def test_a_target_chooses_the_class_wherever_a_base_is_declared():
    chain = Chain.model_validate({"filters": [{"_target_": target_of(Longest), "tokens": 3}]})
    assert chain.filters == [Longest(tokens=3)]


def test_plain_data_and_back_is_the_same_object():
    chain = Chain(filters=[Longest(tokens=3)])
    assert Chain.model_validate(chain.config()) == chain
    assert chain.config()["filters"][0] == {"_target_": target_of(Longest), "tokens": 3}


def test_a_target_of_another_kind_is_refused():
    with pytest.raises(ValidationError, match="is not a Filter"):
        Chain.model_validate({"filters": [{"_target_": target_of(Other)}]})


def test_unknown_keys_and_changes_are_refused():
    with pytest.raises(ValidationError):
        Longest.model_validate({"tokens": 3, "words": 4})
    with pytest.raises(ValidationError):
        Longest(tokens=3).tokens = 4  # type: ignore[misc]


@pytest.mark.parametrize(
    ("target", "message"),
    [("no_such_package.Thing", "cannot import"), ("Thing", "cannot import"), ("pathlib.Path", "is not a Component")],
)
def test_a_target_that_is_no_component_is_an_error_for_people(target: str, message: str):
    with pytest.raises(ConfigError, match=message):
        locate(target)


ELSEWHERE = {
    "marked/__init__.py": "from .deep.inner import Far as Renamed\n",
    "marked/deep/__init__.py": "",
    "marked/deep/inner.py": "from r1cli.rewards.base import Rule\nclass Far(Rule): pass\n",
    "marked/by_module.py": "import r1cli.rewards.base as base\nclass Mine(base.Rule): pass\n",
    "marked/by_package.py": "import r1cli.component\nclass Mine(r1cli.component.Component): pass\n",
    "marked/indirect.py": "from .deep.inner import Far\nclass Mine(Far): pass\n",
    "marked/nameless/deeper/math.py": "from r1cli.component import Component\nclass Mine(Component): pass\n",
    "marked/guarded.py": "try:\n    from r1cli.component import Component\nexcept ImportError:\n    raise\n"
    "if True:\n    class Mine(Component): pass\n",
}
"""Modules whose classes derive from ours, by what stands in them."""
TRAPS = {
    "trap_plain.py": "class Mine: pass\n",
    "trap_function.py": "def Mine(): pass\n",
    "trap_circle.py": "from trap_circle import Mine\n",
    "trap_base.py": "class Component: pass\nclass Mine(Component): pass\n",
    "trap_expression.py": "class Mine(__import__('r1cli.component')): pass\n",
    "trap_assigned.py": "from os import system as Mine\n",
    "trap_broken.py": "class Mine(\n",
}
"""Modules that have no Component of that name, and leave a file if they are imported."""


def write(folder: Path, files: dict[str, str], *, first: str = "") -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(first + text)


@pytest.mark.parametrize("target", ["Renamed", "deep.inner.Far", *(f"{m}.Mine" for m in ("by_module", "by_package"))])
def test_a_class_from_elsewhere_that_derives_from_ours_is_imported(target: str, tmp_path: Path, monkeypatch):
    write(tmp_path, ELSEWHERE)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "marked"]:
        monkeypatch.delitem(sys.modules, name)
    for each in (target, "indirect.Mine", "guarded.Mine", "nameless.deeper.math.Mine"):
        assert issubclass(locate(f"marked.{each}"), Component)


@pytest.mark.parametrize("module", [name.removesuffix(".py") for name in TRAPS])
def test_a_module_without_a_component_of_that_name_is_refused_and_not_run(module: str, tmp_path: Path, monkeypatch):
    ran = tmp_path / "ran"
    write(tmp_path, TRAPS, first=f"open({str(ran)!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="is not a Component"):
        locate(f"{module}.Mine")
    assert not ran.exists()
    assert module not in sys.modules


def test_packages_above_a_refused_module_are_not_run_either(tmp_path: Path, monkeypatch):
    ran = tmp_path / "ran"
    write(tmp_path, {"trap_package/__init__.py": f"open({str(ran)!r}, 'w')", "trap_package/inner.py": "class Mine: 0"})
    monkeypatch.syspath_prepend(tmp_path)
    for target in ("trap_package.inner.Mine", "trap_package.missing.Mine", "antigravity.Mine"):
        with pytest.raises(ConfigError):
            locate(target)
    assert not ran.exists()
    assert "antigravity" not in sys.modules
