"""The program's start."""

from __future__ import annotations

import gc
import sys

import pytest

from r1cli import __main__


@pytest.fixture(autouse=True)
def _collection_as_it_was():
    before = gc.get_threshold()
    gc.enable()  # the answer to TAB switches it off, in whatever process it is tested
    yield
    gc.enable()
    gc.set_threshold(*before)


def test_garbage_is_collected_in_commands_that_run_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["r1", "ls", "recipes"])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 0
    assert gc.isenabled()
    assert gc.get_threshold()[0] <= 1_000_000
