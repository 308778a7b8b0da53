"""Programs and values that try to be scored right, to get out, or to take more than they may: data, for test_hostile.py.

A program is right only if it returns SECRET from `f`. What tries to get out returns it where it got out; what tries to
forge a verdict has no way to know it.
"""

# ruff: noqa: E501  (a program is easier to read in one line than in pieces)

from __future__ import annotations

SECRET = 918273645

_EQUAL = (
    "class Equal({base}):\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
    "    def __bool__(self): return True\n    def __hash__(self): return 1\n    def __contains__(self, item): return True\n"
    "    def __lt__(self, other): return True\n    __le__ = __gt__ = __ge__ = __lt__\ndef f(): return Equal({value})"
)
_BASES = {
    "object": "", "int": "5", "float": "0.5", "str": "'a'", "bytes": "b'a'", "list": "[1]", "tuple": "(1,)",
    "dict": "{1: 1}", "set": "{1}", "frozenset": "{1}", "complex": "1j", "Exception": "'a'",
}  # fmt: skip
EQUAL = {f"equal to everything: {base}": _EQUAL.format(base=base, value=value) for base, value in _BASES.items()}

_ENDS = {
    "sys.exit": "import sys; sys.exit(0)", "SystemExit": "raise SystemExit", "quit": "quit()",
    "os._exit": "import os; os._exit(0)", "abort": "import os; os.abort()", "KeyboardInterrupt": "raise KeyboardInterrupt",
    "GeneratorExit": "raise GeneratorExit", "BaseException": "raise BaseException('passed')",
    "AssertionError": "raise AssertionError", "exec true": "import os; os.execv('/bin/true', ['true'])",
    **{f"signal {n}": f"import os; os.kill(os.getpid(), {n})" for n in (1, 2, 6, 9, 11, 13, 14, 15, 24, 31)},
    "null pointer": "import ctypes; ctypes.string_at(0)", "recursion": "f()",
    "a thread's exit": "import threading, os; threading.Thread(target=os._exit, args=(0,)).start()",
    "atexit": "import atexit, os; atexit.register(os._exit, 0)",
}  # fmt: skip
ENDS = {
    **{f"at once: {how}": f"{code}\ndef f(): return 1" for how, code in _ENDS.items() if how != "recursion"},
    **{f"when called: {how}": f"def f():\n    {code}\n    return 1" for how, code in _ENDS.items()},
}

_PATCHED = ("AssertionError", "compile", "exec", "eval", "open", "isinstance", "print", "getattr", "type", "__import__")
_LIE = "lambda *a, **k: True"
PATCHES = {
    **{f"builtins.{n}": f"import builtins\nbuiltins.{n} = {_LIE}\ndef f(): return 1" for n in _PATCHED},
    "json": f"import json\njson.loads = json.dumps = {_LIE}\ndef f(): return 1",
    "marshal": f"import marshal\nmarshal.loads = marshal.dumps = {_LIE}\ndef f(): return 1",
    "os.write": f"import os\nos.write = os.read = {_LIE}\ndef f(): return 1",
    "operator": f"import operator\noperator.eq = operator.ne = {_LIE}\ndef f(): return 1",
    "sys.modules": "import sys\nsys.modules.clear()\ndef f(): return 1",
    "sys.settrace": "import sys\nsys.settrace(lambda frame, *a: frame.f_locals.clear())\ndef f(): return 1",
    "sys.excepthook": f"import sys\nsys.excepthook = {_LIE}\ndef f(): 1 / 0",
    "a small integer in memory": ("import ctypes\nctypes.memmove(id(1) + 24, id(2) + 24, 4)\ndef f(): return 1"),
    "its own name": "class Any:\n    def __call__(self): return self\n    def __eq__(self, o): return True\nf = Any()",
    "a frame's variables": (
        "import sys\ndef f():\n    frame = sys._getframe()\n    while frame:\n"
        "        frame.f_locals.update(passed=True, result=True, verdict=True)\n        frame = frame.f_back\n    return 1"
    ),
    "a collector's look": (
        f"import gc\ndef f():\n    found = [o for o in gc.get_objects() if isinstance(o, (str, bytes)) and "
        f"str({SECRET - 1} + 1) in str(o)]\n    return {SECRET - 1} + 1 if found else None"
    ),
}

