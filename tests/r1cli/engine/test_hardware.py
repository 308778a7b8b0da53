"""What a user says about the machine, and what of it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from r1cli.engine import hardware
from r1cli.engine.hardware import Hardware
from r1cli.errors import ConfigError


def of(**keys: Any) -> Hardware:
    return Hardware(**{"name": "h", "device": "cpu", "processes": 2, "per_device_batch": 4} | keys)


@pytest.mark.parametrize(
    ("keys", "processes", "copies"),
    [
        ({}, 1, 1),
        ({}, 8, 1),
        ({"strategy": "fsdp2"}, 8, 1),
        ({"strategy": "fsdp2", "nodes": 2}, 8, 2),
        ({"strategy": "fsdp2", "nodes": 2}, 2, 1),
        ({"strategy": "fsdp2", "nodes": 2, "replicas": 1}, 8, 1),
        ({"strategy": "fsdp2", "replicas": 4}, 8, 4),
    ],
)
def test_fsdp2_keeps_one_copy_of_a_model_on_each_machine(keys: dict[str, Any], processes: int, copies: int) -> None:
    assert of(**keys).copies(processes) == copies


@pytest.mark.parametrize(
    ("keys", "processes", "mistake"),
    [
        ({"strategy": "fsdp2"}, 1, "spreads a model over processes, and here is one"),
        ({"strategy": "fsdp2", "replicas": 3}, 8, "do not make 3 equal copies"),
        ({"strategy": "fsdp2", "replicas": 8}, 8, "leave nothing to shard"),
        ({"replicas": 2}, 8, "replicas is not for ddp"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(keys: dict[str, Any], processes: int, mistake: str) -> None:
    with pytest.raises(ConfigError, match=mistake):
        of(**keys).copies(processes)


def test_zero_without_deepspeed_is_a_mistake_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="needs DeepSpeed") as mistake:
        of(strategy="zero3").copies(2)
    assert "r1cli[deepspeed]" in mistake.value.hint
