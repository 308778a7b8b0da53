"""Reward models of helpfulness and harmlessness, from pairs of responses. Paper V2 3.1, B.2.

The network is the policy's with one number as its output. Of two responses to a prompt, the preferred one must score
higher (Bradley-Terry; `RewardTrainer.compute_loss`):

    loss = - log sigmoid( score(q, chosen) - score(q, rejected) )

Helpfulness is judged by the final answer alone, so that the thought stays free; harmlessness by the whole response.
What is scored is rendered by the same function here and in GRPO (`r1cli.training.reward_models.scored_ids`).

Simplification: the paper's safety data are single responses labelled safe or unsafe; here they are pairs of both.

    r1 train stage=helpful_rm
"""

from __future__ import annotations

import random
from typing import Annotated, Any, ClassVar

from pydantic import Field, PositiveInt

from r1cli import artifact
from r1cli.artifact import Artifact, Kind
from r1cli.data.rows import Row
from r1cli.errors import DataError
from r1cli.rewards.preference import Sees, visible
from r1cli.stage import Context, Learning, Workload
from r1cli.tasks.base import Task
from r1cli.template import parse
from r1cli.training.batches import order_of_training
from r1cli.training.models import load_tokenizer
from r1cli.training.reward_models import load_reward_model, record_sees, scored_ids, scorer
from r1cli.training.trl.stage import TrainerStage


class RewardModel(TrainerStage):
    """Learn to tell the preferred response from the other one. `trainer` holds arguments of trl.RewardConfig."""

    MAKES: ClassVar[Kind] = "reward_model"
    VERSION: ClassVar[int] = 2
    ADAPTER_TASK: ClassVar[str] = "SEQ_CLS"
    DECIDED: ClassVar[dict[str, str]] = {
        **TrainerStage.DECIDED,
        **dict.fromkeys(("num_train_epochs", "max_steps"), "set epochs"),
        "max_length": "set max_tokens",
    }

    data: Task
    """Rows with a chosen and a rejected response."""
    sees: Sees
    """The part of a response that is scored."""
    epochs: PositiveInt
    """Passes over the pairs."""
    max_tokens: PositiveInt
    """Pairs with a longer text are left out of training."""
    heldout_share: Annotated[float, Field(gt=0, lt=1)]
    """Share of the prompts whose pairs only measure."""

    @staticmethod
    def trainer_classes() -> tuple[type[Any], type[Any]]:
        from trl import RewardConfig, RewardTrainer

        return RewardTrainer, RewardConfig

    def workload(self) -> Workload:
        learned = Learning(sequences=self.data.size(), passes=self.epochs, together=2, longest=self.max_tokens)
        return Workload(learned=learned)

    def run(self, ctx: Context) -> dict[str, Artifact]:
        import torch

        heldout, train = self._split()
        tokenizer = load_tokenizer(ctx.inputs["model"])
        pairs = self._pairs(train, tokenizer, ctx)
        lengths = [len(pair["chosen_ids"]) + len(pair["rejected_ids"]) for pair in pairs]
        order = order_of_training(lengths, epochs=self.epochs, batch_size=self.batch_size, seed=self.seed_of_order)
        settings = {
            "max_steps": len(order) // self.batch_size,
            "max_length": None,  # too long pairs are left out below, none is cut
            "train_sampling_strategy": "sequential",  # `order` is the order
        }
        args = self.arguments(ctx, settings)
        torch.manual_seed(self.seed)  # the head is new, and random
        model = load_reward_model(ctx.inputs["model"], self.model)
        trainer = self.make_trainer(ctx, args, model=model, tokenizer=tokenizer, examples=pairs, order=order)
        made = artifact.reward_model(self.train(trainer, ctx))
        if ctx.placement.is_main:
            record_sees(made.path, self.sees)
            ctx.tracker.summary(
                {
                    "train_pair_accuracy": self._pair_accuracy(made, train[: len(heldout)], ctx),
                    "heldout_pair_accuracy": self._pair_accuracy(made, heldout, ctx),
                    "heldout_pairs": len(heldout),
                }
            )
        return {"out": made}

    def _split(self) -> tuple[list[Row], list[Row]]:
        """(held out, trained on). All pairs of one prompt go to the same side."""
        rows = [r for r in self.data.rows() if r.chosen is not None and r.rejected is not None]
        prompts = sorted({r.prompt for r in rows})
        if len(prompts) < 2:
            raise DataError("a reward model needs pairs of at least two prompts", hint="check the stage's data")
        random.Random(self.seed).shuffle(prompts)
        heldout = set(prompts[: max(1, round(len(prompts) * self.heldout_share))])
        return [r for r in rows if r.prompt in heldout], [r for r in rows if r.prompt not in heldout]

    def _seen(self, response: str | None) -> str:
        return visible(parse(response or ""), self.sees)

    def _pairs(self, rows: list[Row], tokenizer: Any, ctx: Context) -> list[dict[str, list[int]]]:
        """Token ids of prompt and response, of both responses of each row."""
        fitting = []
        for row in rows:
            chosen = scored_ids(tokenizer, self.model.template, row.prompt, self._seen(row.chosen))
            rejected = scored_ids(tokenizer, self.model.template, row.prompt, self._seen(row.rejected))
            if max(len(chosen), len(rejected)) <= self.max_tokens:
                fitting.append({"chosen_ids": chosen, "rejected_ids": rejected})
        ctx.log.info("%d pairs, %d too long and left out", len(fitting), len(rows) - len(fitting))
        if not fitting:
            raise DataError(f"{ctx.name}: every pair is longer than max_tokens ({self.max_tokens})")
        return fitting

    def _pair_accuracy(self, made: Artifact, rows: list[Row], ctx: Context) -> float:
        """Share of the pairs whose chosen response scores higher."""
        score = scorer(made, self.model, device=ctx.placement.device, chunk=ctx.placement.per_device_batch)
        prompts = [r.prompt for r in rows]
        chosen = score(prompts, [parse(r.chosen or "") for r in rows])
        rejected = score(prompts, [parse(r.rejected or "") for r in rows])
        return sum(c > r for c, r in zip(chosen, rejected, strict=True)) / len(rows)
