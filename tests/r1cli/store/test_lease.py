"""How an entry is written: begun, resumed, published, and what a kill or a full disk leaves."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from r1cli.errors import StoreError
from r1cli.store.lease import Lease
from r1cli.store.store import Store
from tests.r1cli.fake_entries import FP, manifest, work


@pytest.fixture
def s(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_work_with_a_checkpoint_is_taken_up_again_and_its_time_counts(s: Store):
    with s.lease("sft", FP) as lease:
        lease.begin(work(), config="")
        (lease.checkpoint / "at").write_text("1")
        (lease.path / "out" / "shard").write_text("1")
        (lease.path / "error.json").write_text("{}")
        os.utime(lease.path / "work.json", (time.time() + 50, time.time() + 50))
    with s.lease("sft", FP) as lease:
        again = lease.begin(work(), config="")
        assert len(again.attempts) == 2
        assert 49 < again.seconds < 52
        assert (lease.path / "out" / "shard").exists()
        assert not (lease.path / "error.json").exists()


def test_work_without_a_checkpoint_begins_from_nothing_but_keeps_the_log(s: Store):
    with s.lease("sft", FP) as lease:
        lease.begin(work(), config="")
        for name in ("log.txt", "metrics.jsonl", "wandb_id", "out/half"):
            (lease.path / name).write_text("x")
    with s.lease("sft", FP) as lease:
        assert len(lease.begin(work(), config="").attempts) == 1
        assert {p.name for p in lease.path.iterdir()} == {"log.txt", "out", "checkpoint", "config.yaml", "work.json"}
        assert not any((lease.path / "out").iterdir())


def publish_on_full_disk(lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    done = lease.begin(work(), config="")
    (lease.checkpoint / "at").write_text("1")

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as m:
        m.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left on device") as e:
            lease.publish(manifest(done))
    assert "r1 gc" in e.value.hint


def test_a_full_disk_publishes_nothing_and_loses_nothing(s: Store, monkeypatch: pytest.MonkeyPatch):
    with s.lease("sft", FP) as lease:
        publish_on_full_disk(lease, monkeypatch)
    assert s.get("sft", FP) is None
    partial = s.partial("sft", FP)
    assert partial is not None
    assert partial.state == "resumable"


def test_a_publication_that_was_killed_half_way_is_finished(s: Store):
    with s.lease("sft", FP) as lease:
        done = lease.begin(work(), config="")
        (lease.checkpoint / "at").write_text("1")
        (lease.path / "manifest.json").write_text(manifest(done).model_dump_json())
    with s.lease("sft", FP) as lease:
        assert lease.complete
        assert lease.finish().path == s.path("sft", FP)


def test_a_result_is_what_the_stages_process_left(s: Store):
    with s.lease("sft", FP) as lease:
        assert lease.result() is None
        (lease.path / "result.json").write_text('{"out": {"kind": "model", "path": "out/model"}}')
        assert lease.result() is None  # what it names is not there
        (lease.path / "out/model").mkdir(parents=True)
        made = lease.result()
        assert made is not None
        assert made["out"].path == "out/model"
