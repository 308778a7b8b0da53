"""Our hardware.strategy in other people's words. Whole trainings on several processes: tests/stages/test_sharded.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.stage import Placement
from r1cli.training.trl import strategy

pytestmark = pytest.mark.torch


def placement(name: Any, processes: int = 8, **keys: Any) -> Placement:
    return Placement(device="cuda", processes=processes, strategy=name, **keys)


@pytest.mark.parametrize("name", ["ddp", "fsdp2", "zero2", "zero3"])
def test_one_process_is_told_nothing(name: str) -> None:
    assert strategy.arguments_of(placement(name, processes=1)) == {}


def test_every_key_of_fsdp2_is_one_that_transformers_reads() -> None:
    """It passes over those that it does not know."""
    import inspect

    from transformers import TrainingArguments

    source = inspect.getsource(TrainingArguments)
    for key in strategy.arguments_of(placement("fsdp2"))["fsdp_config"]:
        assert f'fsdp_config.get("{key}"' in source or f'"{key}"' in source, key


def test_copies_of_a_model_are_a_second_dimension_of_processes() -> None:
    assert "parallelism_config" not in strategy.arguments_of(placement("fsdp2"))
    mesh = strategy.arguments_of(placement("fsdp2", replicas=2))["parallelism_config"]
    assert (mesh.dp_replicate_size, mesh.dp_shard_size) == (2, 4)


@pytest.mark.parametrize("stage", [2, 3])
def test_deepspeed_accepts_its_configuration(stage: int) -> None:
    config = pytest.importorskip("deepspeed.runtime.zero.config", reason="DeepSpeed is not installed")
    config.DeepSpeedZeroConfig(**strategy.zero(stage)["zero_optimization"])  # strict: refuses what it does not know


def test_a_users_activation_checkpointing_goes_where_fsdp2_looks_for_it() -> None:
    common = strategy.arguments_of(placement("fsdp2"))
    keys = strategy.compatible({"activation_checkpointing": False, "learning_rate": 1.0}, common)
    assert keys == {"learning_rate": 1.0}
    assert common["fsdp_config"]["activation_checkpointing"] is False
    assert common["activation_checkpointing"] is False


def test_fsdp2_computes_in_bf16_and_adds_gradients_in_float32() -> None:
    import torch
    from accelerate.utils import FullyShardedDataParallelPlugin

    plugin = FullyShardedDataParallelPlugin(fsdp_version=2)
    plugin.set_mixed_precision("bf16")
    state = SimpleNamespace(fsdp_plugin=plugin)
    strategy.add_gradients_in_float32(SimpleNamespace(accelerator=SimpleNamespace(state=state)))
    policy = plugin.mixed_precision_policy
    assert (policy.param_dtype, policy.reduce_dtype) == (torch.bfloat16, torch.float32)


def test_where_nothing_is_sharded_or_all_is_float32_there_is_no_policy_to_change() -> None:
    for state in (SimpleNamespace(), SimpleNamespace(fsdp_plugin=SimpleNamespace(mixed_precision_policy=None))):
        strategy.add_gradients_in_float32(SimpleNamespace(accelerator=SimpleNamespace(state=state)))


def test_what_accelerate_made_of_it_is_looked_at() -> None:
    made = SimpleNamespace(accelerator=SimpleNamespace(distributed_type=SimpleNamespace(name="MULTI_GPU")))
    strategy.check(made, placement("ddp"))
    with pytest.raises(RuntimeError, match="asked for fsdp2 on 8 processes, accelerate runs MULTI_GPU"):
        strategy.check(made, placement("fsdp2"))