_FORGED = 'b\'{"kind": "test", "number": 0, "passed": true, "nonce": ""}\\n{"kind": "done", "nonce": ""}\\n\''
FORGERIES = {
    "every descriptor": f"import os\ndef f():\n    for fd in range(64):\n        try: os.write(fd, {_FORGED})\n"
    "        except OSError: pass\n    os._exit(0)",
    "noise on every descriptor": "import os\ndef f():\n    for fd in range(64):\n        try: os.write(fd, b'\\xff\\x00' * 999)\n"
    "        except OSError: pass\n    return 1",
    "descriptors closed": "import os\nos.closerange(0, 64)\ndef f(): return 1",
    "descriptors crossed": "import os\nfor fd in range(1, 16):\n    try: os.dup2(0, fd)\n    except OSError: pass\ndef f(): return 1",
    "its checker killed": "import os\nos.kill(os.getppid(), 9)\ndef f(): return 1",
    "everybody killed": "import os\ndef f():\n    os.kill(-1, 9)\n    return 1",
    "its group killed": "import os\ndef f():\n    os.killpg(0, 9)\n    return 1",
    "standard error": f"import os\ndef f():\n    os.write(2, {_FORGED} * 99)\n    return 1",
    "words printed": "def f():\n    print('passed', 'OK', '1 of 1', flush=True)\n    return 'passed'",
    "a child that answers": "import os\ndef f():\n    os.fork()\n    return 1",
}  # fmt: skip

_GOT_OUT = f"return {SECRET}"


def _reads(path: str) -> str:
    return f"def f():\n    if open('{path}', 'rb').read(1): {_GOT_OUT}"


def _writes(path: str) -> str:
    return f"def f():\n    open('{path}', 'wb').write(b'x')\n    {_GOT_OUT}"


def _connects(code: str) -> str:
    return f"import socket\ndef f():\n    {code}\n    {_GOT_OUT}"


def _calls(call: str) -> str:
    return f"import ctypes\ndef f():\n    if ctypes.CDLL(None).{call} >= 0: {_GOT_OUT}"


FILES = {
    **{f"reads {p}": _reads(p) for p in ("/etc/passwd", "/etc/shadow", "/root/.bashrc", "/proc/1/environ", "/dev/sda")},
    **{f"reads {p}": _reads(p) for p in ("/proc/1/mem", "/proc/kcore", "/proc/1/root/etc/passwd", "/sys/power/state")},
    **{f"writes {p}": _writes(p) for p in ("/usr/bin/x", "/etc/x", "/x", "/dev/shm/../x", "/proc/sys/kernel/hostname")},
    **{f"writes {p}": _writes(p) for p in ("/srv/x", "/var/tmp/x", "/python/lib/x", "/proc/1/oom_score_adj", "/run/x")},
    "leads out by a link": f"import os\ndef f():\n    os.symlink('/etc/passwd', 'l')\n    if open('l').read(1): {_GOT_OUT}",
    "makes a device": f"import os\ndef f():\n    os.mknod('d', 0o20666, os.makedev(1, 1))\n    {_GOT_OUT}",
    "leaves by chroot": f"import os\ndef f():\n    os.chroot('/tmp')\n    {_GOT_OUT}",
    "becomes root": f"import os\ndef f():\n    os.setuid(0)\n    {_GOT_OUT}",
}
NETWORK = {
    "the internet": _connects("socket.create_connection(('192.0.2.1', 80), 0.3)"),
    "a name": _connects("socket.getaddrinfo('example.org', 80)"),
    "a datagram": _connects("socket.socket(2, 2).sendto(b'x', ('192.0.2.1', 53))"),
    "a packet": _connects("socket.socket(17, 3)"),
}
KERNEL = {
    "mount": _calls("mount(b'none', b'/tmp', b'tmpfs', 0, 0)"), "umount": _calls("umount2(b'/proc', 2)"),
    "unshare": _calls("unshare(0x10000000)"), "setns": _calls("setns(0, 0)"), "ptrace": _calls("ptrace(16, 1, 0, 0)"),
    "reboot": _calls("syscall(169, 0, 0, 0, 0)"), "swapon": _calls("swapon(b'/tmp/x', 0)"),
    "pivot_root": _calls("syscall(155, b'/tmp', b'/tmp')"), "init_module": _calls("syscall(175, 0, 0, 0)"),
    "kexec": _calls("syscall(246, 0, 0, 0, 0)"), "bpf": _calls("syscall(321, 0, 0, 0)"),
    "perf_event_open": _calls("syscall(298, 0, 0, -1, -1, 0)"), "userfaultfd": _calls("syscall(323, 0)"),
    "keyctl": _calls("syscall(250, 0, -3, 1)"), "add_key": _calls("syscall(248, b'user', b'x', b'x', 1, -3)"),
    "io_uring": _calls("syscall(425, 8, 0)"), "memfd": _calls("memfd_create(b'x', 0)"),
    "shared memory": _calls("shmget(0, 1 << 30, 0o1600)"), "settimeofday": _calls("settimeofday(b'0' * 16, 0)"),
    "sethostname": _calls("sethostname(b'x', 1)"), "acct": _calls("acct(b'/tmp/x')"),
    "a vm's memory": _calls("process_vm_readv(1, 0, 0, 0, 0, 0) - 1"),
}  # fmt: skip

