"""Loading models: places that are none, names that lead to the same files, adapters that are not installed."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.errors import ConfigError, StoreError
from r1cli.training.models import (
    folder_of,
    load_model,
    load_tokenizer,
    lora_config,
    prompt_text,
    unpartitioned,
)
from r1cli.training.reward_models import load_reward_model
from tests.r1cli.training.random_weights import SPEC


def test_a_prompt_replaces_its_place_only() -> None:
    assert prompt_text(SPEC.template, "a {b}?") == "User: a {b}?\nAssistant: {not this}"


def test_a_folder_is_found_where_it_is(tmp_path: Path) -> None:
    assert folder_of(artifact.model(tmp_path)) == tmp_path.resolve()


def test_a_model_that_would_have_to_be_fetched_without_a_network_says_how() -> None:
    with pytest.raises(StoreError, match="not on this machine, and the hub cannot be asked now") as raised:
        folder_of(Artifact(kind="model", location="nobody/has-this-model"))
    assert "hf download nobody/has-this-model" in raised.value.hint


@pytest.mark.parametrize("location", ["/nowhere/at/all", "bad name"])
def test_a_model_that_is_nowhere_is_an_error_with_a_hint(location: str) -> None:
    with pytest.raises(StoreError, match="neither a folder here nor a model") as raised:
        folder_of(Artifact(kind="model", location=location))
    assert "hub id" in raised.value.hint


def test_adapters_without_peft_are_an_error_with_a_hint() -> None:
    assert lora_config(SPEC) is None
    with_lora = SPEC.model_copy(update={"lora": {"r": 8}})
    try:
        import peft  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigError, match="needs the package peft") as raised:
            lora_config(with_lora)
        assert "lora" in raised.value.hint
    else:
        assert lora_config(with_lora).r == 8


@pytest.mark.torch
def test_a_loaded_model_remembers_the_folder_from_which_trl_loads_the_reference(random_model: Artifact) -> None:
    assert load_model(random_model, SPEC).config._name_or_path == str(random_model.path)


@pytest.mark.torch
@pytest.mark.parametrize("load", [load_model, load_reward_model])
def test_weights_that_are_not_there_are_not_made_up(random_model: Artifact, tmp_path: Path, load: Any) -> None:
    from safetensors.torch import load_file, save_file

    shutil.copytree(random_model.path, tmp_path / "m")
    weights = load_file(tmp_path / "m" / "model.safetensors")
    norm = weights.pop("model.norm.weight")
    save_file(weights, tmp_path / "m" / "model.safetensors", {"format": "pt"})
    with pytest.raises(StoreError, match=r"lack 1 of the model's weights: model\.norm\.weight"):
        load(artifact.model(tmp_path / "m"), SPEC)
    save_file(weights | {"model.norm.weight": norm}, tmp_path / "m" / "model.safetensors", {"format": "pt"})
    load(artifact.model(tmp_path / "m"), SPEC)


def _write(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def _changed(**values: Any) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | values))

    return change


DAMAGE = {
    "half a configuration": _write("config.json", b'{"a"'),
    "a list for a configuration": _write("config.json", b"[]"),
    "an unknown architecture": _changed(model_type="nope"),
    "sizes below zero": _changed(hidden_size=-4),
    "sizes that are texts": _changed(vocab_size="x"),
    "no heads": _changed(num_attention_heads=0),
    "a kernel of the hub": _changed(attn_implementation="evil/kernel"),
    "a library that is not there": _changed(quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True}),
    "an adapter without weights": _write("adapter_config.json", b'{"peft_type": "LORA", "task_type": "CAUSAL_LM"}'),
    "a header without end": _write("model.safetensors", b"\xff" * 8 + b"x"),
    "half the weights": _write("model.safetensors", b"\x10\0\0\0\0\0\0\0{"),
}


@pytest.mark.torch
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_model_folder_that_is_not_what_it_should_be_is_one_error(
    random_model: Artifact, tmp_path: Path, damage: str
) -> None:
    shutil.copytree(random_model.path, tmp_path / "m")
    DAMAGE[damage](tmp_path / "m")
    with pytest.raises(StoreError, match="cannot be loaded") as error:
        load_model(artifact.model(tmp_path / "m"), SPEC)
    assert "\n" not in error.value.message
    assert error.value.hint


@pytest.mark.torch
@pytest.mark.parametrize("content", [b'{"a"', b"[]"])
def test_a_tokenizer_that_is_none_is_one_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tokenizer.json").write_bytes(content)
    (tmp_path / "config.json").write_text('{"model_type": "qwen2"}')
    with pytest.raises(StoreError, match="cannot be loaded"):
        load_tokenizer(artifact.model(tmp_path))


@pytest.mark.torch
def test_the_dtype_is_the_spec_s(random_model: Artifact) -> None:
    import torch

    half = SPEC.model_copy(update={"dtype": "bfloat16"})
    assert load_model(random_model, half).dtype == torch.bfloat16


@pytest.mark.torch
def test_code_that_lies_in_a_models_folder_is_not_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Config: pass\n")
    own = {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Config"}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "evil", "auto_map": own}))
    own_tokenizer = {"tokenizer_class": "Evil", "auto_map": {"AutoTokenizer": ["evil.Config", None]}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(own_tokenizer))
    (tmp_path / "tokenizer.json").write_text("{}")
    artifact = Artifact(kind="model", location=str(tmp_path))
    for load in (load_tokenizer, lambda a: load_model(a, SPEC), lambda a: load_reward_model(a, SPEC)):
        with pytest.raises(StoreError, match="brings code of its own, which r1 does not run"):
            load(artifact)
    assert not ran.exists()


@pytest.mark.torch
def test_weights_that_are_a_pickle_with_code_in_it_are_refused_and_nobody_advises_to_load_them(tmp_path: Path) -> None:
    from transformers import Qwen2Config

    class Evil:
        def __reduce__(self) -> Any:
            return open, (str(tmp_path / "ran"), "w")

    size = {"vocab_size": 8, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    Qwen2Config(**size, architectures=["Qwen2ForCausalLM"]).save_pretrained(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps({"lm_head.weight": Evil()}))
    with pytest.raises(StoreError, match="which r1 does not load") as error:
        load_model(Artifact(kind="model", location=str(tmp_path)), SPEC)
    assert "weights_only" not in f"{error.value} {error.value.hint}"
    assert not (tmp_path / "ran").exists()


@pytest.mark.torch
def test_without_zero3_models_are_loaded_as_ever() -> None:
    with unpartitioned():
        pass


@pytest.mark.torch
def test_models_are_loaded_whole_where_zero3_would_cut_them() -> None:
    from transformers.integrations import deepspeed

    class Config:
        config: dict[str, Any] = {}

        def is_zero3(self) -> bool:
            return True

    zero3 = Config()
    deepspeed.set_hf_deepspeed_config(zero3)
    try:
        with unpartitioned():
            assert not deepspeed.is_deepspeed_zero3_enabled()
        assert deepspeed.is_deepspeed_zero3_enabled()
        assert deepspeed.deepspeed_config() is zero3.config
    finally:
        deepspeed.unset_hf_deepspeed_config()
