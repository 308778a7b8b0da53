"""The one place where a stage runs: in the command's process, or in one of its own (`-m r1cli.engine.worker SPEC`).

It prepares what every stage takes for granted (threads, seeds, a log file, a tracker), runs the stage, and leaves
`result.json` beside what the stage made, or `error.json` if it broke. Publishing the result is left to execute.py.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import random
import re
import shutil
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel

from r1cli.artifact import Artifact
from r1cli.component import Component, target_of
from r1cli.engine import stop, temporary
from r1cli.errors import R1Error, StageFailed, Stopped
from r1cli.files import FULL, is_filled, write_durably, writing
from r1cli.layout import CHECKPOINT, ERROR, LOG, OUT, RESULT
from r1cli.machine import set_share
from r1cli.stage import Context, Listener, Placement, SilentListener, Stage, Tracker
from r1cli.training.sharing import wait_until

if TYPE_CHECKING:
    from r1cli.tracking.settings import Tracking
    from r1cli.tracking.tracker import RunTracker

EXIT_FAILED, EXIT_MISTAKE = 1, 2
DISK_FULL = "the disk is full (`r1 gc` lists what can go)"
OUT_OF_MEMORY = "out of memory: try a smaller hardware.per_device_batch (hardware.tokens_per_forward for GRPO)"
NO_MEMORY = re.compile(r"(?i)out of memory|allocate memory|failed to map segment")
"""What torch, CUDA and the loader of libraries say without memory."""
FULL_BELOW_BYTES = 4 << 20
"""With less space than this, a failure is most likely the disk's."""
PR_SET_PDEATHSIG = 1
TORCHRUN_MODULE = "torch.distributed.run"


class Spec(BaseModel):
    """All that a worker needs to know; plain data. Secrets (API keys) come by the environment, never through here."""

    node: str
    entry: Path
    """Folder of the partial entry."""
    stage: Stage
    inputs: dict[str, Artifact]
    placement: Placement
    tracking: Component
    """A Tracking; declared as its base, because a look at a spec should not import the tracker."""
    group: str
    """Of the W&B run: the recipe's run."""
    lineage: dict[str, str]
    """Role -> entry name, path or hub id of the input."""

    @property
    def log_path(self) -> Path:
        return self.entry / LOG

    def to_json(self) -> str:
        """For another process: every component with all fields of its own class, not only those of the declared one."""
        return self.model_dump_json(indent=1, serialize_as_any=True)


def run_stage(spec: Spec, listener: Listener) -> None:
    """Run a stage in this process; its result is described in `result.json`.

    Raises:
        R1Error: as the stage raised it.
        StageFailed: the stage broke in any other way; the traceback is in the log.
    """
    with _logging_to(spec):
        log = logging.getLogger(f"r1cli.{spec.node}")
        try:
            _prepare(spec)
            with _tracker(spec, listener) as tracker:
                made = _as_its_model_is_asked(spec).run(_context(spec, tracker, log))
            if spec.placement.is_main:
                _write_result(spec, made)
        except Stopped as e:
            log.info("%s", e.message)
            raise
        except R1Error as e:
            log.exception("%s", e.message)
            if isinstance(e, StageFailed) and e.log is None:
                e.log = spec.log_path
            raise
        except Exception as e:
            log.exception("the stage broke")
            raise failed(spec, f"{type(e).__name__}: {e}", hint=_remedy(e)) from e


def _as_its_model_is_asked(spec: Spec) -> Stage:
    """The stage, with what its input model's tokenizer says in place of `template=chat`."""
    if "model" not in spec.inputs:
        return spec.stage
    from r1cli.training.chat import with_its_chat

    model = with_its_chat(spec.stage.model, spec.inputs["model"])
    return spec.stage if model is spec.stage.model else spec.stage.model_copy(update={"model": model})


def _remedy(error: Exception) -> str:
    """What helps where it was not the stage's fault."""
    if isinstance(error, OSError) and error.errno in FULL:
        return DISK_FULL
    no_memory = isinstance(error, MemoryError) or NO_MEMORY.search(str(error))
    return OUT_OF_MEMORY if no_memory else ""


def failed(spec: Spec, what: str, *, hint: str = "") -> StageFailed:
    """The error that names the stage that broke, and says how to continue."""
    checkpointed = is_filled(spec.entry / CHECKPOINT)
    again = "resumes from the last checkpoint" if checkpointed else "runs this stage again and reuses finished ones"
    if shutil.disk_usage(spec.entry).free < FULL_BELOW_BYTES:
        hint = hint or DISK_FULL
    advice = [hint, f"`r1 logs {spec.node}` shows the whole log", f"the same command {again}"]
    first_line = what.strip().splitlines()[0]
    return StageFailed(f"{spec.node}: {first_line}", hint="; ".join(filter(None, advice)), log=spec.log_path)