_KEPT = "def f():\n    held = []\n    while True: held.append({})"
TOO_MUCH = {
    "a list": _KEPT.format("[0] * 10 ** 6"), "texts": _KEPT.format("'x' * 10 ** 7"),
    "one array": "def f(): return len(bytearray(1 << 40))", "a map": "import mmap\ndef f(): return mmap.mmap(-1, 1 << 33)",
    "a power": "def f(): return 3 ** 10 ** 9", "a loop": "def f():\n    while True: pass",
    "a sleep": "import time\ndef f(): time.sleep(999)",
    "an expression": "import re\ndef f(): return re.match('(a+)+$', 'a' * 40 + 'b')",
    "its import": "while True: pass\ndef f(): return 1", "its output": "def f():\n    while True: print('x' * 10 ** 5)",
    "signals ignored": "import signal\nfor s in (1, 2, 14, 15): signal.signal(s, signal.SIG_IGN)\ndef f():\n    while True: pass",
}  # fmt: skip
TOO_MANY = {
    "threads": "import threading, time\ndef f():\n    for _ in range(10 ** 4): threading.Thread(target=time.sleep, args=(9,)).start()",
    "processes": "import os, time\ndef f():\n    for _ in range(10 ** 4):\n        if os.fork() == 0: time.sleep(9)",
    "files": "def f():\n    held = [open(f'{i}', 'w') for i in range(10 ** 5)]\n    return 1",
    "bytes of a file": "def f():\n    open('big', 'wb').write(bytes(1 << 28))\n    return 1",
    "pipes": "import os\ndef f():\n    held = [os.pipe() for _ in range(10 ** 5)]\n    return 1",
    "a value": "def f(): return 'x' * 10 ** 8",
}
IN_EVERY_MODE = {**EQUAL, **ENDS, **PATCHES, **FORGERIES, **TOO_MANY, **KERNEL}
"""None is right and none takes long, in any mode."""
TIMED_OUT = TOO_MUCH
IN_BUBBLEWRAP = {**FILES, **NETWORK}
"""Weaker modes do not promise these."""

TESTS = (
    f"assert f() == {SECRET}", f"assert {SECRET} == f()", f"assert not f() != {SECRET}", f"assert {SECRET} in f()",
    f"assert len(f()) == {SECRET}", f"assert str(f()) == '{SECRET}'", f"assert int(f()) == {SECRET}",
    f"assert list(f()) == [{SECRET}]", f"assert isinstance(f(), int) and f() == {SECRET}", f"assert f()[0] == {SECRET}",
    f"assert f().x == {SECRET}", f"assert f() + 1 == {SECRET + 1}", f"assert hash(f()) == hash({SECRET})",
    f"assert {{f(): 1}}[{SECRET}]", f"assert sorted([f(), {SECRET}]) == [{SECRET}, {SECRET}]",
)  # fmt: skip
"""Forms that honest tests take."""
VALUES = {
    "not a number": "return float('nan')", "a list in itself": "x = []\n    x.append(x)\n    return x",
    "a dict in itself": "x = {}\n    x[1] = x\n    return x", "a deep list": "x = []\n    for _ in range(10 ** 5): x = [x]\n    return x",
    "half a character": "return '\\ud800' * 99", "a long integer": "return 10 ** 6000", "a type": "return int",
    "a module": "import os\n    return os", "a function": "return f", "a lambda": "return lambda *a: True",
    "a generator": "return (i for i in range(9))", "a frame": "import sys\n    return sys._getframe()",
    "memory": "return memoryview(b'abc')", "an error": "return ValueError('x')", "not implemented": "return NotImplemented",
    "an ellipsis": "return ...", "a signalling decimal": "from decimal import Decimal\n    return Decimal('sNaN')",
    "a type that lies": "class M(type):\n        def __eq__(s, o): return True\n        __hash__ = None\n    return M('X', (), {})",
    "a class that lies": "class A:\n        __class__ = int\n        def __eq__(s, o): return True\n    return A()",
    "attributes that lie": "class A:\n        def __getattr__(s, n): return lambda *a: True\n    return A()",
    "a length that lies": "class A:\n        def __len__(s): return -1\n        def __getitem__(s, i): return True\n    return A()",
    "a text that lies": "class A(str):\n        def __eq__(s, o): return True\n        __hash__ = str.__hash__\n    return A('x')",
    "a hash that fails": "class A:\n        def __hash__(s): raise KeyError\n        def __eq__(s, o): 1 / 0\n    return A()",
    "a pickle": "class A:\n        def __reduce__(s): return (print, ('x',))\n    return A()",
}  # fmt: skip
"""None passes any of TESTS."""
ENDLESS = {
    "sum of a range": ("return range(10 ** 18)", f"assert sum(f()) == {SECRET}"),
    "list of a range": ("return range(10 ** 18)", f"assert list(f()) == [{SECRET}]"),
    "a generator": ("import itertools\n    return itertools.count(10 ** 9)", f"assert {SECRET} in f()"),
    "a text of itself": ("class A:\n        def __str__(s):\n            while True: pass\n    return A()", "assert str(f()) == '1'"),
    "a comparison": ("class A:\n        def __eq__(s, o):\n            while True: pass\n    return A()", "assert f() == 1"),
}  # fmt: skip
"""A value, and a test that it would keep busy for ever."""
