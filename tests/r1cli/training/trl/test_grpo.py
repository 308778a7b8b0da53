"""Less work, the same gradients: our trainer against TRL's own, for every loss that a recipe uses."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.torch
LOSSES = {
    "grpo": {"loss_type": "grpo"},
    "dapo": {"loss_type": "dapo"},
    "dr_grpo": {"loss_type": "dr_grpo", "scale_rewards": "none"},
    "bnpo": {"loss_type": "bnpo"},
    "cispo": {"loss_type": "cispo", "epsilon_high": 5.0},
    "gspo": {"loss_type": "grpo", "importance_sampling_level": "sequence"},
}
PROMPTS, COMPLETIONS = [3, 5, 4, 7, 2, 6, 5, 3], [9, 2, 12, 5, 1, 7, 12, 4]
ADVANTAGES = [1.0, 0.0, -0.5, 0.3, 0.0, -1.2, 0.4, 0.0]


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"<pad>": 0, "<eos>": 1, "<bos>": 2, **{f"w{i}": i for i in range(3, 96)}}
    plain = Tokenizer(models.WordLevel(words, unk_token="w3"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>")


def _trainer(folder: Path, trainer_class: Any, **changes: Any) -> Any:
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import GRPOConfig

    from tests.r1cli.generators.tiny_models import qwen2

    qwen2().save_pretrained(folder / "model")  # TRL loads its reference model from where the policy came from
    model = AutoModelForCausalLM.from_pretrained(folder / "model")
    return trainer_class(
        model=model,
        reward_funcs=[lambda completions, **_: [float(len(c)) for c in completions]],
        args=GRPOConfig(
            output_dir=str(folder),
            per_device_train_batch_size=8,
            num_generations=4,
            max_completion_length=12,
            use_cpu=True,
            bf16=False,
            activation_checkpointing=False,
            report_to=[],
            disable_tqdm=True,
            max_steps=2,
            logging_steps=1,
            save_strategy="no",
            **changes,
        ),
        train_dataset=Dataset.from_list([{"prompt": f"w{i} w{i + 1} w{i + 2}"} for i in range(5, 25)]),
        processing_class=_tokenizer(),
    )


def _batch(*, off_policy: bool, shared: bool = False) -> dict[str, Any]:
    """Rollouts as TRL pads them, with padding of its own width in every row; `shared`: two groups of four."""
    import torch

    torch.manual_seed(0)
    batch: dict[str, Any] = {
        "prompt_ids": torch.zeros(8, 7, dtype=torch.long),
        "prompt_mask": torch.zeros(8, 7, dtype=torch.long),
        "completion_ids": torch.zeros(8, 12, dtype=torch.long),
        "completion_mask": torch.zeros(8, 12, dtype=torch.long),
        "advantages": torch.tensor(ADVANTAGES),
        "num_items_in_batch": torch.tensor(sum(COMPLETIONS)),
        "ref_per_token_logps": -torch.rand(8, 12) - 3,
    }
    if off_policy:
        batch["old_per_token_logps"] = -torch.rand(8, 12) - 4
    two_prompts = [torch.randint(3, 96, (7,)), torch.randint(3, 96, (6,))]
    for row, (length, completion) in enumerate(zip(PROMPTS, COMPLETIONS, strict=True)):
        prompt = two_prompts[row % 2] if shared else torch.randint(3, 96, (length,))
        batch["prompt_ids"][row, 7 - len(prompt) :] = prompt
        batch["prompt_mask"][row, 7 - len(prompt) :] = 1
        batch["completion_ids"][row, :completion] = torch.randint(3, 96, (completion,))
        batch["completion_mask"][row, :completion] = 1
    return batch


def _gradients(trainer: Any, batch: dict[str, Any]) -> tuple[float, list[Any]]:
    trainer.current_gradient_accumulation_steps = 1
    trainer.model.train()
    loss = trainer.compute_loss(trainer.model, batch)
    trainer.accelerator.backward(loss)
    return float(loss.detach()), [p.grad.clone() for p in trainer.model.parameters()]


@pytest.mark.parametrize("shared", [False, True], ids=["a prompt each", "two groups"])
@pytest.mark.parametrize("off_policy", [False, True], ids=["on policy", "off policy"])
@pytest.mark.parametrize("beta", [0.0, 0.05])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("budget", [40, 100_000], ids=["many chunks", "one chunk"])
def test_gradients_are_those_of_trl(
    loss: str, beta: float, budget: int, off_policy: bool, shared: bool, tmp_path: Path
) -> None:
    import torch
    from trl import GRPOTrainer

    from r1cli.training.trl.grpo import trainer_class

    settings = LOSSES[loss] | {"beta": beta}
    theirs = _trainer(tmp_path / "theirs", GRPOTrainer, **settings)
    ours = _trainer(tmp_path / "ours", trainer_class(), **settings)
    ours.prepare(seed=0, rows=8, tokens_per_forward=budget, log=logging.getLogger("test"))
    expected_loss, expected = _gradients(theirs, _batch(off_policy=off_policy, shared=shared))
    found_loss, found = _gradients(ours, _batch(off_policy=off_policy, shared=shared))
    assert found_loss == pytest.approx(expected_loss, rel=1e-4, abs=1e-6)
    assert any(float(e.abs().max()) > 1e-4 for e in expected)
    assert ours._shared is shared
    for e, f in zip(expected, found, strict=True):
        assert torch.allclose(e, f, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("shared", [False, True], ids=["a prompt each", "two groups"])
def test_the_old_policy_and_the_reference_see_what_they_see_in_trl(shared: bool, tmp_path: Path) -> None:
    import torch
    from trl import GRPOTrainer

    from r1cli.training.trl.grpo import trainer_class

    batch = _batch(off_policy=False, shared=shared)
    ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1)
    mask = torch.cat([batch["prompt_mask"], batch["completion_mask"]], dim=1)
    theirs = _trainer(tmp_path / "theirs", GRPOTrainer, beta=0.05)
    ours = _trainer(tmp_path / "ours", trainer_class(), beta=0.05)
    ours.prepare(seed=0, rows=8, tokens_per_forward=40, log=logging.getLogger("test"))
    with torch.no_grad():
        expected, _, _ = theirs._get_per_token_logps_and_entropies(theirs.ref_model, ids, mask, 12, batch_size=8)
        found, _, _ = ours._get_per_token_logps_and_entropies(ours.ref_model, ids, mask, 12, batch_size=8)
    real = batch["completion_mask"].bool()
    assert torch.allclose(expected[real], found[real], atol=1e-5)


def test_rows_that_teach_nothing_are_left_out_only_where_that_is_exact(tmp_path: Path) -> None:
    import torch

    from r1cli.training.trl.grpo import trainer_class

    for beta, count in ((0.0, 5), (0.05, 8)):
        trainer = _trainer(tmp_path, trainer_class(), beta=beta)
        trainer.prepare(seed=0, rows=8, tokens_per_forward=1000, log=logging.getLogger("test"))
        assert len(trainer._rows_that_teach(torch.tensor(ADVANTAGES))) == count
        assert trainer._metrics["train"]["rollout/zero_advantage"] == [pytest.approx(3 / 8)]


def test_a_batch_without_any_advantage_still_makes_gradients_of_zero(tmp_path: Path) -> None:
    from r1cli.training.trl.grpo import trainer_class

    trainer = _trainer(tmp_path, trainer_class(), beta=0.0)
    trainer.prepare(seed=0, rows=8, tokens_per_forward=1000, log=logging.getLogger("test"))
    batch = _batch(off_policy=False)
    batch["advantages"] *= 0
    _, gradients = _gradients(trainer, batch)
    assert all(float(g.abs().max()) == 0 for g in gradients)


def test_training_runs_and_says_where_the_time_went(tmp_path: Path) -> None:
    from r1cli.training.clock import PHASES
    from r1cli.training.trl.grpo import trainer_class

    trainer = _trainer(tmp_path, trainer_class(), beta=0.05)
    trainer.prepare(seed=0, rows=8, tokens_per_forward=200, log=logging.getLogger("test"))
    trainer.train()
    seconds = trainer.clock.reading()
    assert set(seconds) == set(PHASES)
    assert all(seconds[name] > 0 for name in ("rollout", "rewards", "forward", "backward", "other"))
    assert trainer.state.log_history[0]["entropy"] > 0


def test_rollouts_depend_on_the_seed_and_the_update_only(tmp_path: Path) -> None:
    from r1cli.training.trl.grpo import trainer_class

    prompts = [[5, 6, 7]] * 4 + [[8, 9]] * 4
    drawn = []
    for seed, rows, update in ((0, 8, 0), (0, 3, 0), (1, 8, 0), (0, 8, 1)):
        trainer = _trainer(tmp_path, trainer_class(), beta=0.0)
        trainer.prepare(seed=seed, rows=rows, tokens_per_forward=1000, log=logging.getLogger("test"))
        trainer.state.global_step = update
        drawn.append(trainer._draw(prompts))
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert drawn[0] != drawn[3]


def test_what_our_code_cannot_do_is_left_to_trl_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from r1cli.training.trl.grpo import trainer_class

    trainer = _trainer(tmp_path, trainer_class(), beta=0.0, top_k=5, entropy_coef=0.1)
    trainer.prepare(seed=0, rows=8, tokens_per_forward=1000, log=logging.getLogger("test"))
    assert "sampled by TRL's own code: top_k" in caplog.text
    assert "loss is computed by TRL's own code" in caplog.text
    trainer.train()
