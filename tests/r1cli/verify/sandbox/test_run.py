"""r1cli.verify.sandbox.run: what programs are tried with, and what hostile ones get: nothing."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
import uuid
from collections.abc import Iterator

import psutil
import pytest
from omegaconf import OmegaConf

from r1cli.config.hydra import compose
from r1cli.errors import ConfigError
from r1cli.verify.sandbox import run as sandbox
from r1cli.verify.sandbox import talk
from r1cli.verify.sandbox.modes import Mode, candidates
from r1cli.verify.sandbox.run import Limits, Sandbox, Trial, run_in
from r1cli.verify.sandbox.verdict import Report

LIMITS = Limits(wall_s=20, cpu_s=10, memory_mib=512, processes=16, file_mib=1, open_files=64, output_kib=64)
HASTY = LIMITS.model_copy(update={"wall_s": 1.5})
SECRET = 918273645
"""The expected value that no program may come by."""


def working() -> Iterator[Mode]:
    seen = set()
    for mode in candidates():
        if mode.name not in seen and run_in(mode, sandbox._TRIAL, LIMITS).passed == (True,):
            seen.add(mode.name)
            yield mode


MODES = {mode.name: mode for mode in working()}
in_every_mode = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)


def needs(*names: str) -> pytest.MarkDecorator:
    usable = {name: MODES[name] for name in names if name in MODES}
    if not usable:
        return pytest.mark.skip(reason=f"no {' or '.join(names)} on this machine")
    return pytest.mark.parametrize("mode", usable.values(), ids=usable)


def tried(mode: Mode, program: str, *tests: str, limits: Limits = LIMITS) -> Report:
    return run_in(mode, Trial(program, names=("f",), tests=tests or (f"assert f() == {SECRET}",)), limits)


@in_every_mode
def test_each_test_is_judged_by_itself(mode):
    report = tried(mode, "def f(x):\n    return x + 1", "assert f(1) == 2", "assert f(1) == 3", "assert f(2) == 3")
    assert (report.how, report.passed) == ("done", (True, False, True))


VALUES = """
    None, True, -1, 2 ** 100, 10 ** 5000, 1.5, float("inf"), 1j, "ß\\ud800", b"\\x00", [1, [2]], (1, ("a",)), {1, 2},
    frozenset({3}), {"a": {1: (2, 3)}, (1, 2): []}, [], {}, int, ValueError, range(1, 9, 2), Decimal("1.10"),
    Fraction(10 ** 30, 7), date(2025, 1, 20), datetime(2025, 9, 17, 1, 2, 3, 4), timedelta(-1, 2, 3)
"""


@in_every_mode
def test_plain_values_come_and_go_as_they_are(mode):
    imports = "from datetime import *\nfrom decimal import Decimal\nfrom fractions import Fraction\n"
    check = "    got = f(value)\n    assert got == value and type(got) is type(value), value"
    test = f"{imports}for value in ({VALUES}):\n{check}"
    assert tried(mode, "def f(x):\n    return x", test).passed == (True,)


@in_every_mode
def test_objects_of_the_program_stay_there_and_can_be_used(mode):
    program = """
class Node:
    def __init__(self, value): self.value, self.next = value, None
    def __len__(self): return 1 + (len(self.next) if self.next else 0)
