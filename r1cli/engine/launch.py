"""How a stage becomes a process: in this one, in one of its own, or in several under torchrun.

One CPU process is enough for a stage on the CPU. On a GPU each stage gets a process of its own, so that its memory is
freed when it ends. Several processes go through torchrun: on a CPU `accelerate launch` silently starts a single one.

A child does not die with a parent that is killed by -9. It could (the work resumes from a checkpoint), but the kernel's
parent-death signal follows the starting *thread*, so a sweep in threads would lose healthy children. The orphan keeps
the entry's lock by the descriptor it inherited: the next command waits for it, then publishes what it made.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from r1cli.engine import stop, temporary
from r1cli.engine.events import PassedOnWarnings
from r1cli.engine.hardware import Hardware
from r1cli.engine.nodes import across, check_allocation
from r1cli.engine.worker import OUT_OF_MEMORY, TORCHRUN_MODULE, Spec, failed, run_stage
from r1cli.errors import ConfigError, R1Error, StageFailed, Stopped
from r1cli.files import remove, write_durably, writing
from r1cli.layout import ERROR, SPEC, TORCHRUN, read_progress
from r1cli.stage import Listener, Placement, Stage

POLL_S = 0.2
"""How often the parent looks at its child and at its progress."""
GRACE_S = {signal.SIGINT: 15.0, signal.SIGTERM: 5.0}
"""How long a child may take to end, after each of these; SIGKILL follows."""
CPU_TOKENS = 1024
"""Of a forward pass on a CPU: what its caches hold; more is not faster there."""


def resolve(hardware: Hardware, *, at_once: int = 1) -> Placement:
    """Where stages run on this machine, which `at_once` commands share. Imports torch only where there may be a GPU.

    Raises:
        ConfigError: the GPUs that are asked for are not there.
    """
    check_allocation(hardware.nodes)
    gpus = _gpus() if hardware.device != "cpu" else 0
    if hardware.device == "cuda" and not gpus:
        raise ConfigError("hardware.device=cuda, but torch finds no GPU here", hint="use hardware=auto or hardware=cpu")
    device: Any = "cuda" if gpus else "cpu"
    processes = max(gpus, 1) if hardware.processes == "auto" else hardware.processes  # of one machine
    if gpus and processes > gpus:
        raise ConfigError(
            f"hardware.processes={processes}, but there are {gpus} GPUs", hint="use hardware.processes=auto"
        )
    what_fits = None if gpus else CPU_TOKENS
    return Placement(
        device=device,
        processes=processes * hardware.nodes,
        strategy=hardware.strategy,
        nodes=hardware.nodes,
        replicas=hardware.copies(processes * hardware.nodes),
        threads=hardware.threads_of(processes, at_once=at_once),
        per_device_batch=hardware.per_device_batch,
        sampling_rows=hardware.rows_at_once(on_gpu=bool(gpus)),
        tokens_per_forward=what_fits if hardware.tokens_per_forward == "auto" else hardware.tokens_per_forward,
        precision=hardware.precision,
    )


def place(stage: Stage, placement: Placement) -> Placement:
    """The placement of one stage: work that cannot be shared gets one process, with the threads of all."""
    if stage.is_shared() or placement.processes == 1:
        return placement
    threads = placement.threads * placement.processes // placement.nodes
    return placement.model_copy(update={"processes": 1, "nodes": 1, "threads": threads})


def quiet_libraries(placement: Placement) -> None:
    """Keep libraries off the terminal by environment variables, which they read when they are first imported."""
    quiet = {
        # transformers asks huggingface_hub whether to draw bars, once, when it is imported
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        # the setting `silent` of a run keeps only that run quiet, not what W&B says in general
        "WANDB_SILENT": "true",
    }
    if _inline(placement):
        # Its own handler writes to the terminal. A child's stderr is the log, where warnings are welcome.
        quiet["TRANSFORMERS_VERBOSITY"] = "error"
    if "HOME" not in os.environ:
        # without one W&B's own process finds no place for its log, and writes it to the terminal
        home = os.path.expanduser("~")  # noqa: PTH111  ("~" where the user has none)
        quiet["HOME"] = home if os.access(home, os.W_OK) else tempfile.gettempdir()
    for name, value in quiet.items():
        os.environ.setdefault(name, value)
    # Whoever started us may use W&B too. Its W&B process ends with it, and says on the terminal that we share it.
    os.environ.pop("WANDB_SERVICE", None)


def let_threads_sleep() -> None:
    """Let torch's threads sleep while they wait for each other. Takes effect only before its OpenMP is loaded.

    By default they spin for about a millisecond. Where anything else wants a core, they then spin on the very core that
    the slowest of them needs: two threads on two busy cores were measured 30 times slower than one.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # what libgomp itself takes where threads outnumber cores


def launch(spec: Spec, listener: Listener, *, lock_fd: int, on_child: Callable[[int], None] | None = None) -> None:
    """Run a stage to completion, where its placement says. `on_child` is called with the process id, if there is one.

    Raises:
        R1Error: as the stage raised it.
        StageFailed: the stage broke, or its process died.
        Stopped: the run was asked to stop.
    """
    with stop.listening(spec.entry, stops=spec.stage.STOPS):
        if _inline(spec.placement):
            run_stage(spec, listener)
        else:
            _launch_child(spec, listener, lock_fd, on_child)
    if stop.asked(spec.entry):
        raise Stopped(f"{spec.node}: done; stopped before the next stage")


