"""GRPO with adapters: a reference model that is replaced, as the paper's is, and survives a kill."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from test_grpo import SYNCED, grpo
from tiny_training import SPEC, Dying, Killed, largest_difference

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.stage import Context

NO_PEFT = find_spec("peft") is None
"""Asked without importing it, which every process that collects the tests would do."""
pytestmark = [pytest.mark.torch, pytest.mark.skipif(NO_PEFT, reason="adapters need the extra r1cli[lora]")]

Contexts = Callable[..., Context]

LORA = SPEC.model_copy(update={"lora": {"r": 2, "lora_alpha": 4, "target_modules": "all-linear"}})
FIXED = SYNCED | {"sync_ref_model": False}


def with_lora(**changed: Any) -> Any:
    return grpo(**{"model": LORA, "trainer": SYNCED, "steps": 5, "checkpoint_every": 3} | changed)


def kl(ctx: Context) -> list[float]:
    return [ctx.tracker.metrics[update]["train/kl"] for update in sorted(ctx.tracker.metrics)]  # type: ignore[attr-defined]


def test_a_model_with_adapters_may_have_its_reference_replaced() -> None:
    with_lora().check()


@pytest.fixture
def exact_model(random_model: Artifact, tmp_path: Path) -> Artifact:
    """Without dropout, with which two passes of one model differ."""
    folder = tmp_path / "exact"
    shutil.copytree(random_model.path, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"attention_dropout": 0.0}))
    return artifact.model(folder)


def test_the_first_reference_is_the_base_model_and_the_next_the_policy(
    context: Contexts, exact_model: Artifact
) -> None:
    replaced, fixed = context("replaced", model=exact_model), context("fixed", model=exact_model)
    with_lora().run(replaced)
    with_lora(trainer=FIXED).run(fixed)
    # The reference is replaced after the second and the fourth of five updates.
    assert [distance < 1e-7 for distance in kl(replaced)] == [True, False, True, False, True]
    assert [distance < 1e-7 for distance in kl(fixed)] == [True, False, False, False, False]


def test_a_killed_run_goes_on_to_the_same_weights(context: Contexts) -> None:
    straight = context("straight")
    with_lora().run(straight)
    with pytest.raises(Killed):
        with_lora().run(context("killed", tracker=Dying(at=4)))
    resumed = context("killed")
    with_lora().run(resumed)
    assert resumed.tracker.rewound == [3]  # type: ignore[attr-defined]
    assert kl(resumed) == kl(straight)[3:]
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0


def test_a_policy_with_adapters_is_sampled_from_as_any_other(
    context: Contexts, exact_model: Artifact, caplog: pytest.LogCaptureFixture
) -> None:
    """TRL's own sampling draws from one generator for each process, so its text would depend on their number."""
    with_lora(steps=1).run(context("native", model=exact_model))
    assert "sampled by TRL's own code" not in caplog.text
