from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from r1cli.errors import StoreError
from r1cli.files import sha256
from r1cli.store.collect import delete, garbage
from r1cli.store.store import Store
from tests.r1cli.fake_entries import FP, make, work


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


def test_partials_say_whether_they_run_and_can_be_resumed(s: Store):
    with s.lease("sft", FP) as lease:
        lease.begin(work(), config="")
        (running,) = s.partials()
        assert (running.node, running.fingerprint, running.state) == ("sft", FP, "running")
        (lease.checkpoint / "at").write_text("1")
    (left,) = s.partials()
    assert left.state == "resumable"


def test_a_claim_that_does_nothing_leaves_nothing(s: Store):
    with s.lease("sft", FP):
        pass
    assert s.partials() == []


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


def test_a_store_that_cannot_be_written_is_one_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    s = Store(tmp_path / "file" / "store")
    with pytest.raises(StoreError, match="cannot write the store"), s.lease("sft", FP):
        pass


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
    with pytest.raises(StoreError, match="cannot write the store"), s.lease("sft", FP):
        pass


def test_the_manifest_holds_the_hash_of_every_file_that_was_made(s: Store):
    made = make(s)
    assert made.manifest.files == {"out/model/weights": sha256(made.path / "out" / "model" / "weights")}
    made.verify()
    (made.path / "out" / "model" / "weights").write_text("2")
    with pytest.raises(StoreError, match="weights is not the file that was published"):
        made.verify()
