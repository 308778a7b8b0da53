from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from r1cli.engine import launch
from r1cli.engine.hardware import Hardware
from r1cli.engine.worker import Spec
from r1cli.errors import ConfigError, DataError, R1Error, StageFailed
from r1cli.stage import Placement, Stage
from r1cli.store import lock
from tests.r1cli.fake_stages import MODEL, NoLicence, Ranks, Recorder, count, job, lines

ROOT = Path(__file__).resolve().parents[3]
GPU, TWO = Placement(device="cuda"), Placement(device="cpu", processes=2)

PARENT = """
import sys
from pathlib import Path
from r1cli.engine import launch
from r1cli.store import lock
from r1cli.engine.worker import Spec
from r1cli.stage import SilentListener
spec = Spec.model_validate_json(Path(sys.argv[1]).read_bytes())
fd = lock.acquire(Path(sys.argv[2]), None)
try:
    launch.launch(spec, SilentListener(), lock_fd=fd, on_child=lambda pid: lock.sign(fd, pid))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def lock_fd(tmp_path: Path) -> Iterator[int]:
    fd = lock.acquire(tmp_path / "lock", None)
    yield fd
    os.close(fd)


def ranks(tmp_path: Path, *, die: bool = False) -> Ranks:
    (tmp_path / "ranks").mkdir()
    return Ranks(inputs={}, seed=0, model=MODEL, trace=str(tmp_path / "ranks"), die=die)


def spec_of(tmp_path: Path, placement: Placement = GPU, *, stage: Stage | None = None, **fields: Any) -> Spec:
    entry = tmp_path / "x-0123456789abcdef"
    for name in ("out", "checkpoint"):
        (entry / name).mkdir(parents=True)
    return Spec(
        node="x",
        entry=entry,
        stage=stage or count(trace=str(tmp_path / "trace"), **fields),
        inputs={},
        placement=placement,
        tracking=job(tmp_path, {}).tracking,
        group="g",
        lineage={},
    )


def hardware(device: Literal["auto", "cpu", "cuda"], processes: int | Literal["auto"]) -> Hardware:
    return Hardware(name="h", device=device, processes=processes, per_device_batch=4)


def test_the_precision_that_was_asked_for_reaches_the_stage() -> None:
    assert launch.resolve(hardware("cpu", 1)).precision == "auto"
    bf16 = hardware("cpu", 1).model_copy(update={"precision": "bf16"})
    assert launch.resolve(bf16).precision == "bf16"


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("device", "processes", "gpus", "expected"),
    [
        ("auto", "auto", 0, ("cpu", 1)),
        ("auto", "auto", 2, ("cuda", 2)),
        ("auto", 2, 0, ("cpu", 2)),
        ("cpu", "auto", 2, ("cpu", 1)),
        ("cuda", 1, 2, ("cuda", 1)),
        ("cuda", "auto", 0, "torch finds no GPU"),
        ("cuda", 3, 2, "there are 2 GPUs"),
    ],
)
def test_hardware_is_resolved_by_what_is_there(
    monkeypatch: pytest.MonkeyPatch, device: Any, processes: Any, gpus: int, expected: tuple[str, int] | str
):
    monkeypatch.setattr(launch, "_gpus", lambda: gpus)
    if isinstance(expected, str):
        with pytest.raises(ConfigError, match=expected):
            launch.resolve(hardware(device, processes))
    else:
        found = launch.resolve(hardware(device, processes))
        assert (found.device, found.processes, found.per_device_batch) == (*expected, 4)


def test_no_torch_is_needed_to_see_that_there_is_no_gpu():
    code = "import sys; from r1cli.engine import launch; launch._gpus(); sys.exit('torch' in sys.modules)"
    env = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    if any(Path("/dev").glob("nvidia*")):
        pytest.skip("this machine has a GPU")
    assert subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, check=False).returncode == 0


def test_work_that_cannot_be_shared_gets_one_process_with_the_threads_of_all():
    placed = launch.place(count(), Placement(device="cuda", processes=4, threads=2))
    assert (placed.processes, placed.threads) == (1, 8)


@pytest.mark.parametrize(
    ("cells", "processes", "threads", "expected"),
    [(1, 1, "auto", 8), (2, 1, "auto", 4), (2, 2, "auto", 2), (16, 1, "auto", 1), (2, 1, 3, 3)],
)
def test_cells_side_by_side_share_the_cores(
    monkeypatch: pytest.MonkeyPatch, cells: int, processes: int, threads: Any, expected: int
):
    monkeypatch.setattr("r1cli.engine.hardware.cores", lambda: 8)
    there = hardware("cpu", processes).model_copy(update={"threads": threads})
    placement = launch.resolve(there, at_once=cells)
    assert placement.threads == expected
    assert launch.environment(placement, {})["OMP_NUM_THREADS"] == str(expected)


@pytest.mark.parametrize(
    ("given", "expected"), [({}, "1000"), ({"OMP_WAIT_POLICY": "ACTIVE"}, None), ({"GOMP_SPINCOUNT": "7"}, "7")]
)
def test_threads_sleep_while_they_wait_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: str | None
):
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, "")  # so that what the call sets is taken back after the test
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    launch.let_threads_sleep()
    assert os.environ.get("GOMP_SPINCOUNT") == expected


def test_children_import_what_we_import_and_nothing_from_the_current_folder():
    env = launch.environment(Placement(device="cpu", processes=2), {"WANDB_API_KEY": "k"})
    assert env["PYTHONSAFEPATH"] == "1"
    assert env["PYTHONPATH"].split(os.pathsep)[0] == str(ROOT)
    assert env["CUDA_VISIBLE_DEVICES"] == ""
    assert env["WANDB_API_KEY"] == "k"
    assert int(env["OMP_NUM_THREADS"]) >= 1


def test_several_processes_go_through_torchrun(tmp_path: Path):
    line = " ".join(launch.command(tmp_path / "spec.json", 2))
    assert "torch.distributed.run --standalone --nproc_per_node 2 --log-dir" in line
    assert line.endswith(f"-m r1cli.engine.worker {tmp_path / 'spec.json'}")


@pytest.mark.usefixtures("fake_torch")
def test_a_gpu_stage_runs_in_a_process_of_its_own_and_shows_its_progress(tmp_path: Path, lock_fd: int):
    seen, pids = Recorder(), []
    spec = spec_of(tmp_path, pause_s=0.3)
    launch.launch(spec, seen, lock_fd=lock_fd, on_child=pids.append)
    assert json.loads((spec.entry / "result.json").read_text())["out"]["path"] == "out/model"
    assert {line.split()[2] for line in (tmp_path / "trace").read_text().splitlines()} == {str(pids[0])}
    assert ("x", 1, 3, {"loss": 1.0}) in seen.updates


@pytest.mark.usefixtures("fake_torch")
def test_a_loss_that_is_nan_does_not_end_a_stage_in_a_process_of_its_own(tmp_path: Path, lock_fd: int):
    heard = Recorder()
    spec = spec_of(tmp_path, pause_s=0.3, loss="nan")
    launch.launch(spec, heard, lock_fd=lock_fd)
    assert ("x", 1, 3, {"loss": None}) in heard.updates


@pytest.mark.usefixtures("fake_torch")
@pytest.mark.parametrize(
    ("at_end", "error", "message"),
    [
        ("raise", StageFailed, "x: ValueError: the loss is nan"),
        ("complain", DataError, "rows.jsonl:3 is not JSON"),
        ("die", StageFailed, "x: its process was killed by SIGKILL"),
    ],
)
def test_what_ends_a_child_is_told_by_the_parent(
    tmp_path: Path, lock_fd: int, at_end: str, error: type[R1Error], message: str
):
    spec = spec_of(tmp_path, at_end=at_end)
    with pytest.raises(error, match=message) as e:
        launch.launch(spec, Recorder(), lock_fd=lock_fd)
    if isinstance(e.value, StageFailed):
        assert e.value.log == spec.log_path
        assert "`r1 logs x`" in e.value.hint


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("tests.r1cli.fake_stages.NoLicence", NoLicence),
        ("r1cli.errors.DataError", DataError),
        ("no_such_package.NoError", R1Error),
        ("builtins.dict", R1Error),
    ],
)
def test_an_error_of_another_package_crosses_the_process_as_itself_or_as_a_plain_one(
    tmp_path: Path, target: str, expected: type[R1Error]
):
    spec = spec_of(tmp_path)
    (spec.entry / "error.json").write_text(json.dumps({"type": target, "message": "no", "hint": "yes"}))
    error = launch._reported(spec)
    assert type(error) is expected
    assert (error.message, error.hint) == ("no", "yes")


@pytest.mark.usefixtures("fake_torch")
def test_a_child_that_cannot_even_start_is_a_failed_stage_with_a_log(
    tmp_path: Path, lock_fd: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(launch, "command", lambda *_: [sys.executable, "-c", "import no_such_module"])
    spec = spec_of(tmp_path)
    with pytest.raises(StageFailed, match="x: its process ended with exit code 1"):
        launch.launch(spec, Recorder(), lock_fd=lock_fd)
    assert "no_such_module" in spec.log_path.read_text()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def start_parent(tmp_path: Path, fake_torch: Path, spec: Spec) -> tuple[subprocess.Popen[bytes], int]:
    """A process that launches `spec`, and its child's id, once the child is at work."""
    (tmp_path / "spec.json").write_text(spec.to_json())
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "spec.json"), str(tmp_path / "lock")],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{fake_torch}"},
    )
    wait_for(lambda: bool(lines(tmp_path / "trace")))
    signed: list[lock.Holder | None] = [None]

    def names_the_child() -> bool:
        signed[0] = lock._holder(tmp_path / "lock")
        return signed[0] is not None and signed[0].pid != parent.pid

    wait_for(names_the_child)
    assert signed[0] is not None
    return parent, signed[0].pid


