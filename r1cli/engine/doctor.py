"""What `r1 doctor` reports: the machine and the libraries, without importing any of the heavy ones."""

from __future__ import annotations

import ast
import contextlib
import netrc
import os
import platform
import shutil
import subprocess
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from r1cli import __version__
from r1cli.errors import ConfigError
from r1cli.machine import cores, gpu_count
from r1cli.store.lock_file import why_no_flock
from r1cli.verify.sandbox.run import best_mode

EXAMINED_LIBRARIES = ("torch", "transformers", "trl", "datasets", "wandb", "hydra-core", "pydantic")
GIB = 2**30
ENOUGH_DISK_GIB = 2.0
ENOUGH_MEMORY_GIB = 3.0
LEAST_DRIVER = {11: 450, 12: 525, 13: 580}
"""CUDA's major version -> the oldest driver that runs it: docs.nvidia.com/deploy/cuda-compatibility, table 1."""


def examine(store: Path) -> list[dict[str, str]]:
    """One row for each thing: what it is, what was found, and its state (ok, a remark, or missing)."""
    rows = [
        ("r1cli", __version__, "ok"),
        ("python", platform.python_version(), "ok"),
        *((library, *_version(library)) for library in EXAMINED_LIBRARIES),
        ("cores", str(cores()), "ok"),
        ("memory", *_memory()),
        ("store", *_disk(store)),
        ("locks", *_locks(store)),
        ("gpu", *_gpu()),
        ("cuda", *_cuda()),
        ("nccl", *_nccl()),
        ("vllm", *_vllm()),
        ("slurm", *_slurm()),
        ("sandbox", *_sandbox()),
        ("wandb login", *_wandb_login()),
    ]
    return [{"what": what, "found": value, "state": state} for what, value, state in rows]


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
    names = "; ".join(_nvidia("name,memory.total,driver_version"))
    return (names, "ok") if names else ("none", "nvidia-smi finds no GPU")


def _nvidia(what: str) -> list[str]:
    """What the driver says of each GPU; nothing without one."""
    try:
        answer = subprocess.run(
            ["nvidia-smi", f"--query-gpu={what}", "--format=csv,noheader"], capture_output=True, text=True, check=False
        )
    except OSError:
        return []
    return [line.strip() for line in answer.stdout.splitlines() if line.strip()] if answer.returncode == 0 else []


def _cuda() -> tuple[str, str]:
    """The CUDA that torch was built with, and whether the driver runs it."""
    built = _cuda_of_torch()
    found = f"{built}, in torch" if built else "none"
    drivers = _nvidia("driver_version")
    if not drivers:
        return found, "ok"
    if built is None:
        return found, "this torch does not use the GPU: install one with CUDA"
    least = LEAST_DRIVER.get(int(built.partition(".")[0]))
    major = drivers[0].partition(".")[0]
    if least is None or not major.isdigit() or int(major) >= least:
        return found, "ok"
    return found, f"wants driver {least} or newer, and there is {drivers[0]}: update it, or install an older torch"


def _cuda_of_torch() -> str | None:
    """Read off its version.py: to import torch takes seconds."""
    spec = None
    with contextlib.suppress(ValueError):  # a module without a specification
        spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    try:
        module = ast.parse(Path(spec.origin).with_name("version.py").read_text("utf-8"))
    except (OSError, SyntaxError):
        return None
    for line in module.body:
        names = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        named = any(isinstance(name, ast.Name) and name.id == "cuda" for name in names)
        if named and isinstance(value := getattr(line, "value", None), ast.Constant):
            return str(value.value) if value.value else None
    return None


def _nccl() -> tuple[str, str]:
    """What several GPUs talk by; torch brings it as a package of its own."""
    found = [f"{d.name} {d.version}" for d in metadata.distributions() if d.name.startswith("nvidia-nccl")]
    if not gpu_count():
        return found[0] if found else "none", "ok"
    return (found[0], "ok") if found else ("none", "needed for several GPUs; a torch with CUDA brings it")


def _locks(store: Path) -> tuple[str, str]:
    """By what processes keep out of each other's way, on this machine and on others."""
    reason = why_no_flock(store)
    return ("files", reason) if reason else ("flock", "ok")


def _vllm() -> tuple[str, str]:
    """The version, if it lies in the range that TRL names for its extra."""
    try:
        found = metadata.version("vllm")
    except metadata.PackageNotFoundError:
        return "not installed", "ok"
    from packaging.requirements import Requirement

    for line in metadata.requires("trl") or []:
        wanted = Requirement(line)
        if wanted.name == "vllm" and not wanted.specifier.contains(found, prereleases=True):
            return found, f"TRL wants {wanted.specifier}"
    return found, "ok"


def _slurm() -> tuple[str, str]:
    """Whether jobs can be submitted from here, and the job that this is."""
    if job := os.environ.get("SLURM_JOB_ID"):
        return f"job {job} on {os.environ.get('SLURM_JOB_NODELIST', '')}", "ok"
    return ("sbatch", "ok") if shutil.which("sbatch") else ("none", "ok")


def _sandbox() -> tuple[str, str]:
    """Where programs that a model wrote would run; each mode is really tried."""
    try:
        return best_mode("require").name, "ok"
    except ConfigError as e:
        remedy = e.hint
    try:
        weaker: str = best_mode("auto").name
    except ConfigError:
        weaker = "none"
    return "none", f"needed for task=code only: {remedy} (here: {weaker})"


def _wandb_login() -> tuple[str, str]:
    """Whether there is a key; never the key."""
    if os.environ.get("WANDB_API_KEY"):
        return "key in WANDB_API_KEY", "ok"
    path = Path(os.environ.get("NETRC", "~/.netrc")).expanduser()
    with contextlib.suppress(OSError, netrc.NetrcParseError):
        if netrc.netrc(path).authenticators("api.wandb.ai") is not None:
            return f"key in {path}", "ok"
    return "none", "not needed: tracking=wandb_offline is the default"
