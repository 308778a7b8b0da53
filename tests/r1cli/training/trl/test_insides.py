"""What r1cli/training/trl takes for granted of TRL and transformers: when they move, these tests say what to mend."""

from __future__ import annotations

import inspect

import pytest

from r1cli.training.trl import adapters, arguments, callbacks, resume

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
        'model.add_adapter("ref", default_config)',
        'ref_name = name.replace(".default.", ".ref.")',
        'use_adapter(model, adapter_name="ref" if "ref" in model.peft_config else None)',
        "eos_token_ids = [self._tokenizer.eos_token_id, *eos_token_ids]",
    ],
)
def test_grpo_keeps_its_state_where_we_look_for_it(grpo_source: str, statement: str) -> None:
    assert statement in grpo_source


def test_our_callbacks_handle_events_that_exist() -> None:
    from transformers import TrainerCallback

    classes = [c for module in (adapters, callbacks, resume) for c in vars(module).values() if isinstance(c, type)]
    ours = [c for c in classes if issubclass(c, callbacks.Callback)]
    events = {name for c in ours for name in vars(c) if name.startswith("on_")}
    assert events
    assert events <= set(dir(TrainerCallback))


def test_keys_that_belong_to_someone_else_are_keys() -> None:
    from trl import GRPOConfig, RewardConfig, SFTConfig

    known = {f for config in (SFTConfig, GRPOConfig, RewardConfig) for f in config.__dataclass_fields__}
    assert arguments.DECIDED.keys() <= known
    assert known >= arguments.NOT_IDENTITY


def test_the_functions_that_the_docstring_of_grpo_names_exist() -> None:
    import re

    from trl import GRPOTrainer

    import stages.grpo

    named = re.findall(r"`(_\w+)`", stages.grpo.__doc__ or "")
    assert len(named) >= 5
    assert all(hasattr(GRPOTrainer, name) for name in named)