def test_the_orphan_of_a_killed_parent_keeps_the_lock_until_it_ends(tmp_path: Path, fake_torch: Path):
    spec = spec_of(tmp_path, pause_s=0.8)
    parent, child = start_parent(tmp_path, fake_torch, spec)
    assert child != parent.pid
    os.kill(child, signal.SIGSTOP)  # so that it is not done before we have looked
    parent.kill()
    parent.wait()
    assert lock.is_held(tmp_path / "lock")
    waited_for: list[lock.Holder] = []

    def waiting(holder: lock.Holder) -> None:
        waited_for.append(holder)
        os.kill(child, signal.SIGCONT)

    fd = lock.acquire(tmp_path / "lock", waiting)
    os.close(fd)
    assert [h.pid for h in waited_for] == [child]
    assert (spec.entry / "result.json").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + 15)])
def test_a_parent_that_is_asked_to_end_ends_its_child(tmp_path: Path, fake_torch: Path, number: int, code: int):
    parent, child = start_parent(tmp_path, fake_torch, spec_of(tmp_path, pause_s=60))
    parent.send_signal(number)
    assert parent.wait(120) == code
    assert not alive(child)
    assert not lock.is_held(tmp_path / "lock")


@pytest.mark.usefixtures("fake_torch")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stage_in_this_process_cleans_up_when_it_is_asked_to_end(
    tmp_path: Path, lock_fd: int, number: int, request: pytest.FixtureRequest
):
    # Whoever starts the suite with nohup has it ignore SIGHUP.
    request.addfinalizer(functools.partial(signal.signal, number, signal.signal(number, signal.SIG_DFL)))
    spec = spec_of(tmp_path, Placement(device="cpu"), pause_s=60)

    def end_it_at_work() -> None:
        wait_for(lambda: bool(lines(tmp_path / "trace")))
        os.kill(os.getpid(), number)

    threading.Thread(target=end_it_at_work, daemon=True).start()
    with pytest.raises(SystemExit) as ended:
        launch.launch(spec, Recorder(), lock_fd=lock_fd)
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) == signal.SIG_DFL


