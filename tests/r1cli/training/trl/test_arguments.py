"""What the trainers are told; only the precision of a GPU needs torch."""

from __future__ import annotations

import enum
import sys
import types
from dataclasses import dataclass, field
from typing import Any

import pytest

from r1cli.errors import ConfigError
from r1cli.stage import Placement
from r1cli.training.trl import arguments


class Schedule(enum.StrEnum):
    LINEAR = "linear"
    COSINE = "cosine"


@dataclass
class Config:
    """Stands for trl.SFTConfig."""

    learning_rate: float = 1e-5
    steps: int = 1
    shuffle: bool = False
    schedule: Schedule | str = "linear"
    kwargs: dict[str, Any] | str | None = None
    loss: str = field(default="nll", metadata={"choices": ["nll", "dft"]})
    seed: int = 0


def test_values_of_the_right_type_pass_and_numbers_in_quotes_become_numbers() -> None:
    given = {"learning_rate": "1e-4", "steps": 3, "schedule": "cosine", "kwargs": {"a": 1}, "loss": "dft"}
    assert arguments.checked(Config, given, {}) == given | {"learning_rate": 1e-4}


@pytest.mark.parametrize(
    ("trainer", "message", "hint"),
    [
        ({"learning_rate": "fast"}, "trainer.learning_rate: .* not 'fast'", "declared as float"),
        ({"learning_rate": None}, "trainer.learning_rate: .* not None", "declared as float"),
        ({"steps": 1.5}, "trainer.steps", "declared as int"),
        ({"shuffle": "perhaps"}, "trainer.shuffle", "declared as bool"),
        ({"schedule": "cosin"}, "trainer.schedule", "one of linear, cosine"),
        ({"loss": "mse"}, "trainer.loss: no such choice", "one of nll, dft"),
        ({"learning_rte": 1.0}, "no argument of trl.Config", "did you mean trainer.learning_rate?"),
        ({"wombat": 1.0}, "trainer.wombat is no argument", "see trl.Config"),
        ({"seed": 1}, "trainer.seed cannot be given", "set seed"),
    ],
)  # fmt: skip
def test_mistakes_name_the_key_and_say_what_to_do(trainer: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        arguments.checked(Config, trainer, {"seed": "set seed"})
    assert hint in raised.value.hint


def test_all_keys_that_belong_to_someone_else_say_to_whom() -> None:
    assert all(arguments.DECIDED.values())
    assert not arguments.DECIDED.keys() & arguments.NOT_IDENTITY


@pytest.mark.parametrize(
    ("device", "precision", "dtype", "computes_bf16", "chosen"),
    [
        ("cpu", "auto", "float32", False, "fp32"),
        ("cpu", "bf16", "float32", False, "bf16"),
        ("cuda", "auto", "bfloat16", True, "bf16"),
        ("cuda", "auto", "float32", False, "fp16"),
        ("cuda", "fp32", "bfloat16", True, "fp32"),
    ],
)
def test_the_precision_is_what_the_user_says_or_what_the_device_computes_in(
    monkeypatch: pytest.MonkeyPatch, device: Any, precision: Any, dtype: str, computes_bf16: bool, chosen: str
) -> None:
    cuda = types.SimpleNamespace(is_bf16_supported=lambda including_emulation: computes_bf16)
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(cuda=cuda))
    assert arguments.mixed_precision(Placement(device=device, precision=precision), dtype) == chosen


def test_float16_is_refused_for_weights_whose_gradients_cannot_be_scaled() -> None:
    with pytest.raises(ConfigError, match="needs float32 weights, but model.dtype is bfloat16") as raised:
        arguments.mixed_precision(Placement(device="cuda", precision="fp16"), "bfloat16")
    assert "model.dtype=float32" in raised.value.hint
