"""Group relative policy optimisation: R1-Zero, reasoning RL (Dev2), all-scenario RL (R1). Paper V2 2.1, 2.2, 3.2.

For each prompt q the policy pi writes a group of G completions o_1 .. o_G. Each is scored by several rewards, and the
weighted sum r_i is compared with the rest of its group, which takes the place of a value network (eq. 3):

    A_i = (r_i - mean(r_1 .. r_G)) / std(r_1 .. r_G)

Tokens of completions that were better than their group become more likely. With the ratio between the policy and the
one that sampled, rho_t = pi(o_t) / pi_old(o_t), the loss of a token is (eq. 1 and 2)

    loss_t = - min( rho_t A_i, clip(rho_t, 1 - eps, 1 + eps) A_i ) + beta KL_t
    KL_t   = pi_ref(o_t) / pi(o_t) - log( pi_ref(o_t) / pi(o_t) ) - 1        (unbiased and never negative: "k3")

and `loss_type: grpo` takes the mean over the tokens of a completion, then over completions, so that long ones do not
count more. Variants (`algorithm=`): dapo, mean over all tokens of a batch; dr_grpo, their sum over a constant length;
cispo, a clipped rho without gradient as the weight of log pi; gspo, one rho for a whole completion.

| step | trl 1.16, GRPOTrainer | shape |
|---|---|---|
| sample G completions a prompt | `_generate_single_turn`; ours: generators/native.py | (B, T) tokens, B = prompts x G |
| rewards, here: RewardFunctions | `_calculate_rewards` | (B, rewards) |
| weighted sum, A_i | `_generate_and_score_completions` | (B / G, G) -> (B,) |
| log pi_old, log pi_ref | the same | (B, T) |
| cut a rollout into updates | `_prepare_inputs` | `rollout_size` -> `batch_size` completions |
| rho, clip, KL, mean | `_compute_loss`; ours feeds it chunks: training/trl/grpo.py | (B, T) -> one number |
| pi_ref <- pi | `SyncRefModelCallback`; with LoRA: adapters.py | |

Where `conf/stage/*_rl.yaml` leaves TRL's defaults: `loss_type` (dapo there), `beta` (0: no reference model), `epsilon`
(0.2; the paper's 10 hardly clips), `use_bias_correction_kl` (true: KL_t times rho_t, another gradient than eq. 2),
`sync_ref_model` with `ref_model_mixup_alpha: 1.0` (off, 0.6: the paper replaces its reference, it does not mix it).
TRL's A_i has 1e-4 added to the standard deviation, so a group of equal rewards teaches nothing.

An *update* is one optimizer step, counted from 0; it is what the paper calls a step (V1, figure 1).

    r1 train stage=reasoning_rl reward.weights.language=0.2
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, PositiveInt, model_validator

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.cost.workload import drawn_by_rl
from r1cli.data.rows import Row
from r1cli.errors import ConfigError, DataError
from r1cli.generators.base import Sampling, end_ids
from r1cli.generators.sampler import Prompt, sample
from r1cli.generators.vllm.settings import Vllm
from r1cli.rewards.base import Rewards
from r1cli.rewards.preference import PreferenceReward
from r1cli.stage import Context, Learning, Workload
from r1cli.tasks.base import Task
from r1cli.template import Completion, opens_thought
from r1cli.training.alarms import Alarm, Watch
from r1cli.training.memory import tokens_that_fit
from r1cli.training.models import load_model, load_tokenizer, lora_config, prompt_text, whole_model
from r1cli.training.prompts import order_of_prompts, rows_that_fit
from r1cli.training.readiness import Draw, Gate, PromptFilter, teaching_rows
from r1cli.training.trl import rollouts
from r1cli.training.trl.adapters import ReplaceReferenceAdapter, with_adapters
from r1cli.training.trl.callbacks import Alarms, Callback, LengthSchedule, Samples, Timing
from r1cli.training.trl.grpo import trainer_class
from r1cli.training.trl.rewards import RewardFunctions, scorers_of
from r1cli.training.trl.stage import TrainerStage


class GRPO(TrainerStage):
    """Reinforce what the rewards prefer. `trainer` holds arguments of trl.GRPOConfig; a batch is one of completions."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = TrainerStage.NOT_IDENTITY | {
        "completions_every",
        "reflection_words",
        "gate",
        "alarms",
    }
    VERSION: ClassVar[int] = 3
    DECIDED: ClassVar[dict[str, str]] = {
        **TrainerStage.DECIDED,
        **dict.fromkeys(("max_steps", "num_train_epochs"), "set steps"),
        **dict.fromkeys(("generation_batch_size", "steps_per_generation"), "set rollout_size"),
        "reward_weights": "set reward.weights",
    }

    data: Task
    """Prompts with answers that can be verified."""
    general: Task | None
    """General prompts, scored by preference rewards."""
    general_share: Annotated[float, Field(ge=0, le=1)]
    """Share of general prompts in a rollout."""
    general_start_step: int
    """No general prompts before this update; they come with the first rollout that begins at it or later."""
    reward: Rewards
    rollout_size: PositiveInt
    """Completions sampled at a time; a multiple of batch_size, split at random into updates."""
    steps: PositiveInt
    """Updates."""
    backend: Vllm | None = None
    """What samples; None: the native sampler."""
    length_schedule: dict[int, int] | None
    """Update -> longest completion in tokens from then on; before the first, `trainer.max_completion_length`."""
    completions_every: PositiveInt
    """Updates between two tables of sampled completions."""
    reflection_words: dict[str, list[str]] = Field(default_factory=dict)
    """By language; their number in a completion is logged."""
    sampling_seed: int | None = None
    """Of the completions that are drawn while training; None: the stage's seed."""
    gate: Gate | None = None
    """What the policy must show before it is trained; None: nothing."""
    prompt_filter: PromptFilter | None = None
    """Leaves out prompts that this policy always, or never, gets right; None: all are asked."""
    alarms: dict[str, Alarm] = Field(default_factory=dict)
    """What is watched while training, by name."""

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.rollout_size % self.batch_size:
            raise ValueError(f"rollout_size ({self.rollout_size}) must be a multiple of batch_size ({self.batch_size})")
        if self.rollout_size % self._group:
            raise ValueError(f"rollout_size ({self.rollout_size}) must hold whole groups of {self._group} completions")
        missing = {term.input for term in self._preferences()} - self.inputs.keys()
        if missing:
            raise ValueError(f"a preference reward needs the input {', '.join(sorted(missing))}")
        return self

    @staticmethod
    def trainer_classes() -> tuple[type[Any], type[Any]]:
        from trl import GRPOConfig

        return trainer_class(), GRPOConfig

    def workload(self) -> Workload:
        completions = self.steps * self.batch_size // int(self.trainer.get("num_iterations", 1))
        caps = {0: self._cap, **(self.length_schedule or {})}
        general = max(0.0, 1 - self.general_start_step / self.steps) * self.general_share if self.general else 0.0
        learned = Learning(
            sequences=self.steps * self.batch_size,
            longest=max(cap for start, cap in caps.items() if start < self.steps),
            reference=bool(self.trainer.get("beta")),
            old=self.rollout_size > self.batch_size,
            scored=general * completions * len(self._preferences()),
        )
        sizes = {"per_prompt": self._group, "per_rollout": self.rollout_size}
        drawn = drawn_by_rl(self.steps, per_step=completions / self.steps, caps=caps, **sizes)
        return Workload(drawn, learned)

    def check(self) -> None:
        super().check()
        self.data.preflight()
        if self.trainer.get("sync_ref_model") and not self.trainer.get("beta"):
            raise ConfigError("trainer.sync_ref_model without trainer.beta", hint="beta=0 has no reference model")

    def run(self, ctx: Context) -> dict[str, Artifact]:
        tokenizer = load_tokenizer(ctx.inputs["model"])
        args = self.arguments(ctx, self._settings(ctx))
        rollouts.prepare(self.backend, ctx.placement, self.model.dtype)
        model = load_model(ctx.inputs["model"], self.model)
        rows, order = self._prompts(ctx, model, tokenizer)
        rewards = RewardFunctions(
            self.reward,
            rows,
            end_ids=frozenset(end_ids(model, tokenizer)),
            prefilled=opens_thought(self.model.template),
            scorers=scorers_of(self.reward, self.model, ctx),
            log=ctx.log,
            reflection_words=self.reflection_words,
        )
        more: dict[str, Any] = {"reward_funcs": rewards.functions()}
        if self._replaces_adapters:
            model, more["peft_config"] = with_adapters(model, lora_config(self.model), self.seed), None
        trainer = self.make_trainer(
            ctx,
            args,
            model=model,
            tokenizer=tokenizer,
            examples=[{"prompt": self._text(row), "row": number} for number, row in enumerate(rows)],
            order=order,
            **more,
        )
        rollouts.watch(trainer, self.backend, ctx.placement, dtype=self.model.dtype, seed=self._seed_of_sampling)
        trainer.prepare(
            seed=self._seed_of_sampling,
            rows=ctx.placement.sampling_rows,
            tokens_per_forward=ctx.placement.tokens_per_forward or tokens_that_fit(model),
            log=ctx.log,
        )
        folder = self.train(trainer, ctx, self._callbacks(trainer, rewards, ctx))
        ctx.tracker.summary(self.data.record())
        return {"out": artifact.model(folder)}

    def _settings(self, ctx: Context) -> dict[str, Any]:
        """Arguments of the trainer that follow from this stage's own fields."""
        settings: dict[str, Any] = {
            "max_steps": self.steps,
            "generation_batch_size": self.rollout_size,
            "reward_weights": self.reward.weights_in_order(),
            "shuffle_dataset": False,  # `order` is the order
            # The trainer cuts a batch into forward passes itself, by their tokens.
            "per_device_train_batch_size": ctx.placement.share(self.batch_size),
            "gradient_accumulation_steps": 1,
            **rollouts.arguments_of(self.backend),
        }
        if ctx.placement.device == "cuda":
            settings["model_init_kwargs"] = {"device_map": None}  # of the reference: each process loads its own
        if self._replaces_adapters:
            settings["sync_ref_model"] = False  # TRL would refuse; a callback does it
        return settings

    def _callbacks(self, trainer: Any, rewards: RewardFunctions, ctx: Context) -> list[Callback]:
        callbacks: list[Callback] = [
            LengthSchedule(trainer, self.length_schedule or {}),
            Samples(rewards.sample, ctx.tracker, every=self.completions_every),
            Timing(trainer.clock, ctx.tracker),
            Alarms(Watch(self.alarms, ctx.tracker)),
        ]
        if self._replaces_adapters:
            every, alpha = trainer.args.ref_model_sync_steps, trainer.args.ref_model_mixup_alpha
            callbacks.append(ReplaceReferenceAdapter(trainer, every=every, alpha=alpha))
        return callbacks

    @property
    def _seed_of_sampling(self) -> int:
        return self.seed if self.sampling_seed is None else self.sampling_seed

    @property
    def _group(self) -> int:
        """G, the completions of a prompt."""
        return int(self.trainer.get("num_generations", 8))  # 8 is TRL's own default

    @property
    def _cap(self) -> int:
        """The longest completion before the first entry of `length_schedule`, in tokens."""
        return int(self.trainer.get("max_completion_length", 256))  # 256 is TRL's own default

    @property
    def _replaces_adapters(self) -> bool:
        return self.model.lora is not None and bool(self.trainer.get("sync_ref_model"))

    def _preferences(self) -> list[PreferenceReward]:
        return [term for term in self.reward.terms.values() if isinstance(term, PreferenceReward)]

    def _text(self, row: Row) -> str:
        return prompt_text(self.model.template, row.prompt)

    def _prompts(self, ctx: Context, model: Any, tokenizer: Any) -> tuple[list[Row], list[int]]:
        """All rows, and the numbers of those that are asked, prompt after prompt, from first rollout to last."""
        reasoning = self._fitting(self.data.rows(), ctx, model, tokenizer)
        if not reasoning:
            raise DataError(f"{ctx.name}: no prompts", hint="check the stage's data")
        draw = self._draw(ctx, model, tokenizer)
        reasoning = teaching_rows(reasoning, draw, ctx, gate=self.gate, prompt_filter=self.prompt_filter)
        general: list[Row] = []
        if self.general is not None and self.general_share > 0:
            general = self._fitting(self.general.rows(), ctx, model, tokenizer)
        prompts = self.rollout_size // self._group
        updates = self.rollout_size // self.batch_size * int(self.trainer.get("num_iterations", 1))  # of one rollout
        of_them = round(prompts * self.general_share) if general else 0
        rollouts_begin = range(0, self.steps, updates)
        general_per_rollout = [of_them if update >= self.general_start_step else 0 for update in rollouts_begin]
        order = order_of_prompts(
            len(reasoning),
            len(general),
            prompts_per_rollout=prompts,
            general_per_rollout=general_per_rollout,
            seed=self.seed_of_order,
        )
        ctx.log.info("%d reasoning and %d general prompts, %d asked", len(reasoning), len(general), len(order))
        return reasoning + general, order

    def _draw(self, ctx: Context, model: Any, tokenizer: Any) -> Draw:
        """How completions are drawn from the policy before it is trained: as they are while it is."""

        def draw(rows: Sequence[Row], per_prompt: int) -> Iterator[tuple[int, list[Completion]]]:
            sampling = Sampling(
                per_prompt=per_prompt,
                temperature=float(self.trainer.get("temperature", 1.0)),
                top_p=float(self.trainer.get("top_p", 1.0)),
                max_completion_tokens=self._cap,
            )
            prompts = [Prompt(row.id, self._text(row)) for row in rows]
            policy = whole_model(model, ctx.inputs["model"], self.model, ctx.placement.device)
            return sample(policy, tokenizer, prompts, sampling, seed=self.seed, rows=ctx.placement.sampling_rows)

        return draw

    def _fitting(self, rows: list[Row], ctx: Context, model: Any, tokenizer: Any) -> list[Row]:
        caps = [self._cap, *(self.length_schedule or {}).values()]
        texts = [self._text(row) for row in rows]
        return rows_that_fit(rows, texts, model, tokenizer, completion_tokens=max(caps), log=ctx.log)
