"""The same command on a real SLURM of two nodes on this machine: plain, cut short, preempted, cancelled, swept.

    pytest -m slurm tests/slurm

Needs Debian's slurmctld, slurmd, slurm-client and munge, which `.ci/run` installs where it may. Everything lies in a
temporary folder, and the daemons end with the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NEEDED = ("sbatch", "slurmctld", "slurmd", "munged")
LINE = ["recipe=r1_zero", "scale=smoke", "tracking=none", "hardware=cpu", "evaluate=false", "stages.r1_zero.steps=8"]
CLUSTER = ["cluster=slurm", "cluster.time=30", "cluster.signal_s=60"]
PATIENCE_S = 500.0

pytestmark = [pytest.mark.slurm, pytest.mark.torch, pytest.mark.timeout(1200)]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    if missing := [name for name in NEEDED if shutil.which(name, path=path) is None]:
        pytest.skip(f"not installed: {', '.join(missing)} (Debian: slurmctld slurmd slurm-client munge)")
    folder = tmp_path_factory.mktemp("slurm")
    before = os.environ.get("SLURM_CONF")
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    port = {"SLURM_TEST_PORT": str(17_000 + os.getpid() % 2000 * 4)}
    words = folder / "up.log"
    with words.open("w") as log:  # a pipe would be held open by the daemons
        up = subprocess.run(
            [HERE / "up.sh", folder, "2"], env={**os.environ, **port}, check=False, stdout=log, stderr=log
        )
    try:
        if up.returncode:
            pytest.skip(f"the SLURM that is installed here does not come up: {words.read_text()[-1000:]}")
        yield
    finally:
        subprocess.run([HERE / "down.sh", folder], check=False)
        os.environ.pop("SLURM_CONF")
        if before is not None:
            os.environ["SLURM_CONF"] = before


def r1(*words: str, code: int = 0) -> str:
    """What r1 says on both channels."""
    variables = {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "r1cli", *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a base model in it, and with the result that an undisturbed run makes of it."""
    store = tmp_path_factory.mktemp("base") / "store"
    r1("run", *LINE, f"paths.store={store}")
    return store


@pytest.fixture
def store(base: Path, tmp_path: Path) -> Path:
    """A store of its own for a test, with the base model alone."""
    folder = tmp_path / "store"
    folder.mkdir()
    for entry in base.glob("base-*"):
        shutil.copytree(entry, folder / entry.name)
    return folder


