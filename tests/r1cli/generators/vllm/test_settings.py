"""What an engine is made of, on a CPU and on a GPU; vLLM itself is not needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from r1cli.engine.fingerprint import identity
from r1cli.generators.vllm import settings
from r1cli.generators.vllm.settings import Vllm


def vllm(**changed: Any) -> Vllm:
    plain = {
        "dtype": "auto", "memory_share": 0.8, "kv_cache_gib": 0.5, "context": 512, "tensor_parallel": 1,
        "eager": False, "mode": "colocate", "server": None, "largest_difference": None,
    }  # fmt: skip
    return Vllm(**plain | changed)


@pytest.fixture
def made_of(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """What engines would be made of."""
    made: list[tuple[dict[str, Any], dict[str, str]]] = []
    monkeypatch.setattr(settings, "Engine", lambda folder, what, *, log, environment: made.append((what, environment)))
    return made


def test_on_a_cpu_no_prompt_is_computed_in_pieces(made_of: Any) -> None:
    vllm().engine(Path("m"), dtype="float32", device="cpu", rows=128, log=Path("log"))
    what, _ = made_of[0]
    assert (what["max_num_seqs"], what["max_num_batched_tokens"]) == (64, 64 * 512)
    assert what["kv_cache_memory_bytes"] == 2**29
    assert what["enforce_eager"]
    assert what["dtype"] == "float32"  # left alone, vLLM would make bfloat16 of it


def test_on_a_gpu_vllm_takes_a_share_of_it(made_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    vllm(dtype="bfloat16").engine(Path("m"), dtype="float32", device="cuda", rows=256, log=Path("log"))
    what, environment = made_of[0]
    assert (what["gpu_memory_utilization"], what["dtype"], what["max_num_seqs"]) == (0.8, "bfloat16", 256)
    assert environment["CUDA_VISIBLE_DEVICES"] == "5"


def test_dtype_is_part_of_a_result_and_memory_is_not() -> None:
    def of(backend: Vllm) -> Any:
        return identity(backend, lambda path: "")

    assert of(vllm()) == of(vllm(memory_share=0.2, context=None, tensor_parallel=2, eager=True))
    assert of(vllm()) != of(vllm(dtype="bfloat16"))
