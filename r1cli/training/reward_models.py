"""Reward models: which part of a response they see, and how they are loaded and asked for scores.

A reward model is the policy's network with one number as its output. It is trained by `stages/reward_model.py` and
asked by GRPO; both render what it reads with `scored_ids`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.artifact import Artifact
from r1cli.errors import ConfigError
from r1cli.rewards.preference import Scorer, Sees, visible
from r1cli.stage import ModelSpec
from r1cli.template import Completion
from r1cli.training.models import (
    folder_of,
    load_tokenizer,
    load_with_weights,
    on_device,
    prompt_text,
    quiet,
    unpartitioned,
)

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

REWARD_MODEL_FILE = "reward_model.json"
"""Beside a reward model: which part of a response it sees."""
HEAD = "score."
"""How the names of a reward model's last weights begin, in transformers."""


def load_reward_model(
    artifact: Artifact, spec: ModelSpec, device: str = "cpu", *, is_trained: bool = False
) -> PreTrainedModel:
    """A language model's network with one number as its output.

    Started from a language model the head is new, and random: seed torch before. One that `is_trained` has a head.
    """
    from transformers import AutoModelForSequenceClassification

    quiet()
    folder = folder_of(artifact)
    new = "" if is_trained else HEAD
    model = load_with_weights(AutoModelForSequenceClassification, folder, new=new, num_labels=1, dtype=spec.dtype)
    return on_device(device, model)


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
            # Loading makes random weights first; the random numbers of the policy's sampling must not move by that.
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
