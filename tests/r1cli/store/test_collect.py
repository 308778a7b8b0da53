from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.store.collect import delete, garbage
from r1cli.store.store import Store
from tests.r1cli.fake_entries import FP, make, work


@pytest.fixture
def s(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_garbage_is_what_the_kept_results_do_not_come_from(s: Store):
    make(s, "base", "b" * 64)
    make(s, "sft", "c" * 64, inputs={"model": "b" * 64})
    old = make(s, "sft", "d" * 64, inputs={"model": "b" * 64})
    found = garbage(s, ["c" * 64], partials_older_than_s=0)
    assert [g.path for g in found] == [old.path]
    assert found[0].size > 0
    assert delete(s, found) == found[0].size
    assert [e.manifest.fingerprint[0] for e in s.entries()] == ["b", "c"]
    assert not any((s.root / ".trash").iterdir())


def test_garbage_spares_young_and_running_work(s: Store):
    with s.lease("sft", FP) as lease:
        lease.begin(work(), config="")
        assert garbage(s, [], partials_older_than_s=0) == []
    assert garbage(s, [], partials_older_than_s=1000) == []
    (stale,) = garbage(s, [], partials_older_than_s=0)
    with s.lease("sft", FP):
        assert delete(s, [stale]) == 0
    delete(s, [stale])
    assert s.partials() == []


def test_what_has_gone_since_it_was_listed_is_no_error(s: Store):
    make(s, "base", "b" * 64)
    found = garbage(s, [], partials_older_than_s=0)
    assert delete(s, found) == found[0].size
    assert delete(s, found) == 0
    assert not any((s.root / ".locks").iterdir())
