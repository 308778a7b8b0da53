"""`r1 eval` of a served model, from the line to the store: against a server on loopback, and over its own kill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from r1cli.generators.serving.attempts import FILE, read_attempts
from r1cli.results import samples
from r1cli.results.cost import spent
from r1cli.terminal.app import run_line
from tests.r1cli.generators.serving import misbehaving as does

KEY = "sk-canary-0123456789abcdef"


def line(server: does.Server, folder: Path, *more: str) -> list[str]:
    few = ["benchmark=world", "problems=3", "samples=2", "tracking=none", f"paths.store={folder / 'store'}"]
    waits = ["generator.first_wait_s=0.01", "generator.stop_when_identical=null", "generator.key_env=MY_KEY"]
    return ["eval", *few, "generator=served", "generator.model=o1", f"generator.base_url={server.url}", *waits, *more]


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "store").glob("bench_world-*"))


@pytest.mark.torch
def test_a_served_model_is_evaluated_once_and_the_key_is_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    trouble = (does.fails(429, KEY, Retry_After="0.01"), does.cut, does.well(usage=None))
    with does.serving(*trouble) as server:
        assert run_line(line(server, tmp_path)) == 0, capsys.readouterr().err
        assert len(server.requests) == 8
    with does.serving() as other:  # another port, other limits, other prices: the same result
        again = line(other, tmp_path, "generator.concurrency=2", "prices=openai_2025_03", "generator.timeout_s=9")
        assert run_line(again) == 0
        assert other.requests == []
    (entry,) = entries(tmp_path)
    attempts = read_attempts(entry / "out/generator" / FILE)
    assert len(attempts) == 8
    assert sum(len(attempt.replies) for attempt in attempts) == 6
    records = samples.read(entry / "out" / samples.FILE)
    assert len(records) == 6
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    assert prices_of(entry, records) == pytest.approx(5 * (10 * 15 + 5 * 60) / 1e6)


def prices_of(entry: Path, records: list[Any]) -> float:
    """Dollars at least, by the list of March 2025."""
    from r1cli.config.hydra import compose
    from r1cli.generators.prices import Prices

    prices = Prices.model_validate(compose("eval", ["prices=openai_2025_03"]).config.prices)
    total = spent(records, entry / "out", prices)
    assert total is not None
    assert total.most > total.least  # a cut connection and a reply without usage
    return total.least


@pytest.mark.torch
def test_what_stops_an_evaluation_is_said_and_nothing_is_asked_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with does.serving(does.well(), does.well(), otherwise=does.fails(401, "no more")) as server:
        assert run_line(line(server, tmp_path, "generator.concurrency=1")) != 0
        assert "the server says 401: no more" in capsys.readouterr().err
    assert entries(tmp_path) == []
    with does.serving() as server:
        assert run_line(line(server, tmp_path)) == 0, capsys.readouterr().err
        assert len(server.requests) == 4


def test_a_dry_run_says_what_it_would_cost_and_needs_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with does.serving() as server:
        dry = line(server, tmp_path, "prices=openai_2025_03", "generator.max_completion_tokens=1000", "--dry-run")
        assert run_line([*dry, "--json"]) == 0
        assert server.requests == []
    (asked,) = json.loads(capsys.readouterr().out)["benchmarks"]
    assert (asked["completions"], asked["completion_tokens_at_most"]) == (6, 6000)
    assert asked["dollars_at_most"] == pytest.approx((asked["prompt_tokens_at_most"] * 15 + 6000 * 60) / 1e6)
    with does.serving() as server:
        assert run_line(dry) == 0
    assert "dollars at most" in capsys.readouterr().out


@pytest.mark.torch
def test_without_its_key_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with does.serving() as server:
        assert run_line(line(server, tmp_path)) == 2
        assert server.requests == []
    assert "MY_KEY (generator.key_env) is not set" in capsys.readouterr().err


def test_an_address_that_was_forgotten_is_asked_for_by_its_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["eval", "benchmark=world", "generator=served", "generator.model=m", "tracking=none"]) == 2
    assert "give generator.base_url=<value>" in capsys.readouterr().err


@pytest.mark.parametrize(
    "key",
    [f"generator.key_env={KEY}", f"generator.base_url=https://me:{KEY}@example.org/v1"],
    ids=["key_env", "address"],
)
def test_a_key_on_the_command_line_is_refused_and_not_repeated(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["eval", "benchmark=world", "generator=served", "generator.model=m", "tracking=none"]
    assert run_line([*line, "generator.base_url=http://localhost:1/v1", key]) == 2
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
