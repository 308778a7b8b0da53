"""What a trainer made, as a model that anybody can load: plain safetensors, adapters merged, the tokenizer beside them.

transformers' own `save_model` writes nothing at all where checkpoints are written in shards, and says nothing about it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.files import remove
from r1cli.training.models import unpartitioned
from r1cli.training.trl import weights
from r1cli.training.trl.adapters import ADAPTER, POLICY

if TYPE_CHECKING:
    import torch

ADAPTERS = "adapters"


def save(trainer: Any, folder: Path, dtype: str) -> None:
    """Write the trained model, its weights in the type that they were loaded in, whatever the engine computes in.

    Every process must call it, because gathering sharded weights takes them all; the first one writes.

    Args:
        trainer: that has trained it.
        folder: to write it to.
        dtype: of the weights (`ModelSpec.dtype`).

    Raises:
        RuntimeError: no weights were written.
    """
    model = trainer.accelerator.unwrap_model(trainer.model)
    elsewhere = any(weights.is_sharded(weight) or weights.has_master(weight) for weight in model.parameters())
    if hasattr(model, "merge_and_unload"):
        if elsewhere:
            _save_merged_apart(trainer, model, folder, dtype)
        elif trainer.args.should_save:
            model.merge_and_unload().save_pretrained(folder)
    elif elsewhere:
        whole = weights.gathered(weights.named(model), keep=trainer.args.should_save, masters=True)
        if trainer.args.should_save:
            _save_whole(model, whole, folder, dtype)
    elif trainer.args.should_save:
        model.save_pretrained(folder)
    if trainer.args.should_save:
        trainer.processing_class.save_pretrained(folder)
        if not any(folder.glob("model*.safetensors")):
            raise RuntimeError(f"no weights were written to {folder}")


def _save_whole(model: Any, whole: dict[str, torch.Tensor], folder: Path, dtype: str) -> None:
    import torch

    loaded_in = getattr(torch, dtype)
    buffers = {name: buffer for name, buffer in model.state_dict().items() if name in dict(model.named_buffers())}
    model.save_pretrained(folder, state_dict={**{name: w.to(loaded_in) for name, w in whole.items()}, **buffers})
    model.config.dtype = loaded_in  # which saving has set to that of the model in memory
    model.config.save_pretrained(folder)


def _save_merged_apart(trainer: Any, model: Any, folder: Path, dtype: str) -> None:
    """Merge adapters into the model that they were trained on, which the first process loads once more, whole."""
    adapters = {name: weight for name, weight in weights.named(model).items() if POLICY in name}
    whole = weights.gathered(adapters, keep=trainer.args.should_save, masters=True)
    if not trainer.args.should_save:
        return
    from peft import PeftModel

    apart = folder / ADAPTERS
    model.save_pretrained(apart, state_dict=whole, selected_adapters=[ADAPTER])
    with unpartitioned():
        base = _base(model, dtype)
        PeftModel.from_pretrained(base, apart).merge_and_unload().save_pretrained(folder)
    remove(apart)


def _base(model: Any, dtype: str) -> Any:
    """The model below the adapters, as it was loaded before."""
    import transformers

    task = model.peft_config[ADAPTER].task_type
    config = model.get_base_model().config
    where = {"dtype": dtype, "trust_remote_code": False}
    if task == "SEQ_CLS":
        return transformers.AutoModelForSequenceClassification.from_pretrained(
            config.name_or_path, num_labels=1, **where
        )
    return transformers.AutoModelForCausalLM.from_pretrained(config.name_or_path, **where)
