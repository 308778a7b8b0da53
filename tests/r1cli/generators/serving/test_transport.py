from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest

from r1cli.generators.serving.transport import Exchange, Transport
from tests.r1cli.generators.serving import misbehaving as does

KEY = "sk-canary-0123456789"


@contextmanager
def to(url: str, *, key: str | None = None, timeout_s: float = 30.0) -> Iterator[Transport]:
    with closing(Transport(url, key=key, timeout_s=timeout_s, connections=4, is_local=True)) as transport:
        yield transport


def exchange(behaviour: does.Behaviour, **how: Any) -> Exchange:
    with does.serving(behaviour) as server, to(f"{server.url}/completions", **how) as transport:
        return transport.post({"prompt": "为什么?"})


def test_a_response_comes_back_whole() -> None:
    came = exchange(does.well())
    assert came.status == 200
    assert json.loads(came.body)["choices"][0]["text"] == "为什么? = x.0"
    assert came.failure == ""


def test_the_wish_of_a_server_to_wait_is_passed_on() -> None:
    came = exchange(does.fails(429, "slow down", Retry_After="2"))
    assert (came.status, came.retry_after_s) == (429, 2.0)


@pytest.mark.parametrize("behaviour", [does.cut, does.hung_up], ids=["cut", "hung up"])
def test_half_a_response_is_none(behaviour: does.Behaviour) -> None:
    came = exchange(behaviour)
    assert came.status is None
    assert came.failure
    assert came.arrived


def test_a_server_that_is_not_there_got_nothing() -> None:
    with does.serving() as server:
        url = f"{server.url}/completions"
    with to(url) as transport:
        came = transport.post({})
    assert came.status is None
    assert not came.arrived


def test_a_response_that_trickles_is_given_up_in_time() -> None:
    came = exchange(does.trickles(60.0), timeout_s=0.3)
    assert came.failure == "not complete after 0.3 s"
    assert came.seconds < 30


@pytest.mark.parametrize("piece", [b"X", b"HTTP/1.1 100 Continue\r\n\r\n"], ids=["header", "interim responses"])
def test_a_response_that_never_begins_is_given_up_in_time(piece: bytes) -> None:
    came = exchange(does.never_begins(piece), timeout_s=0.3)
    assert came.failure == "not complete after 0.3 s"
    assert came.arrived
    assert came.seconds < 30


@pytest.mark.slow
def test_a_response_that_unpacks_without_end_is_given_up() -> None:
    assert exchange(does.bomb, timeout_s=300).failure == "a response of more than 32 MiB"


def test_whoever_waits_for_a_response_is_told_when_connections_are_dropped() -> None:
    with does.serving(does.trickles(60.0)) as server:
        transport = Transport(f"{server.url}/x", key=None, timeout_s=60, connections=1, is_local=True)
        with ThreadPoolExecutor(1) as threads:
            came = threads.submit(transport.post, {})
            while not server.requests:
                time.sleep(0.01)
            transport.close()
            assert came.result().failure == "the connection was closed here"


def test_a_silent_server_is_given_up_in_time() -> None:
    came = exchange(does.well(after_s=3.0), timeout_s=0.2)
    assert came.failure.startswith("ReadTimeout")
    assert came.arrived


def test_a_response_without_end_is_given_up() -> None:
    assert exchange(does.endless(40)).failure == "a response of more than 32 MiB"


def test_the_key_goes_into_the_header_and_is_cut_out_of_what_comes_back() -> None:
    with (
        does.serving(does.fails(401, f"Incorrect API key provided: {KEY}")) as server,
        to(f"{server.url}/completions", key=KEY) as transport,
    ):
        came = transport.post({})
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in came.body
    assert b"[key]" in came.body


def test_a_key_that_comes_back_in_the_numbers_of_its_letters_is_cut_out_too() -> None:
    disguised = "".join(f"\\u{ord(letter):04X}" for letter in KEY)
    with (
        does.serving(does.raw(f'{{"text": "{disguised}"}}'.encode())) as server,
        to(f"{server.url}/completions", key=KEY) as transport,
    ):
        assert json.loads(transport.post({}).body) == {"text": "[key]"}


def test_redirects_are_not_followed() -> None:
    with does.serving() as other:
        moved = does.fails(307, "moved", Location=f"{other.url}/completions")
        with does.serving(moved) as server, to(f"{server.url}/completions", key=KEY) as transport:
            assert transport.post({}).status == 307
        assert other.requests == []
