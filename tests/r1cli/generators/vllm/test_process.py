"""What the engine's process makes of a batch. With vLLM itself: test_engine.py."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.generators.vllm import process


class FakeEngine:
    """Answers two requests, the later one first."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def add_request(self, name: str, prompt: Any, how: Any) -> None:
        self.asked[name] = (prompt, how)

    def has_unfinished_requests(self) -> bool:
        return bool(self.asked)

    def step(self) -> list[Any]:
        name = max(self.asked)
        del self.asked[name]
        drawn = SimpleNamespace(
            token_ids=(5, 1), logprobs=[{5: SimpleNamespace(logprob=-0.5)}, {1: SimpleNamespace(logprob=-1.0)}],
            finish_reason="stop" if name == "0" else "length",
        )  # fmt: skip
        return [SimpleNamespace(finished=False), SimpleNamespace(finished=True, request_id=name, outputs=[drawn])]


def test_each_request_has_its_seed_and_is_answered_as_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace(SamplingParams=lambda **how: how))
    engine = FakeEngine()
    batch = {"prompts": [[3], [4]], "seeds": [7, 8], "sampling": {"temperature": 1.0, "stop_token_ids": [1]}}
    answers = process._drawn(engine, batch)
    first = next(answers)
    assert engine.asked["0"] == (
        {"prompt_token_ids": [3]},
        {"seed": 7, "logprobs": 0, "detokenize": False, "ignore_eos": True, "temperature": 1.0, "stop_token_ids": [1]},
    )
    assert first == {"number": 1, "tokens": [5, 1], "logprobs": [-0.5, -1.0], "finished": False}
    assert next(answers)["finished"]
