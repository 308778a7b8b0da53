from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from r1cli.errors import StoreError
from r1cli.files import sha256
from r1cli.store import lock
from r1cli.store.claim import Claim
from r1cli.store.collect import delete, garbage
from r1cli.store.store import Store
from tests.r1cli.fake_entries import FP, make, manifest, work


@pytest.fixture
def s(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_looking_writes_nothing(s: Store):
    assert s.get("sft", FP) is None
    assert (s.entries(), s.partials(), garbage(s, [], partials_older_than_s=0)) == ([], [], [])
    assert not s.root.exists()


def test_a_published_entry_holds_its_artifacts_and_no_checkpoint(s: Store):
    made = make(s)
    assert s.get("sft", FP) == made
    assert made.artifacts()["out"].path.joinpath("weights").read_text() == "1"
    assert made.artifacts()["out"].fingerprint == FP
    assert {p.name for p in made.path.iterdir()} == {"config.yaml", "manifest.json", "out"}
    assert s.partials() == []


def test_a_store_may_be_moved(s: Store, tmp_path: Path):
    make(s)
    s.root.rename(tmp_path / "moved")
    entry = Store(tmp_path / "moved").get("sft", FP)
    assert entry is not None
    assert entry.artifacts()["out"].path.joinpath("weights").exists()


def test_work_with_a_checkpoint_is_taken_up_again_and_its_time_counts(s: Store):
    with s.claim("sft", FP) as claim:
        claim.begin(work(), config="")
        (claim.checkpoint / "at").write_text("1")
        (claim.path / "out" / "shard").write_text("1")
        (claim.path / "error.json").write_text("{}")
        os.utime(claim.path / "work.json", (time.time() + 50, time.time() + 50))
    with s.claim("sft", FP) as claim:
        again = claim.begin(work(), config="")
        assert len(again.attempts) == 2
        assert 49 < again.seconds < 52
        assert (claim.path / "out" / "shard").exists()
        assert not (claim.path / "error.json").exists()


def test_work_without_a_checkpoint_begins_from_nothing_but_keeps_the_log(s: Store):
    with s.claim("sft", FP) as claim:
        claim.begin(work(), config="")
        for name in ("log.txt", "metrics.jsonl", "wandb_id", "out/half"):
            (claim.path / name).write_text("x")
    with s.claim("sft", FP) as claim:
        assert len(claim.begin(work(), config="").attempts) == 1
        assert {p.name for p in claim.path.iterdir()} == {"log.txt", "out", "checkpoint", "config.yaml", "work.json"}
        assert not any((claim.path / "out").iterdir())


def test_partials_say_whether_they_run_and_can_be_resumed(s: Store):
    with s.claim("sft", FP) as claim:
        claim.begin(work(), config="")
        (running,) = s.partials()
        assert (running.node, running.fingerprint, running.state) == ("sft", FP, "running")
        (claim.checkpoint / "at").write_text("1")
    (left,) = s.partials()
    assert left.state == "resumable"


def test_a_claim_that_does_nothing_leaves_nothing(s: Store):
    with s.claim("sft", FP):
        pass
    assert s.partials() == []


def test_who_waits_is_told_once_for_whom_and_then_gets_the_lock(s: Store):
    told: list[lock.Holder] = []
    order: list[str] = []

    def second() -> None:
        with s.claim("sft", FP, told.append):
            order.append("second")

    with s.claim("sft", FP):
        other = threading.Thread(target=second)
        other.start()
        time.sleep(3 * lock.POLL_S)
        order.append("first")
    other.join()
    assert order == ["first", "second"]
    assert [h.pid for h in told] == [os.getpid()]


def test_a_lock_belongs_to_its_open_file(s: Store):
    with s.claim("sft", FP) as claim:
        inherited = os.dup(claim.lock_fd)
    assert lock.is_held(s.root / ".locks" / claim.path.name)
    os.close(inherited)
    assert not lock.is_held(s.root / ".locks" / claim.path.name)


@pytest.mark.parametrize("content", [None, "", "{", '{"node": "sft"}'])
def test_a_damaged_entry_is_an_error_where_it_is_wanted_and_passed_over_elsewhere(s: Store, content: str | None):
    path = make(s).path
    (path / "manifest.json").unlink()
    if content is not None:
        (path / "manifest.json").write_text(content)
    with pytest.raises(StoreError, match=r"manifest\.json") as e:
        s.get("sft", FP)
    assert f"rm -r {path}" in e.value.hint
    assert s.entries() == []
    assert [g.why for g in garbage(s, [FP], partials_older_than_s=0)] == ["unreadable"]


def test_another_result_under_the_same_name_is_an_error(s: Store):
    make(s)
    with pytest.raises(StoreError, match="another result"):
        s.get("sft", "a" * 16 + "b" * 48)


def test_foreign_files_and_folders_are_left_alone(s: Store):
    make(s)
    (s.root / "notes").mkdir()
    (s.root / "readme.txt").write_text("mine")
    assert len(s.entries()) == 1
    delete(s, garbage(s, [], partials_older_than_s=0))
    assert (s.root / "notes").exists()
    assert (s.root / "readme.txt").exists()


def publish_on_full_disk(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    done = claim.begin(work(), config="")
    (claim.checkpoint / "at").write_text("1")

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as m:
        m.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left on device") as e:
            claim.publish(manifest(done))
    assert "r1 gc" in e.value.hint


def test_a_full_disk_publishes_nothing_and_loses_nothing(s: Store, monkeypatch: pytest.MonkeyPatch):
    with s.claim("sft", FP) as claim:
        publish_on_full_disk(claim, monkeypatch)
    assert s.get("sft", FP) is None
    partial = s.partial("sft", FP)
    assert partial is not None
    assert partial.state == "resumable"


def test_a_store_that_cannot_be_written_is_one_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    s = Store(tmp_path / "file" / "store")
    with pytest.raises(StoreError, match="cannot write the store"), s.claim("sft", FP):
        pass


def test_a_publication_that_was_killed_half_way_is_finished(s: Store):
    with s.claim("sft", FP) as claim:
        done = claim.begin(work(), config="")
        (claim.checkpoint / "at").write_text("1")
        (claim.path / "manifest.json").write_text(manifest(done).model_dump_json())
    with s.claim("sft", FP) as claim:
        assert claim.complete
        assert claim.finish().path == s.path("sft", FP)


def test_a_result_whose_files_are_gone_is_an_error_where_it_is_wanted_and_named_elsewhere(s: Store):
    made = make(s)
    shutil.rmtree(made.path / "out")
    with pytest.raises(StoreError, match="out/model is missing") as e:
        s.get("sft", FP)
    assert f"rm -r {made.path}" in e.value.hint
    (damaged,) = s.damaged()
    assert (damaged.node, damaged.state) == ("sft", "damaged")
    assert "out/model is missing" in damaged.reason


@pytest.mark.parametrize("kind", ["file", "loop of links"])
def test_a_store_that_is_no_folder_is_one_clear_error(tmp_path: Path, kind: str):
    root = tmp_path / "store"
    root.write_text("") if kind == "file" else root.symlink_to(root)
    s = Store(root)
    with pytest.raises(StoreError, match=r"cannot read .*store"):
        s.entries()
    with pytest.raises(StoreError, match="cannot write the store"), s.claim("sft", FP):
        pass


def test_the_manifest_holds_the_hash_of_every_file_that_was_made(s: Store):
    made = make(s)
    assert made.manifest.files == {"out/model/weights": sha256(made.path / "out" / "model" / "weights")}
    made.verify()
    (made.path / "out" / "model" / "weights").write_text("2")
    with pytest.raises(StoreError, match="weights is not the file that was published"):
        made.verify()
