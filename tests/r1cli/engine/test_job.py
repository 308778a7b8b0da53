from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from r1cli.artifact import Artifact
from r1cli.errors import RecipeError
from tests.r1cli.fake_stages import chain, count, job


def test_a_graph_is_resolved_once_and_has_inputs_first(tmp_path: Path):
    stages = chain()
    the_job = job(tmp_path, {"c": stages["c"], "b": stages["b"], "a": stages["a"]})
    assert list(the_job.graph.nodes) == ["a", "b", "c"]
    assert the_job.graph is the_job.graph
    assert the_job.graph.fingerprints == job(tmp_path, stages).graph.fingerprints


def test_a_job_with_other_targets_has_a_graph_of_its_own(tmp_path: Path):
    whole = job(tmp_path, chain())
    assert list(whole.graph.nodes) == ["a", "b", "c"]
    assert list(replace(whole, targets=("b",)).graph.nodes) == ["a", "b"]


def test_what_is_needed_ends_at_what_is_stored(tmp_path: Path):
    graph = job(tmp_path, chain(), targets=("c",)).graph
    assert graph.needed([]) == {"a", "b", "c"}
    assert graph.needed(["b"]) == {"b", "c"}
    assert graph.needed(["a", "c"]) == {"c"}


def test_a_change_upstream_changes_every_fingerprint_below_it(tmp_path: Path):
    stages = chain()
    before = job(tmp_path, stages).graph.fingerprints
    stages["b"] = count({"model": "a"}, steps=9)
    after = job(tmp_path, stages).graph.fingerprints
    assert [name for name in before if before[name] != after[name]] == ["b", "c"]


def test_two_stages_that_name_the_same_thing_from_outside_share_its_fingerprint(tmp_path: Path):
    base = Artifact(kind="model", location="Qwen/Qwen2.5-0.5B", revision="a")
    nodes = job(tmp_path, {"a": count({"model": "base"}), "b": count({"x": "base"})}, base=base).graph.nodes
    assert nodes["a"].inputs["model"] == nodes["b"].inputs["x"]
    assert nodes["a"].parents == []


def test_a_target_that_is_no_node_is_named(tmp_path: Path):
    with pytest.raises(RecipeError, match="'d' is not a node"):
        _ = job(tmp_path, chain(), targets=("d",)).graph
