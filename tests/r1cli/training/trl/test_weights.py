"""Whole weights in and out of a model. In shards, on several processes: tests/stages/test_sharded.py."""

from __future__ import annotations

from typing import Any

import pytest

from r1cli.training.trl import weights

pytestmark = pytest.mark.torch


@pytest.fixture
def model() -> Any:
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1))


def test_copies_do_not_follow_the_model(model: Any) -> None:
    before = weights.gathered(weights.named(model), keep=True)
    for weight in model.parameters():
        weight.data.add_(1.0)
    assert list(before) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert all((weight != before[name]).all() for name, weight in model.named_parameters())


def test_who_keeps_nothing_gets_nothing(model: Any) -> None:
    assert weights.gathered(weights.named(model), keep=False) == {}


def test_what_was_gathered_can_be_put_back(model: Any) -> None:
    before = weights.gathered(weights.named(model), keep=True)
    for weight in model.parameters():
        weight.data.zero_()
    weights.scatter(before, weights.named(model))
    assert all((weight == before[name]).all() for name, weight in model.named_parameters())


def test_two_weights_are_mixed_in_place(model: Any) -> None:
    first, second = model[0].weight, model[0].weight.detach().clone() + 4.0
    expected = first.detach() * 0.75 + second * 0.25
    weights.mix(first, second, 0.25)
    assert (first - expected).abs().max() < 1e-6


def test_a_layer_that_computes_its_activations_twice_keeps_its_names(model: Any) -> None:
    from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import checkpoint_wrapper

    wrapped = type(model)(checkpoint_wrapper(model[0]), model[1])
    assert list(weights.named(wrapped)) == list(weights.named(model))


def test_a_model_that_is_not_sharded_is_left_alone(model: Any) -> None:
    with weights.unsharded(model):
        assert not weights.is_sharded(model[0].weight)


def test_torch_keeps_the_state_of_fsdp2_where_we_look_for_it() -> None:
    import inspect

    from torch.distributed.fsdp._fully_shard import _fsdp_param_group, _fsdp_state

    assert "self._fsdp_param_groups" in inspect.getsource(_fsdp_state)
    assert "def _lazy_init(self)" in inspect.getsource(_fsdp_state.FSDPState)
    group = inspect.getsource(_fsdp_param_group.FSDPParamGroup)
    assert "return self.post_forward_mesh_info is not None" in group
    assert all(f"def {name}(" in group for name in ("lazy_init", "unshard", "wait_for_unshard", "reshard"))
