"""Kill r1 with signal 9 at random moments; the same line must go on and end with the same results, to the bit.

python -m benchmarks.soak [kills to resume from, else until Ctrl-C] [seed of the moments]

A round runs one line on a store that holds its inputs, and kills something of it, up to three times: a moment after a
checkpoint was written, soon after the start, or while a result is being published. Killed are the command, its whole
group, one of two processes of torchrun, torchrun itself, a process that runs cells of a sweep. Then the same line is
started until it ends by itself. Then every result must have the checksums of one that nobody disturbed and its metrics
each step once, and nothing may be left: no process, no held lock, no unfinished entry, no temporary file.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from r1cli.layout import CHECKPOINT, LOCKS, MANIFEST, METRICS, PARTIAL, PROGRESS, SWEEPS, TABLES
from r1cli.store import lock
from r1cli.store.records import Entry
from r1cli.store.store import Store

INPUTS = "train stage=reasoning_rl evaluate=false"
"""What makes all that the lines below start from."""
LINES = {
    "pretraining, W&B": "train stage=base steps=16 checkpoint_every=1 evaluate=false tracking=wandb_offline",
    "SFT, two processes": "train stage=coldstart epochs=4 checkpoint_every=1 hardware.processes=2 evaluate=false",
    "sweep": "train -m stage=base seed=1,2,3 steps=12 checkpoint_every=1 evaluate=false jobs=2",
    "rejection": "train stage=rejection_sampling shard_size=2 evaluate=false",
    "GRPO": "train stage=reasoning_rl steps=5 checkpoint_every=1 evaluate=false",
    "evaluation": "train stage=coldstart",
}
ALWAYS = ("scale=smoke", "hardware=cpu", "hardware.threads=1")
MOST_KILLS = 3
"""In one round."""
LONGEST_PAUSE_S = 1.5
"""Between a checkpoint and the kill, or between the start and the kill, at most."""
PATIENCE_S = 900.0
POLL_S = 0.02
MOMENTS = {"checkpoint": 10, "start": 1, "publication": 2}
"""When something is killed -> how often, beside the others."""
VICTIMS = ("group", "command", "torchrun", "rank", "cell")
MODULES = {"torch.distributed.run": "torchrun", "r1cli.engine.worker": "rank", "r1cli.sweep.worker": "cell"}


@dataclass
class Soak:
    """Rounds of one line, and what came of them."""

    line: str
    folder: Path
    moments: random.Random
    weights: Mapping[str, int] = field(default_factory=lambda: MOMENTS)
    killed: Counter[str] = field(default_factory=Counter)
    """By what was killed, and when."""
    resumable: int = 0
    """Kills of all that worked on an entry which had a whole checkpoint: the next process resumes from it."""
    compared: int = 0
    """Results."""
    faults: list[str] = field(default_factory=list)

    def prepare(self, inputs: Path | None) -> None:
        """Make the results that nobody disturbs, beside a copy of the inputs."""
        self.inputs = self.folder / "inputs"
        reference = self.folder / "reference"
        if inputs is None:
            self.inputs.mkdir()
        else:
            shutil.copytree(inputs, self.inputs)
        shutil.copytree(self.inputs, reference)
        if code := self._start(reference).wait(PATIENCE_S):
            self.faults.append(f"undisturbed it ended with exit code {code}")
        given = {entry.path.name for entry in Store(self.inputs).entries()}
        self.undisturbed = {e.path.name: e for e in Store(reference).entries() if e.path.name not in given}
        self.faults += [f"undisturbed, {path} is left" for path in _temporary(self.folder)]

    def round(self, most_kills: int = MOST_KILLS) -> None:
        """Run the line once, with kills, and compare."""
        store = self.folder / "store"
        shutil.copytree(self.inputs, store)
        for _ in range(self.moments.randint(1, most_kills)):
            if not self._kill_once(store):
                break
        code = self._start(store).wait(PATIENCE_S)
        if code != 0:
            self.faults.append(f"the last line ended with exit code {code}")
        self.faults += self._differences(store)
        shutil.rmtree(store)

    def _kill_once(self, store: Path) -> bool:
        """Start the line and kill something of it; False if it ended before."""
        began = time.time()
        command = self._start(store)
        moment = self.moments.choices(list(self.weights), list(self.weights.values()))[0]
        due = {"checkpoint": _sealed_since, "start": _anything, "publication": _publishing}[moment]
        poll_s = 0.0005 if moment == "publication" else POLL_S
        while command.poll() is None and not due(store, began):
            time.sleep(poll_s)
        if moment != "publication":
            time.sleep(self.moments.uniform(0, LONGEST_PAUSE_S))
        if command.poll() is not None:
            return False
        resumable = bool(list((store / PARTIAL).glob(f"*/{CHECKPOINT}/*/complete")))
        victim = self._kill(command)
        self.killed[f"{victim}, {moment}"] += 1
        # An orphan of a command that was killed alone goes on by itself: nobody resumes.
        self.resumable += resumable and not (victim == "command" and "processes" in self.line)
        command.wait(PATIENCE_S)
        return True

    def _kill(self, command: subprocess.Popen[bytes]) -> str:
        """Kill one kind of victim, of those that there are; returns which."""
        below = psutil.Process(command.pid).children(recursive=True)
        kinds: dict[str, list[psutil.Process]] = {"command": [psutil.Process(command.pid)]}
        kinds["group"] = [*below, psutil.Process(command.pid)]
        for process in below:
            if kind := _kind(process):
                kinds.setdefault(kind, []).append(process)
        if not below:
            del kinds["group"]
        victim = self.moments.choice([kind for kind in VICTIMS if kind in kinds])
        chosen = kinds[victim] if victim == "group" else [self.moments.choice(kinds[victim])]
        for process in chosen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return victim

    def _start(self, store: Path) -> subprocess.Popen[bytes]:
        tracking = () if "tracking=" in self.line else ("tracking=none",)
        command = [sys.executable, "-m", "r1cli", *self.line.split(), *ALWAYS, *tracking, f"paths.store={store}"]
        places = {"TMPDIR": self.folder / "temporary", "HOME": self.folder / "home", "HF_HUB_OFFLINE": 1}
        for place in ("temporary", "home"):
            (self.folder / place).mkdir(exist_ok=True)
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                command,
                env={**os.environ, **{name: str(value) for name, value in places.items()}, "R1_SOAK": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _differences(self, store: Path) -> list[str]:
        found = []
        made = {entry.path.name: entry for entry in Store(store).entries()}
        for name, undisturbed in self.undisturbed.items():
            if name not in made:
                found.append(f"no {name}")
                continue
            self.compared += 1
            if made[name].manifest.files != undisturbed.manifest.files:
                found.append(f"{name}: other bytes than undisturbed")
            if _steps(made[name]) != _steps(undisturbed):
                found.append(f"{name}: steps {_steps(made[name])}")
        found += [f"left: {path}" for path in (store / PARTIAL).iterdir()]
        found += [f"left: {path}" for path in store.rglob(".*.part")]
        found += [f"held: {path}" for path in (store / LOCKS).iterdir() if lock.is_held(path)]
        found += [f"{path} is {state}" for path, state in _cells(store) if state != "done"]
        _wait_until(lambda: not any(_alive(self.folder)), 10)
        found += [f"alive: {process.pid} {process.cmdline()}" for process in _alive(self.folder)]
        return found + [f"left: {path}" for path in _temporary(self.folder)]


def _sealed_since(store: Path, began: float) -> bool:
    """Has this attempt written a whole checkpoint (an evaluation writes none: has it got anywhere)?"""
    partial = store / PARTIAL
    signs = (f"*/{CHECKPOINT}/*/complete", f"eval_*/{PROGRESS}")
    return any(_is_younger(path, began) for sign in signs for path in partial.glob(sign))


def _anything(store: Path, _began: float) -> bool:
    return any((store / PARTIAL).glob("*/*"))


def _publishing(store: Path, _began: float) -> bool:
    return any((store / PARTIAL).glob(f"*/{MANIFEST}"))


def _is_younger(path: Path, began: float) -> bool:
    try:
        return path.stat().st_mtime > began
    except FileNotFoundError:
        return False


def _kind(process: psutil.Process) -> str:
    try:
        line = process.cmdline()
    except psutil.Error:
        return ""
    return next((kind for module, kind in MODULES.items() if module in line[:4]), "")


def _steps(entry: Entry) -> dict[str, list[int]]:
    """File -> the steps in it, in their order."""
    files = [entry.path / METRICS, *sorted((entry.path / TABLES).glob("*.jsonl"))]
    return {
        f.name: [json.loads(line)["step"] for line in f.read_text("utf-8").splitlines()] for f in files if f.is_file()
    }


def _cells(store: Path) -> Iterator[tuple[Path, str]]:
    for path in (store / SWEEPS).glob("*/cells/*.json"):
        yield path, json.loads(path.read_text("utf-8"))["state"]


def _temporary(folder: Path) -> list[Path]:
    """All that lies in the folder for temporary files."""
    return sorted((folder / "temporary").iterdir())


def _wait_until(condition: Callable[[], bool], longest_s: float) -> None:
    end = time.monotonic() + longest_s
    while not condition() and time.monotonic() < end:
        time.sleep(POLL_S)


def _alive(folder: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get("R1_SOAK") == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:
            pass


def _rounds(soaks: Mapping[str, Soak], resumed: int) -> None:
    """Round after round, until so many kills were resumed from a checkpoint."""
    for rounds, (name, soak) in enumerate(itertools.cycle(soaks.items()), 1):
        soak.round()
        total = sum(s.resumable for s in soaks.values())
        kills = sum(s.killed.total() for s in soaks.values())
        verdict = soak.faults or "the same to the bit"
        print(f"{kills:5} kills {total:5} resumed {rounds:5} rounds  {name}: {verdict}", flush=True)
        if total >= resumed:
            return


def main() -> None:
    """Print a line after each round, and a summary."""
    resumed = int(sys.argv[1]) if len(sys.argv) > 1 else sys.maxsize
    moments = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    soaks: dict[str, Soak] = {}
    with tempfile.TemporaryDirectory(prefix="r1-soak-") as folder:
        try:
            inputs = Soak(INPUTS, Path(folder) / "for-all", moments)
            inputs.folder.mkdir()
            inputs.prepare(None)
            for name, line in LINES.items():
                soaks[name] = Soak(line, Path(folder) / name.partition(",")[0], moments)
                soaks[name].folder.mkdir()
                soaks[name].prepare(inputs.folder / "reference")
            _rounds(soaks, resumed)
        except KeyboardInterrupt:
            for path in Path(folder).iterdir():
                for process in _alive(path):
                    process.kill()
    killed = sum((soak.killed for soak in soaks.values()), Counter())
    faults = [fault for soak in soaks.values() for fault in soak.faults]
    total, compared = (sum(getattr(s, name) for s in soaks.values()) for name in ("resumable", "compared"))
    print(
        f"{killed.total()} kills {dict(sorted(killed.items()))}, {total} resumed from a checkpoint; "
        f"{compared} results compared; faults: {faults or 'none'}"
    )
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
