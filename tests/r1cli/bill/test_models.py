"""Which model a node works on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.bill.models import shape_for
from r1cli.config.build import build
from r1cli.errors import ConfigError


def test_a_model_that_is_made_here_is_found_through_all_the_stages_before() -> None:
    job = build("run", ["recipe=r1"])
    assert shape_for(job, "all_scenario_rl") == shape_for(job, "base")


def test_the_student_is_another_model_than_its_teacher() -> None:
    job = build("run", ["recipe=distill", "model=qwen2.5-7b"])
    assert shape_for(job, "distill").total < shape_for(job, "coldstart").total


def test_a_local_folder_is_read(tmp_path: Path) -> None:
    config = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 100}
    (tmp_path / "config.json").write_text(json.dumps(config))
    job = build("run", ["recipe=r1_zero", "model=qwen2.5-0.5b", f"model.path={tmp_path}", "model.shape=null"])
    assert shape_for(job, "r1_zero").vocabulary == 100


def test_the_command_line_can_say_what_a_model_is() -> None:
    shape = "{hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4, vocab_size: 100}"
    job = build("run", ["recipe=r1_zero", "model=qwen2.5-0.5b", "model.path=some/body", f"model.shape={shape}"])
    assert shape_for(job, "r1_zero").layers == 2
    job = build("run", ["recipe=r1_zero", "model=qwen2.5-0.5b", "model.path=some/body", "model.shape=null"])
    with pytest.raises(ConfigError, match="some/body: nothing here says how large"):
        shape_for(job, "r1_zero")
