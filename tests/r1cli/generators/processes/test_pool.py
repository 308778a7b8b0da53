"""Sampling by several processes: the same completions, and nothing left behind whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from r1cli.generators import native
from r1cli.generators.native import Drawn, SampleRequest
from r1cli.generators.processes import pool
from r1cli.generators.rule import SamplingRule
from tests.r1cli.generators.tiny_models import qwen2

pytestmark = pytest.mark.torch
HOW: dict[str, Any] = {"rule": SamplingRule(1.0), "max_new_tokens": 20, "end_ids": [1], "rows": 2 * pool.FEWEST}


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True, scope="module")
def _no_helper_remains() -> Iterator[None]:
    yield
    pool.close()
    assert not _helpers()


def _requests(count: int = 3 * pool.FEWEST) -> list[SampleRequest]:
    return [SampleRequest((3 + i // 4, 7, 5), seed=i) for i in range(count)]


def _drawn(decode: Any, model: Any, requests: list[SampleRequest]) -> dict[int, Drawn]:
    import torch

    with torch.inference_mode():
        return dict(decode(model, requests, **HOW))


def _helpers() -> list[psutil.Process]:
    # An earlier test may have left a child that has ended and is not waited for: it has no command line.
    children = [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]
    return [p for p in children if "generators/processes/worker.py" in " ".join(p.cmdline())]


def test_two_processes_draw_what_one_draws() -> None:
    model, requests = qwen2(), _requests()
    together = _drawn(pool.decode, model, requests)
    assert len(_helpers()) == 1
    alone = _drawn(native.decode, model, requests)
    assert {i: d.tokens for i, d in together.items()} == {i: d.tokens for i, d in alone.items()}
    assert together[5].logprobs == pytest.approx(alone[5].logprobs, abs=1e-5)


def test_each_call_draws_from_the_weights_as_they_are_then() -> None:
    import torch

    model, requests = qwen2(), _requests()
    before = _drawn(pool.decode, model, requests)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0)))
    after = _drawn(pool.decode, model, requests)
    assert {i: d.tokens for i, d in after.items()} == {
        i: d.tokens for i, d in _drawn(native.decode, model, requests).items()
    }
    assert sum(before[i].tokens != after[i].tokens for i in after) > len(requests) / 2


def test_threads_are_given_back() -> None:
    import torch

    _drawn(pool.decode, qwen2(), _requests())
    assert torch.get_num_threads() == 2


def test_a_process_that_is_killed_is_an_error_that_says_so_and_is_replaced() -> None:
    model, requests = qwen2(), _requests()
    expected = _drawn(pool.decode, model, requests)
    stream = pool.decode(model, requests, **HOW)
    next(stream)
    _helpers()[0].kill()
    with pytest.raises(RuntimeError, match=f"ended by {signal.SIGKILL.name}"):
        list(stream)
    assert not _helpers()
    again = _drawn(pool.decode, model, requests)
    assert [again[i].tokens for i in range(len(requests))] == [expected[i].tokens for i in range(len(requests))]


def test_one_that_was_killed_while_idle_is_replaced_without_a_word() -> None:
    model, requests = qwen2(), _requests()
    _drawn(pool.decode, model, requests)
    idle = _helpers()[0]
    idle.kill()
    idle.wait()
    assert len(_drawn(pool.decode, model, requests)) == len(requests)


def test_nothing_goes_on_drawing_for_a_caller_who_has_stopped_listening() -> None:
    stream = pool.decode(qwen2(), _requests(), **HOW)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert not _helpers()


def test_what_breaks_in_a_helper_is_raised_here() -> None:
    import torch

    requests = _requests()
    requests[1] = SampleRequest((10**6,), seed=1)  # no such token; the helper draws every second request
    with pytest.raises(RuntimeError, match=r"(?s)a sampling process broke.*Traceback.*out of range"):
        _drawn(pool.decode, qwen2(), requests)
    assert torch.get_num_threads() == 2


def test_a_model_that_cannot_be_sent_is_drawn_from_here() -> None:
    pool.close()
    model, requests = qwen2(), _requests()
    expected = _drawn(native.decode, model, requests)
    model.note = lambda: None  # as libraries do that patch methods
    assert {i: d.tokens for i, d in _drawn(pool.decode, model, requests).items()} == {
        i: d.tokens for i, d in expected.items()
    }
    assert not _helpers()


@pytest.mark.parametrize(
    ("threads", "completions", "processes"), [(1, 500, 1), (2, 500, 2), (2, 63, 1), (8, 500, 2), (2, 0, 1)]
)
def test_one_process_a_thread_and_enough_completions_for_each(threads: int, completions: int, processes: int) -> None:
    import torch

    torch.set_num_threads(threads)
    assert pool.useful(qwen2(), completions, rows=2 * pool.FEWEST) == processes


def test_a_large_model_keeps_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "LARGEST", 1000)
    assert pool.useful(qwen2(), 500, 500) == 1


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
def test_helpers_know_no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    pool.close()
    monkeypatch.setenv("HF_TOKEN", "hf_canary")
    _drawn(pool.decode, qwen2(), _requests())
    assert b"hf_canary" not in Path(f"/proc/{_helpers()[0].pid}/environ").read_bytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_starts_helpers_of_its_own() -> None:
    model, requests = qwen2(), _requests()
    _drawn(pool.decode, model, requests)
    child = os.fork()
    if not child:
        os._exit(len(pool._helpers))
    assert os.waitpid(child, 0)[1] == 0
    assert len(_drawn(pool.decode, model, requests)) == len(requests)


ENDLESS = """
import torch
from r1cli.generators.processes import pool
from tests.r1cli.generators.processes.test_pool import HOW, _requests
from tests.r1cli.generators.tiny_models import qwen2
torch.set_num_threads(2)
model = qwen2()
while True:
    for _ in pool.decode(model, _requests(1000), **HOW):
        print(pool._helpers[0].process.pid, flush=True)
"""


@pytest.mark.slow
def test_a_helper_does_not_outlive_a_process_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        helper = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert not psutil.wait_procs([helper], timeout=120)[1]
