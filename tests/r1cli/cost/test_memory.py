"""Memory of a training, by strategy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from r1cli.config.catalogue import read_option
from r1cli.cost.memory import GIB, TrainingSetup, check_memory, fitting, sampling_memory, training_memory
from r1cli.cost.shape import shape_of
from r1cli.errors import ConfigError

Q7 = shape_of(read_option("model", "qwen2.5-7b")["shape"])
EIGHT = TrainingSetup(processes=8, tokens=16384, reference=True, whole_logits=False)


def _gib(setup: TrainingSetup) -> float:
    return training_memory(Q7, setup).total / GIB


def test_one_process_holds_sixteen_bytes_a_parameter() -> None:
    need = training_memory(Q7, TrainingSetup(tokens=1, whole_logits=False, compute_bytes=4))
    states = need.weights + need.gradients + need.optimizer
    assert states == pytest.approx(16 * Q7.total)
    assert need.copies == 0


def test_a_seven_b_model_is_cut_as_the_published_formulas_cut_it() -> None:
    """Rajbhandari et al., table 1, and DeepSpeed's own estimate for 8 GPUs: 18 GB with ZeRO-3, without activations."""
    zero3 = training_memory(Q7, replace(EIGHT, strategy="zero3", tokens=1, reference=False))
    assert (zero3.weights + zero3.gradients + zero3.optimizer) / 1e9 == pytest.approx(15.2, rel=0.02)
    assert zero3.total / 1e9 == pytest.approx(18, rel=0.05)
    zero2 = training_memory(Q7, replace(EIGHT, strategy="zero2", tokens=1, reference=False))
    assert zero2.total / 1e9 == pytest.approx(30.1 + 11.4, rel=0.1)  # theirs keeps gradients in shards as well


def test_each_strategy_needs_less_than_the_one_before() -> None:
    needs = [_gib(replace(EIGHT, strategy=s)) for s in ("ddp", "zero2", "fsdp2")]
    assert needs == sorted(needs, reverse=True)
    assert needs[0] > 130
    assert needs[2] < 40


def test_copies_of_a_sharded_model_cost_memory() -> None:
    one, two = (_gib(replace(EIGHT, strategy="fsdp2", replicas=n)) for n in (1, 2))
    assert two > one


def test_adapters_need_neither_an_optimizer_for_all_weights_nor_a_reference() -> None:
    need = training_memory(Q7, replace(EIGHT, weight_bytes=2, trained_share=0.01))
    assert need.reference == 0
    assert need.total < 25 * GIB


def test_drawing_and_learning_do_not_add_up() -> None:
    learning = training_memory(Q7, EIGHT)
    both = training_memory(Q7, replace(EIGHT, cached_tokens=100))
    assert both.total == learning.total
    assert training_memory(Q7, replace(EIGHT, cached_tokens=10**7)).total > learning.total


def test_what_does_not_fit_is_an_error_that_names_what_would() -> None:
    with pytest.raises(ConfigError, match=r"coldstart: .* GiB are needed on each h100") as caught:
        check_memory("coldstart", Q7, EIGHT, 77 * GIB, "h100")
    assert "hardware.strategy=zero2" in caught.value.hint
    found = next(fitting(Q7, EIGHT, 77 * GIB))
    assert check_memory("coldstart", Q7, found, 77 * GIB, "h100").total < 77 * GIB


def test_one_gpu_too_small_is_told_of_adapters_and_of_more_gpus() -> None:
    with pytest.raises(ConfigError) as caught:
        check_memory("x", Q7, TrainingSetup(weight_bytes=2, whole_logits=False), 40 * GIB, "a100")
    assert "model.lora" in caught.value.hint
    assert "GPUs" in caught.value.hint


def test_where_nothing_fits_the_hint_says_so() -> None:
    with pytest.raises(ConfigError) as caught:
        check_memory("x", Q7, TrainingSetup(tokens=1024), 0.1 * GIB, "t4")
    assert "no strategy" in caught.value.hint


def test_sampling_needs_weights_and_cache() -> None:
    need = sampling_memory(Q7, cached_tokens=36 * 8192, weight_bytes=2)
    assert need.weights == 2 * Q7.total
    assert need.kv_cache / GIB == pytest.approx(15.75, rel=0.01)
