"""SFT: what it learns, what it refuses, and that a killed run ends in the same weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_training import SPEC, Dying, Killed, Recorder, Sums, largest_difference

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.data.rows import write_rows
from r1cli.errors import ConfigError, DataError
from r1cli.stage import Context, ModelSpec
from r1cli.training.models import load_tokenizer
from stages.sft import SFT

pytestmark = pytest.mark.torch

Contexts = Callable[..., Context]


def sft(**changed: Any) -> SFT:
    settings = {
        "inputs": {"model": "base"},
        "seed": 0,
        "model": SPEC,
        "data": Sums(count=20),
        "epochs": 2,
        "batch_size": 8,
        "trainer": {"learning_rate": 1e-2},
        "checkpoint_every": 2,
    }
    return SFT(**(settings | changed))


def test_sft_learns_to_write_the_demonstrations(context: Contexts) -> None:
    ctx = context()
    made = sft(epochs=8).run(ctx)["out"]
    losses = [m["train/loss"] for m in ctx.tracker.metrics.values()]
    assert losses[-1] < losses[0] / 2
    assert made.kind == "model"
    assert load_tokenizer(made)("1 + 2?")["input_ids"] == load_tokenizer(ctx.inputs["model"])("1 + 2?")["input_ids"]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(context: Contexts) -> None:
    a, b, c = context("a"), context("b"), context("c")
    sft().run(a)
    sft().run(b)
    sft(seed=1).run(c)
    assert largest_difference(a.out / "model", b.out / "model") == 0.0
    assert largest_difference(a.out / "model", c.out / "model") > 0.0


# 20 rows in batches of 8 for two epochs make five updates: the first epoch ends within the third.
@pytest.mark.parametrize("killed_at", [2, 3, 4, 5])
def test_a_killed_run_goes_on_to_the_same_weights(context: Contexts, killed_at: int) -> None:
    straight = context("straight")
    sft().run(straight)
    with pytest.raises(Killed):
        sft().run(context("killed", tracker=Dying(at=killed_at)))
    resumed = context("killed")
    sft().run(resumed)
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0
    assert resumed.tracker.rewound == ([0] if killed_at == 2 else [2] if killed_at < 5 else [4])
    last = straight.tracker.metrics[5]
    assert resumed.tracker.metrics[5] == {k: last[k] for k in resumed.tracker.metrics[5]}


def test_a_run_killed_at_an_epoch_boundary_goes_on_to_the_same_weights(context: Contexts) -> None:
    straight = context("straight")
    whole = {"data": Sums(count=16), "epochs": 3}  # two updates an epoch, a checkpoint at every epoch's end
    sft(**whole).run(straight)
    with pytest.raises(Killed):
        sft(**whole).run(context("killed", tracker=Dying(at=5)))
    sft(**whole).run(context("killed"))
    assert largest_difference(straight.out / "model", context("killed").out / "model") == 0.0


def test_a_torn_checkpoint_is_ignored_and_the_one_before_is_used(context: Contexts) -> None:
    straight = context("straight")
    sft().run(straight)
    with pytest.raises(Killed):
        sft().run(context("killed", tracker=Dying(at=5)))
    resumed = context("killed")
    torn = resumed.checkpoint / "checkpoint-4"
    (torn / "complete").unlink()
    (torn / "model.safetensors").write_bytes(b"half a f")
    sft().run(resumed)
    assert resumed.tracker.rewound == [2]
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0


def test_a_run_killed_after_its_last_update_only_writes_its_result(context: Contexts) -> None:
    straight = context("straight")
    sft().run(straight)
    again = context("straight")
    before = (again.out / "model" / "model.safetensors").read_bytes()
    (again.out / "model" / "model.safetensors").unlink()
    sft().run(again)
    assert again.tracker.metrics == {}
    assert (again.out / "model" / "model.safetensors").read_bytes() == before


def test_the_batch_may_be_cut_differently_after_a_resume(context: Contexts) -> None:
    with pytest.raises(Killed):
        sft().run(context("killed", tracker=Dying(at=5), per_device_batch=4))
    resumed = context("killed", per_device_batch=8)
    sft().run(resumed)
    straight = context("straight")
    sft().run(straight)
    assert largest_difference(straight.out / "model", resumed.out / "model") < 1e-2  # sums in another order


def test_rows_may_come_from_a_dataset_that_another_stage_made(context: Contexts, tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", Sums(count=20).rows())
    from_task, from_file = context("task"), context("file", data=artifact.dataset(tmp_path / "rows.jsonl"))
    sft().run(from_task)
    sft(data=None, inputs={"model": "base", "data": "sampled"}).run(from_file)
    assert largest_difference(from_task.out / "model", from_file.out / "model") == 0.0


def test_data_from_two_sources_or_none_is_refused() -> None:
    with pytest.raises(ValueError, match="either `data`"):
        sft(data=None)
    with pytest.raises(ValueError, match="either `data`"):
        sft(inputs={"model": "base", "data": "sampled"})


def test_only_the_response_and_its_end_are_learned(context: Contexts, random_model: Artifact) -> None:
    tokenizer = load_tokenizer(random_model)
    example = sft()._examples(tokenizer, context())[3]
    row = Sums(count=20).rows()[3]
    learned = [i for i in example["labels"] if i != -100]
    assert tokenizer.decode(learned) == (row.demonstration or "") + tokenizer.eos_token
    assert tokenizer.decode(example["input_ids"]).startswith("User: 3 + 3?\nAssistant: <think>")


def test_demonstrations_that_are_too_long_are_left_out_and_none_left_is_an_error(
    context: Contexts, random_model: Artifact
) -> None:
    tokenizer = load_tokenizer(random_model)
    lengths = sorted(len(e["input_ids"]) for e in sft()._examples(tokenizer, context()))

    def limited(max_tokens: int) -> SFT:
        return sft(model=ModelSpec(**{**SPEC.model_dump(exclude={"_target_"}), "max_tokens": max_tokens}))

    assert len(limited(lengths[9])._examples(tokenizer, context())) < 20
    with pytest.raises(DataError, match="longer than the model takes"):
        limited(5)._examples(tokenizer, context())


@pytest.mark.parametrize(
    ("trainer", "message", "hint"),
    [
        ({"learning_rte": 1.0}, "trainer.learning_rte is no argument", "did you mean trainer.learning_rate?"),
        ({"learning_rate": "fast"}, "trainer.learning_rate: .*not 'fast'", "float"),
        ({"lr_scheduler_type": "cosin"}, "trainer.lr_scheduler_type", "cosine"),
        ({"output_dir": "x"}, "trainer.output_dir cannot be given", "r1 decides"),
        ({"per_device_train_batch_size": 2}, "cannot be given", "hardware"),
        ({"num_train_epochs": 2}, "cannot be given", "set epochs"),
        ({"seed": 2}, "cannot be given", "set seed"),
        ({"save_steps": 2}, "cannot be given", "checkpoint_every"),
        ({"loss_type": "nlll"}, "trainer.loss_type", "nll"),
    ],
)
def test_mistakes_in_the_trainer_s_keys_are_found_before_training(
    trainer: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        sft(trainer=trainer).check()
    assert hint in raised.value.hint


def test_the_trainer_s_keys_that_the_yaml_uses_pass() -> None:
    sft(
        trainer={
            "learning_rate": 5e-5,
            "lr_scheduler_type": "cosine_with_min_lr",
            "lr_scheduler_kwargs": {"min_lr_rate": 0.1},
            "warmup_steps": 3,
            "activation_checkpointing": True,
        }
    ).check()


def test_the_tracker_sees_every_update_and_how_far_it_is(context: Contexts) -> None:
    ctx = context(tracker=Recorder())
    sft().run(ctx)
    assert sorted(ctx.tracker.metrics) == [1, 2, 3, 4, 5]
    assert ctx.tracker.shown[-1][:2] == (5, 5)
    assert {"train/loss", "train/learning_rate", "train/grad_norm"} <= ctx.tracker.metrics[5].keys()
    assert ctx.tracker.totals["updates"] == 5


def test_nothing_is_printed(context: Contexts, capfd: pytest.CaptureFixture[str]) -> None:
    sft().run(context())
    assert capfd.readouterr().out == ""
