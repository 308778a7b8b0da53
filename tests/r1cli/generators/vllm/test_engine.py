"""vLLM for real, on a CPU, in a process of its own: the native sampler's text token for token, and its memory back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import StageFailed
from r1cli.generators import native
from r1cli.generators.native import Drawn, SampleRequest
from r1cli.generators.rule import SamplingRule
from r1cli.generators.vllm.engine import Engine
from r1cli.generators.vllm.settings import Vllm
from tests.r1cli.generators.tiny_models import qwen2
from tests.r1cli.generators.vllm_server import NEEDS_VLLM

pytestmark = NEEDS_VLLM
RULES = [SamplingRule(1.0), SamplingRule(0.6, 0.95)]
REQUESTS = [SampleRequest((3 + i % 5, 4, 5 + i % 7), seed=1000 + i) for i in range(24)]


def settings(**changed: Any) -> Vllm:
    plain = {
        "dtype": "auto", "memory_share": 0.9, "kv_cache_gib": 0.06, "context": 64, "tensor_parallel": 1,
        "eager": False, "mode": "colocate", "server": None, "largest_difference": None,
    }  # fmt: skip
    return Vllm(**plain | changed)


@pytest.fixture(scope="module")
def model() -> Any:
    return qwen2(hidden_size=128, num_attention_heads=4, tie_word_embeddings=True)


@pytest.fixture(scope="module")
def folder(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """vLLM wants a tokenizer beside a model, though it is given tokens."""
    from tests.stages.tiny_training import small_tokenizer

    folder = tmp_path_factory.mktemp("vllm") / "model"
    model.save_pretrained(folder)
    small_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def engine(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    log = tmp_path_factory.mktemp("vllm-log") / "vllm.log"
    return settings().engine(folder, dtype="float32", device="cpu", rows=16, log=log)


def drawn_by_vllm(engine: Engine, rule: SamplingRule, requests: list[SampleRequest]) -> dict[int, Drawn]:
    return dict(engine.decode(requests, rule=rule, max_new_tokens=20, end_ids=[1]))


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_vllm_draws_what_the_native_sampler_draws(engine: Engine, model: Any, rule: SamplingRule) -> None:
    import torch

    with torch.no_grad():
        ours = dict(native.decode(model, REQUESTS, rule=rule, max_new_tokens=20, end_ids=[1], rows=8))
    theirs = drawn_by_vllm(engine, rule, REQUESTS)
    assert [theirs[i].tokens for i in range(24)] == [ours[i].tokens for i in range(24)]
    assert [theirs[i].finished for i in range(24)] == [ours[i].finished for i in range(24)]
    for i in range(24):
        assert theirs[i].logprobs == pytest.approx(ours[i].logprobs, abs=1e-4)


def test_what_is_drawn_for_a_seed_does_not_depend_on_its_neighbours(engine: Engine) -> None:
    together = drawn_by_vllm(engine, RULES[0], REQUESTS)
    for i in (0, 7, 23):
        assert drawn_by_vllm(engine, RULES[0], [REQUESTS[i]])[0].tokens == together[i].tokens


def test_the_process_ends_with_its_handle(folder: Path, tmp_path: Path) -> None:
    engine = settings().engine(folder, dtype="float32", device="cpu", rows=4, log=tmp_path / "vllm.log")
    assert drawn_by_vllm(engine, RULES[0], REQUESTS[:2])
    assert engine.versions["vllm"]
    assert engine._process is not None
    pid = engine._process.pid
    del engine
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_engine_that_cannot_be_made_says_why(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "vllm.log"
    engine = settings(context=100000).engine(folder, dtype="float32", device="cpu", rows=4, log=log)
    with pytest.raises(StageFailed, match="vLLM ended with exit code") as failed:
        drawn_by_vllm(engine, RULES[0], REQUESTS[:1])
    assert str(log) in failed.value.hint


def test_vllm_still_ends_where_a_seeded_prompt_is_computed_in_pieces(folder: Path, tmp_path: Path) -> None:
    """When this fails, `Vllm._on_a_cpu` need not take care any more that a whole batch fits into one step."""
    engine = settings().engine(folder, dtype="float32", device="cpu", rows=4, log=tmp_path / "vllm.log")
    engine._made_of = {**engine._made_of, "max_num_batched_tokens": 16}
    long = [SampleRequest(tuple(3 + i % 7 for i in range(40)), seed=1)]
    with pytest.raises(StageFailed, match="CPU Generator does not use offset"):
        drawn_by_vllm(engine, RULES[0], long)
