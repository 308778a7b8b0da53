"""The decode loop: the same tokens as transformers' own `generate`, and the same text whatever is drawn beside it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from r1cli.generators.native import Drawn, SampleRequest, decode, supports
from r1cli.generators.rule import SamplingRule, seed_of
from tests.r1cli.generators.tiny_models import gemma, llama, qwen2

pytestmark = pytest.mark.torch
EOS = 1
ARCHITECTURES = [qwen2, llama, gemma]


def _requests(count: int, *, each: int = 1, longest: int = 20) -> list[SampleRequest]:
    """`count` random prompts, `each` completions of every one of them."""
    rng = random.Random(0)
    prompts = [tuple(rng.randrange(3, 96) for _ in range(rng.randint(1, longest))) for _ in range(count)]
    return [SampleRequest(p, seed_of(i, n)) for i, p in enumerate(prompts) for n in range(each)]


def _decoded(
    model: Any, requests: list[SampleRequest], *, rows: int, rule: SamplingRule, most: int = 24
) -> list[Drawn]:
    import torch

    with torch.no_grad():
        drawn = dict(decode(model, requests, rule=rule, max_new_tokens=most, end_ids=[EOS], rows=rows))
    return [drawn[i] for i in range(len(requests))]


def _generated(model: Any, prompt: tuple[int, ...], most: int) -> list[int]:
    """What transformers draws greedily, up to the end token."""
    import torch

    ids = torch.tensor([prompt])
    out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=most)
    tokens: list[int] = out[0, len(prompt) :].tolist()
    return tokens[: tokens.index(EOS) + 1] if EOS in tokens else tokens


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_greedy_tokens_are_those_of_generate(architecture: Callable[..., Any], attention: str) -> None:
    model = architecture(attn_implementation=attention)
    requests = _requests(12)
    drawn = _decoded(model, requests, rows=5, rule=SamplingRule(temperature=0))
    assert [list(d.tokens) for d in drawn] == [_generated(model, r.prompt, 24) for r in requests]


@pytest.mark.parametrize("rows", [1, 3, 8, 40])
def test_a_completion_does_not_depend_on_what_is_drawn_beside_it(rows: int) -> None:
    model, requests = qwen2(), _requests(10, each=4)
    alone = [_decoded(model, [r], rows=1, rule=SamplingRule(1.0))[0] for r in requests]
    together = _decoded(model, requests, rows=rows, rule=SamplingRule(1.0))
    assert [d.tokens for d in together] == [d.tokens for d in alone]
    assert len({d.tokens for d in together}) > len(requests) / 2


def test_the_order_of_requests_does_not_matter() -> None:
    model, requests = qwen2(), _requests(10, each=3)
    order = random.Random(1).sample(range(len(requests)), len(requests))
    straight = _decoded(model, requests, rows=7, rule=SamplingRule(0.8, top_p=0.9))
    shuffled = _decoded(model, [requests[i] for i in order], rows=7, rule=SamplingRule(0.8, top_p=0.9))
    assert [straight[i].tokens for i in order] == [d.tokens for d in shuffled]


def test_a_long_queue_runs_through_a_short_buffer() -> None:
    """Far more tokens are drawn than the cache has slots, so the clock is set back many times."""
    model, requests = llama(), _requests(60)
    drawn = _decoded(model, requests, rows=4, rule=SamplingRule(1.0), most=16)
    assert [d.tokens for d in drawn] == [
        _decoded(model, [r], rows=1, rule=SamplingRule(1.0), most=16)[0].tokens for r in requests
    ]


def test_finished_says_whether_the_end_token_was_drawn() -> None:
    drawn = _decoded(qwen2(), _requests(30, each=2), rows=16, rule=SamplingRule(1.5), most=40)
    assert {d.finished for d in drawn} == {True, False}
    for d in drawn:
        assert d.finished == (d.tokens[-1] == EOS)
        assert EOS not in d.tokens[:-1]
        assert d.finished or len(d.tokens) == 40


def test_log_probabilities_are_those_of_a_forward_pass() -> None:
    import torch

    model, requests = qwen2(), _requests(6, each=2)
    rule = SamplingRule(0.7)
    for request, drawn in zip(requests, _decoded(model, requests, rows=5, rule=rule), strict=True):
        ids = torch.tensor([[*request.prompt, *drawn.tokens]])
        with torch.no_grad():
            logits = model(ids).logits[0, len(request.prompt) - 1 : -1]
        expected = (logits / 0.7).log_softmax(-1).gather(1, torch.tensor(drawn.tokens)[:, None])[:, 0]
        assert torch.allclose(torch.tensor(drawn.logprobs), expected, atol=1e-5)


def test_no_requests_draw_nothing() -> None:
    assert _decoded(qwen2(), [], rows=4, rule=SamplingRule(1.0)) == []


def test_what_the_loop_cannot_run_is_named() -> None:
    assert supports(qwen2()) == ""
    assert "sliding" in supports(qwen2(use_sliding_window=True, sliding_window=8, max_window_layers=0))
