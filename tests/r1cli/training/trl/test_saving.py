"""Publishing what a trainer made. Out of shards: tests/stages/test_sharded.py; adapters: tests/stages/test_sft.py."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.training.trl import saving

pytestmark = pytest.mark.torch


class Model:
    """Writes its weights, or forgets to."""

    def __init__(self, *, writes: bool) -> None:
        self.writes = writes

    def parameters(self) -> list[Any]:
        return []

    def save_pretrained(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self.writes:
            (folder / "model.safetensors").touch()


def trainer(model: Model, *, main: bool = True) -> Any:
    return SimpleNamespace(
        accelerator=SimpleNamespace(unwrap_model=lambda model: model),
        model=model,
        args=SimpleNamespace(should_save=main),
        processing_class=SimpleNamespace(save_pretrained=lambda folder: (folder / "tokenizer.json").touch()),
    )


def test_the_first_process_writes_model_and_tokenizer(tmp_path: Path) -> None:
    saving.save(trainer(Model(writes=True)), tmp_path / "model", "float32")
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"model.safetensors", "tokenizer.json"}


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    saving.save(trainer(Model(writes=True), main=False), tmp_path / "model", "float32")
    assert not (tmp_path / "model").exists()


def test_a_model_without_weights_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no weights were written"):
        saving.save(trainer(Model(writes=False)), tmp_path / "model", "float32")
