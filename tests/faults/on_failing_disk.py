"""Run two stages again and again on a disk that fails a little later each time; one JSON line for each.

python -m tests.faults.on_failing_disk LIBRARY FOLDER ERRNO STEP    (preloaded with LIBRARY, made of failing_disk.c)

Every attempt is a fork of this process. It runs the job on the failing disk, notes what a person would read, runs it
again on a disk in order, and says what the store then holds. The first line is about an undisturbed run.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import types
from itertools import count
from pathlib import Path
from typing import Any

from r1cli.engine.execute import execute
from r1cli.errors import R1Error
from r1cli.store.store import Store
from tests.faults.talkative import state, talkative
from tests.r1cli.fake_stages import Recorder


def attempt(store: Path, nth: int, error: int, library: ctypes.CDLL) -> dict[str, Any]:
    library.faults_set(str(store).encode(), nth, error, 0)
    said: dict[str, Any] = {"nth": nth}
    try:
        execute(talkative(store), Recorder())
    except Exception as e:  # noqa: BLE001  (what is no R1Error would be a traceback)
        said |= {"error": f"{type(e).__name__}: {e}", "is_ours": isinstance(e, R1Error), "hint": getattr(e, "hint", "")}
    said["failed"] = library.faults_seen() >= nth
    library.faults_set(b"", -1, 0, 0)
    said["damaged"] = [d.reason for d in Store(store).damaged()]
    execute(talkative(store), Recorder())
    return said | {"state": state(store)}


def forked(nth: int, store: Path, error: int, library: ctypes.CDLL) -> dict[str, Any]:
    told, tell = os.pipe()
    if os.fork() == 0:
        try:
            said = attempt(store, nth, error, library)
        except BaseException as e:  # noqa: BLE001  (told to the parent)
            said = {"nth": nth, "again": f"{type(e).__name__}: {e}", "failed": True}
        os.write(tell, json.dumps(said).encode())
        os._exit(0)
    os.close(tell)
    with os.fdopen(told) as pipe:
        said = json.loads(pipe.read())
    os.wait()
    return dict(said)


def main() -> None:
    library, folder, error, step = ctypes.CDLL(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    torch: Any = types.ModuleType("torch")
    torch.manual_seed = torch.set_num_threads = lambda _: None
    sys.modules["torch"] = torch
    execute(talkative(folder / "undisturbed"), Recorder())
    sys.stdout.write(json.dumps(state(folder / "undisturbed")) + "\n")
    for nth in count(1, step):
        said = forked(nth, folder / str(nth), error, library)
        sys.stdout.write(json.dumps(said) + "\n")
        if not said["failed"]:
            return


if __name__ == "__main__":
    main()
