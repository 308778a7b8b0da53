"""Completions of a list of prompts: which tokens end them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from r1cli.generators.base import Sampling
from r1cli.generators.sampler import Prompt, sample

sys.path.insert(0, str(Path(__file__).parents[2] / "stages"))

pytestmark = pytest.mark.torch


def test_a_model_with_several_end_tokens_stops_at_each_of_them(tmp_path: Path) -> None:
    from tiny_training import SPEC, make_random_model

    from r1cli.training.models import load_model, load_tokenizer

    source = make_random_model(tmp_path / "model")
    model, tokenizer = load_model(source, SPEC), load_tokenizer(source)
    sampling = Sampling(per_prompt=16, temperature=1.0, top_p=1.0, max_completion_tokens=8)

    def finished() -> int:
        [(_, completions)] = sample(model, tokenizer, [Prompt("0", "1 + 1?")], sampling, seed=0, rows=16)
        return sum(completion.finished for completion in completions)

    rare = finished()
    model.generation_config.eos_token_id = list(range(0, len(tokenizer), 2))
    assert finished() > 8 > rare


def test_a_prompt_that_leaves_no_room_for_a_completion_gets_an_empty_one_and_its_neighbours_theirs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from tiny_training import SPEC, make_random_model

    from r1cli.training.models import load_model, load_tokenizer

    source = make_random_model(tmp_path / "model")
    model, tokenizer = load_model(source, SPEC), load_tokenizer(source)
    sampling = Sampling(per_prompt=2, temperature=1.0, top_p=1.0, max_completion_tokens=8)
    prompts = [Prompt("0", "1 + 1?"), Prompt("1", "word " * 5000)]
    together = dict(sample(model, tokenizer, prompts, sampling, seed=0, rows=16))
    assert [(c.text, c.finished, c.tokens) for c in together[1]] == [("", False, 0)] * 2
    assert "2 of 4 completions have no room" in caplog.text
    assert together[0] == dict(sample(model, tokenizer, prompts[:1], sampling, seed=0, rows=16))[0]
    assert dict(sample(model, tokenizer, prompts[1:], sampling, seed=0, rows=16)).keys() == {0}