def _launch_child(spec: Spec, listener: Listener, lock_fd: int, on_child: Callable[[int], None] | None) -> None:
    with _child(spec, lock_fd) as child:
        if on_child:
            on_child(child.pid)
        _follow(child, spec, listener)
    if child.returncode != 0:
        raise _reported(spec) or _died(spec, child.returncode)


def command(spec_path: Path, processes: int, nodes: int = 1) -> list[str]:
    """The command line of a stage's process or processes, of which there are equally many on each node."""
    worker = ["-m", "r1cli.engine.worker", str(spec_path)]
    if processes == 1:
        return [sys.executable, *worker]
    torchrun = [sys.executable, "-m", TORCHRUN_MODULE]
    here = ["--nproc_per_node", str(processes // nodes), "--log-dir", str(spec_path.parent / TORCHRUN)]
    if nodes > 1:
        return across(nodes, [*torchrun, *here, *worker])
    return [*torchrun, "--standalone", *here, *worker]


def environment(placement: Placement, base: Mapping[str, str]) -> dict[str, str]:
    """The environment of a stage's processes."""
    extra = {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": str(placement.threads)}
    if placement.device == "cpu":
        extra["CUDA_VISIBLE_DEVICES"] = ""
    return {**temporary.outside(base), **import_paths(), **extra}


def import_paths() -> dict[str, str]:
    """Variables by which a new process imports what this process imports, from the same places."""
    # r1cli and stages lie side by side, in a checkout as in site-packages; first, so that nothing shadows them.
    home = str(Path(__file__).parents[2])
    paths = [home, *(path for path in sys.path if path and path != home)]
    return {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}


def _inline(placement: Placement) -> bool:
    return placement.device == "cpu" and placement.processes == 1


def _gpus() -> int:
    if "CUDA_VISIBLE_DEVICES" not in os.environ and not any(Path("/dev").glob("nvidia*")):
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


@contextlib.contextmanager
def _child(spec: Spec, lock_fd: int) -> Iterator[subprocess.Popen[bytes]]:
    """The stage's process, in a process group of its own; the whole group is ended if the block is left early."""
    spec_path = spec.entry / SPEC
    with writing(spec.entry):
        write_durably(spec_path, spec.to_json())
        log = spec.log_path.open("ab")
    with log:
        child = subprocess.Popen(
            command(spec_path, spec.placement.processes, spec.placement.nodes),
            env=environment(spec.placement, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock_fd,),
            start_new_session=True,
        )
        try:
            yield child
        finally:
            _end(child)
            remove(spec.entry / TORCHRUN)


def _end(child: subprocess.Popen[bytes]) -> None:
    try:
        for number, grace_s in GRACE_S.items():
            if child.poll() is not None:
                return
            os.killpg(child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(grace_s)
    finally:  # also when a second Ctrl-C cuts the waiting short
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _follow(child: subprocess.Popen[bytes], spec: Spec, listener: Listener) -> None:
    """Wait for the child, and pass on what it writes about its progress."""
    last = read_progress(spec.entry)  # of an earlier attempt
    warnings = PassedOnWarnings(spec.entry, spec.node, listener)
    while child.poll() is None:
        progress = read_progress(spec.entry)
        if progress is not None and progress != last:
            listener.progress(spec.node, progress.done, progress.total, progress.shown)
            last = progress
        warnings.look()
        time.sleep(POLL_S)
    warnings.look()


def _reported(spec: Spec) -> R1Error | None:
    """The failure that the worker reported, as the exception that it raised there."""
    try:
        report = json.loads(_text(spec.entry / ERROR))
    except ValueError:  # none, or the disk was too full for it
        return None
    error = _error_class(report["type"])(report["message"], hint=report["hint"])
    if isinstance(error, StageFailed):
        error.log = spec.log_path
    return error


def _error_class(target: str) -> type[R1Error]:
    """The class that the worker raised, R1Error itself where it cannot be imported here or be made from two texts."""
    module, _, name = target.rpartition(".")
    try:
        cls = getattr(importlib.import_module(module), name)
        if isinstance(cls("message", hint="hint"), R1Error):
            return cast("type[R1Error]", cls)
    except (ImportError, AttributeError, TypeError, ValueError):
        pass
    return R1Error


def _died(spec: Spec, code: int) -> StageFailed:
    """The process ended without a report: by a signal, its own or that of a process below torchrun."""
    name = _signal_name(-code) if code < 0 else ""
    if not name:
        # torchrun ends the other processes with SIGTERM; the signal that came first is another one.
        signals = re.findall(r"Signal \d+ \((SIG\w+)\)", _text(spec.log_path))
        name = next((s for s in signals if s != "SIGTERM"), "")
    if name:
        return failed(
            spec,
            f"its process was killed by {name}",
            hint=f"often the kernel, {OUT_OF_MEMORY}" if name == "SIGKILL" else "",
        )
    return failed(spec, f"its process ended with exit code {code}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