def main(spec_path: Path) -> int:
    """Run the stage of a spec file as a process of its own; returns the exit code."""
    spec = Spec.model_validate_json(spec_path.read_bytes())
    if spec.placement.processes > 1 and "TORCHELASTIC_RUN_ID" in os.environ:
        _die_with_torchrun()
        rank = {"rank": int(os.environ["RANK"])}
        spec = spec.model_copy(update={"placement": spec.placement.model_copy(update=rank)})
    try:
        # Where a signal would only kill it, a stage that cannot stop dies of it.
        listening = stop.listening(spec.entry, stops=True) if spec.stage.STOPS else contextlib.nullcontext()
        with temporary.own_folder(), listening:
            run_stage(spec, SilentListener())
        stay(spec)
    except R1Error as e:
        report = {"type": target_of(type(e)), "message": e.message, "hint": e.hint}
        # The first process to fail reports why; the others fail only because of it.
        with contextlib.suppress(OSError), (spec.entry / ERROR).open("x") as f:
            json.dump(report, f)
        return EXIT_FAILED if isinstance(e, StageFailed) else EXIT_MISTAKE
    return 0


def stay(spec: Spec) -> None:
    """Where a stage runs on several machines, wait for the first process's result before this process ends.

    Parts of sampling may differ by hours. When all processes of a machine have ended, its torchrun waits 5 minutes for
    the others, and then ends, too, and takes the meeting point of all with it, or srun takes the end for a failure.
    """
    if spec.placement.nodes > 1 and not spec.placement.is_main:
        wait_until((spec.entry / RESULT).exists)


def _context(spec: Spec, tracker: Tracker, log: logging.Logger) -> Context:
    return Context(
        name=spec.node,
        inputs=spec.inputs,
        out=spec.entry / OUT,
        checkpoint=spec.entry / CHECKPOINT,
        tracker=tracker,
        placement=spec.placement,
        log=log,
        stopping=partial(stop.asked, spec.entry),
    )


def _prepare(spec: Spec) -> None:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import numpy as np
    import torch

    if spec.placement.device == "cuda" and spec.placement.processes > 1:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    torch.set_num_threads(spec.placement.threads)
    set_share(spec.placement.threads)  # for programs and proofs that verifiers run beside torch
    seed = spec.stage.seed
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  (what libraries draw from)
    torch.manual_seed(seed)


def _tracker(spec: Spec, listener: Listener) -> AbstractContextManager[Tracker]:
    from r1cli.tracking.tracker import QuietTracker, open_tracker

    if not spec.placement.is_main:
        return contextlib.nullcontext(QuietTracker())
    tracker: RunTracker = open_tracker(
        cast("Tracking", spec.tracking),
        entry=spec.entry,
        group=spec.group,
        kind=type(spec.stage).__name__,
        node=spec.node,
        config=spec.stage.config(),
        lineage=spec.lineage,
        listener=listener,
    )
    return tracker


def _write_result(spec: Spec, made: dict[str, Artifact]) -> None:
    """List what was made. A stage that returns nothing, or a file elsewhere, has a bug: TypeError or ValueError."""
    if "out" not in made or made["out"].kind != spec.stage.MAKES:
        raise TypeError(f"{type(spec.stage).__name__}.run must return its {spec.stage.MAKES} under the key 'out'")
    plain: dict[str, dict[str, str]] = {}
    for name, artifact in made.items():
        plain[name] = {"kind": artifact.kind, "path": str(artifact.path.relative_to(spec.entry))}
    write_durably(spec.entry / RESULT, json.dumps(plain))


class _LogFile(logging.FileHandler):
    """A log that is silent on a full disk: the stage's own writes fail too, with an error that says so."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's own name)
        """By default every line that cannot be written is a traceback on the terminal."""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            super().close()


@contextlib.contextmanager
def _logging_to(spec: Spec) -> Iterator[None]:
    """Send all logging, warnings included, to the entry's log meanwhile: the terminal is for the listener."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    # The other processes of a stage write to stderr, which is the same file, and only when something is wrong.
    is_main = spec.placement.is_main
    with writing(spec.entry):
        handler = _LogFile(spec.log_path, encoding="utf-8") if is_main else logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.handlers = [handler]
    root.setLevel(logging.INFO if is_main else logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")  # also what the command line keeps off the terminal
            logging.captureWarnings(capture=True)
            yield
    finally:
        logging.captureWarnings(capture=False)
        root.handlers = handlers
        root.setLevel(level)
        handler.close()


def _die_with_torchrun() -> None:
    """End this process when torchrun ends, even by kill -9.

    torchrun holds the entry's lock and does not pass it on; a worker that outlived it would write without the lock.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # If it ended while this process was starting, the kernel tells nobody any more: the parent is another one by now.
    if TORCHRUN_MODULE.encode() not in Path(f"/proc/{os.getppid()}/cmdline").read_bytes():
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
