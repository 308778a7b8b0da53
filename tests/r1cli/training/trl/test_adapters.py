"""The reference adapter: replaced, mixed, saved, loaded. With real adapters: tests/stages/test_grpo_lora.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.training.trl.adapters import ReferenceAdapter, ReplaceReferenceAdapter
from r1cli.training.trl.weights import scatter

pytestmark = pytest.mark.torch

POLICY, REFERENCE, BASE = "layer.lora_A.default.weight", "layer.lora_A.ref.weight", "layer.base_layer.weight"


class Policy:
    """A model with one adapter and its copy."""

    peft_config = ("default", "ref")

    def __init__(self) -> None:
        import torch

        self.weights = {name: torch.nn.Parameter(torch.full((2,), 0.0)) for name in (POLICY, REFERENCE, BASE)}
        self.weights[POLICY].data.fill_(1.0)

    def named_parameters(self) -> Any:
        return self.weights.items()


def trainer(model: Any) -> Any:
    return SimpleNamespace(model=model, accelerator=SimpleNamespace(unwrap_model=lambda m: m))


def test_the_reference_becomes_the_policy_or_moves_towards_it() -> None:
    policy = Policy()
    reference = ReferenceAdapter(policy)
    reference.replace(0.25)
    assert policy.weights[REFERENCE].tolist() == [0.25, 0.25]
    reference.replace(1.0)
    assert policy.weights[REFERENCE].tolist() == [1.0, 1.0]
    assert policy.weights[BASE].tolist() == [0.0, 0.0]


def test_only_the_reference_is_saved_and_loaded() -> None:
    import torch

    policy = Policy()
    reference = ReferenceAdapter(policy)
    assert reference.weights().keys() == {REFERENCE}
    scatter({REFERENCE: torch.tensor([3.0, 4.0])}, reference.weights())
    assert policy.weights[REFERENCE].tolist() == [3.0, 4.0]
    assert policy.weights[POLICY].tolist() == [1.0, 1.0]


def test_a_policy_without_a_copy_of_its_adapters_has_no_reference_adapter() -> None:
    assert ReferenceAdapter.of(trainer(SimpleNamespace())) is None
    assert ReferenceAdapter.of(trainer(SimpleNamespace(peft_config=("default",)))) is None


def test_it_is_replaced_at_multiples_of_the_number_of_updates() -> None:
    policy = Policy()
    callback = ReplaceReferenceAdapter(trainer(policy), every=3, alpha=1.0)
    callback.on_step_end(None, SimpleNamespace(global_step=2), None)
    assert policy.weights[REFERENCE].tolist() == [0.0, 0.0]
    callback.on_step_end(None, SimpleNamespace(global_step=3), None)
    assert policy.weights[REFERENCE].tolist() == [1.0, 1.0]