def f(node): return node.value + (f(node.next) if node.next else 0)
def g(n): yield from range(n)
"""
    tests = (
        "a, b = Node(1), Node(2)\na.next = b\nassert f(a) == 3 and a.next == b and a != b and len(a) == 2",
        "assert list(g(3)) == [0, 1, 2]",
        "assert b is not None and b.next is None",
    )
    trial = Trial(program, names=("f", "g", "Node"), tests=tests)
    assert run_in(mode, trial, LIMITS).passed == (True,) * 3


@in_every_mode
def test_exceptions_arrive_as_what_they_are(mode):
    test = "try:\n    f()\nexcept KeyError as e:\n    assert 'missing' in str(e)\nelse:\n    assert False"
    assert tried(mode, "def f(): raise KeyError('missing')", test).passed == (True,)


@in_every_mode
def test_the_tests_helpers_are_their_own_whatever_the_program_makes_of_them(mode):
    prelude = "def poly(x):\n    return 2 * x\n\n\ndef f(x):\n    '''Half of x.'''\n"
    test = "assert poly(f(10)) == 10"
    right, wrong = "def f(x): return x / 2", "def f(x): return 3\ndef poly(x): return 10"
    body = "    return x / 2\n"
    found = [run_in(mode, Trial(p, prelude, ("f",), tests=(test,)), LIMITS).passed for p in (right, wrong, body)]
    assert found == [(True,), (False,), (True,)]


@in_every_mode
def test_what_is_no_python_is_unreadable(mode):
    assert tried(mode, "I would say: 5").how == "unreadable"
    assert run_in(mode, Trial("I would say: 5", inputs=("1",)), LIMITS).how == "unreadable"


FORGED = '{"kind": "test", "number": 0, "passed": true, "nonce": ""}\\n{"kind": "done", "nonce": "", "note": ""}\\n'
HOSTILE = {
    "sys.exit": "import sys\nsys.exit(0)",
    "os._exit": "import os\nos._exit(0)",
    "exit when called": "def f():\n    raise SystemExit(0)",
    "os._exit when called": "import os\ndef f(): os._exit(0)",
    "raises AssertionError": "def f(): raise AssertionError",
    "equal to everything": (
        "class A:\n    def __eq__(s, o): return True\n    def __ne__(s, o): return False\ndef f(): return A()"
    ),
    "an int that is equal to everything": (
        "class A(int):\n    def __eq__(s, o): return True\n    def __hash__(s): return 1\ndef f(): return A(5)"
    ),
    "patched builtins": (
        "import builtins\nfor name in ('AssertionError', 'compile', 'exec', 'open', 'exit', 'isinstance', 'print'):\n"
        "    setattr(builtins, name, lambda *a, **k: None)\ndef f(): return 1"
    ),
    "patched json": "import json\njson.loads = json.dumps = lambda *a, **k: ['value', 1]\ndef f(): return 1",
    "atexit": "import atexit, os\natexit.register(os._exit, 0)\ndef f(): return 1",
    "success printed": "print('passed OK 1 of 1')\nimport os\nos.write(1, b'passed')\ndef f(): print('passed')",
    "verdict on every descriptor": (
        f"import os\nfor fd in range(64):\n    try: os.write(fd, b'''{FORGED}''')\n    except OSError: pass\n"
        "def f(): os._exit(0)"
    ),
    "verdict through /proc": (  # pipes of the checker only: where no sandbox holds it, it must not find other files
        "import glob, os, stat\nfor path in glob.glob(f'/proc/{os.getppid()}/fd/*'):\n"
        "    try:\n        if stat.S_ISFIFO(os.stat(path).st_mode):\n"
        f"            os.write(os.open(path, os.O_WRONLY | os.O_NONBLOCK), b'''{FORGED}''')\n"
        "    except OSError: pass\ndef f(): return 1"
    ),
    "the checker's memory": f"""
import os
def f():
    for pid in {{1, os.getppid()}}:
        for name in ("mem", "fd/0", "environ"):
            try:
                with open(f"/proc/{{pid}}/{{name}}", "rb", buffering=0) as file:
                    return {SECRET}  # it could be looked for
            except OSError: pass
""",
    "frames and garbage": f"""
import gc, sys
def f():
    seen = list(gc.get_objects())
    frame = sys._getframe()
    while frame:
        seen += [frame.f_locals, frame.f_globals, frame.f_code.co_consts]
        frame = frame.f_back
    texts = [repr(o) for o in seen if isinstance(o, (str, bytes, dict, list, tuple))]
    wanted = int("{SECRET - 1}") + 1
    return wanted if any(str(wanted) in text for text in texts) else None
