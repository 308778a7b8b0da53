"""Which sandbox this machine offers, found out by really trying; containers often forbid one or the other.

| mode | what the program cannot do, beside exceeding its limits |
|---|---|
| bubblewrap | see any file but /usr and the interpreter, write any file, see other processes, reach the network |
| namespaces | see other processes, reach the network; it reads and writes whatever the user may |
| subprocess | signal other processes; it reads and writes what the user may, and reaches the network |

In every mode a filter in the kernel denies calls that lead around the limits (inside/seccomp.py).

Started by root, the checker and the program give up root for a user id that nobody else has, where the interpreter can
be read by others (under bubblewrap it always can): the kernel exempts root's processes from the limit on their number.
"""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SCRATCH_BYTES = 64 << 20
"""All files of a program together, under bubblewrap."""
NOBODY = 65534
OWN_IDS = range(200_000, 1_000_000)
_count = itertools.count()

ModeName = Literal["bubblewrap", "namespaces", "subprocess"]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to start a program."""

    name: ModeName
    prefix: tuple[str, ...]
    """What is put before the interpreter's command."""
    python: str
    """The interpreter's path inside."""
    drops_root: bool
    """Whether the checker and the program become somebody else."""

    def user_id(self) -> int:
        """Whom a program shall run as; 0 for no change."""
        if not self.drops_root:
            return 0
        mapped = max((start + count for start, count in _mapped_ids()), default=0)
        if mapped < OWN_IDS.stop:
            return NOBODY if mapped > NOBODY else 0
        return OWN_IDS[(os.getpid() * 1009 + next(_count)) % len(OWN_IDS)]

    @property
    def description(self) -> str:
        """For the log."""
        return {
            "bubblewrap": "bubblewrap: no network, no files of this machine",
            "namespaces": "namespaces only: no network, but programs can read and write this user's files",
            "subprocess": (
                "plain processes with limits only: programs can read and write this user's files and use the network"
            ),
        }[self.name]


def candidates() -> Iterator[Mode]:
    """All modes that this machine might offer, the strongest first; each has to be tried."""
    root = os.getuid() == 0
    if sys.platform == "linux":
        for drops_root in (True, False) if root else (False,):
            if bwrap := shutil.which("bwrap"):
                yield _bubblewrap(bwrap, drops_root=drops_root)
        for drops_root in (True, False) if root else (False,):
            if unshare := shutil.which("unshare"):
                own_user = () if root else ("--user",)
                inside = ("--net", "--ipc", "--pid", "--fork", "--kill-child")
                for proc in (("--mount-proc",), ()):
                    yield Mode("namespaces", (unshare, *own_user, *inside, *proc, "--"), sys.executable, drops_root)
    if root:
        yield Mode("subprocess", (), sys.executable, drops_root=True)
    yield Mode("subprocess", (), sys.executable, drops_root=False)


def _bubblewrap(bwrap: str, *, drops_root: bool) -> Mode:
    """Own namespaces of all kinds, an empty file system with /usr and Python in it, no capabilities.

    The checker is process 1, so that no process of bubblewrap's, with the descriptors that it inherited, is in sight,
    and so that the program cannot kill it. To give up root it needs two capabilities, which end with that.
    """
    user = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID") if drops_root else ("--unshare-user", *_SOMEBODY)
    files, python = _interpreter()
    return Mode(
        "bubblewrap",
        (
            *(bwrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
            *("--cap-drop", "ALL", *user, "--die-with-parent", "--new-session", "--as-pid-1"),
            *("--clearenv", "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp"),  # noqa: S108
            *("--setenv", "LANG", "C.UTF-8", "--setenv", "LD_LIBRARY_PATH", "/python/lib", "--hostname", "sandbox"),
            *("--ro-bind", "/usr", "/usr", *_libraries(), *files),
            *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"),
            *("--perms", "1777", "--size", str(SCRATCH_BYTES), "--tmpfs", "/tmp"),  # noqa: S108
            *("--remount-ro", "/", "--chdir", "/tmp"),  # noqa: S108
        ),
        python,
        drops_root,
    )


_SOMEBODY = ("--uid", str(NOBODY), "--gid", str(NOBODY))


def _libraries() -> list[str]:
    """/lib and its kin, as links into /usr where they are links, else as they are."""
    found: list[str] = []
    for path in map(Path, ("/lib", "/lib64", "/lib32", "/bin")):
        if path.is_symlink():
            found += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            found += ["--ro-bind", str(path), str(path)]
    return found


def _interpreter() -> tuple[list[str], str]:
    """The interpreter and its standard library under /python, wherever they are; without installed packages."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix)
    if base.is_relative_to("/usr"):
        return [], str(base / "bin" / name)
    library = base / "lib" / name
    files: list[str] = []
    for folder in ("/python", "/python/bin", "/python/lib"):
        files += ["--perms", "0755", "--dir", folder]
    files += ["--ro-bind", str(base / "bin" / name), f"/python/bin/{name}"]
    files += ["--ro-bind", str(library), f"/python/lib/{name}"]
    for shared in sorted((base / "lib").glob("lib*.so*")):
        files += ["--ro-bind", str(shared), f"/python/lib/{shared.name}"]
    if (library / "site-packages").is_dir():
        files += ["--tmpfs", f"/python/lib/{name}/site-packages"]
    return files, f"/python/bin/{name}"


@functools.cache
def _mapped_ids() -> list[tuple[int, int]]:
    """First number and count of the user ids that exist here; a container may have few."""
    path = Path("/proc/self/uid_map")
    lines = path.read_text("ascii").splitlines() if path.is_file() else []
    return [(int(start), int(count)) for start, _, count in map(str.split, lines)]
