"""Supervised fine-tuning: cold start (Dev1), SFT on rejection-sampled data (Dev3), distillation. Paper V2 B.4.2, B.4.3.

The model reads prompt and response and is trained on the response alone, end-of-text token included. The two are
tokenised apart, because while sampling the model sees the prompt's tokens and nothing that merges with them.

Simplifications: no packing (on a CPU it is slower than batches of similar length, and the loss is the same); a response
that does not fit into `model.max_tokens` is left out rather than cut, for a cut one teaches never to finish.

    r1 train stage=coldstart trainer.learning_rate=1e-4
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import PositiveInt, model_validator

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.data.rows import Row, read_rows
from r1cli.errors import DataError
from r1cli.stage import Context, Stage
from r1cli.tasks.base import Task
from r1cli.training.models import load_model, load_tokenizer, lora_config, prompt_text, save
from r1cli.training.trl import hooks

DECIDED = {
    **hooks.DECIDED,
    **dict.fromkeys(("num_train_epochs", "max_steps"), "set epochs"),
    **dict.fromkeys(("packing", "padding_free", "completion_only_loss", "assistant_only_loss"), "see stages/sft.py"),
}


class SFT(Stage):
    """Imitate demonstrations."""

    PARALLEL: ClassVar[bool] = True
    NOT_IDENTITY: ClassVar[frozenset[str]] = Stage.NOT_IDENTITY | {"checkpoint_every"}
    NOT_IDENTITY_KEYS: ClassVar[dict[str, frozenset[str]]] = {"trainer": hooks.NOT_IDENTITY}

    data: Task | None
    """Rows with a demonstration; None: they are the input `data`, a data set that another stage made."""
    epochs: PositiveInt
    """Passes over the data."""
    batch_size: PositiveInt
    """Sequences per update, over all devices."""
    trainer: dict[str, Any]
    """Arguments of trl.SFTConfig."""
    checkpoint_every: PositiveInt
    """Updates."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.data is None) == ("data" not in self.inputs):
            raise ValueError("give either `data` (a task) or `inputs.data` (a node that makes a data set)")
        return self

    def check(self) -> None:
        from trl import SFTConfig

        hooks.checked(SFTConfig, self.trainer, DECIDED)
        lora_config(self.model)

    def run(self, ctx: Context) -> dict[str, Artifact]:
        from datasets import Dataset
        from trl import SFTConfig, SFTTrainer

        tokenizer = load_tokenizer(ctx.inputs["model"])
        examples = self._examples(tokenizer, ctx)
        order = hooks.order_of_training(
            [len(e["input_ids"]) for e in examples], epochs=self.epochs, batch_size=self.batch_size, seed=self.seed
        )
        trainer = SFTTrainer(
            model=load_model(ctx.inputs["model"], self.model),
            args=SFTConfig(
                **hooks.arguments(
                    ctx, seed=self.seed, batch_size=self.batch_size, checkpoint_every=self.checkpoint_every
                )
                | hooks.checked(SFTConfig, self.trainer, DECIDED)
                | {
                    "max_steps": len(order) // self.batch_size,
                    "max_length": None,
                    "dataset_kwargs": {"skip_prepare_dataset": True},
                    "train_sampling_strategy": "sequential",
                }
            ),
            train_dataset=Dataset.from_list(examples).select(order),
            processing_class=tokenizer,
            peft_config=lora_config(self.model),
        )
        hooks.train(trainer, ctx)
        save(trainer, ctx.out / "model")
        return {"out": artifact.model(ctx.out / "model")}

    def _rows(self, ctx: Context) -> list[Row]:
        return self.data.rows() if self.data is not None else read_rows(ctx.inputs["data"].path)

    def _examples(self, tokenizer: Any, ctx: Context) -> list[dict[str, list[int]]]:
        """Token ids, and labels that are -100 over the prompt."""
        rows = [r for r in self._rows(ctx) if r.demonstration]
        if not rows:
            raise DataError(f"{ctx.name}: no row has a demonstration to imitate", hint="check the stage's data")
        prompts = tokenizer([prompt_text(self.model.template, r.prompt) for r in rows])["input_ids"]
        responses = tokenizer([r.demonstration for r in rows], add_special_tokens=False)["input_ids"]
        end = [tokenizer.eos_token_id]
        examples = [
            {"input_ids": p + r + end, "labels": [-100] * len(p) + r + end}
            for p, r in zip(prompts, responses, strict=True)
        ]
        fitting = [e for e in examples if len(e["input_ids"]) <= self.model.max_tokens]
        ctx.log.info("%d demonstrations, %d too long and left out", len(fitting), len(examples) - len(fitting))
        if not fitting:
            longest = f"model.max_tokens is {self.model.max_tokens}"
            raise DataError(f"{ctx.name}: every demonstration is longer than the model takes ({longest})")
        return fitting
