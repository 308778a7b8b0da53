"""vLLM's server on a random model: with our seeds it replies what the sampler here replies, word for word."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from r1cli.generators.generator import Lent, Question
from r1cli.generators.local import Local
from r1cli.generators.served import Served
from r1cli.generators.serving.attempts import FILE, read_attempts
from r1cli.template import Completion
from tests.r1cli.generators.test_served import SETTINGS
from tests.r1cli.generators.vllm_server import NEEDS_VLLM, serving

pytestmark = NEEDS_VLLM
LONGEST = 24


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Heads of 32 numbers: vLLM's attention on a CPU has no smaller ones."""
    import torch
    from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM

    from tests.stages.tiny_training import small_tokenizer

    folder = tmp_path_factory.mktemp("model")
    tokenizer = small_tokenizer()
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
    tokenizer.save_pretrained(folder)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 2, "num_key_value_heads": 1}
    sizes |= {"num_hidden_layers": 2, "max_position_embeddings": 256}
    config = Qwen2Config(vocab_size=len(tokenizer), tie_word_embeddings=True, **sizes, **ends)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = Qwen2ForCausalLM(config)
    made.generation_config = GenerationConfig(**ends)
    made.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def url(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(model, tmp_path_factory.mktemp("log") / "vllm.txt") as address:
        yield f"{address}/v1"


def lent(folder: Path, model: Path) -> Lent:
    def load() -> tuple[Any, Any]:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        return AutoModelForCausalLM.from_pretrained(model).float().eval(), AutoTokenizer.from_pretrained(model)

    return Lent(folder, logging.getLogger("test"), "tiny", load, render=lambda q: f"User: {q}\nAssistant: ", rows=4)


QUESTIONS = [Question(f"q:{p}", s, f"{p} + 1?", 2**50 + 10 * p + s) for p in range(6) for s in range(3)]


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.6, 0.95)])
def test_vllm_replies_what_the_sampler_here_replies(
    url: str, model: Path, tmp_path: Path, temperature: float, top_p: float
) -> None:
    drawn = {"temperature": temperature, "top_p": top_p, "max_completion_tokens": LONGEST}
    served = Served(base_url=url, **SETTINGS | drawn | {"api": "completions", "seed_bits": 63})
    there = {reply.question: reply.completion for reply in served.replies(QUESTIONS, lent(tmp_path, model))}
    here = {reply.question: reply.completion for reply in Local(**drawn).replies(QUESTIONS, lent(tmp_path, model))}
    assert {question: said(made) for question, made in there.items()} == {
        question: said(made) for question, made in here.items()
    }


def said(made: Completion) -> tuple[str, bool, int]:
    """Half a character at the end is left out by vLLM, and shown as such here."""
    return made.text.rstrip("\N{REPLACEMENT CHARACTER}"), made.finished, made.tokens


def test_n_and_chat_are_understood(url: str, model: Path, tmp_path: Path) -> None:
    served = Served(base_url=url, **SETTINGS | {"samples_per_request": 3, "max_completion_tokens": LONGEST})
    replies = list(served.replies(QUESTIONS, lent(tmp_path, model)))
    assert len(replies) == 18
    attempts = read_attempts(tmp_path / FILE)
    assert [len(attempt.replies) for attempt in attempts] == [3] * 6
    assert all(attempt.fingerprint for attempt in attempts)
    assert all(reply.completion.tokens for reply in replies)
