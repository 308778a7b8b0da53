"""Which sandboxes a machine might offer, and in which order they are tried."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from r1cli.verify.sandbox import modes
from r1cli.verify.sandbox.modes import NOBODY, OWN_IDS, Mode, candidates

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


def names(monkeypatch: pytest.MonkeyPatch, *, user: int, installed: set[str]) -> list[tuple[str, bool]]:
    monkeypatch.setattr(os, "getuid", lambda: user)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}" if program in installed else None)
    return list(dict.fromkeys((mode.name, mode.drops_root) for mode in candidates()))


@LINUX
def test_the_strongest_sandbox_is_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"bwrap", "unshare"}
    assert names(monkeypatch, user=1000, installed=both) == [
        ("bubblewrap", False), ("namespaces", False), ("subprocess", False)
    ]  # fmt: skip
    assert names(monkeypatch, user=1000, installed=set()) == [("subprocess", False)]


@LINUX
def test_root_is_given_up_wherever_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = names(monkeypatch, user=0, installed={"bwrap", "unshare"})
    assert tried == [(name, drops) for name in ("bubblewrap", "namespaces", "subprocess") for drops in (True, False)]


@LINUX
def test_an_ordinary_user_needs_a_namespace_of_users_and_root_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for user, needed in ((1000, True), (0, False)):
        monkeypatch.setattr(os, "getuid", lambda user=user: user)
        monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}" if program == "unshare" else None)
        unshared = [mode for mode in candidates() if mode.name == "namespaces"]
        assert unshared
        assert {"--user" in mode.prefix for mode in unshared} == {needed}


@LINUX
def test_bubblewrap_shows_neither_network_nor_environment_nor_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    mode = next(candidates())
    assert {"--unshare-net", "--unshare-pid", "--clearenv", "--die-with-parent", "--new-session"} <= set(mode.prefix)
    shown = [mode.prefix[i + 1] for i, word in enumerate(mode.prefix) if word == "--bind"]
    assert shown == []
    read_only = [mode.prefix[i + 2] for i, word in enumerate(mode.prefix) if word == "--ro-bind"]
    assert all(path.startswith(("/usr", "/lib", "/bin", "/python")) for path in read_only)


def mode_of_root(*, drops_root: bool) -> Mode:
    return Mode("subprocess", (), sys.executable, drops_root)


def test_programs_at_the_same_time_are_different_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modes, "_mapped_ids", lambda: [(0, 2**32 - 1)])
    ids = [mode_of_root(drops_root=True).user_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(user in OWN_IDS for user in ids)
    assert mode_of_root(drops_root=False).user_id() == 0


def test_a_container_with_few_user_ids_has_at_most_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modes, "_mapped_ids", lambda: [(0, 65536)])
    assert mode_of_root(drops_root=True).user_id() == NOBODY
    monkeypatch.setattr(modes, "_mapped_ids", lambda: [(0, 1000)])
    assert mode_of_root(drops_root=True).user_id() == 0


def test_the_log_says_what_a_weaker_sandbox_leaves_open() -> None:
    open_to_programs = {
        name: Mode(name, (), "python", drops_root=False).description
        for name in ("bubblewrap", "namespaces", "subprocess")
    }
    assert "no network" in open_to_programs["bubblewrap"]
    assert "read and write this user's files" in open_to_programs["namespaces"]
    assert "use the network" in open_to_programs["subprocess"]
