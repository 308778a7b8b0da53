"""Group relative policy optimisation: R1-Zero, reasoning RL (Dev2), all-scenario RL (R1). Paper V2 2.1, 2.2, 3.2.

A rollout is `rollout_size` completions: of each prompt, `trainer.num_generations` (the group, G). Their rewards are
summed with weights and normalised within the group; then it is split at random into `rollout_size / batch_size`
updates. The reference model of the KL term is replaced by the policy every `trainer.ref_model_sync_steps` updates.

An *update* is one optimizer step, counted from 0; it is what the paper calls a step (V1, figure 1).

    r1 train stage=reasoning_rl reward.weights.language=0.2
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, PositiveInt, model_validator

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.data.rows import Row
from r1cli.errors import ConfigError, DataError
from r1cli.rewards.base import Rewards
from r1cli.rewards.preference import PreferenceReward, Scorer
from r1cli.stage import Context, Stage
from r1cli.tasks.base import Task
from r1cli.template import THINK
from r1cli.training.models import load_model, load_tokenizer, lora_config, prompt_text, save, scorer
from r1cli.training.trl import hooks
from r1cli.training.trl.rewards import RewardFunctions

DECIDED = {
    **hooks.DECIDED,
    **dict.fromkeys(("max_steps", "num_train_epochs"), "set steps"),
    **dict.fromkeys(("generation_batch_size", "steps_per_generation"), "set rollout_size"),
    "reward_weights": "set reward.weights",
}


class GRPO(Stage):
    """Reinforce what the rewards prefer."""

    PARALLEL: ClassVar[bool] = True
    MODEL_FIELDS: ClassVar[frozenset[str]] = frozenset({"template", "dtype", "lora"})
    NOT_IDENTITY: ClassVar[frozenset[str]] = Stage.NOT_IDENTITY | {"checkpoint_every", "completions_every"}
    NOT_IDENTITY_KEYS: ClassVar[dict[str, frozenset[str]]] = {"trainer": hooks.NOT_IDENTITY}

    data: Task
    """Prompts with answers that can be verified."""
    general: Task | None
    """General prompts, scored by preference rewards."""
    general_share: Annotated[float, Field(ge=0, le=1)]
    """Share of general prompts in a rollout."""
    general_start_step: int
    """No general prompts before this update; they come with the first rollout that begins at it or later."""
    reward: Rewards
    batch_size: PositiveInt
    """Completions per update, over all devices."""
    rollout_size: PositiveInt
    """Completions sampled at a time; a multiple of batch_size."""
    steps: PositiveInt
    """Updates."""
    length_schedule: dict[int, int] | None
    """Update -> longest completion in tokens from then on; before the first, `trainer.max_completion_length`."""
    trainer: dict[str, Any]
    """Arguments of trl.GRPOConfig."""
    checkpoint_every: PositiveInt
    """Updates."""
    completions_every: PositiveInt
    """Updates between two tables of sampled completions."""

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.rollout_size % self.batch_size:
            raise ValueError(f"rollout_size ({self.rollout_size}) must be a multiple of batch_size ({self.batch_size})")
        if self.rollout_size % self._group:
            raise ValueError(f"rollout_size ({self.rollout_size}) must hold whole groups of {self._group} completions")
        missing = {t.input for t in self._preferences()} - self.inputs.keys()
        if missing:
            raise ValueError(f"a preference reward needs the input {', '.join(sorted(missing))}")
        return self

    def check(self) -> None:
        from trl import GRPOConfig

        hooks.checked(GRPOConfig, self.trainer, DECIDED)
        self.data.preflight()
        lora_config(self.model)
        if self.trainer.get("sync_ref_model") and self.model.lora is not None:
            raise ConfigError("trainer.sync_ref_model does not work with model.lora", hint="set one of them to null")
        if self.trainer.get("sync_ref_model") and not self.trainer.get("beta"):
            raise ConfigError("trainer.sync_ref_model without trainer.beta", hint="beta=0 has no reference model")

    def run(self, ctx: Context) -> dict[str, Artifact]:
        from datasets import Dataset
        from trl import GRPOConfig, GRPOTrainer

        policy, tokenizer = ctx.inputs["model"], load_tokenizer(ctx.inputs["model"])
        model = load_model(policy, self.model)
        rows, order = self._prompts(ctx)
        rewards = RewardFunctions(
            self.reward,
            rows,
            end_ids=_end_ids(model, tokenizer),
            prefilled=self.model.template.rstrip().endswith(THINK),
            scorers=self._scorers(ctx),
            log=ctx.log,
        )
        prompts = [{"prompt": prompt_text(self.model.template, r.prompt), "row": i} for i, r in enumerate(rows)]
        trainer = GRPOTrainer(
            model=model,
            reward_funcs=rewards.functions(),
            args=GRPOConfig(
                **hooks.arguments(
                    ctx, seed=self.seed, batch_size=self.batch_size, checkpoint_every=self.checkpoint_every
                )
                | hooks.checked(GRPOConfig, self.trainer, DECIDED)
                | {
                    "max_steps": self.steps,
                    "generation_batch_size": self.rollout_size,
                    "reward_weights": rewards.weights,
                    "shuffle_dataset": False,  # `order` is the order
                }
            ),
            train_dataset=Dataset.from_list(prompts).select(order),
            processing_class=tokenizer,
            peft_config=lora_config(self.model),
        )
        hooks.train(
            trainer,
            ctx,
            [
                hooks.LengthSchedule(trainer, self.length_schedule or {}),
                hooks.Samples(rewards.sample, ctx.tracker, every=self.completions_every),
            ],
        )
        ctx.tracker.summary(self.data.record())
        save(trainer, ctx.out / "model")
        return {"out": artifact.model(ctx.out / "model")}

    @property
    def _group(self) -> int:
        return int(self.trainer.get("num_generations", 8))  # 8 is TRL's own default

    def _preferences(self) -> list[PreferenceReward]:
        return [t for t in self.reward.terms.values() if isinstance(t, PreferenceReward)]

    def _scorers(self, ctx: Context) -> dict[str, Scorer]:
        """The reward models that count, by input; one of weight 0 is never asked, so it need not even be there."""
        scorers = {}
        for name, term in self.reward.terms.items():
            if isinstance(term, PreferenceReward) and self.reward.weights[name] != 0:
                scorers[term.input] = scorer(
                    ctx.inputs[term.input],
                    self.model,
                    device=ctx.placement.device,
                    chunk=ctx.placement.per_device_batch,
                    claimed=term.sees,
                )
        return scorers

    def _prompts(self, ctx: Context) -> tuple[list[Row], list[int]]:
        """All rows, and the numbers of those that are asked, prompt after prompt, from first rollout to last."""
        reasoning = self.data.rows()
        general = self.general.rows() if self.general is not None and self.general_share > 0 else []
        if not reasoning:
            raise DataError(f"{ctx.name}: no prompts", hint="check the stage's data")
        rng = random.Random(self.seed)
        asked = _again_and_again(range(len(reasoning)), rng)
        asked_generally = _again_and_again(range(len(reasoning), len(reasoning) + len(general)), rng)
        prompts = self.rollout_size // self._group
        updates = self.rollout_size // self.batch_size * int(self.trainer.get("num_iterations", 1))
        order: list[int] = []
        for first in range(0, self.steps, updates):
            share = round(prompts * self.general_share) if general and first >= self.general_start_step else 0
            rollout = [*itertools.islice(asked_generally, share), *itertools.islice(asked, prompts - share)]
            order += rng.sample(rollout, len(rollout))
        ctx.log.info("%d reasoning and %d general prompts, %d asked", len(reasoning), len(general), len(order))
        return reasoning + general, order


def _again_and_again(numbers: range, rng: random.Random) -> Iterator[int]:
    """All of them in random order, then all of them in another, without end."""
    while numbers:
        yield from rng.sample(numbers, len(numbers))


def _end_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    declared = model.generation_config.eos_token_id
    more = declared if isinstance(declared, list) else [declared]
    return frozenset({tokenizer.eos_token_id, *more} - {None})
