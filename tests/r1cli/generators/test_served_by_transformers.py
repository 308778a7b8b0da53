"""`transformers serve` on a random model: the protocol, by somebody else's server.

It ignores `n` and says so only in its own log, refuses keys that it does not know, and draws from one sequence of
random numbers for all requests, so that seeds repeat only when requests come one after another. Needs the extra
`serving` of transformers (fastapi, uvicorn, openai).
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from r1cli.generators.generator import Question, Reply
from r1cli.generators.served import Served
from r1cli.generators.serving.asking import ServerStopped
from r1cli.generators.serving.attempts import FILE, read_attempts
from tests.r1cli.generators.test_served import SETTINGS, lent

MISSING = [name for name in ("fastapi", "uvicorn", "openai") if importlib.util.find_spec(name) is None]
pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"transformers[serving] is not installed: no {', '.join(MISSING)}"),
]
STARTING_S = 300
SAMPLING = {"do_sample": True, "max_new_tokens": 12, "temperature": 1.0, "eos_token_id": [], "pad_token_id": 0}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.stages.tiny_training import make_random_model, small_tokenizer

    folder = tmp_path_factory.mktemp("model")
    make_random_model(folder)
    tokenizer = small_tokenizer()
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
    tokenizer.save_pretrained(folder)
    return folder


def start(model: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(model), "--device", "cpu"]
    command += ["--dtype", "float32", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=log.open("ab"), stderr=subprocess.STDOUT, env={**os.environ})
    end = time.monotonic() + STARTING_S
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return server
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def url(model: Path, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = start(model, port, tmp_path_factory.mktemp("log") / "serve.txt")
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def generator(url: str, model: Path, **changes: Any) -> Served:
    drawn = {"generation_config": json.dumps(SAMPLING)}
    own = {"base_url": url, "model": str(model), "concurrency": 1, "extra": drawn, "temperature": None, "top_p": None}
    return Served(**SETTINGS | own | changes)


def asked(served: Served, folder: Path, *, prompts: int = 1, samples: int = 1) -> list[Reply]:
    wanted = [Question(f"q:{p}", s, f"{p} + 1?", 10 * p + s) for p in range(prompts) for s in range(samples)]
    return list(served.replies(wanted, lent(folder, render=lambda q: f"User: {q}\nAssistant: ")))


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_both_ways_of_asking_are_understood(url: str, model: Path, tmp_path: Path, api: str) -> None:
    replies = asked(generator(url, model, api=api, max_completion_tokens=12), tmp_path, prompts=2)
    assert len(replies) == 2
    for reply in replies:
        assert reply.completion.text
        assert not reply.completion.finished
        assert reply.usage.completion == 12
        assert reply.usage.prompt


def test_an_n_that_is_ignored_costs_requests_and_no_reply(url: str, model: Path, tmp_path: Path) -> None:
    replies = asked(generator(url, model, api="completions", samples_per_request=3), tmp_path, samples=3)
    attempts = read_attempts(tmp_path / FILE)
    assert [len(attempt.samples) for attempt in attempts] == [3, 2, 1]
    assert len({reply.completion.text for reply in replies}) == 3


def test_seeds_repeat_where_requests_come_one_after_another(url: str, model: Path, tmp_path: Path) -> None:
    texts = []
    for turn in ("first", "second"):
        (tmp_path / turn).mkdir()
        replies = asked(generator(url, model, api="completions"), tmp_path / turn, samples=4)
        texts.append([reply.completion.text for reply in replies])
    assert texts[0] == texts[1]
    assert len(set(texts[0])) > 1


def test_a_key_that_the_server_does_not_take_is_said_in_its_words(url: str, model: Path, tmp_path: Path) -> None:
    with pytest.raises(ServerStopped, match="top_k") as caught:
        asked(generator(url, model, extra={"top_k": 5}), tmp_path)
    assert "refuses the first request" in caught.value.message


def test_a_server_that_dies_costs_nothing_that_was_answered(
    model: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    log = tmp_path_factory.mktemp("log") / "serve.txt"
    server = start(model, port, log)
    served = generator(f"http://127.0.0.1:{port}/v1", model, api="completions", attempts=3, first_wait_s=0.01)
    came: list[str] = []
    try:
        wanted = [Question(f"q:{p}", 0, f"{p} + 1?", p) for p in range(6)]

        def answered_until_killed() -> None:
            for reply in served.replies(wanted, lent(tmp_path)):
                came.append(reply.question.id)
                if len(came) == 2:
                    server.kill()
                    server.wait()

        with pytest.raises(ServerStopped, match="no reply after 3 attempts"):
            answered_until_killed()
        server = start(model, port, log)
        answered = {attempt.id for attempt in read_attempts(tmp_path / FILE) if attempt.replies}
        assert set(came) == answered
        assert len(list(served.replies(wanted, lent(tmp_path)))) == 6
        attempts = [attempt.id for attempt in read_attempts(tmp_path / FILE) if attempt.replies]
        assert sorted(attempts) == sorted(question.id for question in wanted)
    finally:
        server.kill()
        server.wait()
