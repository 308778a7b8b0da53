"""One node's price, memory and disk."""

from __future__ import annotations

import pytest

from benchmarks.bill import prices_of
from r1cli.bill.models import shape_for
from r1cli.bill.nodes import LIBRARIES_GIB, PricedNode, cost, disk_of, memory_of, setup_of
from r1cli.config.build import build
from r1cli.cost.memory import GIB
from r1cli.generators.processes.pool import OWN_GIB

LINE = ["recipe=r1", "scale=single_gpu", "model=qwen2.5-1.5b", "hardware=gpu"]
PRICES = prices_of("h100")


def _node(name: str, *overrides: str) -> tuple[PricedNode, object]:
    job = build("run", [*LINE, *overrides])
    stage = job.stages[name]
    work = stage.workload()
    assert work is not None
    return PricedNode(name, stage, work, shape_for(job, name), rows=None, mixed_in=0), job.hardware


def _cost(name: str, *overrides: str, devices: int = 1):
    node, hardware = _node(name, *overrides)
    return cost(node, PRICES.device, hardware, devices, PRICES.assumed())


def test_a_reference_model_costs_one_more_reading() -> None:
    fixed = "scale.grpo.sync_ref_model=false"
    with_one, without = (_cost("reasoning_rl", f"scale.grpo.beta={b}", fixed).seconds for b in (0.001, 0))
    assert with_one > without


def test_the_backward_pass_of_adapters_is_half_as_dear() -> None:
    full, adapters = (
        _cost("helpful_rm", *o).seconds for o in ((), ("model.lora={r: 16, target_modules: all-linear}",))
    )
    assert adapters * 1.5 == full


def test_more_devices_are_paid_for_while_a_stage_that_cannot_be_shared_runs() -> None:
    job = build("run", ["recipe=r1_zero"])
    stage = job.stages["base"]
    work = stage.workload()
    assert work is not None
    assert not stage.is_shared()
    node = PricedNode("base", stage, work, shape_for(job, "base"), rows=None, mixed_in=0)
    one, four = (cost(node, PRICES.device, job.hardware, n, PRICES.assumed()) for n in (1, 4))
    assert four.seconds == one.seconds
    assert four.device_hours == 4 * one.device_hours


def test_fsdp2_shards_over_machines_of_one_process_each() -> None:
    node, hardware = _node("coldstart", "hardware.strategy=fsdp2", "hardware.nodes=2", "hardware.processes=1")
    assert setup_of(node, PRICES.device, hardware, 2, PRICES.assumed()).shards == 2


def test_a_forward_pass_of_grpo_holds_one_whole_sequence_at_least() -> None:
    node, hardware = _node("reasoning_rl")
    setup = setup_of(node, PRICES.device, hardware, 1, PRICES.assumed())
    assert setup.tokens >= 4096
    assert setup.whole_logits
    assert setup.reference


def test_sft_and_reward_models_hold_no_logits_of_all_tokens() -> None:
    for name in ("coldstart", "helpful_rm"):
        node, hardware = _node(name)
        assert memory_of(node, PRICES.device, hardware, 1, PRICES.assumed()).logits == 0


def _programs(name: str, *overrides: str) -> float:
    job = build("run", ["recipe=r1", "model=tiny", "hardware=cpu", *overrides])
    stage = job.stages[name]
    work = stage.workload()
    assert work is not None
    node = PricedNode(name, stage, work, shape_for(job, name), rows=None, mixed_in=0)
    prices = prices_of("cpu")
    return memory_of(node, prices.device, job.hardware, 1, prices.assumed()).programs / GIB


@pytest.mark.parametrize("name", ["reasoning_rl", "eval_coldstart", "rejection_sampling"])
def test_processes_that_draw_beside_a_stage_on_a_cpu_are_in_its_memory(name: str) -> None:
    assert _programs(name, "hardware.threads=1") == LIBRARIES_GIB
    assert _programs(name, "hardware.threads=2") == pytest.approx(LIBRARIES_GIB + OWN_GIB)
    assert _programs(name, "hardware.threads=8", "hardware.sampling_rows=64") == pytest.approx(LIBRARIES_GIB + OWN_GIB)


def test_what_does_not_draw_or_trains_on_several_processes_has_no_such_processes() -> None:
    assert _programs("coldstart", "hardware.threads=2") == LIBRARIES_GIB
    assert _programs("reasoning_rl", "hardware.threads=2", "hardware.processes=2") == LIBRARIES_GIB


def test_programs_are_not_in_the_memory_of_a_gpu() -> None:
    node, hardware = _node("reasoning_rl")
    assert memory_of(node, PRICES.device, hardware, 1, PRICES.assumed()).programs == 0


def test_a_result_is_as_large_as_its_weights_and_checkpoints_are_larger() -> None:
    node, _ = _node("reasoning_rl")
    weights, checkpoints = disk_of(node, _cost("reasoning_rl"))
    assert weights == 4 * node.shape.total
    assert checkpoints == 2 * 4 * weights  # weights, two moments, the reference; two of them
    node, _ = _node("rejection_sampling")
    assert disk_of(node, _cost("rejection_sampling"))[1] == 0
