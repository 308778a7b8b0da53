"""Weights that a running vLLM takes over make it the engine that it would be if it were started with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.r1cli.generators.tiny_models import qwen2
from tests.r1cli.generators.vllm_server import NEEDS_VLLM

WORKER = Path(__file__).with_name("handing_over.py")
ROOT = Path(__file__).resolve().parents[4]
pytestmark = NEEDS_VLLM


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    import torch

    from tests.stages.tiny_training import small_tokenizer

    folder = tmp_path_factory.mktemp("weights")
    for name in ("first", "second"):
        model = qwen2(hidden_size=128, num_attention_heads=4, tie_word_embeddings=True)
        if name == "second":
            with torch.no_grad(), torch.random.fork_rng():
                torch.manual_seed(7)
                for weight in model.parameters():
                    weight.add_(0.1 * torch.randn_like(weight))
        model.save_pretrained(folder / name)
        small_tokenizer().save_pretrained(folder / name)
    answer = folder / "drawn.json"
    done = subprocess.run(
        [sys.executable, str(WORKER), str(folder / "first"), str(folder / "second"), str(answer)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(answer.read_text())


def test_an_engine_with_new_weights_draws_what_a_fresh_one_draws(drawn: dict[str, Any]) -> None:
    assert drawn["handed"] == drawn["fresh"]  # tokens, and log-probabilities to the last bit
    assert drawn["before"] != drawn["fresh"]


def test_vllm_by_itself_still_keeps_the_old_output_layer_of_a_tied_model(drawn: dict[str, Any]) -> None:
    """When this fails, `rollouts._sync_weights` need not pack the output layer again."""
    assert drawn["unpacked"] != drawn["fresh"]
