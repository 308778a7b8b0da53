"""Load and save models and tokenizers, and score text with a reward model.

A model is always a folder on this machine: a hub id becomes its snapshot first. TRL loads GRPO's reference model a
second time, by the name that the policy remembers, so the name must lead to exactly these files (and this revision).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, cast

from r1cli.artifact import Artifact
from r1cli.errors import ConfigError, StoreError
from r1cli.rewards.preference import Scorer, Sees, visible
from r1cli.stage import ModelSpec
from r1cli.template import Completion
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
REWARD_MODEL_FILE = "reward_model.json"
"""Beside a reward model: which part of a response it sees."""
HEAD = "score."
"""How the names of a reward model's last weights begin, in transformers."""
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


def _with_weights(auto_class: Any, folder: Path, *, new: str = "", **arguments: Any) -> Any:
    """A model all of whose weights are in its files, but for those whose names begin with `new`.

    transformers fills what is missing with random numbers and says so in the log alone; such a model looks like one.

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
    model = _with_weights(AutoModelForCausalLM, folder_of(artifact), dtype=spec.dtype)
    return _on(device, model)


def load_reward_model(
    artifact: Artifact, spec: ModelSpec, device: str = "cpu", *, is_trained: bool = False
) -> PreTrainedModel:
    """The same network with one number as its output.

    Started from a language model the head is new, and random: seed torch before. One that `is_trained` has a head.
    """
    from transformers import AutoModelForSequenceClassification

    quiet()
    folder = folder_of(artifact)
    new = "" if is_trained else HEAD
    model = _with_weights(AutoModelForSequenceClassification, folder, new=new, num_labels=1, dtype=spec.dtype)
    return _on(device, model)


def _on(device: str, model: Any) -> PreTrainedModel:
    """What is loaded lies on the CPU, or is cut into shares already, which stay where they are."""
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


def scored_ids(tokenizer: PreTrainedTokenizerBase, template: str, prompt: str, response: str) -> list[int]:
    """What a reward model reads, in training and in scoring alike: prompt, response, end of text."""
    ids: list[int] = tokenizer(prompt_text(template, prompt) + response)["input_ids"]
    return [*ids, tokenizer.eos_token_id]


def record_sees(folder: Path, sees: Sees) -> None:
    """Write beside a reward model which part of a response it was trained on."""
    (folder / REWARD_MODEL_FILE).write_text(json.dumps({"sees": sees}), encoding="utf-8")


def sees_of(artifact: Artifact, claimed: Sees | None = None) -> Sees:
    """Which part of a response a reward model was trained on; `claimed` stands in for one that does not say.

    Raises:
        ConfigError: it was trained on something else than is claimed, or neither says.
    """
    record = folder_of(artifact) / REWARD_MODEL_FILE
    trained: Sees | None = json.loads(record.read_text(encoding="utf-8"))["sees"] if record.is_file() else None
    if trained and claimed and trained != claimed:
        raise ConfigError(
            f"reward model {artifact.location}: trained on sees={trained}, asked with sees={claimed}",
            hint="leave the reward's `sees` null, or train the model again",
        )
    sees = trained or claimed
    if sees is None:
        raise ConfigError(
            f"reward model {artifact.location} does not say which part of a response it was trained on",
            hint="set `sees` of its reward term: answer or whole",
        )
    return sees


def scorer(artifact: Artifact, spec: ModelSpec, *, device: str, chunk: int, claimed: Sees | None = None) -> Scorer:
    """A reward model as a function of completions, `chunk` of them in one forward pass; loaded at the first call.

    Scores are sigmoids of the model's output, so they share the 0..1 range of the rules. The paper does not say on what
    scale its preference scores meet its rules.

    Raises:
        ConfigError: see `sees_of`.
        StoreError: when it is called: the model cannot be loaded, or has no head.
    """
    sees = sees_of(artifact, claimed)
    loaded: list[tuple[Any, PreTrainedTokenizerBase]] = []

    def score(prompts: Sequence[str], completions: Sequence[Completion]) -> list[float]:
        import torch

        if not loaded:
            # A lazy load must not move the random numbers that the policy samples with.
            with torch.random.fork_rng(), unpartitioned():
                loaded.append((load_reward_model(artifact, spec, device, is_trained=True), load_tokenizer(artifact)))
        model, tokenizer = loaded[0]
        model.eval()
        ids = [
            scored_ids(tokenizer, spec.template, prompt, visible(completion, sees))
            for prompt, completion in zip(prompts, completions, strict=True)
        ]
        scores: list[float] = []
        for start in range(0, len(ids), chunk):
            batch = tokenizer.pad({"input_ids": ids[start : start + chunk]}, padding_side="right", return_tensors="pt")
            with torch.inference_mode():
                scores += model(**batch.to(device)).logits[:, 0].float().sigmoid().tolist()
        return scores

    return score