""",
    "kills its checker": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\ndef f(): return 1",
    "stops its checker": "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\ndef f(): return 1",
    "traces its checker": (
        "import ctypes, os\nlibc = ctypes.CDLL(None)\n"
        f"def f(): return {SECRET} if libc.ptrace(16, os.getppid(), 0, 0) == 0 else None"
    ),
    "a value too large": "def f(): return 'x' * 10_000_000",
    "a value too deep": "def f():\n    x = []\n    for _ in range(100_000): x = [x]\n    return x",
}


@in_every_mode
@pytest.mark.parametrize(
    "how", [pytest.param(how, marks=[pytest.mark.slow] if how == "stops its checker" else []) for how in HOSTILE]
)
def test_no_trick_forges_a_verdict(mode, how, monkeypatch):
    monkeypatch.setattr(talk, "SLACK_S", 1)  # a stopped checker has no clock
    report = tried(mode, HOSTILE[how], limits=LIMITS.model_copy(update={"wall_s": 5}))
    assert report.passed in {(False,), ()}
    assert report.how != "broken"


@in_every_mode
def test_stop_iteration_does_not_end_the_tests_own_loops(mode):
    report = tried(mode, "def f(x): raise StopIteration", "assert all(map(f, [1, 2]))", "assert not list(map(f, [1]))")
    assert report.passed == (False, False)


@in_every_mode
@pytest.mark.parametrize(
    "program",
    [
        "while True: pass",
        "def f():\n    while True: pass",
        "import signal\nfor s in (1, 2, 3, 14, 15): signal.signal(s, signal.SIG_IGN)\nwhile True: pass",
        "import time\ntime.sleep(600)",
        "def f(): return 3 ** (10 ** 9)",
        "while True: print('x' * 1000)",
    ],
)
def test_what_does_not_end_is_timed_out(mode, program):
    assert tried(mode, program, limits=HASTY).how == "timed_out"


ENDLESS_IN_C = {
    "sum": "assert sum(f()) == 10",
    "max": "assert max(f()) == 10",
    "all": "assert all(x == x for x in [f()]) and 10**17 * 3 + 1 in list(f())",
    "membership by comparison": "assert 0.5 in f()",
}


@in_every_mode
@pytest.mark.parametrize("test", ENDLESS_IN_C.values(), ids=ENDLESS_IN_C)
def test_a_value_that_keeps_the_checker_in_c_costs_its_own_time_only(mode, test):
    began = time.monotonic()
    report = tried(mode, "def f(): return range(10**18)", test, limits=HASTY)
    assert report.how == "timed_out"
    assert time.monotonic() - began < HASTY.wall_s + talk.SLACK_S + talk.GRACE_S + 30


DENIED = {
    "System V memory": "libc.shmget(0, 1 << 30, 0o1600)",
    "an anonymous file": "libc.memfd_create(b'x', 0)",
    "a namespace": "libc.unshare(0x10000000)",
    "a mount": "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
    "io_uring": "libc.syscall(425, 8, 0)",
    "a key": "libc.syscall(250, 0, -3, 1)",
    "bpf": "libc.syscall(321, 0, 0, 0)",
    "tracing": "libc.ptrace(0, 0, 0, 0)",
}


@in_every_mode
@pytest.mark.parametrize("call", DENIED.values(), ids=DENIED)
def test_ways_around_the_limits_are_denied_by_the_kernel(mode, call):
    program = f"""
import ctypes, errno
def f():
    libc = ctypes.CDLL(None, use_errno=True)
    result = {call}
    return result, ctypes.get_errno()
"""
    report = tried(mode, program, "result, error = f()\nassert result == -1 and error == 1, (result, error)")
    assert report.passed == (True,), report.note


@in_every_mode
def test_an_object_that_claims_to_contain_everything_is_not_believed(mode):
    program = """
class Everything:
    def __contains__(self, item): return True
    def __iter__(self): return iter([1, 2])
def f(): return Everything()
"""
    report = tried(mode, program, "assert 2 in f()", "assert 918273645 in f()")
    assert report.passed == (True, False)


@in_every_mode
def test_ten_gigabytes_are_too_much(mode):
    assert tried(mode, "def f(): return len(bytearray(10 << 30))").how == "timed_out"
    assert run_in(mode, Trial("x = bytearray(10 << 30)", inputs=("",)), LIMITS).how == "timed_out"


@in_every_mode
def test_the_memory_of_all_processes_together_is_limited(mode):
    program = """
import os, time
def f():
    for _ in range(4):
        if os.fork() == 0:
            held = bytearray(200 << 20)
            held[::4096] = b"x" * len(held[::4096])
            time.sleep(10)
            os._exit(0)
    time.sleep(10)
    return 1
"""
    report = tried(mode, program, "assert f() == 1")
    assert report.how == "timed_out"
    assert "memory" in report.note


@in_every_mode
def test_no_process_of_this_machine_is_ended(mode):
    """Signal 0 ends nothing; whether it may be sent is checked all the same."""
    program = f"""
import os
def f():
    try:
        os.kill({os.getpid()}, 0)
    except OSError as e:
        return e.errno
