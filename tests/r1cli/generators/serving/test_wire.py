from __future__ import annotations

import json
from typing import Any

import pytest

from r1cli.generators.generator import Usage
from r1cli.generators.serving.wire import (
    Said,
    UnreadableResponse,
    complaint,
    error_code,
    read_response,
    request_body,
    usage_of,
)


def chat(message: dict[str, Any], **more: Any) -> Said:
    response = {"choices": [{"message": message, "finish_reason": "stop"}], **more}
    return read_response("chat", json.dumps(response).encode()).replies[0]


def test_what_is_none_is_not_sent() -> None:
    sampling = {"temperature": None, "top_p": None, "seed": None, "max_completion_tokens": 9}
    body = request_body("chat", "o1", "Why?", n=1, sampling=sampling, extra={"reasoning_effort": "high"})
    assert body == {
        "model": "o1",
        "messages": [{"role": "user", "content": "Why?"}],
        "max_completion_tokens": 9,
        "reasoning_effort": "high",
    }


def test_completions_send_the_prompt_as_it_is() -> None:
    body = request_body("completions", "m", "User: Why? Assistant:", n=3, sampling={"temperature": 0.0}, extra={})
    assert body == {"model": "m", "prompt": "User: Why? Assistant:", "n": 3, "temperature": 0.0}


@pytest.mark.parametrize(
    ("message", "text", "thought"),
    [
        ({"content": "4"}, "4", None),
        ({"content": "4", "reasoning": "2+2"}, "4", "2+2"),
        ({"content": "4", "reasoning_content": "2+2"}, "4", "2+2"),
        ({"content": "4", "reasoning": None, "reasoning_content": "2+2"}, "4", "2+2"),
        ({"content": "4", "reasoning": "  "}, "4", None),
        ({"content": None, "reasoning_content": "cut off while thinking"}, "", "cut off while thinking"),
        ({"content": None, "refusal": "I cannot."}, "I cannot.", None),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab", None),
        (
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}, {"text": "b"}]},
            "b",
            "t",
        ),
        ({"content": "<think>2+2</think>4"}, "<think>2+2</think>4", None),
        ({"content": "half \ud83d of a pair"}, "half \ufffd of a pair", None),
    ],
)
def test_text_and_thought_are_found_wherever_a_server_puts_them(
    message: dict[str, Any], text: str, thought: str | None
) -> None:
    assert chat(message) == Said(text, thought, "stop")


def test_a_completion_is_its_text() -> None:
    response = {"choices": [{"text": "a"}, {"text": "b", "finish_reason": "length"}], "model": "m"}
    read = read_response("completions", json.dumps(response).encode())
    assert read.replies == (Said("a", None, None), Said("b", None, "length"))
    assert read.usage is None
    assert read.model == "m"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>gateway</html>",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": null}',
        b'{"choices": ["text"]}',
        b'{"choices": [{"message": "hi"}]}',
        b'{"choices": [{"message": {"content": 5}}]}',
        b'{"choices": [{"text": "a completion"}]}',
        b'{"error": {"message": "overloaded"}, "choices": [{"message": {"content": "x"}}]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"choices": ' + b"[" * 900 + b"]" * 900 + b"}",
    ],
)
def test_nonsense_is_told_from_a_reply(body: bytes) -> None:
    with pytest.raises(UnreadableResponse):
        read_response("chat", body)


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        (None, Usage()),
        ({}, Usage()),
        ({"prompt_tokens": 10, "completion_tokens": 5}, Usage(10, None, 5, None)),
        (  # OpenAI: reasoning is a part of the completion
            {
                "prompt_tokens": 10,
                "completion_tokens": 500,
                "total_tokens": 510,
                "prompt_tokens_details": {"cached_tokens": 8},
                "completion_tokens_details": {"reasoning_tokens": 450},
            },
            Usage(10, 8, 500, 450),
        ),
        (  # beside it: the total is larger than the sum
            {"prompt_tokens": 10, "completion_tokens": 50, "total_tokens": 510},
            Usage(10, None, 500, None),
        ),
        (  # DeepSeek
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "prompt_cache_hit_tokens": 4,
                "prompt_cache_miss_tokens": 6,
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(10, 4, 5, 3),
        ),
        ({"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}, Usage(3, None, 4, None)),
        ({"prompt_tokens": 10**400, "completion_tokens": 2**40, "total_tokens": 10**400}, Usage()),
        ({"prompt_tokens": "many", "completion_tokens": -1, "prompt_tokens_details": None}, Usage()),
    ],
)
def test_usage_is_read_as_each_server_counts(raw: dict[str, Any] | None, usage: Usage) -> None:
    assert usage_of(raw) == usage


@pytest.mark.parametrize(
    ("body", "said", "code"),
    [
        (b'{"error": {"message": "no such model", "code": "model_not_found"}}', "no such model", "model_not_found"),
        (b'{"error": {"message": "slow down", "type": "rate_limit"}}', "slow down", "rate_limit"),
        (b'{"error": "plain"}', "plain", ""),
        (b'{"detail": [{"loc": ["top_k"], "msg": "extra"}]}', '[{"loc": ["top_k"], "msg": "extra"}]', ""),
        (b"<html>\n <b>502</b> Bad Gateway\n</html>", "<html> <b>502</b> Bad Gateway </html>", ""),
        (b"", "", ""),
        (rb'{"error": "\ud800"}', "\ufffd", ""),
        (b"x" * 9000, "x" * 500, ""),
    ],
)
def test_what_went_wrong_is_said_in_one_line(body: bytes, said: str, code: str) -> None:
    assert complaint(body) == said
    assert error_code(body) == code
