"""Tests of r1cli.tracking.wandb: what a `.wandb` file holds afterwards, and what W&B in trouble costs."""

from __future__ import annotations

import contextlib
import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from r1cli.errors import ConfigError
from r1cli.stage import SilentListener
from r1cli.tracking.tracker import open_tracker
from r1cli.tracking.wandb import WandbRun
from tests.r1cli.tracking.opened import CONFIG, lines, opened, tracking


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store entry tracked offline: interrupted once after step 2, resumed, completed."""
    import wandb

    entry = tmp_path_factory.mktemp("store") / "reasoning_rl-00000000000000bb"
    with contextlib.suppress(KeyboardInterrupt), opened(entry, backend="wandb") as tracker:
        tracker.log({"train/reward": 0.1, "rewards/accuracy": 0.5}, step=1)
        tracker.log({"train/reward": 0.2, "rewards/accuracy": 0.6}, step=2)
        raise KeyboardInterrupt
    with opened(entry, backend="wandb") as tracker:
        tracker.rewind(1)
        tracker.log({"train/reward": 0.3, "rewards/accuracy": 0.7, "rewards/helpfulness": None}, step=2)
        tracker.table(
            "completions", [{"prompt": "2+2?", "text": "四", "rewards": {"accuracy": 1.0}}, {"text": None}], step=2
        )
        tracker.warn("format collapsed: 10% of completions", step=2, metric="rewards/format/raw", value=0.1)
        tracker.summary({"accuracy": 0.75})
    wandb.teardown()  # finish() returns a few milliseconds before the file is whole
    return entry


@pytest.fixture(scope="module")
def runs(tracked: Path) -> list[list[Any]]:
    """The records of both `.wandb` files, in order of start."""
    files = sorted(tracked.glob("wandb/*/run-*.wandb"), key=lambda p: p.stat().st_mtime_ns)
    return [list(_records(path)) for path in files]


def _records(path: Path) -> Iterator[Any]:
    """The records of a `.wandb` file: a header of 7 bytes, then LevelDB log blocks of 32 KiB."""
    from wandb.proto.wandb_internal_pb2 import Record

    full, first, last = 1, 2, 4
    content, at, record = path.read_bytes(), 7, b""
    assert content[:4] == b":W&B"
    while at + 7 <= len(content):
        if (left := 32768 - at % 32768) < 7:  # no room for a header: zeros up to the next block
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", content, at)
        record = (
            content[at + 7 : at + 7 + length] if kind in (full, first) else record + content[at + 7 : at + 7 + length]
        )
        at += 7 + length
        if kind in (full, last):
            parsed = Record()
            parsed.ParseFromString(record)
            yield parsed


def _of(records: list[Any], kind: str) -> list[Any]:
    return [getattr(r, kind) for r in records if r.WhichOneof("record_type") == kind]


def _history(records: list[Any]) -> list[dict[str, Any]]:
    return [
        {(item.key or "/".join(item.nested_key)): json.loads(item.value_json) for item in row.item}
        for row in _of(records, "history")
    ]


def test_the_run_knows_its_recipe_kind_node_and_config(runs: list[list[Any]]) -> None:
    (run,) = _of(runs[1], "run")
    assert (run.run_group, run.job_type, run.display_name) == ("r1-20260101", "GRPO", "reasoning_rl")
    assert (run.project, list(run.tags)) == ("r1-test", ["lab"])
    config = {item.key: json.loads(item.value_json) for item in run.config.update if item.key}
    assert config["reward"] == CONFIG["reward"]
    assert config["lineage"] == {"model": "coldstart-00000000000000aa"}


def test_metrics_are_drawn_over_the_training_step(runs: list[list[Any]]) -> None:
    metrics = {m.name or m.glob_name: m for m in _of(runs[1], "metric")}
    assert metrics["*"].step_metric == "train/global_step"
    rows = [row for row in _history(runs[1]) if "train/reward" in row]
    assert [(r["train/global_step"], r["train/reward"], r["rewards/accuracy"]) for r in rows] == [(2, 0.3, 0.7)]
    assert "rewards/helpfulness" not in rows[0]


def test_completions_are_a_table(tracked: Path, runs: list[list[Any]]) -> None:
    (row,) = [row for row in _history(runs[1]) if any(key.startswith("completions") for key in row)]
    assert row["train/global_step"] == 2
    (file,) = tracked.glob("wandb/*/files/media/table/completions_*.table.json")
    table = json.loads(file.read_text("utf-8"))
    assert table["columns"] == ["prompt", "text", "rewards"]
    assert table["data"] == [["2+2?", "四", '{"accuracy": 1.0}'], [None, None, None]]


def test_a_warning_is_an_alert(runs: list[list[Any]]) -> None:
    (alert,) = _of(runs[1], "alert")
    assert (alert.title, alert.level) == ("reasoning_rl: rewards/format/raw", "WARN")
    assert alert.text == "update 2: format collapsed: 10% of completions"


def test_lineage_is_logged_as_an_artifact_when_the_stage_is_complete(runs: list[list[Any]]) -> None:
    def outputs(records: list[Any]) -> list[Any]:
        return [a for a in _of(records, "artifact") if a.type == "stage-output"]

    assert outputs(runs[0]) == []
    (made,) = outputs(runs[1])
    assert made.name == "reasoning_rl-00000000000000bb"
    assert json.loads(made.metadata)["inputs"] == {"model": "coldstart-00000000000000aa"}


def test_a_resumed_stage_goes_on_with_its_own_run(tracked: Path, runs: list[list[Any]]) -> None:
    ids = {_of(records, "run")[0].run_id for records in runs}
    assert len(runs) == 2
    assert ids == {(tracked / "wandb_id").read_text()}


def test_a_stage_that_ends_early_is_marked_as_failed(runs: list[list[Any]]) -> None:
    assert [_of(records, "exit")[0].exit_code for records in runs] == [1, 0]


def test_the_run_says_nothing_of_the_machine(tracked: Path, runs: list[list[Any]]) -> None:
    for records in runs:
        (run,) = _of(records, "run")
        assert run.host == ""
        assert not run.HasField("git")
        assert _of(records, "environment") == []
        assert _of(records, "stats") == []
        assert _of(records, "output_raw") == []
    assert not list(tracked.glob("wandb/*/files/*.*"))


def test_what_a_stage_uses_online_is_the_very_artifact_that_another_made() -> None:
    used, made = [], []
    online = SimpleNamespace(
        offline=False, define_metric=lambda *_, **__: None, finish=lambda **_: None,
        use_artifact=used.append, log_artifact=made.append,
    )  # fmt: skip
    WandbRun(online, output="coldstart-aa", lineage={"model": "base-bb"}).finish(complete=True)
    WandbRun(online, output="reasoning_rl-cc", lineage={"model": "coldstart-aa"}).finish(complete=True)
    assert [a.name for a in made] == ["coldstart-aa", "reasoning_rl-cc"]
    assert (used[1].name, used[1].type, used[1].digest) == (made[0].name, made[0].type, made[0].digest)


def test_each_stage_of_a_process_has_a_run_of_its_own_that_no_library_finds(tmp_path: Path) -> None:
    import wandb

    for node in ("a", "b"):
        with opened(tmp_path / node, backend="wandb") as tracker:
            tracker.log({"a": 1.0}, step=1)
            assert wandb.run is None
    wandb.teardown()
    for node in ("a", "b"):
        (file,) = (tmp_path / node).glob("wandb/*/run-*.wandb")
        records = list(_records(file))
        assert _of(records, "run")[0].run_id == (tmp_path / node / "wandb_id").read_text()
        assert [row["a"] for row in _history(records) if "a" in row] == [1.0]


def test_wandb_in_trouble_costs_no_training(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(tmp_path / "a", backend="wandb") as tracker:
        tracker.log({"a": 1.0}, step=1)
        (service,) = [p for p in psutil.Process().children() if p.name().startswith("wandb-core")]
        service.kill()
        service.wait()
        for step in range(2, 20):
            tracker.log({"a": 1.0}, step=step)
            time.sleep(0.01)
    assert len(lines(tmp_path / "a" / "metrics.jsonl")) == 19
    assert caplog.text.count("W&B is switched off") == 1
    with opened(tmp_path / "b", backend="wandb") as tracker:
        tracker.log({"a": 1.0}, step=1)
    assert list((tmp_path / "b").glob("wandb/offline-run-*/*.wandb"))


def test_an_unreachable_server_means_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import wandb

    start = wandb.init

    def unreachable(**kwargs: Any) -> Any:
        if kwargs["mode"] == "online":
            raise wandb.errors.CommError("connection refused")
        return start(**kwargs)

    monkeypatch.setattr(wandb, "init", unreachable)
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    with opened(tmp_path, backend="wandb", mode="online") as tracker:
        tracker.log({"a": 1.0}, step=1)
    assert "W&B cannot be used online" in caplog.text
    assert list(tmp_path.glob("wandb/offline-run-*"))
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and b"0" * 40 in p.read_bytes()]


@pytest.mark.parametrize(("key", "message"), [(None, "not logged in"), ("short", "API key must have")])
def test_online_without_a_login_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None, message: str
) -> None:
    from wandb.sdk.lib import wbauth

    wbauth.unauthenticate_session()  # what an earlier test of this process may have left
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.delenv("WANDB_IDENTITY_TOKEN_FILE", raising=False)
    if key is not None:
        monkeypatch.setenv("WANDB_API_KEY", key)
    with pytest.raises(ConfigError, match=message) as error:
        tracking("wandb", "online").check()
    assert "wandb login" in error.value.hint


def test_a_project_name_that_wandb_refuses_is_the_users_mistake(tmp_path: Path) -> None:
    wrong = tracking("wandb").model_copy(update={"project": "a/b"})
    with pytest.raises(ConfigError, match="Invalid project name"):
        open_tracker(
            wrong, entry=tmp_path, group="g", kind="k", node="n", config={}, lineage={}, listener=SilentListener()
        )
