"""Composing without what changes nothing."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
import yaml
from hydra._internal import defaults_list
from omegaconf import OmegaConf

from r1cli.config import hydra
from r1cli.config.hydra import Composed, compose
from r1cli.config.lean import lean_hydra


def everything(composed: Composed) -> object:
    """All that was composed, references not filled in."""
    parts = [OmegaConf.to_container(part, resolve=False) for part in (composed.config, composed.hydra)]
    return parts, dict(composed.choices)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("run", ["recipe=r1_paper", "scale=paper", "suite=paper", "model=qwen2.5-7b", "task=math"]),
        ("train", ["stage=all_scenario_rl", "reward.weights.language=.5"]),
        ("eval", ["suite=tiny", "generator=served"]),
    ],
)
def test_what_is_composed_is_the_same(command: str, line: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lean = everything(compose(command, line))
    monkeypatch.setattr(hydra, "lean_hydra", nullcontext)
    assert everything(compose(command, line)) == lean


def test_a_defaults_list_may_refer_to_a_choice(tmp_path: Path) -> None:
    files = {
        "fruit/apple": "name: apple",
        "juice/apple": "name: cider",
        "experiment/drink": "# @package _global_\ndefaults: [{/fruit: apple}, {/juice: '${fruit}'}]",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / f"{name}.yaml").write_text(text)
    assert compose("run", ["experiment=drink"], folders=[tmp_path]).config.juice.name == "cider"


def test_nothing_stays_replaced() -> None:
    def names() -> tuple[object, object]:
        return yaml.SafeLoader, defaults_list._create_interpolation_map

    before = names()
    with lean_hydra():
        assert names() != before
    assert names() == before


def test_a_release_without_the_names_composes_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader")
    monkeypatch.delattr(defaults_list, "_create_interpolation_map")
    with lean_hydra():
        assert not hasattr(defaults_list, "_create_interpolation_map")
