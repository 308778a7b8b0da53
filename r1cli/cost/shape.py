"""The numbers of a model that its costs depend on, from the configuration that is published beside its weights.

The keys are those of transformers' `config.json`, so `conf/model/*.yaml` (`architecture`, `shape`), a local folder and
a hub's file are all read by one function.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from r1cli.errors import ConfigError

WANTED = ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
EXPERTS = ("num_experts", "n_routed_experts", "num_local_experts")
"""Names under which configurations say that only a part of the weights works on a token."""


@dataclass(frozen=True)
class ModelShape:
    """A decoder, as far as costs go."""

    total: float
    """Parameters."""
    active: float
    """Parameters that work on one token; all of them, unless there are experts."""
    embeddings: float
    """Parameters of the token embeddings, and of the output layer where that is another matrix."""
    layers: int
    hidden: int
    vocabulary: int
    kv_values: float
    """Numbers that the cache keeps of a token."""

    @property
    def dense(self) -> bool:
        """Does every parameter work on every token?"""
        return self.active >= self.total

    @property
    def layer(self) -> float:
        """Parameters of one layer."""
        return (self.total - self.embeddings) / self.layers


def shape_of(config: Mapping[str, Any]) -> ModelShape:
    """The shape that a model's configuration describes.

    Beside transformers' keys it may say `parameters`, `active_parameters` and `kv_values_per_token`, where these follow
    from no general rule (experts, compressed caches).

    Raises:
        ConfigError: a number is missing.
    """
    config = config.get("text_config") or config
    if missing := [key for key in WANTED if not config.get(key)]:
        raise ConfigError(f"the model's configuration has no {', '.join(missing)}", hint="give +model.shape.<key>=")
    if any(config.get(key) for key in EXPERTS) and not config.get("active_parameters"):
        raise ConfigError(
            "the model has experts, and nothing says how many parameters work on a token",
            hint="give +model.shape.parameters= and +model.shape.active_parameters=",
        )
    hidden, layers, vocabulary = config["hidden_size"], config["num_hidden_layers"], config["vocab_size"]
    heads = config["num_attention_heads"]
    kv_heads = config.get("num_key_value_heads") or heads
    head = config.get("head_dim") or hidden // heads
    embeddings = vocabulary * hidden * (1 if config.get("tie_word_embeddings", True) else 2)
    attention = 2 * hidden * head * (heads + kv_heads)
    mlp = 3 * hidden * (config.get("intermediate_size") or 4 * hidden)
    total = config.get("parameters") or embeddings + layers * (attention + mlp + 2 * hidden)
    return ModelShape(
        total=total,
        active=config.get("active_parameters") or total,
        embeddings=embeddings,
        layers=layers,
        hidden=hidden,
        vocabulary=vocabulary,
        kv_values=config.get("kv_values_per_token") or 2 * layers * kv_heads * head,
    )


def shape_in(folder: Path) -> ModelShape | None:
    """The shape of the model in a local folder; None if it has no `config.json`.

    Raises:
        ConfigError: the file is none that transformers would write.
    """
    try:
        plain = json.loads((folder / "config.json").read_text("utf-8"))
    except OSError:
        return None
    except ValueError as e:
        raise ConfigError(f"{folder / 'config.json'} is not JSON", hint="the folder is no model's") from e
    return shape_of(plain)
