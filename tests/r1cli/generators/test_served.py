"""Against a server that misbehaves. Waits are milliseconds, so that no test is slow."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import ConfigError
from r1cli.generators.generator import Lent, Question, Reply, Usage
from r1cli.generators.served import SecretGiven, Served
from r1cli.generators.serving.asking import BudgetReached, ServerStopped
from r1cli.generators.serving.attempts import FILE, read_attempts
from tests.r1cli.generators.serving import misbehaving as does

KEY = "sk-canary-0123456789abcdef"
PRICES = {"name": "test", "date": "2025-03-01", "source": "here", "models": {"tiny": {"input": 1, "output": 2}}}
NONE = {"name": "none", "date": None, "source": "none"}
SETTINGS: dict[str, Any] = {
    "api": "chat",
    "model": "tiny",
    "key_env": None,
    "as_of": None,
    "temperature": 0.6,
    "top_p": 0.95,
    "seed_bits": 31,
    "max_completion_tokens": 100,
    "max_tokens_key": "max_tokens",
    "extra": {},
    "samples_per_request": 1,
    "concurrency": 4,
    "requests_per_minute": None,
    "tokens_per_minute": None,
    "attempts": 5,
    "timeout_s": 30,
    "first_wait_s": 0.001,
    "most_wait_s": 1,
    "budget_usd": None,
    "prices": NONE,
    "refused": "stop",
    "stop_when_identical": None,
}


def served(server: does.Server, **changes: Any) -> Served:
    return Served(base_url=server.url, **SETTINGS | changes)


def lent(folder: Path, **more: Any) -> Lent:
    return Lent(folder=folder, log=logging.getLogger("test"), **more)


def questions(prompts: int = 3, samples: int = 2) -> list[Question]:
    return [
        Question(f"q:{p}", s, f"What is {p}+{p}?", 2**40 + 100 * p + s) for p in range(prompts) for s in range(samples)
    ]


def asked(generator: Served, wanted: list[Question], folder: Path, **more: Any) -> dict[tuple[str, int], Reply]:
    return {(r.question.id, r.question.sample): r for r in generator.replies(wanted, lent(folder, **more))}


def test_every_question_is_answered_once_with_a_seed_of_its_own(tmp_path: Path) -> None:
    with does.serving() as server:
        replies = asked(served(server), questions(), tmp_path)
    assert len(replies) == 6
    assert {reply.completion.text for reply in replies.values()} == {
        f"What is {p}+{p}? = {(2**40 + 100 * p + s) % 2**31}.0" for p in range(3) for s in range(2)
    }
    reply = replies["q:1", 0]
    assert reply.usage == Usage(10, None, 5, None)
    assert reply.model == "tiny"
    assert reply.served is not None
    assert (reply.served.returned_model, reply.served.fingerprint) == ("tiny-0613", "fp_1")
    assert server.requests[0]["max_tokens"] == 100


def test_what_is_null_is_not_sent(tmp_path: Path) -> None:
    bare = {"temperature": None, "top_p": None, "seed_bits": None, "max_tokens_key": "max_completion_tokens"}
    with does.serving() as server:
        asked(served(server, **bare), questions(1, 1), tmp_path)
    assert set(server.requests[0]) == {"model", "messages", "max_completion_tokens"}


def test_completions_get_the_template_of_the_model(tmp_path: Path) -> None:
    say = lambda body, number: "two and two</think><answer>4</answer>"  # noqa: E731
    with does.serving(otherwise=does.well(say=say)) as server:
        replies = asked(
            served(server, api="completions"), questions(1, 1), tmp_path, render=lambda q: f"User: {q}\n<think>"
        )
    assert server.requests[0]["prompt"] == "User: What is 0+0?\n<think>"
    assert server.paths == ["/v1/completions"]
    made = replies["q:0", 0].completion
    assert (made.thought, made.answer, made.well_formed) == ("two and two", "4", True)


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_a_thought_of_its_own_field_is_a_thought(tmp_path: Path, field: str) -> None:
    with does.serving(does.well(say=lambda *_: "It is 4.", message={field: "two and two"})) as server:
        made = asked(served(server), questions(1, 1), tmp_path)["q:0", 0].completion
    assert (made.thought, made.answer) == ("two and two", "It is 4.")


def test_a_hidden_thought_is_known_by_its_tokens_alone(tmp_path: Path) -> None:
    usage = does.USAGE | {
        "completion_tokens": 900,
        "total_tokens": 910,
        "completion_tokens_details": {"reasoning_tokens": 890},
    }
    with does.serving(does.well(usage=usage)) as server:
        reply = asked(served(server), questions(1, 1), tmp_path)["q:0", 0]
    assert reply.completion.thought == ""
    assert (reply.usage.completion, reply.usage.reasoning, reply.completion.tokens) == (900, 890, 900)


def test_a_reply_that_was_cut_off_is_not_finished(tmp_path: Path) -> None:
    with does.serving(does.well(finish="length"), does.well(finish=None), does.well(finish="stop")) as server:
        replies = asked(served(server, concurrency=1), questions(3, 1), tmp_path)
    assert [reply.completion.finished for reply in replies.values()] == [False, True, True]


@pytest.mark.parametrize(
    "trouble",
    [
        does.fails(429, "slow down"),
        does.fails(429, "slow down", Retry_After="0.01"),
        does.fails(500),
        does.fails(503),
        does.fails(408),
        does.cut,
        does.hung_up,
        does.raw(b"<html>not a response</html>"),
        does.raw(b'{"error": {"message": "overloaded", "code": 502}}'),
        does.raw(b'{"choices": []}'),
    ],
    ids=["429", "429 with a wish", "500", "503", "408", "cut", "hung up", "garbage", "error in a 200", "no choices"],
)
def test_what_passes_is_asked_again_and_every_attempt_is_logged(tmp_path: Path, trouble: does.Behaviour) -> None:
    with does.serving(trouble, trouble, does.well()) as server:
        replies = asked(served(server), questions(1, 1), tmp_path)
    assert len(replies) == 1
    assert len(server.requests) == 3
    assert server.requests[0] == server.requests[2]
    attempts = read_attempts(tmp_path / FILE)
    assert [bool(attempt.failure) for attempt in attempts] == [True, True, False]


def test_a_server_that_never_answers_ends_it_after_so_many_attempts(tmp_path: Path) -> None:
    with does.serving(otherwise=does.fails(503, "down for ever")) as server:
        with pytest.raises(ServerStopped, match="no reply after 5 attempts; the last: 503: down for ever"):
            asked(served(server, concurrency=1), questions(), tmp_path)
        assert len(server.requests) == 5


def test_a_wish_to_wait_for_an_hour_ends_it_at_once(tmp_path: Path) -> None:
    with does.serving(otherwise=does.fails(429, "tomorrow", Retry_After="3600")) as server:
        with pytest.raises(ServerStopped, match="asks to wait 3,600 s"):
            asked(served(server, concurrency=1), questions(), tmp_path)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "hint"),
    [
        (does.fails(401, "bad key"), "key_env"),
        (does.fails(403, "no access"), "key_env"),
        (does.fails(404, "no such model"), "base_url"),
        (does.fails(402, "no balance"), "kept"),
        (does.fails(301, "moved", Location="http://127.0.0.1:9/"), "redirects"),
        (does.fails(429, {"message": "pay first", "code": "insufficient_quota"}), "kept"),
    ],
    ids=["401", "403", "404", "402", "301", "no quota"],
)
def test_what_no_other_request_would_mend_ends_it_at_once(tmp_path: Path, trouble: does.Behaviour, hint: str) -> None:
    with does.serving(otherwise=trouble) as server:
        with pytest.raises(ServerStopped) as caught:
            asked(served(server, concurrency=1), questions(), tmp_path)
        assert len(server.requests) == 1
    assert hint in caught.value.hint


def test_a_first_request_that_is_refused_ends_it(tmp_path: Path) -> None:
    with does.serving(otherwise=does.fails(400, "Unsupported parameter: 'temperature'")) as server:
        with pytest.raises(ServerStopped, match="Unsupported parameter"):
            asked(served(server, concurrency=1), questions(), tmp_path)
        assert len(server.requests) == 1


def test_a_prompt_that_is_refused_later_stops_when_the_others_are_answered(tmp_path: Path) -> None:
    with does.serving(does.well(), does.fails(400, "too long")) as server:
        generator = served(server, concurrency=1)
        came = []
        with pytest.raises(ServerStopped, match="1 prompts were refused, the others are answered; q:1: 400: too long"):
            came.extend(generator.replies(questions(4, 1), lent(tmp_path)))
        assert len(server.requests) == 4
    with does.serving(does.well(), does.fails(400, "too long")) as server:
        (tmp_path / "empty").mkdir()
        replies = asked(served(server, concurrency=1, refused="empty"), questions(4, 1), tmp_path / "empty")
    assert [(reply.completion.text != "", reply.completion.finished) for reply in replies.values()] == [
        (True, True),
        (False, False),
        (True, True),
        (True, True),
    ]


def test_replies_that_an_ignored_n_leaves_out_are_asked_for_again(tmp_path: Path) -> None:
    with does.serving(otherwise=does.well(n=1)) as server:
        replies = asked(served(server, samples_per_request=3, concurrency=1), questions(1, 3), tmp_path)
    assert len(replies) == 3
    assert [request.get("n") for request in server.requests] == [3, 2, None]
    assert len({reply.completion.text for reply in replies.values()}) == 3  # the seed is that of the first one missing


def test_n_replies_share_the_usage_of_their_request(tmp_path: Path) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 8, "total_tokens": 18}
    with does.serving(does.well(usage=usage)) as server:
        replies = asked(served(server, samples_per_request=3), questions(1, 3), tmp_path)
        assert len(server.requests) == 1
    assert [(r.usage.prompt, r.usage.completion) for r in replies.values()] == [(10, 3), (0, 3), (0, 2)]


def test_more_replies_than_were_asked_for_are_left_out(tmp_path: Path) -> None:
    with does.serving(otherwise=does.well(n=5)) as server:
        assert len(asked(served(server), questions(1, 2), tmp_path)) == 2


def test_samples_that_are_all_the_same_end_it(tmp_path: Path) -> None:
    same = does.well(say=lambda body, _: f"always {does.prompt_of(body)}")
    with does.serving(otherwise=same) as server:
        generator = served(server, stop_when_identical=3, concurrency=1)
        with pytest.raises(ServerStopped, match="all 6 samples of 3 prompts are the same text"):
            asked(generator, questions(8, 2), tmp_path)
        assert len(server.requests) <= 7


def test_samples_may_be_the_same_where_nothing_is_drawn(tmp_path: Path) -> None:
    same = does.well(say=lambda body, _: f"always {does.prompt_of(body)}")
    with does.serving(otherwise=same) as server:
        generator = served(server, stop_when_identical=3, temperature=0)
        assert len(asked(generator, questions(8, 2), tmp_path)) == 16


def test_an_evaluation_that_goes_on_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    with does.serving() as server:
        generator = served(server, concurrency=1)
        stream = generator.replies(questions(), lent(tmp_path))
        first = list(islice(stream, 2))
        stream.close()
        before = len(server.requests)
        replies = asked(generator, questions(), tmp_path)
        again = server.requests[before:]
    assert len(replies) == 6
    assert {reply.completion.text for reply in first} <= {reply.completion.text for reply in replies.values()}
    attempts = read_attempts(tmp_path / FILE)
    answered = [(attempt.id, attempt.samples) for attempt in attempts if attempt.replies]
    assert len(answered) == len(set(answered)) == 6
    assert len(again) < 6


CHILD = """
import logging, sys
from pathlib import Path
from r1cli.generators.generator import Lent
from tests.r1cli.generators.test_served import SETTINGS, questions
from r1cli.generators.served import Served

