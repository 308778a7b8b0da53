from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import StoreError
from r1cli.store.status import log_path, status
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
