"""What `r1 doctor` looks at: the machine and the libraries, without importing any of the heavy ones."""

from __future__ import annotations

import netrc
import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from r1cli import __version__
from r1cli.errors import ConfigError
from r1cli.machine import cores
from r1cli.verify.sandbox.run import best_mode

LIBRARIES = ("torch", "transformers", "trl", "datasets", "wandb", "hydra-core", "pydantic")
GIB = 2**30
ENOUGH_DISK_GIB = 2.0
ENOUGH_MEMORY_GIB = 3.0


def examine(store: Path) -> list[dict[str, str]]:
    """What was looked at, what was found, and what it means: ok, a remark, or missing."""
    found = [("r1cli", __version__, "ok"), ("python", platform.python_version(), "ok")]
    found += [(library, *_version(library)) for library in LIBRARIES]
    found += [("cores", str(cores()), "ok"), ("memory", *_memory()), ("store", *_disk(store)), ("gpu", *_gpu())]
    found += [("sandbox", *_sandbox()), ("wandb login", *_wandb_login())]
    return [{"what": what, "found": value, "state": state} for what, value, state in found]


def _version(library: str) -> tuple[str, str]:
    try:
        return metadata.version(library), "ok"
    except metadata.PackageNotFoundError:
        return "not installed", "missing"


def _memory() -> tuple[str, str]:
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return f"{gib:.1f} GiB", "ok" if gib >= ENOUGH_MEMORY_GIB else f"r1 run wants {ENOUGH_MEMORY_GIB:.0f} GiB"


def _disk(store: Path) -> tuple[str, str]:
    existing = next(p for p in (store.absolute(), *store.absolute().parents) if p.exists())
    free = shutil.disk_usage(existing).free / GIB
    if not os.access(existing, os.W_OK):
        return str(store), "cannot be written: choose another with paths.store="
    return f"{store}, {free:.1f} GiB free", "ok" if free >= ENOUGH_DISK_GIB else "little room: see r1 gc"


def _gpu() -> tuple[str, str]:
    if shutil.which("nvidia-smi") is None:
        return "none", "ok"
    asked = subprocess.run(
        ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
    )
    names = "; ".join(asked.stdout.split("\n")).strip("; ")
    return (names, "ok") if asked.returncode == 0 and names else ("none", "nvidia-smi finds no GPU")


def _sandbox() -> tuple[str, str]:
    """Where programs that a model wrote would run; found out by trying."""
    try:
        mode = best_mode()
    except ConfigError as e:
        return "none", f"needed for task=code only: {e.hint}"
    return mode.name, "ok" if mode.name == "bubblewrap" else mode.description


def _wandb_login() -> tuple[str, str]:
    """Whether there is a key; never the key."""
    if os.environ.get("WANDB_API_KEY"):
        return "key in WANDB_API_KEY", "ok"
    try:
        known = netrc.netrc().authenticators("api.wandb.ai") is not None
    except (OSError, netrc.NetrcParseError):
        known = False
    return ("key in ~/.netrc", "ok") if known else ("none", "not needed: tracking=wandb_offline is the default")
