"""The base of stages that train with one of TRL's trainers: what SFT, reward models and GRPO have in common.

A stage says which trainer it uses and what is special about it; checking its keys, adapters, hardware, checkpoints,
reporting and saving are done here, once.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import PositiveInt

from r1cli.stage import Context, Stage
from r1cli.training.models import lora_config
from r1cli.training.trl import arguments, resume, strategy
from r1cli.training.trl.callbacks import Callback
from r1cli.training.trl.saving import save


class TrainerStage(Stage):
    """A stage with a trainer of TRL's. Subclasses implement `trainer_classes` and `run`."""

    PARALLEL: ClassVar[bool] = True
    STOPS: ClassVar[bool] = True
    MODEL_FIELDS: ClassVar[frozenset[str]] = frozenset({"template", "dtype", "lora"})
    NOT_IDENTITY: ClassVar[frozenset[str]] = Stage.NOT_IDENTITY | {"checkpoint_every"}
    NOT_IDENTITY_KEYS: ClassVar[dict[str, frozenset[str]]] = {"trainer": arguments.NOT_IDENTITY}
    DECIDED: ClassVar[Mapping[str, str]] = arguments.DECIDED
    """Keys that cannot be given in `trainer`, and what to do instead."""
    ADAPTER_TASK: ClassVar[str] = "CAUSAL_LM"
    """What peft is told about the network."""

    batch_size: PositiveInt
    """Sequences per update (pairs, for a reward model), over all devices."""
    trainer: dict[str, Any]
    """Arguments of TRL's configuration class."""
    checkpoint_every: PositiveInt
    """Updates."""
    order_seed: int | None = None
    """Of the order of the data; None: the stage's seed."""

    @property
    def seed_of_order(self) -> int:
        """The seed of the order of the data."""
        return self.seed if self.order_seed is None else self.order_seed

    @staticmethod
    @abstractmethod
    def trainer_classes() -> tuple[type[Any], type[Any]]:
        """(trainer, its configuration) of TRL, imported here and not above: that takes seconds."""

    def check(self) -> None:
        self._checked()
        lora_config(self.model, self.ADAPTER_TASK)

    def arguments(self, ctx: Context, settings: Mapping[str, Any]) -> Any:
        """The trainer's configuration. To be made before the model is loaded: ZeRO-3 then loads it in shares.

        Args:
            ctx: of the stage.
            settings: arguments of the configuration that this kind of stage decides.
        """
        _, config_class = self.trainer_classes()
        strategy.prepare(ctx.placement)
        common = arguments.common_arguments(
            ctx, self.model, seed=self.seed, batch_size=self.batch_size, save_every=self.checkpoint_every
        )
        return config_class(**{**common, **strategy.compatible(self._checked(), common), **settings})

    def make_trainer(
        self,
        ctx: Context,
        args: Any,
        *,
        model: Any,
        tokenizer: Any,
        examples: Sequence[Mapping[str, Any]],
        order: Sequence[int],
        **more: Any,
    ) -> Any:
        """TRL's trainer over `examples` in the given order.

        Args:
            ctx: of the stage.
            args: of `arguments`.
            model: the loaded network.
            tokenizer: its tokenizer.
            examples: one mapping an example, with the columns that the trainer reads.
            order: numbers of examples, in the order in which they are trained on.
            more: further arguments of the trainer itself.
        """
        from datasets import Dataset

        trainer_class, _ = self.trainer_classes()
        adapters = {"peft_config": lora_config(self.model, self.ADAPTER_TASK)}
        with strategy.references_in_layers(ctx.placement):
            trainer = trainer_class(
                model=model,
                args=args,
                train_dataset=Dataset.from_list(list(examples)).select(order),
                processing_class=tokenizer,
                **{**adapters, **more},
            )
        strategy.check(trainer, ctx.placement)
        strategy.add_gradients_in_float32(trainer)
        return trainer

    def train(self, trainer: Any, ctx: Context, callbacks: Sequence[Callback] = ()) -> Path:
        """Train to the end, or on from a checkpoint; returns the folder with the trained model."""
        resume.train(trainer, ctx, callbacks)
        folder = ctx.out / "model"
        save(trainer, folder, self.model.dtype)
        return folder

    def _checked(self) -> dict[str, Any]:
        _, config_class = self.trainer_classes()
        return arguments.checked(config_class, self.trainer, self.DECIDED)