def slurm(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def state(job: str) -> str:
    return slurm("squeue", "--noheader", "--states=all", f"--jobs={job}", "--format=%T")


def wait(until: Callable[[], object], what: str, *, patience_s: float = PATIENCE_S) -> None:
    end = time.monotonic() + patience_s
    while not until():
        assert time.monotonic() < end, f"{what}\n{slurm('squeue', '--states=all')}"
        time.sleep(0.3)


def submit(store: Path, *more: str) -> str:
    """The number of the job that was submitted."""
    said = r1("run", *LINE, *CLUSTER, f"paths.store={store}", *more)
    return said.partition("job ")[2].partition(":")[0]


def updates(store: Path) -> int:
    """That the unfinished stage has made."""
    for progress in store.glob(".partial/r1_zero-*/progress.json"):
        return int(json.loads(progress.read_text())["done"])
    return 0


def log(store: Path, job: str) -> str:
    return (store / f".cluster/{job}.log").read_text()


def weights(store: Path) -> str:
    [entry] = store.glob("r1_zero-*")
    return json.loads((entry / "manifest.json").read_text())["files"]["out/model/model.safetensors"]


def attempts(store: Path) -> int:
    [entry] = store.glob("r1_zero-*")
    return len(json.loads((entry / "manifest.json").read_text())["attempts"])


def has_ended(job: str) -> bool:
    return state(job) in {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"}


def run_preempted(store: Path, *more: str) -> None:
    """Run the line to its end, with a more urgent job in between that takes both nodes away from it."""
    job = submit(store, *more, "cluster.partition=main", "cluster.exclusive=true")
    wait(lambda: updates(store) >= 2 or has_ended(job), "no update was made")
    line = ["--parsable", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 2"]
    urgent = slurm("sbatch", *line)
    wait(lambda: has_ended(urgent) and has_ended(job), "it did not end")
    assert state(job) == "COMPLETED"
    # Without a grace period the first attempt may end before its first checkpoint, or a moment after its last.
    assert "attempt 2 of job" in log(store, job)


def test_a_job_makes_what_the_same_command_makes_here(cluster: None, base: Path, store: Path) -> None:
    said = r1("run", *LINE, *CLUSTER, f"paths.store={store}", "cluster.follow=true")
    assert "completed" in said
    assert weights(store) == weights(base)


def test_out_of_time_again_and_again_it_comes_to_the_same_end(cluster: None, base: Path, store: Path) -> None:
    """SIGUSR1, as SLURM sends it before the limit, which takes minutes: the next test."""
    job = submit(store)
    for at_least in (1, 3):
        wait(lambda at_least=at_least: updates(store) >= at_least or has_ended(job), "no update was made")
        slurm("scancel", "--batch", "--signal=USR1", job)
        wait(lambda: state(job) in {"PENDING", "REQUEUED", "COMPLETED"}, "it was not queued again")
    wait(lambda: has_ended(job), "it did not end")
    assert state(job) == "COMPLETED"
    assert "out of time: queued again" in log(store, job)
    assert attempts(store) >= 2
    assert weights(store) == weights(base)


@pytest.mark.long
@pytest.mark.timeout(5400)
def test_slurm_itself_sends_the_signal_before_the_limit(cluster: None, store: Path, tmp_path: Path) -> None:
    """The shortest limit is a minute, and SLURM may send the signal up to a minute too early: so two."""
    many = "stages.r1_zero.steps=400"
    straight = tmp_path / "straight"
    shutil.copytree(store, straight)
    r1("run", *LINE, many, f"paths.store={straight}")
    job = submit(store, many, "cluster.time=2", "cluster.signal_s=20")
    wait(lambda: has_ended(job), "it did not end", patience_s=3600)
    assert state(job) == "COMPLETED"
    assert "out of time: queued again" in log(store, job)
    assert attempts(store) >= 2
    assert weights(store) == weights(straight)


def test_preempted_by_a_more_urgent_job_it_goes_on_afterwards(cluster: None, base: Path, store: Path) -> None:
    run_preempted(store)
    assert weights(store) == weights(base)


def test_a_model_sharded_over_two_nodes_is_preempted_and_comes_to_the_same_end(
    cluster: None, base: Path, store: Path, tmp_path: Path
) -> None:
    two = ["hardware=fsdp2", "hardware.device=cpu", "hardware.processes=1", "hardware.nodes=2", "hardware.threads=1"]
    straight = tmp_path / "straight"
    shutil.copytree(store, straight)
    r1("run", *LINE, *CLUSTER, *two, f"paths.store={straight}", "cluster.follow=true")
    run_preempted(store, *two)
    assert weights(store) == weights(straight)


def test_a_node_that_fails_costs_an_attempt(cluster: None, base: Path, store: Path) -> None:
    job = submit(store)
    wait(lambda: updates(store) >= 1 or has_ended(job), "no update was made")
    node = slurm("squeue", "--noheader", f"--jobs={job}", "--format=%N")
    slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    # It may have come back by itself by now, and then there is nothing to resume.
    subprocess.run(["scontrol", "update", f"nodename={node}", "state=resume"], capture_output=True, check=False)
    wait(lambda: has_ended(job), "it did not end")
    assert state(job) == "COMPLETED"
    assert weights(store) == weights(base)


def test_a_cancelled_job_leaves_what_the_same_command_resumes(cluster: None, base: Path, store: Path) -> None:
    job = submit(store)
    wait(lambda: updates(store) >= 1 or has_ended(job), "no update was made")
    slurm("scancel", job)
    wait(lambda: has_ended(job), "it did not end")
    assert state(job) == "CANCELLED"
    assert "resumable" in r1("status", f"paths.store={store}")
    r1("run", *LINE, f"paths.store={store}")
    assert weights(store) == weights(base)


def test_a_stage_on_two_nodes_and_a_job_a_stage(cluster: None, tmp_path: Path) -> None:
    two = ["hardware=ddp", "hardware.device=cpu", "hardware.processes=1", "hardware.nodes=2", "hardware.threads=1"]
    line = [*LINE, *two, *CLUSTER, "cluster.mode=stages", "cluster.follow=true", f"paths.store={tmp_path / 'store'}"]
    said = r1("run", *line)
    assert "after " in said
    [entry] = (tmp_path / "store").glob("r1_zero-*")
    assert json.loads((entry / "manifest.json").read_text())["processes"] == 2


def test_a_sweep_is_a_job_a_cell_and_shares_what_comes_before(cluster: None, tmp_path: Path) -> None:
    line = [
        *LINE[:-1],
        *CLUSTER,
        "cluster.follow=true",
        f"paths.store={tmp_path / 'store'}",
        "stages.r1_zero.steps=1,2",
    ]
    said = r1("run", "-m", *line)
    assert len(list((tmp_path / "store").glob("base-*"))) == 1
    assert len(list((tmp_path / "store").glob("r1_zero-*"))) == 2
    assert said.count("done") >= 2
