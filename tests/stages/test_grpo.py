"""GRPO: rewards, their schedule, what it refuses, and that a killed run ends in the same weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiny_training import SPEC, Broken, Digits, Dying, Killed, Nothing, Short, Sums, largest_difference

from r1cli.artifact import Artifact
from r1cli.data.rows import Row
from r1cli.errors import ConfigError, DataError
from r1cli.rewards.base import Rewards
from r1cli.rewards.preference import PreferenceReward
from r1cli.stage import Context
from r1cli.training import checkpoints
from r1cli.training.clock import PHASES
from r1cli.training.models import load_model, load_tokenizer
from stages.grpo import GRPO

pytestmark = pytest.mark.torch

Contexts = Callable[..., Context]

TIMES = {"train/step_time", *(f"time/{phase}" for phase in PHASES)}
RULES = Rewards(weights={"short": 0.5, "digits": 1.0}, terms={"digits": Digits(), "short": Short()})
TRAINER = {
    "learning_rate": 1e-2,
    "num_generations": 4,
    "max_completion_length": 10,
    "beta": 0.0,
    "epsilon": 10.0,
    "loss_type": "grpo",
    "use_bias_correction_kl": False,
}
SYNCED = TRAINER | {"beta": 0.05, "sync_ref_model": True, "ref_model_sync_steps": 2, "ref_model_mixup_alpha": 1.0}


class Questions(Sums):
    """Any prompts."""

    count: int = 0
    prompts: list[str]

    def rows(self) -> list[Row]:
        return [Row(id=str(i), prompt=prompt, task=self) for i, prompt in enumerate(self.prompts)]


def grpo(**changed: Any) -> GRPO:
    settings = {
        "inputs": {"model": "base"},
        "seed": 0,
        "model": SPEC,
        "data": Sums(count=10),
        "general": None,
        "general_share": 0.0,
        "general_start_step": 0,
        "reward": RULES,
        "batch_size": 8,
        "rollout_size": 8,
        "steps": 6,
        "length_schedule": None,
        "trainer": TRAINER,
        "checkpoint_every": 2,
        "completions_every": 2,
    }
    return GRPO(**(settings | changed))


def preference(start_step: int) -> PreferenceReward:
    return PreferenceReward(input="rm", kind="helpful", sees="whole", start_step=start_step)


PREFERENCE = {
    "inputs": {"model": "base", "rm": "helpful_rm"},
    "general": Sums(count=6, kind="helpful", first=3),
    "general_share": 0.5,
    "general_start_step": 3,
    "reward": Rewards(
        weights={"digits": 1.0, "preferred": 0.5},
        terms={
            "digits": Digits(),
            "preferred": preference(start_step=3),
        },
    ),
}


@pytest.fixture(scope="module")
def helpful_rm(random_model: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    import torch

    from r1cli.training.reward_models import load_reward_model

    folder = tmp_path_factory.mktemp("rm")
    torch.manual_seed(0)
    load_reward_model(random_model, SPEC).save_pretrained(folder)
    from r1cli.training.models import load_tokenizer

    load_tokenizer(random_model).save_pretrained(folder)
    return Artifact(kind="reward_model", location=str(folder))


# ------------------------------------------------------------------------------------------ exact resume


@pytest.mark.parametrize(
    ("changed", "killed_at"),
    [
        pytest.param({}, 4, id="one rollout an update"),
        pytest.param({"data": Sums(count=3), "seed": 3}, 5, id="prompts asked again and again"),
        pytest.param({"rollout_size": 24}, 3, id="killed in a rollout, checkpoint in the same"),
        pytest.param({"rollout_size": 24}, 6, id="killed in a rollout, checkpoint in another"),
        pytest.param({"rollout_size": 16, "trainer": TRAINER | {"num_iterations": 2}}, 4, id="two inner epochs"),
        pytest.param({"trainer": SYNCED, "checkpoint_every": 3}, 5, id="reference model replaced before the kill"),
        pytest.param({"trainer": SYNCED, "rollout_size": 24}, 6, id="reference model replaced, in a rollout"),
        pytest.param(PREFERENCE, 4, id="killed after the preference rewards began, checkpoint before"),
        pytest.param(PREFERENCE, 6, id="killed after the preference rewards began, checkpoint after"),
        pytest.param({"length_schedule": {2: 6, 4: 12}}, 5, id="length cap raised"),
    ],
)
def test_a_killed_run_goes_on_to_the_same_weights(
    context: Contexts, helpful_rm: Artifact, changed: dict[str, Any], killed_at: int
) -> None:
    straight = context("straight", rm=helpful_rm)
    grpo(**changed).run(straight)
    with pytest.raises(Killed):
        grpo(**changed).run(context("killed", tracker=Dying(at=killed_at), rm=helpful_rm))
    resumed = context("killed", rm=helpful_rm)
    grpo(**changed).run(resumed)
    assert resumed.tracker.rewound[0] > 0, "it began anew"
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0
    for step, metrics in resumed.tracker.metrics.items():
        for name in metrics.keys() - TIMES:
            assert metrics[name] == straight.tracker.metrics[step][name], (step, name)


def test_the_rollout_in_work_is_sampled_anew_on_another_number_of_processes(context: Contexts) -> None:
    import torch

    stage = grpo(rollout_size=24)
    killed = context("killed", tracker=Dying(at=3))
    with pytest.raises(Killed):
        stage.run(killed)
    newest = checkpoints.newest_intact(killed.checkpoint, killed.log)
    assert newest is not None
    own = torch.load(newest / "exact-0.pt", weights_only=True)
    own["layout"][0] = 2  # as two processes would have left it
    torch.save(own, newest / "exact-0.pt")
    checkpoints.seal(newest)
    resumed = context("killed")
    stage.run(resumed)
    assert "train/reward" in resumed.tracker.metrics[3]
    assert sorted(resumed.tracker.metrics) == [3, 4, 5, 6]


def test_a_torn_checkpoint_is_ignored_and_the_one_before_is_used(context: Contexts) -> None:
    straight = context("straight")
    grpo(trainer=SYNCED).run(straight)
    with pytest.raises(Killed):
        grpo(trainer=SYNCED).run(context("killed", tracker=Dying(at=5)))
    resumed = context("killed")
    torn = resumed.checkpoint / "checkpoint-4"
    (torn / "complete").unlink()
    (torn / "reference.pt").write_bytes(b"half a f")
    grpo(trainer=SYNCED).run(resumed)
    assert resumed.tracker.rewound == [2]
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0


@pytest.mark.parametrize(("damaged", "resumed_from"), [(("checkpoint-4",), 2), (("checkpoint-2", "checkpoint-4"), 0)])
def test_a_damaged_checkpoint_costs_some_updates_and_not_the_run(
    context: Contexts, damaged: tuple[str, ...], resumed_from: int
) -> None:
    straight = context("straight")
    grpo().run(straight)
    with pytest.raises(Killed):
        grpo().run(context("killed", tracker=Dying(at=5)))
    resumed = context("killed")
    for name in damaged:
        weights = resumed.checkpoint / name / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    grpo().run(resumed)
    assert resumed.tracker.rewound == [resumed_from]
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0


def test_a_run_killed_before_its_first_checkpoint_forgets_its_metrics(context: Contexts) -> None:
    with pytest.raises(Killed):
        grpo(steps=2).run(context("killed", tracker=Dying(at=1)))
    again = context("killed")
    grpo(steps=2).run(again)
    assert again.tracker.rewound == [0]


# ------------------------------------------------------------------------------------------ rewards


def test_the_weights_belong_to_the_terms_of_the_same_name(context: Contexts) -> None:
    ctx = context()
    grpo(steps=2).run(ctx)
    for m in ctx.tracker.metrics.values():
        assert m["train/rewards/digits/weighted"] == pytest.approx(1.0 * m["train/rewards/digits/raw"], abs=1e-6)
        assert m["train/rewards/short/weighted"] == pytest.approx(0.5 * m["train/rewards/short/raw"], abs=1e-6)
        total = m["train/rewards/digits/weighted"] + m["train/rewards/short/weighted"]
        assert m["train/reward"] == pytest.approx(total, abs=1e-6)


def test_every_update_logs_what_a_reader_of_the_paper_looks_for(context: Contexts) -> None:
    ctx = context()
    grpo(trainer=SYNCED, steps=2).run(ctx)
    wanted = {"reward", "kl", "entropy", "completions/mean_length", "completions/clipped_ratio", "learning_rate"}
    assert {f"train/{w}" for w in wanted} <= ctx.tracker.metrics[1].keys()
    assert ctx.tracker.shown[-1][2].keys() >= {"reward", "loss"}
    table = ctx.tracker.tables[2]
    assert len(table) == 8
    assert table[0].keys() == {"prompt", "completion", "reference", "kind", "digits", "short"}


def test_a_reward_that_raises_is_counted_and_does_not_count(context: Contexts) -> None:
    broken = Rewards(weights={"digits": 1.0, "broken": 5.0}, terms={"digits": Digits(), "broken": Broken()})
    only = Rewards(weights={"digits": 1.0}, terms={"digits": Digits()})
    with_bug, without = context("with"), context("without")
    grpo(reward=broken, steps=2).run(with_bug)
    grpo(reward=only, steps=2).run(without)
    assert with_bug.tracker.metrics[1]["train/reward_status/broken/crashed"] == 1.0
    assert with_bug.tracker.metrics[1]["train/reward_status/digits/scored"] == 1.0
    assert with_bug.tracker.metrics[1]["train/reward"] == without.tracker.metrics[1]["train/reward"]
    assert largest_difference(with_bug.out / "model", without.out / "model") == 0.0


def test_rows_that_no_reward_applies_to_teach_nothing(context: Contexts, random_model: Artifact) -> None:
    ctx = context()
    grpo(reward=Rewards(weights={"nothing": 1.0}, terms={"nothing": Nothing()}), steps=2).run(ctx)
    assert largest_difference(random_model.path, ctx.out / "model") == 0.0
    assert ctx.tracker.metrics[1].get("train/reward") is None
    assert ctx.tracker.shown[-1][:2] == (2, 2)


def test_preference_rewards_sleep_until_their_step_and_see_their_kind_only(
    context: Contexts, helpful_rm: Artifact
) -> None:
    ctx = context(rm=helpful_rm)
    grpo(**PREFERENCE, completions_every=1).run(ctx)
    for update in range(1, 7):
        rows = ctx.tracker.tables[update]
        if update <= 3:  # updates are counted from 0, what is logged from 1
            assert {r["kind"] for r in rows} == {"reasoning"}
        else:
            assert {r["kind"] for r in rows} == {"reasoning", "helpful"}
        for r in rows:
            assert (r["preferred"] is not None) == (r["kind"] == "helpful")
            assert r["preferred"] is None or 0.0 < r["preferred"] < 1.0


def test_a_reward_model_of_weight_0_is_not_even_loaded(context: Contexts) -> None:
    unweighted = PREFERENCE | {
        "reward": Rewards(
            weights={"digits": 1.0, "preferred": 0.0},
            terms={
                "digits": Digits(),
                "preferred": preference(start_step=0),
            },
        )
    }
    nowhere = Artifact(kind="reward_model", location="/nowhere")
    ctx = context(rm=nowhere)
    grpo(**unweighted, steps=4).run(ctx)
    assert all(r["preferred"] is None for rows in ctx.tracker.tables.values() for r in rows)


def test_the_length_cap_rises_at_its_step(context: Contexts) -> None:
    ctx = context()
    grpo(length_schedule={2: 12, 4: 14}).run(ctx)
    longest = [ctx.tracker.metrics[u]["train/completions/max_length"] for u in range(1, 7)]
    assert longest == [10, 10, 12, 12, 14, 14]


# ------------------------------------------------------------------------------------------ order of prompts


def prompts_of(stage: GRPO, ctx: Context) -> tuple[list[Row], list[int]]:
    source = ctx.inputs["model"]
    return stage._prompts(ctx, load_model(source, SPEC), load_tokenizer(source))


def test_prompts_are_asked_in_whole_passes_and_general_ones_from_their_step_on(context: Contexts) -> None:
    stage = grpo(
        data=Sums(count=8),
        general=Sums(count=4, kind="helpful"),
        general_share=0.25,
        general_start_step=3,
        batch_size=8,
        rollout_size=16,  # four prompts, two updates
        steps=12,
    )
    rows, order = prompts_of(stage, context())
    kinds = [[rows[i].kind for i in order[n : n + 4]] for n in range(0, len(order), 4)]
    assert [k.count("helpful") for k in kinds] == [0, 0, 1, 1, 1, 1]  # update 3 is within the second rollout
    reasoning = [i for i in order if rows[i].kind == "reasoning"]
    assert sorted(reasoning[:8]) == list(range(8))
    assert reasoning[:8] != list(range(8))
    assert prompts_of(stage, context())[1] == order


def test_prompts_that_leave_no_room_for_a_completion_are_left_out_and_counted(
    context: Contexts, caplog: pytest.LogCaptureFixture
) -> None:
    long = ("12 + " * 100) + "1"
    rows, order = prompts_of(grpo(data=Questions(prompts=["1 + 2?", long, "2 + 2?"])), context())
    assert {rows[i].prompt for i in order} == {"1 + 2?", "2 + 2?"}
    assert "1 of 3 prompts are too long and left out" in caplog.text
    with pytest.raises(DataError, match="no prompt fits: the model's context is 256 tokens, completions take 250"):
        prompts_of(grpo(data=Questions(prompts=["1 + 2?"]), length_schedule={3: 250}), context())


# ------------------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("trainer", "message", "hint"),
    [
        ({"num_generation": 4}, "trainer.num_generation is no argument", "num_generations"),
        ({"temperature": "warm"}, "trainer.temperature", "float"),
        ({"reward_weights": [1.0]}, "cannot be given", "reward.weights"),
        ({"max_steps": 4}, "cannot be given", "set steps"),
        ({"steps_per_generation": 4}, "cannot be given", "rollout_size"),
        ({"bf16": True}, "cannot be given", "set hardware.precision"),
        ({"sync_ref_model": True}, "sync_ref_model without trainer.beta", "beta=0"),
    ],
)
def test_mistakes_in_the_trainer_s_keys_are_found_before_training(
    trainer: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        grpo(trainer=TRAINER | trainer).check()
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rollout_size": 12}, "multiple of batch_size"),
        ({"batch_size": 6, "rollout_size": 6}, "whole groups of 4"),
        (PREFERENCE | {"inputs": {"model": "base"}}, "needs the input rm"),
        ({"general_share": 1.5}, "less than or equal to 1"),
    ],
)
def test_sizes_and_inputs_that_do_not_fit_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        grpo(**changed)


def test_the_paper_s_settings_are_accepted() -> None:
    grpo(
        batch_size=512,
        rollout_size=8192,
        steps=10400,
        length_schedule={8200: 65536},
        trainer={
            "learning_rate": 3e-6,
            "num_generations": 16,
            "max_completion_length": 32768,
            "beta": 0.001,
            "epsilon": 10,
            "sync_ref_model": True,
            "ref_model_sync_steps": 400,
            "ref_model_mixup_alpha": 1.0,
            "use_bias_correction_kl": False,
        },
    ).check()


def test_nothing_is_printed(context: Contexts, capfd: pytest.CaptureFixture[str]) -> None:
    grpo(steps=2).run(context())
    assert capfd.readouterr().out == ""
