"""Load models and tokenizers, and write prompts as a model reads them.

A model is always a folder on this machine: a hub id becomes its snapshot first. TRL loads GRPO's reference model a
second time, by the name that the policy remembers, so the name must lead to exactly these files (and this revision).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, cast

from r1cli.artifact import Artifact
from r1cli.errors import ConfigError, StoreError
from r1cli.stage import ModelSpec
from r1cli.text import first_line

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

QUESTION = "{question}"
"""What a template writes where the prompt goes; replaced, not formatted, so that other braces are only text."""
TRIMMED_QUESTION = "{question|trim}"
"""The same, for a prompt without the white space around it."""
CHAT = "chat"
"""In place of a template: the one that the tokenizer brings along (`r1cli.training.chat`)."""

TOO_MANY, SERVER_TROUBLE = 429, 500
"""HTTP status: too many requests; and from here on, trouble of the server's own."""
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json")
"""One of them holds the vocabulary."""


def folder_of(artifact: Artifact) -> Path:
    """Where the model's files are; a hub id is downloaded (or found in the hub's cache) first.

    Raises:
        StoreError: neither a folder here nor a repository that the hub hands out.
    """
    if artifact.path.is_dir():
        return artifact.path.resolve()
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(snapshot_download(artifact.location, revision=artifact.revision))
    except (HTTPError, OSError, HFValidationError) as e:
        raise _not_handed_out(artifact.location, e) from e


def _not_handed_out(name: str, error: Exception) -> StoreError:
    """Why there is no such model: the hub says so, or it says nothing of use now (limits, trouble, no network)."""
    cause = error.__cause__ or error
    status = getattr(getattr(cause, "response", None), "status_code", None)
    reason = first_line(cause)
    if isinstance(error, ValueError) or (status is not None and status != TOO_MANY and status < SERVER_TROUBLE):
        return StoreError(
            f"model {name!r} is neither a folder here nor a model that the hub hands out ({reason})",
            hint="give a folder with config.json in it, or a hub id such as Qwen/Qwen2.5-0.5B",
        )
    return StoreError(
        f"model {name!r} is not on this machine, and the hub cannot be asked now ({reason})",
        hint=f"the same command tries again; where there is a network, `hf download {name}` fetches it once",
    )


def _loaded(auto_class: Any, folder: Path, **arguments: Any) -> Any:
    """What `auto_class.from_pretrained` makes of a folder, without running code that lies in it.

    Left unset, `trust_remote_code` makes transformers ask on the terminal, and run the code after "y".

    Raises:
        StoreError: it wants code of its own, its weights are a pickle that runs some, or its files are damaged.
    """
    try:
        return auto_class.from_pretrained(folder, trust_remote_code=False, **arguments)
    except UnpicklingError:
        # Without torch's own words: they advise to load it all the same.
        raise StoreError(
            f"the weights in {folder} are a pickle with more than numbers in it, which r1 does not load",
            hint="use a model whose weights are safetensors",
        ) from None
    except Exception as e:
        if isinstance(e, MemoryError) or "memory" in str(e):
            raise
        if isinstance(e, ValueError) and "trust_remote_code" in str(e):
            what = f"the model in {folder} brings code of its own, which r1 does not run"
            raise StoreError(what, hint="use a model of an architecture that transformers knows") from e
        # transformers trusts these files: what is wrong in one may be any error, anywhere.
        what = f"the model in {folder} cannot be loaded ({type(e).__name__}: {first_line(e)[:300]})"
        raise StoreError(what, hint="copy it anew from where it came from, or use another") from e


def load_with_weights(auto_class: Any, folder: Path, *, new: str = "", **arguments: Any) -> Any:
    """A model all of whose weights are in its files, but for those whose names begin with `new`.

    transformers fills in missing weights with random numbers and says so in the log alone.

    Raises:
        StoreError: see `_loaded`; or weights are missing.
    """
    model, found = _loaded(auto_class, folder, output_loading_info=True, **arguments)
    if missing := sorted(name for name in found["missing_keys"] if not new or not name.startswith(new)):
        what = f"the files in {folder} lack {len(missing)} of the model's weights: {', '.join(missing[:3])}"
        raise StoreError(what, hint="copy it anew; config.json and the weights must be of one model")
    return model


def quiet() -> None:
    """Send what transformers says to our log, and draw none of its progress bars: the terminal has one of ours."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.disable_default_handler()
    logging.enable_propagation()


def load_tokenizer(artifact: Artifact) -> PreTrainedTokenizerBase:
    """The model's tokenizer, with a pad token.

    Raises:
        StoreError: there are weights only; transformers would make up a tokenizer without a vocabulary.
    """
    from transformers import AutoTokenizer

    folder = folder_of(artifact)
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise StoreError(f"no tokenizer beside the model in {folder}", hint=f"copy its {TOKENIZER_FILES[0]} there")
    tokenizer: PreTrainedTokenizerBase = _loaded(AutoTokenizer, folder)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(artifact: Artifact, spec: ModelSpec, device: str = "cpu") -> PreTrainedModel:
    """The causal language model, weights in `spec.dtype`."""
    from transformers import AutoModelForCausalLM

    quiet()
    model = load_with_weights(AutoModelForCausalLM, folder_of(artifact), dtype=spec.dtype)
    return on_device(device, model)


def on_device(device: str, model: Any) -> PreTrainedModel:
    """A model that was just loaded, moved to its device; on a CPU, and in shares that are placed already, it stays."""
    return cast("PreTrainedModel", model if device == "cpu" else model.to(device))


@contextlib.contextmanager
def unpartitioned() -> Iterator[None]:
    """Load whole models meanwhile: under ZeRO-3 `from_pretrained` gives each process a share, which no engine owns."""
    from transformers.integrations import deepspeed

    module: Any = deepspeed  # without types
    if not module.is_deepspeed_zero3_enabled():
        yield
        return
    config = module._hf_deepspeed_config_weak_ref()  # noqa: SLF001 - there is no other way to put it back
    module.unset_hf_deepspeed_config()
    try:
        yield
    finally:
        module.set_hf_deepspeed_config(config)


def whole_model(model: Any, artifact: Artifact, spec: ModelSpec, device: str) -> Any:
    """A model before its training, on the device, to sample from: loaded again where ZeRO-3 has left a share of it."""
    if not any(hasattr(weight, "ds_id") for weight in model.parameters()):
        return model.to(device)
    with unpartitioned():
        return load_model(artifact, spec, device)


def lora_config(spec: ModelSpec, task_type: str = "CAUSAL_LM") -> Any:
    """Configuration of the adapters for peft; None: train all weights.

    Raises:
        ConfigError: peft is not installed, or does not know one of the arguments.
    """
    if spec.lora is None:
        return None
    try:
        from peft import LoraConfig
    except ImportError as e:
        raise ConfigError("model.lora needs the package peft", hint="pip install 'r1cli[lora]'") from e
    try:
        return LoraConfig(task_type=task_type, **spec.lora)
    except TypeError as e:
        raise ConfigError(f"model.lora: {e}", hint="see peft.LoraConfig for its arguments") from e


def prompt_text(template: str, question: str) -> str:
    """What the policy reads before it writes.

    Raises:
        ConfigError: `template=chat` where no tokenizer has filled it in.
    """
    if template == CHAT:
        raise ConfigError(
            "template=chat: there is no model whose tokenizer could say what it is",
            hint="choose another template=, or generator.api=chat for a model behind an address",
        )
    if TRIMMED_QUESTION in template:
        return template.replace(TRIMMED_QUESTION, question.strip())
    return template.replace(QUESTION, question)
