"""Kill training with signal 9 at random moments; the same line must go on and end with the same weights, to the bit.

python -m benchmarks.soak [kills, else until Ctrl-C] [seed of the moments]

A round trains one stage of which the store holds the inputs. Once it has written a checkpoint, a random while later, a
random process of it is killed: the whole group, the command alone (its child lives on), or one of the processes below
it. Then the same line is started again, up to three kills a round, until it ends by itself. Then the result must have
the checksums of one that nobody disturbed, its metrics each step once, and nothing may be left: no process, no held
lock, no unfinished entry, no file in the folder for temporary files.
"""

from __future__ import annotations

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
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from r1cli.layout import CHECKPOINT, LOCKS, METRICS, PARTIAL
from r1cli.store import lock
from r1cli.store.records import Entry
from r1cli.store.store import Store

LINES = {
    "pretraining": "stage=base steps=40 checkpoint_every=1 evaluate=false",
    "SFT, two processes": "stage=coldstart epochs=6 checkpoint_every=1 hardware.processes=2 evaluate=false",
    "GRPO": "stage=reasoning_rl steps=6 checkpoint_every=1 evaluate=false",
}
ALWAYS = ("scale=smoke", "tracking=none", "hardware=cpu", "hardware.threads=1")
MOST_KILLS = 3
"""In one round."""
LONGEST_PAUSE_S = 3.0
"""Between a checkpoint and the kill, at most."""
PATIENCE_S = 600.0
POLL_S = 0.02
VICTIMS = ("group", "command", "descendant")


@dataclass
class Soak:
    """Rounds of one line, and what came of them."""

    line: str
    folder: Path
    moments: random.Random
    longest_pause_s: float = LONGEST_PAUSE_S
    killed: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    """Kills after which the work went on from a checkpoint, not from the beginning."""
    faults: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Make the result that nobody disturbs, and a store with everything but that."""
        reference = self.folder / "reference"
        self._start(reference).wait(PATIENCE_S)
        self.undisturbed = self._result(reference)
        shutil.copytree(reference, self.folder / "inputs")
        shutil.rmtree(self.folder / "inputs" / self.undisturbed.path.name)

    def round(self, most_kills: int) -> int:
        """Train once, with kills; returns their number."""
        store = self.folder / "store"
        shutil.copytree(self.folder / "inputs", store)
        kills = sum(self._killed(store) for _ in range(self.moments.randint(1, most_kills)))
        code = self._start(store).wait(PATIENCE_S)
        if code != 0:
            self.faults.append(f"the last line ended with exit code {code}")
        self.faults += self._differences(store)
        shutil.rmtree(store)
        return kills

    def _killed(self, store: Path) -> bool:
        """Start the line and kill something of it; False if it ended before."""
        command = self._start(store)
        partial = store / PARTIAL / self.undisturbed.path.name
        while command.poll() is None and not any((partial / CHECKPOINT).glob("*")):
            time.sleep(POLL_S)
        time.sleep(self.moments.uniform(0, self.longest_pause_s))
        victim = self.moments.choice(VICTIMS)
        if command.poll() is not None:
            return False
        below = psutil.Process(command.pid).children(recursive=True)
        if victim == "descendant" and below:
            self.moments.choice(below).kill()
        elif victim == "group":
            for process in (*below, psutil.Process(command.pid)):
                process.kill()
        else:
            command.send_signal(signal.SIGKILL)
        self.killed[victim if below else "its only process"] += 1
        command.wait(PATIENCE_S)
        return True

    def _start(self, store: Path) -> subprocess.Popen[bytes]:
        temporary = self.folder / "temporary"
        temporary.mkdir(exist_ok=True)
        words = [*self.line.split(), *ALWAYS, f"paths.store={store}"]
        return subprocess.Popen(
            [sys.executable, "-m", "r1cli", "train", *words],
            env={**os.environ, "TMPDIR": str(temporary), "R1_SOAK": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _result(self, store: Path) -> Entry:
        """The stage's own result; the newest of the store."""
        return Store(store).entries()[-1]

    def _differences(self, store: Path) -> list[str]:
        made = Store(store).get(self.undisturbed.node, self.undisturbed.fingerprint)
        if made is None:
            return ["no result"]
        self.resumed += made.manifest.resumed
        found = []
        if made.manifest.files != self.undisturbed.manifest.files:
            found.append("other bytes than undisturbed")
        if _steps(made) != _steps(self.undisturbed):
            found.append(f"metrics of the steps {_steps(made)}")
        found += [f"left: {path}" for path in (store / PARTIAL).iterdir()]
        found += [f"held: {path}" for path in (store / LOCKS).iterdir() if lock.is_held(path)]
        found += [f"left: {path}" for path in _left(self.folder / "temporary")]
        return found + [f"alive: {process.pid}" for process in _alive(self.folder)]


def _steps(entry: Entry) -> list[int]:
    path = entry.path / METRICS
    return [json.loads(line)["step"] for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def _left(temporary: Path) -> list[Path]:
    """Files, not the empty folders that libraries make."""
    return [path for path in temporary.rglob("*") if not path.is_dir()]


def _alive(folder: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get("R1_SOAK") == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:
            pass


def main() -> None:
    """Print a line after each round, and a summary."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else sys.maxsize
    moments = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    kills, rounds, soaks = 0, 0, []
    with tempfile.TemporaryDirectory(prefix="r1-soak-") as folder:
        for number, line in enumerate(LINES.values()):
            (Path(folder) / str(number)).mkdir()
            soaks.append(Soak(line, Path(folder) / str(number), moments))
            soaks[-1].prepare()
        try:
            for name, soak in itertools.cycle(zip(LINES, soaks, strict=True)):
                kills, rounds = kills + soak.round(MOST_KILLS), rounds + 1
                print(f"{kills:5} kills {rounds:5} rounds  {name}: {soak.faults or 'the same to the bit'}", flush=True)
                if kills >= most:
                    break
        except KeyboardInterrupt:
            for soak in soaks:
                for process in _alive(soak.folder):
                    process.kill()
    killed = sum((soak.killed for soak in soaks), Counter())
    faults = [fault for soak in soaks for fault in soak.faults]
    resumed = sum(soak.resumed for soak in soaks)
    print(
        f"{kills} kills {dict(killed)} in {rounds} rounds, {resumed} resumed from a checkpoint; "
        f"faults: {faults or 'none'}"
    )
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
