"""Kill r1 with signal 9 at random moments; the same line must go on and end with the same results, to the bit.

python -m benchmarks.soak [kills to resume from, and results to compare; else until Ctrl-C] [seed of the moments]

A round runs one line on a store that holds its inputs, and kills something of it, again and again: a moment after a
checkpoint was written, soon after the start, or while a result is being published. Killed are the command, all of its
processes, one of two processes of torchrun, torchrun itself, a process that runs cells of a sweep: of those that there
are, the one that was killed least often. Then the same line is started until it ends by itself. Then every result must
have the checksums of one that nobody disturbed and its metrics each step once, and nothing may be left: no process, no
held lock, no unfinished entry, no temporary file.

A kill counts as resumed if it left unfinished work with which nobody went on by himself, and in it an intact checkpoint
of a training, a sealed shard of rejection sampling, or all answers to a problem of an evaluation.
"""

from __future__ import annotations

import contextlib
import itertools
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

from benchmarks import soak_store
from r1cli.layout import LOCKS, PARTIAL
from r1cli.store import lock
from r1cli.store.store import Store

INPUTS = "train stage=reasoning_rl evaluate=false"
"""What makes all that the lines below start from."""
LINES = {
    "pretraining, W&B": "train stage=base steps=60 checkpoint_every=1 evaluate=false tracking=wandb_offline",
    "SFT, two processes": "train stage=coldstart epochs=8 checkpoint_every=1 hardware.processes=2 evaluate=false",
    "sweep": "train -m stage=base seed=1,2,3 steps=30 checkpoint_every=1 evaluate=false jobs=2",
    "rejection": "train stage=rejection_sampling shard_size=1 evaluate=false",
    "GRPO": "train stage=reasoning_rl steps=8 checkpoint_every=1 evaluate=false",
    "evaluation": "train stage=coldstart",
}
ALWAYS = ("scale=smoke", "hardware=cpu", "hardware.threads=1")
MOST_KILLS = 5
"""In one round."""
LONGEST_PAUSE_S = 1.0
"""Between a checkpoint and the kill, or between the start and the kill, at most."""
PATIENCE_S = 3600.0
ENDING_S = 120.0
"""Until no process may be left of a command that has ended."""
POLL_S = 0.02
MOMENTS = {"checkpoint": 10, "start": 1, "publication": 2}
"""When something is killed -> how often, beside the others."""
COMMAND, GROUP, SEVERAL = "command", "group", "processes"
MODULES = {"torch.distributed.run": "torchrun", "r1cli.engine.worker": "rank", "r1cli.sweep.worker": "cell"}


@dataclass
class Soak:
    """Rounds of one line, and what came of them."""

    line: str
    folder: Path
    moments: random.Random
    weights: Mapping[str, int] = field(default_factory=lambda: MOMENTS)
    killed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By what was killed, and when."""
    resumed: Counter[str] = field(default_factory=Counter)
    """By what the next process goes on from: kills of all that worked on an entry in which that lay."""
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
        due = soak_store.SIGNS[moment]
        poll_s = 0.0005 if moment == "publication" else POLL_S
        while command.poll() is None and not due(store, began):
            time.sleep(poll_s)
        if moment != "publication":
            time.sleep(self.moments.uniform(0, LONGEST_PAUSE_S))
        if command.poll() is not None:
            return False
        self.killed[self._kill(command), moment] += 1
        command.wait(PATIENCE_S)
        self.resumed.update(filter(None, [soak_store.left_to_resume(store)]))
        return True

    def _kill(self, command: subprocess.Popen[bytes]) -> str:
        """Kill the kind of victim that was killed least often, of those that there are; returns which."""
        itself = psutil.Process(command.pid)
        # What an earlier command left at work is no child of this one, which waits for it.
        others = [p for p in _alive(self.folder) if p != itself] if SEVERAL in self.line else itself.children(True)
        kinds: dict[str, list[psutil.Process]] = {COMMAND: [itself]}
        for process in others:
            kinds.setdefault(_kind(process) or GROUP, []).append(process)
        if others:
            kinds[GROUP] = [*others, itself]
        before = Counter(kind for kind, _moment in self.killed.elements())
        victim = min(kinds, key=lambda kind: (before[kind], self.moments.random()))
        chosen = kinds[victim] if victim == GROUP else [self.moments.choice(kinds[victim])]
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
            if soak_store.steps(made[name]) != soak_store.steps(undisturbed):
                found.append(f"{name}: steps {soak_store.steps(made[name])}")
        found += [f"left: {path}" for path in (store / PARTIAL).iterdir()]
        found += [f"left: {path}" for path in store.rglob(".*.part")]
        found += [f"held: {path}" for path in (store / LOCKS).iterdir() if lock.is_held(path)]
        found += [f"{path} is {state}" for path, state in soak_store.cells(store) if state != "done"]
        _wait_until(lambda: not any(_alive(self.folder)), ENDING_S)
        found += [f"alive: {process.pid} {process.cmdline()}" for process in _alive(self.folder)]
        return found + [f"left: {path}" for path in _temporary(self.folder)]


def _kind(process: psutil.Process) -> str:
    try:
        line = process.cmdline()
    except psutil.Error:
        return ""
    return next((kind for module, kind in MODULES.items() if module in line[:4]), "")


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


def _rounds(soaks: Mapping[str, Soak], wanted: int) -> None:
    """Round after round, until so many kills were resumed, and so many results compared."""
    for rounds, (name, soak) in enumerate(itertools.cycle(soaks.items()), 1):
        soak.round()
        kills, resumed, compared = _totals(soaks)
        verdict = soak.faults or "the same to the bit"
        print(
            f"{kills:5} kills {resumed:5} resumed {compared:5} results {rounds:5} rounds  {name}: {verdict}", flush=True
        )
        if min(resumed, compared) >= wanted:
            return


def _totals(soaks: Mapping[str, Soak]) -> tuple[int, int, int]:
    """Kills, those that were resumed, results compared."""
    all_of_them = soaks.values()
    return (
        sum(soak.killed.total() for soak in all_of_them),
        sum(soak.resumed.total() for soak in all_of_them),
        sum(soak.compared for soak in all_of_them),
    )


def _summary(soaks: Mapping[str, Soak]) -> str:
    kills, resumed, compared = _totals(soaks)
    lines = [f"{kills} kills, {resumed} resumed, {compared} results compared"]
    for name, soak in soaks.items():
        killed = ", ".join(f"{victim} at {moment} {n}" for (victim, moment), n in sorted(soak.killed.items()))
        lines.append(
            f"{name}: {killed or 'none'}; resumed from {dict(soak.resumed) or 'none'}; {soak.compared} results"
        )
    faults = [fault for soak in soaks.values() for fault in soak.faults]
    return "\n".join([*lines, f"faults: {faults or 'none'}"])


def main() -> None:
    """Print a line after each round, and a summary."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else sys.maxsize
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
            _rounds(soaks, wanted)
        except KeyboardInterrupt:
            for path in Path(folder).iterdir():
                for process in _alive(path):
                    process.kill()
    print(_summary(soaks))
    sys.exit(1 if any(soak.faults for soak in soaks.values()) else 0)


if __name__ == "__main__":
    main()