generator = Served(base_url=sys.argv[1], **SETTINGS | {"concurrency": 2})
for reply in generator.replies(questions(10, 2), Lent(folder=Path(sys.argv[2]), log=logging.getLogger())):
    print(reply.question.id, reply.question.sample, flush=True)
"""


def test_a_kill_loses_no_reply_that_was_paid_for(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    with does.serving(otherwise=does.well(after_s=0.05)) as server:
        command = [sys.executable, "-c", textwrap.dedent(CHILD), server.url, str(tmp_path)]
        for _ in range(3):
            child = subprocess.Popen(
                command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)}
            )
            assert child.stdout is not None
            for _ in range(4):
                child.stdout.readline()
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
        before = read_attempts(tmp_path / FILE)
        paid = sum(len(attempt.replies) for attempt in before)
        asked(served(server), questions(10, 2), tmp_path)
        after = read_attempts(tmp_path / FILE)
    assert paid >= 4
    assert len(after) - len(before) == 20 - paid
    assert sum(len(attempt.replies) for attempt in after) == 20
    assert len(server.requests) <= len(after)  # no request without its line; a kill may come between the two


def test_a_budget_stops_before_it_is_passed(tmp_path: Path) -> None:
    # A request can cost at most 1 dollar a million for about 80 tokens of the prompt, and 2 for 100 of the reply.
    with does.serving() as server:
        generator = served(server, prices=PRICES, budget_usd=0.0004, concurrency=4)
        came = []
        with pytest.raises(BudgetReached, match="budget_usd=0.0004"):
            came.extend(generator.replies(questions(20, 2), lent(tmp_path)))
        first = len(server.requests)
        assert 1 <= len(came) == first < 20
        with pytest.raises(BudgetReached):  # what was spent is not forgotten
            asked(generator, questions(20, 2), tmp_path)
        assert len(server.requests) == first
        assert len(asked(served(server, prices=PRICES, budget_usd=1), questions(20, 2), tmp_path)) == 40
        assert len(server.requests) == 40


def test_a_budget_needs_a_price(tmp_path: Path) -> None:
    with does.serving() as server, pytest.raises(ConfigError, match="prices=none has no price of tiny"):
        served(server, budget_usd=1).preflight()


def test_tokens_of_attempts_that_came_to_nothing_are_counted(tmp_path: Path) -> None:
    # A response whose replies cannot be read, though its usage could be.
    with does.serving(does.cut, does.well()) as server:
        asked(served(server), questions(1, 1), tmp_path)
    cut_off, answered = read_attempts(tmp_path / FILE)
    assert cut_off.charged[1].completion == 100
    assert answered.charged[0] == answered.charged[1] == Usage(10, None, 5, None)


def files_with(folder: Path, text: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_the_key_is_in_no_file_log_or_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    echo = does.well(say=lambda *_: f"your key is {KEY}", message={"reasoning": KEY})
    with does.serving(does.fails(500, f"key {KEY}"), echo, otherwise=does.fails(401, f"bad key {KEY}")) as server:
        generator = served(server, key_env="MY_KEY", concurrency=1)
        with pytest.raises(ServerStopped) as caught:
            asked(generator, questions(), tmp_path)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert files_with(tmp_path, KEY) == []
    assert files_with(tmp_path, "[key]")
    assert KEY not in caught.value.message + caught.value.hint + caplog.text + repr(generator) + str(generator.config())


def test_a_key_that_is_not_there_is_said_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(ConfigError, match="MY_KEY"):
        Served(base_url="http://localhost:1/v1", **SETTINGS | {"key_env": "MY_KEY"}).preflight()


@pytest.mark.parametrize(
    "changes",
    [
        {"key_env": KEY},
        {"base_url": f"https://user:{KEY}@example.org/v1"},
        {"base_url": f"https://example.org/v1?api-key={KEY}"},
    ],
    ids=["as key_env", "in the address", "in the query"],
)
def test_a_key_in_the_configuration_is_refused_and_not_repeated(changes: dict[str, Any]) -> None:
    with pytest.raises(SecretGiven) as caught:
        Served(**SETTINGS | {"base_url": "https://example.org/v1"} | changes)
    assert KEY not in str(caught.value) + caught.value.hint


def test_an_address_is_an_address() -> None:
    with pytest.raises(ValueError, match="an address such as"):
        Served(base_url="localhost:8000", **SETTINGS)


def test_a_configuration_builds_the_same_object_again() -> None:
    generator = Served(base_url="https://api.deepseek.com/v1", **SETTINGS)
    assert generator.host == "api.deepseek.com"
    assert Served.model_validate(generator.config()) == generator


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines"])
def test_a_value_that_no_header_can_hold_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("MY_KEY", key)
    with pytest.raises(ConfigError, match="the value of MY_KEY is no key") as caught:
        Served(base_url="http://localhost:1/v1", **SETTINGS | {"key_env": "MY_KEY"}).preflight()
    assert key not in str(caught.value)