"""
    report = tried(mode, program, "assert f() in {1, 3}")  # not permitted, or no such process
    assert report.passed == (True,), report.note


@in_every_mode
def test_processor_time_is_limited(mode):
    limits = LIMITS.model_copy(update={"cpu_s": 1})
    assert tried(mode, "def f():\n    while True: pass", limits=limits).how == "timed_out"


@in_every_mode
def test_endless_output_is_cut_and_wrong(mode):
    [printed] = run_in(mode, Trial("while True: print('x' * 1000)", inputs=("",)), LIMITS).printed
    assert not printed.ended_well
    assert len(printed.output) <= LIMITS.output_kib << 10


@in_every_mode
def test_the_environment_is_empty_of_ours(mode, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    program = "import os\ndef f(): return sorted(os.environ), [v for v in os.environ.values() if 'secret' in v]"
    allowed = {"PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PWD", "LC_CTYPE"}
    assert tried(mode, program, f"names, secrets = f()\nassert set(names) <= {allowed} and not secrets").passed == (
        True,
    )


@needs("bubblewrap")
def test_no_file_of_ours_is_seen_or_written(mode, tmp_path):
    (tmp_path / "token").write_text("secret")
    program = f"""
import os
def f():
    done = []
    for path in ("{tmp_path}/token", "/etc/passwd", "/root", "/home"):
        if os.path.exists(path): done.append(path)
    for folder in ("/", "/usr", "/python", "/dev", "/proc", "{tmp_path}"):
        try:
            open(folder + "/written", "w").close()
            done.append(folder)
        except OSError: pass
    open("/tmp/mine", "w").write("fine")
    return done
"""
    assert tried(mode, program, "assert f() == []").passed == (True,)
    assert [p.name for p in tmp_path.iterdir()] == ["token"]


@needs("bubblewrap")
def test_all_files_together_are_limited(mode):
    program = """
def f():
    try:
        for i in range(1000):
            open(f"/tmp/{i}", "wb").write(b"x" * 1_000_000)
    except OSError:
        return i
"""
    assert tried(mode, program, "assert f() < 100").passed == (True,)


@in_every_mode
def test_a_file_is_limited(mode):
    program = "def f():\n    try: open('big', 'wb').write(bytes(5_000_000))\n    except OSError: return 'too big'"
    assert tried(mode, program, "assert f() == 'too big'").passed == (True,)


@needs("bubblewrap", "namespaces")
def test_the_network_is_out_of_reach(mode):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = f"""
import socket
def f():
    try: socket.create_connection(("127.0.0.1", {port}), timeout=1)
    except OSError: return "cut"
"""
        assert tried(mode, program, "assert f() == 'cut'").passed == (True,)


@needs("bubblewrap", "namespaces")
def test_other_processes_are_out_of_sight(mode):
    program = "import glob\ndef f(): return len(glob.glob('/proc/[0-9]*'))"
    assert tried(mode, program, "assert f() <= 2").passed == (True,)


@in_every_mode
def test_a_daemon_does_not_outlive_its_program(mode):
    marker = f"9{uuid.uuid4().int % 10**12}"
    program = f"""
import os
def f():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/usr/bin/sleep", ["sleep", "{marker}"])
        os._exit(0)
    os.wait()
    return {SECRET}
"""
    assert tried(mode, program).passed == (True,)
    assert not [p for p in psutil.process_iter(["cmdline"]) if marker in (p.info["cmdline"] or [])]


@needs("bubblewrap")
def test_a_fork_bomb_is_small_and_gone_afterwards(mode):
    if not mode.drops_root and psutil.Process().uids().real == 0:
        pytest.skip("the kernel does not limit root's processes")
    program = """
import os, time
def f():
    for count in range(200):
        try:
            if os.fork() == 0: time.sleep(600)
        except OSError:
            return count
    return count
