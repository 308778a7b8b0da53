"""Shapes of models: counted from configurations, compared with what is published or with the model itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.config.catalogue import inherited_option, options
from r1cli.cost.shape import shape_in, shape_of
from r1cli.errors import ConfigError

PUBLISHED = {  # parameters, as their model cards count them
    "qwen2.5-0.5b": 0.49e9,
    "qwen2.5-1.5b": 1.54e9,
    "qwen2.5-7b": 7.61e9,
    "qwen2.5-math-1.5b": 1.54e9,
    "deepseek-v3-base": 671e9,
}


@pytest.mark.parametrize("model", PUBLISHED)
def test_the_parameters_that_are_counted_are_those_that_are_published(model: str) -> None:
    shape = shape_of(inherited_option("model", model)["shape"])
    assert shape.total == pytest.approx(PUBLISHED[model], rel=0.02)


def test_every_model_has_a_shape_or_an_architecture() -> None:
    for model in options("model"):
        plain = inherited_option("model", model)
        assert shape_of(plain.get("shape") or plain["architecture"]).total > 0


@pytest.mark.torch
def test_a_model_that_is_made_here_has_as_many_parameters_as_its_shape_says() -> None:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    architecture = inherited_option("model", "tiny")["architecture"]
    made = Qwen2ForCausalLM(Qwen2Config(**architecture)).num_parameters()
    assert shape_of(architecture).total == pytest.approx(made, rel=0.01)


def test_a_token_of_qwen_7b_takes_57_kib_of_cache() -> None:
    assert 2 * shape_of(inherited_option("model", "qwen2.5-7b")["shape"]).kv_values == 57344


def test_experts_work_on_a_part_of_the_tokens() -> None:
    shape = shape_of(inherited_option("model", "deepseek-v3-base")["shape"])
    assert not shape.dense
    assert shape.active == 37e9


def test_a_model_with_experts_must_say_how_many_parameters_are_active() -> None:
    config = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 100, "num_experts": 8}
    with pytest.raises(ConfigError, match="experts"):
        shape_of(config)


def test_a_missing_number_is_named() -> None:
    with pytest.raises(ConfigError, match="num_attention_heads, vocab_size"):
        shape_of({"hidden_size": 64, "num_hidden_layers": 2})


def test_a_local_folder_says_what_is_in_it(tmp_path: Path) -> None:
    assert shape_in(tmp_path) is None
    text_part = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 100}
    (tmp_path / "config.json").write_text(json.dumps({"text_config": text_part}))
    shape = shape_in(tmp_path)
    assert shape is not None
    assert (shape.layers, shape.hidden, shape.vocabulary) == (2, 64, 100)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ConfigError, match="not JSON"):
        shape_in(tmp_path)
