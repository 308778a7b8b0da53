"""What TRL is told of vLLM, and when its rollouts are refused. With a real vLLM: tests/stages/test_grpo_vllm.py."""

from __future__ import annotations

from typing import Any

import pytest

from r1cli.errors import ConfigError, StageFailed
from r1cli.generators.vllm.settings import Vllm
from r1cli.stage import Placement
from r1cli.training.trl import rollouts

CPU, GPU = Placement(device="cpu"), Placement(device="cuda")


def backend(**changed: Any) -> Vllm:
    plain = {
        "dtype": "auto", "memory_share": 0.3, "kv_cache_gib": 1.0, "context": 512, "tensor_parallel": 2,
        "eager": False, "mode": "colocate", "server": None, "largest_difference": None,
    }  # fmt: skip
    return Vllm(**plain | changed)


@pytest.mark.torch
def test_every_key_that_trl_is_told_is_one_of_its_own() -> None:
    from trl import GRPOConfig

    for mode in ("colocate", "server"):
        told = rollouts.arguments_of(backend(mode=mode, server="http://host:8000"))
        assert told.keys() <= GRPOConfig.__dataclass_fields__.keys()
        assert told["vllm_importance_sampling_correction"]


def test_a_server_has_its_own_memory_and_an_engine_here_a_share() -> None:
    assert rollouts.arguments_of(backend())["vllm_gpu_memory_utilization"] == 0.3
    there = rollouts.arguments_of(backend(mode="server", server="http://host:8000"))
    assert there["vllm_server_base_url"] == "http://host:8000"
    assert "vllm_gpu_memory_utilization" not in there


@pytest.mark.parametrize(
    ("changed", "placement", "dtype", "bound"),
    [
        ({}, CPU, "float32", rollouts.EXACT),
        ({"dtype": "bfloat16"}, CPU, "float32", rollouts.ROUNDED),
        ({}, GPU, "float32", rollouts.ROUNDED),
        ({"largest_difference": 0.2}, GPU, "float32", 0.2),
    ],
)
def test_where_both_compute_exactly_little_is_believed(
    changed: dict[str, Any], placement: Placement, dtype: str, bound: float
) -> None:
    assert rollouts.largest_difference(backend(**changed), placement, dtype) == bound


def test_a_server_that_no_weights_would_reach_is_refused() -> None:
    with pytest.raises(ConfigError, match="NCCL, which needs GPUs"):
        rollouts.prepare(backend(mode="server", server="http://host:8000"), CPU, "float32")
    rollouts.prepare(backend(mode="server", server="http://host:8000"), GPU, "float32")


@pytest.mark.parametrize("difference", [0.5, float("nan")])
def test_a_stale_policy_fails_the_run(difference: float) -> None:
    rollouts.refuse_stale({rollouts.DIFFERENCE: [0.5, 1e-5]}, 1e-3)
    with pytest.raises(StageFailed, match="differ from those of the trained model"):
        rollouts.refuse_stale({rollouts.DIFFERENCE: [1e-5, difference]}, 1e-3)


@pytest.mark.torch
def test_trl_logs_the_difference_under_the_name_that_we_look_for() -> None:
    import inspect

    from trl import GRPOTrainer

    assert f'["{rollouts.DIFFERENCE}"]' in inspect.getsource(GRPOTrainer)


@pytest.mark.torch
def test_trl_still_hands_weights_to_vllm_one_by_one() -> None:
    """When this fails, `_mend_colocate_on_a_cpu` may be no longer needed: see whether a CPU works without."""
    import inspect

    from trl.generation import vllm_generation

    source = inspect.getsource(vllm_generation)
    assert "load_weights(" in source
    assert "dtype=" not in inspect.getsource(vllm_generation.VLLMGeneration._init_vllm)
