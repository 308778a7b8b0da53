"""A reference model for GRPO with LoRA that can be replaced, as the paper replaces its own every 400 updates.

Of a policy with new adapters, TRL takes the base model, adapters switched off, as the reference, and refuses to replace
it. Of a policy that already has adapters, it keeps a frozen copy named "ref" beside them and takes that. So the
adapters are added before TRL sees the model; new ones change nothing, hence the first reference is the base model
either way; and replacing the reference is copying one small set of matrices onto the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from r1cli.training.trl.callbacks import Callback
from r1cli.training.trl.weights import mix, named

if TYPE_CHECKING:
    import torch

ADAPTER, FROZEN_COPY = "default", "ref"
"""peft's name for the first adapter, and TRL's for its frozen copy."""
POLICY, REFERENCE = f".{ADAPTER}.", f".{FROZEN_COPY}."
"""What the names of their weights contain."""


def with_adapters(model: Any, lora: Any, seed: int) -> Any:
    """The model with new adapters, which leave its outputs as they were."""
    import torch
    from peft import get_peft_model

    torch.manual_seed(seed)  # one of an adapter's two matrices is random, the other zero
    return get_peft_model(model, lora)


class ReferenceAdapter:
    """TRL's frozen copy of the adapters, as something that can be replaced, saved and loaded."""

    def __init__(self, model: Any) -> None:
        self._weights = named(model)

    @classmethod
    def of(cls, trainer: Any) -> ReferenceAdapter | None:
        """That of a trainer's policy; None if its reference is something else."""
        model = trainer.accelerator.unwrap_model(trainer.model)
        return cls(model) if FROZEN_COPY in getattr(model, "peft_config", {}) else None

    def weights(self) -> dict[str, torch.nn.Parameter]:
        """Its weights by name, or this process's shares of them."""
        return {name: weight for name, weight in self._weights.items() if REFERENCE in name}

    def replace(self, alpha: float) -> None:
        """reference = alpha * policy + (1 - alpha) * reference, as TRL does it for whole models."""
        for name, weight in self.weights().items():
            policy = self._weights[name.replace(REFERENCE, POLICY)]
            mix(weight, policy, alpha)


class ReplaceReferenceAdapter(Callback):
    """Replaces the reference every `every` updates, when TRL would replace a whole reference model."""

    def __init__(self, trainer: Any, *, every: int, alpha: float) -> None:
        self.trainer = trainer
        self.every = every
        self.alpha = alpha

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        reference = ReferenceAdapter.of(self.trainer)
        if reference is not None and state.global_step % self.every == 0:
            reference.replace(self.alpha)
