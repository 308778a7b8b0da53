"""r1cli.verify.isolation.pool: a call that hangs, crashes or eats the memory costs itself, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from r1cli import machine
from r1cli.verify.isolation import pool
from r1cli.verify.isolation.pool import run
from tests.r1cli.isolated_calls import (
    behave,
    double,
    in_a_spawned_process,
    kill_at_random,
    pid,
    spawn_context,
    surroundings,
)

ROOT = Path(__file__).resolve().parents[4]


def test_results_come_in_the_order_of_the_calls():
    assert [e.value for e in run(double, [(i,) for i in range(100)], timeout_s=10)] == list(range(0, 200, 2))


def test_no_calls_give_no_results():
    assert run(double, [], timeout_s=10) == []


@pytest.mark.parametrize(
    ("how", "ended", "note"),
    [
        ("hold the GIL", "timed_out", "not done after"),
        ("sleep", "timed_out", "not done after"),
        ("ignore SIGTERM", "timed_out", "not done after"),
        ("bomb", "timed_out", "GiB"),
        ("exit", "crashed", "exited with 3"),
        ("sys.exit", "crashed", "SystemExit"),
        ("kill", "crashed", "killed by SIGKILL"),
        ("raise", "crashed", "KeyError"),
        ("unpicklable", "crashed", "lambda"),
    ],
)
def test_a_bad_call_costs_itself_and_none_of_its_63_neighbours(how, ended, note):
    results = run(behave, [("return", i) if i != 5 else (how, i) for i in range(64)], timeout_s=1)
    assert results[5].how == ended
    assert note in results[5].note
    assert [e.value for i, e in enumerate(results) if i != 5] == [i for i in range(64) if i != 5]


def test_each_call_has_a_clock_of_its_own():
    results = run(time.sleep, [(0.8,)] * 3 * pool.workers(), timeout_s=2)
    assert {e.how for e in results} == {"done"}


def test_workers_are_used_again_and_never_more_than_there_may_be():
    pool.close()
    pids = {e.value for e in run(pid, [()] * 50, timeout_s=10)} | {e.value for e in run(pid, [()] * 50, timeout_s=10)}
    assert len(pids) <= pool.workers()


def test_a_worker_that_was_killed_while_idle_is_replaced():
    for e in run(pid, [()] * 8, timeout_s=10):
        kill(e.value)
    assert [e.value for e in run(double, [(1,), (2,)], timeout_s=10)] == [2, 4]


def kill(number: int) -> None:
    if psutil.pid_exists(number):
        psutil.Process(number).kill()


def test_workers_see_no_tokens_no_torch_no_input_and_no_ctrl_c(monkeypatch):
    pool.close()
    monkeypatch.setenv("WANDB_API_KEY", "secret")
    [ended] = run(surroundings, [()], timeout_s=10)
    environment, torch, ignores_interrupts, stdin = ended.value
    assert set(environment) <= pool.KEPT_ENVIRONMENT | {"OMP_NUM_THREADS", "PYTHONHASHSEED"}
    assert (torch, ignores_interrupts, stdin) == (False, True, "")


def test_preloaded_modules_cost_the_call_no_time():
    assert run(double, [(1,)], timeout_s=5, preload=["decimal"])[0].value == 2


def test_a_module_that_cannot_be_imported_is_a_crash_with_its_name():
    [ended] = run(double, [(1,)], timeout_s=5, preload=["no_such_module"])
    assert ended.how == "crashed"
    assert "no_such_module" in ended.note


def test_a_function_without_an_importable_name_is_refused():
    with pytest.raises(ValueError, match="cannot be imported by a worker"):
        run(lambda: 1, [()], timeout_s=1)


def test_it_works_off_the_main_thread_and_from_several_at_once():
    found: list[list[int]] = []
    threads = [
        threading.Thread(
            target=lambda: found.append([e.value for e in run(double, [(i,) for i in range(20)], timeout_s=10)])
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [list(range(0, 40, 2))] * 4


def test_a_forked_process_has_a_pool_of_its_own():
    mine = {e.value for e in run(pid, [()] * 8, timeout_s=10)}
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        theirs = {e.value for e in run(pid, [()] * 8, timeout_s=10)}
        os.write(writing, b"apart" if theirs and not theirs & mine else b"shared")
        pool.close()
        os._exit(0)
    os.close(writing)
    assert os.waitpid(child, 0)[1] == 0
    assert os.read(reading, 10) == b"apart"
    os.close(reading)
    assert {e.value for e in run(pid, [()] * 8, timeout_s=10)} & mine


def test_it_works_in_a_process_that_multiprocessing_spawned():
    context = spawn_context()
    results = context.Queue()
    process = context.Process(target=in_a_spawned_process, args=(results,), daemon=True)  # daemons may have no children
    process.start()
    assert results.get(timeout=240) == [2, 4]
    process.join()
    assert process.exitcode == 0


SCRIPT = """
import sys, json, psutil
from r1cli.verify.isolation import pool
from tests.r1cli.isolated_calls import behave, pid
pids = [e.value for e in pool.run(pid, [()] * 8, timeout_s=20)]
hanging = pool.run(behave, [("sleep",), ("hold the GIL",)], timeout_s=0.5)
print(json.dumps(sorted({p.pid for p in psutil.Process().children()} | set(pids))))
assert [e.how for e in hanging] == ["timed_out"] * 2
"""


def lives(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("way", ["-c", "stdin"])
def test_a_main_that_cannot_be_imported_is_no_obstacle_and_no_process_is_left_over(way):
    command, text = ([sys.executable, "-c", SCRIPT], None) if way == "-c" else ([sys.executable, "-"], SCRIPT)
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    pids = [int(p) for p in done.stdout.strip("[]\n").split(",")]
    assert pids
    assert not any(lives(p) for p in pids)


def test_ctrl_c_ends_the_caller_at_once_and_its_busy_workers_with_it():
    script = (
        "import os, signal, threading\n"
        "from r1cli.verify.isolation import pool\n"
        "from tests.r1cli.isolated_calls import behave, pid\n"
        "print(*{e.value for e in pool.run(pid, [()] * 8, timeout_s=20)}, flush=True)\n"
        "threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "pool.run(behave, [('sleep',)] * 9, timeout_s=500)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=240, check=False
    )
    assert "KeyboardInterrupt" in done.stderr
    assert done.stdout.split()
    assert not any(lives(int(p)) for p in done.stdout.split())


@pytest.mark.slow
def test_busy_workers_do_not_outlive_a_parent_that_is_killed():
    script = (
        "import os\n"
        "from r1cli.verify.isolation import pool\n"
        "from tests.r1cli.isolated_calls import behave, pid\n"
        "print(*{e.value for e in pool.run(pid, [()] * 8, timeout_s=20)}, flush=True)\n"
        "pool.run(behave, [('hold the GIL',)] * 2, timeout_s=1)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    pids = [int(p) for p in parent.stdout.readline().split()]
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 60
    while any(lives(p) for p in pids) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(lives(p) for p in pids)


@pytest.mark.slow
@pytest.mark.parametrize("many", [200, pytest.param(1000, marks=pytest.mark.long)])
def test_the_pool_outlives_random_kills(many: int):
    stop, kills = threading.Event(), []
    killer = threading.Thread(target=kill_at_random, args=(stop, kills), kwargs={"seed": 0})
    killer.start()
    ends = {"done": 0, "timed_out": 0, "crashed": 0}
    while len(kills) < many:
        for i, ended in enumerate(run(behave, [("return", i) for i in range(64)], timeout_s=10)):
            ends[ended.how] += 1
            assert ended.how != "done" or ended.value == i
    stop.set()
    killer.join()
    assert ends["done"] > 0
    assert ends["timed_out"] == 0
    pids = {e.value for e in run(pid, [()] * 50, timeout_s=10)}
    assert 1 <= len(pids) <= pool.workers()
    assert pool._pool.busy == 0


def test_there_are_no_more_workers_than_the_process_has_cores_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 16)
    monkeypatch.setattr(machine, "_share", None)
    assert pool.workers() == pool.MOST
    machine.set_share(3)
    assert pool.workers() == 3
    machine.set_share(1)
    assert pool.workers() == pool.FEWEST
