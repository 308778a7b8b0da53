"""What of the shipped recipes changes a result's fingerprint, and what does not."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from r1cli.config.build import build
from r1cli.engine.explain import explain
from r1cli.engine.job import Node
from r1cli.rewards.language import Language
from r1cli.stage import ModelSpec, Stage

ROOT = Path(__file__).resolve().parent.parent
BEFORE_RL = {"base", "eval_base", "coldstart", "eval_coldstart"}
"""Nodes of recipe=r1 that no reinforcement learning comes before."""


def nodes(*overrides: str) -> dict[str, Node]:
    return dict(build("run", overrides).graph.nodes)


def changed(before: dict[str, Node], after: dict[str, Node]) -> set[str]:
    return {name for name, node in before.items() if node.fingerprint != after[name].fingerprint}


def test_a_raised_version_of_a_reward_makes_the_rl_stages_and_what_follows_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = nodes("recipe=r1")
    monkeypatch.setattr(Language, "VERSION", 3)
    after = nodes("recipe=r1")
    assert changed(before, after) == before.keys() - BEFORE_RL
    reasons = explain(before["reasoning_rl"].identity, after["reasoning_rl"].identity)
    assert reasons == ["reward.terms.language: VERSION 2 -> 3"]


@pytest.mark.parametrize("override", ["model.max_tokens=700", "+model.lora.r=8"])
def test_what_only_later_stages_read_of_the_model_does_not_touch_the_base_model(override: str) -> None:
    remade = changed(nodes("recipe=r1"), nodes("recipe=r1", override))
    assert "coldstart" in remade
    assert not {"base", "eval_base"} & remade


@pytest.mark.parametrize("name", sorted(p.stem for p in (ROOT / "stages").glob("[a-z]*.py")))
def test_a_stage_reads_no_field_of_the_model_that_it_does_not_declare(name: str) -> None:
    module = importlib.import_module(f"stages.{name}")
    own = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__]
    [kind] = [c for c in own if issubclass(c, Stage)]
    assert ModelSpec.model_fields.keys() >= kind.MODEL_FIELDS
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    # What a stage is expected to cost decides nothing about what it makes.
    estimates = {id(n) for f in ast.walk(tree) if getattr(f, "name", "") == "workload" for n in ast.walk(f)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self.model" and id(node) not in estimates:
            assert node.attr in kind.MODEL_FIELDS, f"stages/{name}.py:{node.lineno} reads model.{node.attr}"
