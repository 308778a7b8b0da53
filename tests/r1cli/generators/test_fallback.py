"""What `generate` draws by our rule is what the decode loop draws, and models with a sliding window are served too."""

from __future__ import annotations

import pytest

from r1cli.generators.fallback import generate
from r1cli.generators.native import decode
from r1cli.generators.rule import SamplingRule
from tests.r1cli.generators.test_native import EOS, _requests
from tests.r1cli.generators.tiny_models import llama, qwen2

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("rule", [SamplingRule(1.0), SamplingRule(0.6, top_p=0.9)], ids=["T=1", "T=0.6, top-p"])
def test_generate_draws_the_same_tokens_as_the_loop(rule: SamplingRule) -> None:
    import torch

    model, requests = llama(), _requests(8, each=3)
    settings = {"rule": rule, "max_new_tokens": 20, "end_ids": [EOS], "rows": 7}
    with torch.no_grad():
        theirs = dict(generate(model, requests, **settings))
        ours = dict(decode(model, requests, **settings))
    for number in range(len(requests)):
        assert theirs[number].tokens == ours[number].tokens
        assert theirs[number].finished == ours[number].finished
        assert theirs[number].logprobs == pytest.approx(ours[number].logprobs, abs=1e-4)


def test_a_sliding_window_is_no_obstacle() -> None:
    import torch

    model = qwen2(use_sliding_window=True, sliding_window=8, max_window_layers=0)
    with torch.no_grad():
        drawn = dict(generate(model, _requests(5), rule=SamplingRule(1.0), max_new_tokens=20, end_ids=[EOS], rows=5))
    assert sorted(drawn) == list(range(5))
