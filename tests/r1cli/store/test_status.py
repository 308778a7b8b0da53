from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import StoreError
from r1cli.store.records import Damaged
from r1cli.store.status import log_path, status
from r1cli.store.store import Store
from tests.r1cli.fake_entries import make
from tests.r1cli.fake_stages import chain, execute, job

pytestmark = pytest.mark.usefixtures("fake_torch")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_status_and_logs_of_a_store(store: Path):
    assert status(store) == []
    made = execute(job(store, chain(), targets=("b",)))
    assert [(r.node, r.kind, r.state, r.fingerprint) for r in status(store)] == [
        (m.node, "Count", "stored", m.fingerprint) for m in made
    ]
    assert log_path(store, "a").parent == Path(made[0].path)
    with pytest.raises(StoreError, match="no log of 'zzz'") as e:
        log_path(store, "zzz")
    assert e.value.hint == "nodes with a log: a, b"


def test_a_flipped_byte_is_seen_when_all_is_read_and_not_before(store: Path):
    path = make(Store(store)).path / "out" / "model" / "weights"
    path.write_text("2")
    assert [row.state for row in status(store)] == ["stored"]
    [row] = status(store, verify=True)
    assert row.state == "damaged"
    assert f"{path} is not the file that was published" in row.reason


def test_a_result_without_what_it_made_is_listed_once_and_as_damaged(store: Path):
    (make(Store(store)).path / "out" / "model").rename(store / "elsewhere")
    assert [row.state for row in status(store)] == ["damaged"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"attempts": []}, "does not say when it was made"),
        ({"artifacts": {"out": {"kind": "model", "path": "x" * 5000}}}, "File name too long"),
    ],
    ids=["never made", "a name that no file can have"],
)
def test_an_odd_manifest_makes_its_own_entry_damaged_and_no_other(store: Path, change: dict[str, Any], reason: str):
    make(Store(store), "good")
    path = make(Store(store), "odd").path / "manifest.json"
    plain = json.loads(path.read_bytes())
    del plain["digest"]
    path.write_text(json.dumps(plain | change))
    good, odd = status(store)
    assert (good.node, good.state, odd.node, odd.state) == ("good", "stored", "odd", "damaged")
    assert isinstance(odd, Damaged)
    assert reason in odd.reason
    assert len(odd.reason) < 500
