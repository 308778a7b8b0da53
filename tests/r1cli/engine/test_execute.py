from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from r1cli.artifact import Artifact
from r1cli.engine import execute as engine
from r1cli.engine.plan import PlanRow, plan
from r1cli.errors import ConfigError, StageFailed, StoreError
from r1cli.stage import SilentListener
from r1cli.store import history
from r1cli.store.lease import Lease
from r1cli.store.status import log_path, status
from r1cli.store.store import Store
from tests.r1cli.fake_stages import Recorder, chain, count, execute, job, lines

pytestmark = pytest.mark.usefixtures("fake_torch")
ROOT = Path(__file__).resolve().parents[3]

RUN = """
import sys
from pathlib import Path
from tests.r1cli.fake_stages import Recorder, chain, execute, job

class Printer(Recorder):
    def node(self, event):
        print(event.state, event.node, event.holder, flush=True)

store, trace, pause = sys.argv[1:]
made = execute(job(Path(store), chain(trace=trace, pause_s=float(pause))), Printer())
print(*(f"{r.node}={r.state}" for r in made), flush=True)
print("heavy:", *sorted({"torch", "transformers", "trl", "datasets", "wandb"} & sys.modules.keys()))
"""


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "trace"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def start(fake_torch: Path, store: Path, trace: Path, *, pause_s: float = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(store), str(trace), str(pause_s)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{fake_torch}"},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def states(rows: list[PlanRow]) -> dict[str, str]:
    return {r.node.name: r.state for r in rows}


def content(store: Path) -> dict[str, str]:
    """All published files with their hashes and times."""
    entries = [p for p in store.iterdir() if not p.name.startswith(".")]
    files = [f for e in entries for f in e.rglob("*") if f.is_file()]
    return {str(f): f"{hashlib.sha256(f.read_bytes()).hexdigest()} {f.stat().st_mtime_ns}" for f in files}


def test_a_chain_is_made_once_and_reused_afterwards(store: Path, trace: Path):
    the_job = job(store, chain(trace=str(trace)))
    first = execute(the_job)
    assert [(r.node, r.state) for r in first] == [("a", "made"), ("b", "made"), ("c", "made")]
    assert Path(first[-1].path, "out", "model", "text").read_text() == "c(b(a()))"
    before = content(store)
    second = execute(the_job)
    assert [r.state for r in second] == ["reused"] * 3
    assert lines(trace) == [f"{n} {i}" for n in "abc" for i in range(3)]
    assert content(store) == before


def test_published_entries_never_change_when_others_are_made(store: Path):
    execute(job(store, chain()))
    before = content(store)
    execute(job(store, chain(steps=4)))
    assert before.items() <= content(store).items()


def test_an_entry_tells_where_it_comes_from(store: Path, tmp_path: Path):
    made = execute(job(store, chain(trainer={"learning_rate": 1e-4})))
    entry = Store(store).get("b", made[1].fingerprint)
    assert entry is not None
    m = entry.manifest
    assert (m.inputs["model"].node, m.inputs["model"].fingerprint) == ("a", made[0].fingerprint)
    assert m.versions.keys() >= {"python", "torch", "trl"}
    assert (m.kind, m.seed, m.resumed, m.device) == ("Count", 1, 0, "cpu")
    assert "learning_rate: 0.0001" in (entry.path / "config.yaml").read_text()
    assert {p.name for p in entry.path.iterdir()} == {
        "config.yaml", "log.txt", "manifest.json", "out", "progress.json",
    }  # fmt: skip


def test_only_what_the_targets_need_is_made(store: Path):
    assert [r.node for r in execute(job(store, chain(), targets=("b",)))] == ["a", "b"]


def test_a_stored_result_needs_nothing_upstream(store: Path, trace: Path):
    stages = chain(trace=str(trace))
    made = execute(job(store, stages, targets=("b",)))
    Path(made[0].path).rename(store / "elsewhere")
    the_job = job(store, stages, targets=("c",))
    assert states(plan(the_job)) == {"b": "stored", "c": "to run"}
    assert [(r.node, r.state) for r in execute(the_job)] == [("b", "reused"), ("c", "made")]


def test_an_input_from_outside_enters_the_fingerprint(store: Path, tmp_path: Path):
    def fingerprint_with(text: str) -> str:
        (tmp_path / "m" / "text").write_text(text)
        (tmp_path / "m" / "config.json").write_text(text)
        base = Artifact(kind="model", location=str(tmp_path / "m"))
        (made,) = execute(job(store, {"a": count({"model": "base"})}, base=base))
        assert Path(made.path, "out", "model", "text").read_text() == f"a({text})"
        return made.fingerprint

    (tmp_path / "m").mkdir()
    assert fingerprint_with("one") != fingerprint_with("two")


def test_a_failing_stage_keeps_what_was_done_and_is_resumed(store: Path, trace: Path):
    with pytest.raises(StageFailed, match="b: ValueError: the loss is nan") as e:
        execute(job(store, {"a": count(), "b": count({"model": "a"}, trace=str(trace), at_end="raise")}))
    assert e.value.log is not None
    assert e.value.log == log_path(store, "b")
    mended = job(store, {"a": count(), "b": count({"model": "a"}, trace=str(trace))})
    (a, b) = plan(mended)
    assert (a.state, b.state, b.reasons) == ("stored", "resumable", ["at 3 of 3", "never made"])
    heard = Recorder()
    assert [r.state for r in execute(mended, heard)] == ["reused", "made"]
    assert heard.states == [("a", "reused"), ("b", "resumed"), ("b", "made")]
    assert lines(trace) == ["b 0", "b 1", "b 2"]


def test_every_stage_is_checked_before_the_first_one_runs(store: Path, trace: Path):
    stages = chain(trace=str(trace))
    stages["c"] = count({"model": "b"}, trainer={"learning_rate": -1})
    with pytest.raises(ConfigError, match="learning_rate is negative"):
        execute(job(store, stages))
    assert lines(trace) == []
    assert not (store / ".partial").exists()


def test_ctrl_c_passes_and_the_work_can_be_resumed(store: Path):
    class Stop(KeyboardInterrupt):
        pass

    class Impatient(Recorder):
        def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
            if done == 2:
                raise Stop

    with pytest.raises(Stop):
        execute(job(store, chain()), Impatient())
    assert [(r.node, r.state) for r in status(store)] == [("a", "resumable")]
    heard = Recorder()
    execute(job(store, chain()), heard)
    assert heard.states[0] == ("a", "resumed")


def test_what_an_orphan_finished_is_published_without_running_again(
    store: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
):
    the_job = job(store, {"a": count(trace=str(trace))})

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as m:
        m.setattr(Lease, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            execute(the_job)
    assert states(plan(the_job)) == {"a": "resumable"}
    execute(the_job)
    assert lines(trace) == ["a 0", "a 1", "a 2"]
    assert states(plan(the_job)) == {"a": "stored"}


def test_the_newest_run_is_on_record(store: Path):
    made = execute(job(store, chain(), targets=("b",)))
    execute(job(store, chain(), targets=("c",)))
    newest, older = history.recent(store)
    assert (newest.name, newest.targets, list(newest.nodes)) == ("fake", ["c"], ["a", "b", "c"])
    assert older.nodes == {m.node: m.fingerprint for m in made}


def test_cells_of_a_sweep_are_remembered_one_by_one_and_share_a_group(store: Path):
    cells = [replace(job(store, chain(steps=n)), cell=f"steps={n}", group="sweep-1") for n in (3, 4)]
    for cell in cells:
        execute(cell)
    assert [r.name for r in history.recent(store)] == ["fake steps=4", "fake steps=3"]
    groups = {engine._Run(c, c.graph, Store(store), SilentListener()).group for c in cells}
    assert groups == {"sweep-1"}


def test_kill_9_and_the_same_command_again_goes_on(fake_torch: Path, store: Path, trace: Path):
    first = start(fake_torch, store, trace, pause_s=0.2)
    wait_for(lambda: "b 1" in lines(trace))
    first.kill()
    first.wait()
    second = start(fake_torch, store, trace)
    out, _ = second.communicate(timeout=120)
    assert "resumed b" in out
    assert "a=reused b=made c=made" in out
    seen = lines(trace)
    assert seen == ["a 0", "a 1", "a 2", "b 0", "b 1", "b 1", "b 2", "c 0", "c 1", "c 2"]
    (b,) = [e for e in Store(store).entries() if e.manifest.node == "b"]
    assert b.manifest.resumed == 1
    assert b.manifest.seconds > 0.2


def test_of_two_processes_one_makes_and_the_other_waits_and_reuses(fake_torch: Path, store: Path, trace: Path):
    first = start(fake_torch, store, trace, pause_s=0.3)
    wait_for(lambda: "a 0" in lines(trace))
    second = start(fake_torch, store, trace, pause_s=0.3)
    out_1, _ = first.communicate(timeout=120)
    out_2, _ = second.communicate(timeout=120)
    assert sorted(lines(trace)) == [f"{n} {i}" for n in "abc" for i in range(3)]
    assert "a=made" in out_1
    assert re.search(rf"waiting \w process {first.pid} on", out_2)
    assert "a=reused" in out_2


def test_who_waits_takes_over_when_the_holder_is_killed(fake_torch: Path, store: Path, trace: Path):
    first = start(fake_torch, store, trace, pause_s=0.8)
    wait_for(lambda: "a 1" in lines(trace))
    first.send_signal(signal.SIGSTOP)  # so that it is not done before the second has begun
    second = start(fake_torch, store, trace)
    assert second.stdout is not None
    assert second.stdout.readline().startswith(f"waiting a process {first.pid} on ")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    out, _ = second.communicate(timeout=120)
    assert "resumed a" in out
    assert "a=made b=made c=made" in out


def test_with_everything_stored_nothing_heavy_is_imported(fake_torch: Path, store: Path, trace: Path):
    assert "heavy: torch" in start(fake_torch, store, trace).communicate(timeout=120)[0]
    assert "heavy:\n" in start(fake_torch, store, trace).communicate(timeout=120)[0]


def test_a_failed_stage_stops_only_what_depends_on_it(store: Path):
    stages = {
        "a": count(at_end="raise"),
        "b": count({"model": "a"}),
        "c": count({"model": "b"}),
        "d": count(steps=2),
    }
    heard = Recorder()
    with pytest.raises(StageFailed, match="a: ValueError: the loss is nan") as error:
        execute(job(store, stages), heard)
    after = [("a", "failed"), ("b", "not_run"), ("c", "not_run"), ("d", "started"), ("d", "made")]
    assert heard.states[1:] == after
    assert [e.reason for e in heard.events if e.state == "not_run"] == ["a failed"] * 2
    assert "2 stages that depend on it were not run" in error.value.hint


def test_several_failures_are_told_together_at_the_end(store: Path):
    stages = {"a": count(at_end="raise"), "b": count(at_end="complain"), "c": count({"x": "a", "y": "b"})}
    heard = Recorder()
    with pytest.raises(StageFailed, match="2 stages failed: a: ValueError: the loss is nan; b: rows.jsonl:3") as error:
        execute(job(store, stages), heard)
    assert error.value.log is not None
    assert heard.events[-1].reason == "a failed and b failed"


def test_a_mistake_that_only_a_running_stage_sees_is_a_failed_stage_and_lets_the_others_run(store: Path):
    heard = Recorder()
    with pytest.raises(StageFailed, match=r"^a: rows.jsonl:3 is not JSON$") as error:
        execute(job(store, {"a": count(at_end="complain"), "b": count()}), heard)
    assert error.value.hint == "mend it"
    assert error.value.log is None
    assert heard.events[1].reason == "rows.jsonl:3 is not JSON"
    assert heard.states[-1] == ("b", "made")


def test_a_store_that_cannot_be_written_ends_the_run_at_once(store: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*args: object, **kwargs: object) -> None:
        raise StoreError("cannot write the store")

    monkeypatch.setattr(Lease, "publish", full)
    heard = Recorder()
    with pytest.raises(StoreError):
        execute(job(store, {"a": count(), "b": count(steps=2)}), heard)
    assert heard.states == [("a", "started")]


def test_a_damaged_input_is_not_trained_on(store: Path, trace: Path):
    first, *_ = execute(job(store, chain(), targets=("a",)))
    made = first.path / "out" / "model" / "text"
    made.write_bytes(made.read_bytes().replace(b"a", b"b"))
    with pytest.raises(StoreError, match="out/model/text is not the file that was published") as error:
        execute(job(store, chain()))
    assert f"rm -r {first.path}" in error.value.hint
    shutil.rmtree(first.path)
    assert [e.state for e in execute(job(store, chain()))] == ["made"] * 3


def test_where_everything_is_stored_the_store_may_be_read_only(store: Path, monkeypatch: pytest.MonkeyPatch):
    def read_only(*args: object) -> None:
        raise StoreError("cannot write the store")

    execute(job(store, chain()))
    monkeypatch.setattr(history, "record", read_only)
    assert [e.state for e in execute(job(store, chain()))] == ["reused"] * 3
    with pytest.raises(StoreError):
        execute(job(store, chain(steps=9)))


def test_a_private_store_is_for_its_owner_alone(fake_torch: Path, store: Path):
    before = os.umask(0o022)
    try:
        execute(replace(job(store, chain()), private=True))
    finally:
        os.umask(before)
    open_to_others = [p for p in (store, *store.rglob("*")) if p.stat().st_mode & 0o077]
    assert open_to_others == []
