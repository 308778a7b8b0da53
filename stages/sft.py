"""Supervised fine-tuning: cold start (Dev1), SFT on rejection-sampled data (Dev3), distillation. Paper V2 B.4.2, B.4.3.

The model reads a prompt q and a demonstrated response y and learns to write the response, end of text included:

    loss = - mean over the tokens of a batch's responses of  log pi(y_t | q, y_<t)

Prompt and response are tokenised apart, because while sampling the model sees the prompt's tokens and nothing that
merges with them. TRL computes the loss (`SFTTrainer.compute_loss`) from labels that are made here.

Simplifications: no packing (on a CPU it is slower than batches of similar length, and the loss is the same); a response
that does not fit into `model.max_tokens` is left out rather than cut, because a cut one teaches never to finish.

    r1 train stage=coldstart trainer.learning_rate=1e-4
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import PositiveInt, model_validator

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.data.rows import Row, read_rows
from r1cli.errors import DataError
from r1cli.stage import Context, Learning, Workload
from r1cli.tasks.base import Task
from r1cli.training.batches import IGNORED, order_of_training
from r1cli.training.models import load_model, load_tokenizer, prompt_text
from r1cli.training.trl.stage import TrainerStage


class SFT(TrainerStage):
    """Imitate demonstrations. `trainer` holds arguments of trl.SFTConfig."""

    MODEL_FIELDS: ClassVar[frozenset[str]] = TrainerStage.MODEL_FIELDS | {"max_tokens"}
    DECIDED: ClassVar[dict[str, str]] = {
        **TrainerStage.DECIDED,
        **dict.fromkeys(("num_train_epochs", "max_steps"), "set epochs"),
        **dict.fromkeys(
            ("packing", "padding_free", "completion_only_loss", "assistant_only_loss"), "see stages/sft.py"
        ),
    }

    data: Task | None
    """Rows with a demonstration; None: they are the input `data`, a data set that another stage made."""
    epochs: PositiveInt
    """Passes over the data."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.data is None) == ("data" not in self.inputs):
            raise ValueError("give either `data` (a task) or `inputs.data` (a node that makes a data set)")
        return self

    @staticmethod
    def trainer_classes() -> tuple[type[Any], type[Any]]:
        from trl import SFTConfig, SFTTrainer

        return SFTTrainer, SFTConfig

    def workload(self) -> Workload:
        rows = self.data.size() if self.data is not None else None
        return Workload(learned=Learning(sequences=rows, passes=self.epochs, longest=self.model.max_tokens))

    def run(self, ctx: Context) -> dict[str, Artifact]:
        tokenizer = load_tokenizer(ctx.inputs["model"])
        examples = self._examples(tokenizer, ctx)
        lengths = [len(e["input_ids"]) for e in examples]
        order = order_of_training(lengths, epochs=self.epochs, batch_size=self.batch_size, seed=self.seed_of_order)
        settings = {
            "max_steps": len(order) // self.batch_size,
            "max_length": None,  # too long ones are left out below, none is cut
            "dataset_kwargs": {"skip_prepare_dataset": True},  # the examples are tokens already
            "train_sampling_strategy": "sequential",  # `order` is the order
        }
        args = self.arguments(ctx, settings)
        model = load_model(ctx.inputs["model"], self.model)
        trainer = self.make_trainer(ctx, args, model=model, tokenizer=tokenizer, examples=examples, order=order)
        return {"out": artifact.model(self.train(trainer, ctx))}

    def _rows(self, ctx: Context) -> list[Row]:
        rows = self.data.rows() if self.data is not None else read_rows(ctx.inputs["data"].path)
        return [row for row in rows if row.demonstration]

    def _examples(self, tokenizer: Any, ctx: Context) -> list[dict[str, list[int]]]:
        """Token ids of prompt and response, and labels that leave out the prompt."""
        rows = self._rows(ctx)
        if not rows:
            raise DataError(f"{ctx.name}: no row has a demonstration to imitate", hint="check the stage's data")
        prompts = tokenizer([prompt_text(self.model.template, row.prompt) for row in rows])["input_ids"]
        responses = tokenizer([row.demonstration for row in rows], add_special_tokens=False)["input_ids"]
        fitting = []
        for prompt, response in zip(prompts, responses, strict=True):
            predicted = [*response, tokenizer.eos_token_id]
            if len(prompt) + len(predicted) <= self.model.max_tokens:
                fitting.append({"input_ids": prompt + predicted, "labels": [IGNORED] * len(prompt) + predicted})
        ctx.log.info("%d demonstrations, %d too long and left out", len(fitting), len(rows) - len(fitting))
        if not fitting:
            limit = f"model.max_tokens is {self.model.max_tokens}"
            raise DataError(f"{ctx.name}: every demonstration is longer than the model takes ({limit})")
        return fitting
