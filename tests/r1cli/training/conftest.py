"""A model of random weights, for tests of loading."""

from __future__ import annotations

import pytest

from r1cli import artifact
from r1cli.artifact import Artifact


@pytest.fixture(scope="module")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A Qwen2 of random weights, without a tokenizer."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    folder = tmp_path_factory.mktemp("model")
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    Qwen2ForCausalLM(Qwen2Config(vocab_size=50, num_key_value_heads=1, **sizes)).save_pretrained(folder)
    return artifact.model(folder)
