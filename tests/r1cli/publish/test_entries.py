"""Which result a name stands for, and what it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.publish.entries import lineage, model_entry, outside
from r1cli.store.store import Store
from tests.r1cli.publish.made import chain


def test_a_model_is_found_by_its_node_the_papers_name_or_its_fingerprint(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first, second = chain(store)
    assert model_entry(store, "coldstart").path == first.path
    assert model_entry(store, "Dev2").path == second.path
    assert model_entry(store, "bbbbbbbb").path == second.path
    with pytest.raises(ConfigError, match="R7: no such model") as caught:
        model_entry(store, "R7")
    assert "coldstart, reasoning_rl" in caught.value.hint


def test_the_lineage_begins_with_what_came_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first, second = chain(store)
    assert [e.node for e in lineage(store, second)] == [first.node, second.node]


def test_what_came_from_outside_is_named_without_this_machines_folders(tmp_path: Path) -> None:
    store = Store(tmp_path)
    _, second = chain(store)
    assert outside(lineage(store, second)) == ["Qwen/Qwen2.5-0.5B", "mine.jsonl", "openai/gsm8k"]
