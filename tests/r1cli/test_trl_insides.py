"""What hooks.py takes for granted of TRL and transformers: when they move, these tests say what to mend."""

from __future__ import annotations

import inspect

import pytest

from r1cli.training.trl import hooks

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def grpo_source() -> str:
    from trl import GRPOTrainer

    return inspect.getsource(GRPOTrainer)


@pytest.mark.parametrize(
    "statement",
    [
        "self._step = 0",
        "self._buffered_inputs = None",
        "self._total_train_tokens = 0",
        "self.ref_model = None",
        "self.max_completion_length = args.max_completion_length",
        "self.generation_config = GenerationConfig(",
        "if self._step % generate_every == 0 or self._buffered_inputs is None:",
        "self.ref_model = create_model_from_path(get_config_model_id(self.model.config)",
        "shuffle=self.shuffle_dataset",
    ],
)
def test_grpo_keeps_its_state_where_we_look_for_it(grpo_source: str, statement: str) -> None:
    assert statement in grpo_source


def test_our_callbacks_handle_events_that_exist() -> None:
    from transformers import TrainerCallback

    ours = [c for c in vars(hooks).values() if isinstance(c, type) and issubclass(c, hooks.Callback)]
    events = {name for c in ours for name in vars(c) if name.startswith("on_")}
    assert events
    assert events <= set(dir(TrainerCallback))


def test_keys_that_belong_to_someone_else_are_keys() -> None:
    from trl import GRPOConfig, RewardConfig, SFTConfig

    known = {f for config in (SFTConfig, GRPOConfig, RewardConfig) for f in config.__dataclass_fields__}
    assert hooks.DECIDED.keys() <= known
    assert known >= hooks.NOT_IDENTITY