@pytest.mark.usefixtures("fake_torch")
def test_a_stage_may_be_launched_from_any_thread(tmp_path: Path, lock_fd: int):
    spec = spec_of(tmp_path)
    thread = threading.Thread(target=lambda: launch.launch(spec, Recorder(), lock_fd=lock_fd))
    thread.start()
    thread.join()
    assert (spec.entry / "result.json").exists()


@pytest.mark.torch
def test_several_processes_know_their_rank_and_the_first_one_writes(
    tmp_path: Path, lock_fd: int, monkeypatch: pytest.MonkeyPatch
):
    spec = spec_of(tmp_path, TWO, stage=ranks(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    launch.launch(spec, Recorder(), lock_fd=lock_fd)
    assert not [*(tmp_path / "temporary").glob("torchelastic*"), *spec.entry.glob("torchrun*")]
    assert {p.name for p in (tmp_path / "ranks").iterdir()} == {"0 of 2", "1 of 2"}
    assert (spec.entry / "result.json").exists()


@pytest.mark.torch
def test_a_process_that_dies_below_torchrun_is_named(tmp_path: Path, lock_fd: int):
    spec = spec_of(tmp_path, TWO, stage=ranks(tmp_path, die=True))
    with pytest.raises(StageFailed, match="x: its process was killed by SIGKILL") as e:
        launch.launch(spec, Recorder(), lock_fd=lock_fd)
    assert "out of memory" in e.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_a_worker_of_torchrun_dies_with_it():
    code = (
        "import time; from r1cli.engine import worker; worker._die_with_torchrun();"
        "print('up', flush=True); time.sleep(60)"
    )
    torchrun = "import subprocess, sys; p = subprocess.Popen(sys.argv[2:]); print(p.pid, flush=True); p.wait()"
    line = [sys.executable, "-c", torchrun, "torch.distributed.run", sys.executable, "-c", code]
    parent = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    told = [parent.stdout.readline().strip() for _ in range(2)]
    assert told[1] == "up"
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(int(told[0])))


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_a_worker_whose_torchrun_ended_while_it_started_does_not_work_without_the_lock():
    code = (
        "import os, sys, time; from r1cli.engine import worker\n"
        "while os.getppid() == int(sys.argv[1]): time.sleep(0.01)\n"
        "print('orphan', flush=True); worker._die_with_torchrun(); print('works', flush=True)"
    )
    torchrun = "import os, subprocess, sys; subprocess.Popen([*sys.argv[2:], str(os.getpid())])"
    line = [sys.executable, "-c", torchrun, "torch.distributed.run", sys.executable, "-c", code]
    orphan = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    assert orphan.stdout.split() == ["orphan"]


def test_libraries_are_told_to_be_quiet_unless_somebody_said_otherwise(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "environ", {"WANDB_SILENT": "false", "WANDB_SERVICE": "of whoever started us"})
    launch.quiet_libraries(Placement(device="cuda", processes=1, per_device_batch=8))
    assert os.environ["WANDB_SILENT"] == "false"
    assert "WANDB_SERVICE" not in os.environ
    assert os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] == "1"
    assert "TRANSFORMERS_VERBOSITY" not in os.environ
    launch.quiet_libraries(Placement(device="cpu", processes=1, per_device_batch=8))
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "error"


def test_without_a_home_libraries_get_one_where_they_can_write(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "to be restored")
    monkeypatch.delenv("HOME")
    launch.quiet_libraries(Placement(device="cpu"))
    assert os.access(os.environ["HOME"], os.W_OK)


def test_a_home_that_is_set_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/nowhere")
    launch.quiet_libraries(Placement(device="cpu"))
    assert os.environ["HOME"] == "/nowhere"