"""
    assert tried(mode, program, f"assert 0 < f() < {LIMITS.processes + 1}").passed == (True,)


def scripts(mode: Mode, program: str, *inputs: str) -> list[tuple[str, bool]]:
    return [(p.output, p.ended_well) for p in run_in(mode, Trial(program, inputs=inputs), LIMITS).printed]


@in_every_mode
def test_scripts_read_and_print(mode):
    program = "import sys\nif __name__ == '__main__':\n    n = int(input())\n    print(n, *sys.stdin)\n    exit()"
    assert scripts(mode, program, "1\na\nb\n", "2") == [("1 a\n b\n\n", True), ("2\n", True)]


@in_every_mode
def test_a_script_that_fails_is_told_from_one_that_ends(mode):
    program = "import sys\nx = input()\nprint(x, flush=True)\nif x == '2': 1 / 0\nsys.exit(3 if x == '1' else None)"
    assert scripts(mode, program, "1", "2", "3") == [("1\n", False), ("2\n", False), ("3\n", True)]


@in_every_mode
def test_a_script_may_end_before_its_threads(mode):
    program = "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()"
    assert scripts(mode, program, "") == [("late\n", True)]


@in_every_mode
def test_what_is_not_defined_is_named(mode):
    assert tried(mode, "def g(): return 1").note == "NameError: name 'f' is not defined"


@in_every_mode
def test_a_program_that_ends_in_one_test_fails_the_rest(mode):
    report = tried(
        mode, "import os\ndef f(x): return x or os._exit(0)", "assert f(1)", "assert not f(0)", "assert f(1)"
    )
    assert report.passed == (True, False, False)
    report = tried(mode, "def f(x): return x or input()", "assert f(1)", "assert not f(0)", "assert f(1)")
    assert report.passed == (True, False, True)


@in_every_mode
def test_cases_know_nothing_of_each_other(mode):
    program = "import builtins\nprint(getattr(builtins, 'seen', 'nothing'))\nbuiltins.seen = input()"
    assert scripts(mode, program, "1", "2") == [("nothing\n", True)] * 2


@in_every_mode
def test_a_large_input_arrives_whole(mode):
    assert scripts(mode, "import sys\nprint(len(sys.stdin.read()))", "x" * 3_000_000) == [("3000000\n", True)]


def test_a_sandbox_that_cannot_be_started_is_broken_and_not_the_programs_fault():
    missing = Mode("subprocess", ("/no/such/program",), "python", drops_root=False)
    failing = Mode("subprocess", ("/bin/false",), "python", drops_root=False)
    assert [run_in(m, sandbox._TRIAL, LIMITS).how for m in (missing, failing)] == ["broken", "broken"]


@pytest.mark.parametrize(("bwrap", "remedy"), [(None, "apt install bubblewrap"), ("/usr/bin/bwrap", "namespaces")])
def test_a_weaker_sandbox_wants_an_opt_in(monkeypatch, bwrap, remedy):
    sandbox._best_mode.cache_clear()
    weak = Mode("subprocess", (), sys.executable, drops_root=True)
    monkeypatch.setattr(sandbox, "candidates", lambda: [weak])
    monkeypatch.setattr(sandbox, "run_in", lambda *_: Report("done", (True,)))
    monkeypatch.setattr(sandbox.shutil, "which", lambda _: bwrap)
    with pytest.raises(ConfigError, match="in bubblewrap only") as error:
        Sandbox(strictness="require").check()
    assert remedy in error.value.hint
    assert "sandbox=auto" in error.value.hint
    assert "read and write this user's files" in error.value.hint
    assert Sandbox(strictness="auto").mode() is weak
    sandbox._best_mode.cache_clear()


@pytest.mark.parametrize(("command", "choice"), [("score", "verifier@task=code"), ("run", "task=code")])
def test_what_ships_wants_bubblewrap(command, choice):
    config = compose(command, [choice]).config
    assert set(re.findall(r"(?m)^ *sandbox: (.*)$", OmegaConf.to_yaml(config))) == {"require", "${sandbox}"}


def test_untrusted_programs_never_run_as_root_outside_bubblewrap(monkeypatch):
    sandbox._best_mode.cache_clear()
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setattr(sandbox, "candidates", lambda: [Mode("subprocess", (), "python", drops_root=False)])
    monkeypatch.setattr(sandbox, "run_in", lambda *_: pytest.fail("it was run"))
    with pytest.raises(ConfigError, match="no sandbox works"):
        Sandbox(strictness="subprocess").mode()
    sandbox._best_mode.cache_clear()


def test_the_mode_in_force_is_logged_once(caplog):
    sandbox._best_mode.cache_clear()
    with caplog.at_level("INFO"):
        for _ in range(3):
            Sandbox(strictness="auto").mode()
    assert [r.message.startswith("programs run in a sandbox of") for r in caplog.records] == [True]
