"""A file system whose locks fail, or mean nothing because everybody gets them: results are made once all the same."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import ctypes, sys, types
from pathlib import Path
ctypes.CDLL(sys.argv[1]).faults_set(b"", -1, 0, int(sys.argv[2]))
torch = sys.modules["torch"] = types.ModuleType("torch")
torch.manual_seed = torch.set_num_threads = lambda _: None
from r1cli.engine.execute import execute
from r1cli.store.status import status
from tests.faults.talkative import state, talkative
from tests.r1cli.fake_stages import Recorder
store, trace = Path(sys.argv[3], "store"), Path(sys.argv[3], "trace")
execute(talkative(store, trace=str(trace), pause_s=0.3), Recorder())
print(state(store)["left"], [row.state for row in status(store)])
"""


@pytest.mark.parametrize("locks", [errno.ENOLCK, errno.EOPNOTSUPP, -1])
def test_without_locks_of_the_kernel_two_processes_still_make_each_result_once(
    failing_disk: Path, tmp_path: Path, locks: int
) -> None:
    command = [sys.executable, "-c", RUN, str(failing_disk), str(locks), str(tmp_path)]
    environment = {**os.environ, "LD_PRELOAD": str(failing_disk), "PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert out == "[] ['stored', 'stored']\n"
    assert [line.rpartition(" ")[0] for line in (tmp_path / "trace").read_text().splitlines()] == ["b 0", "b 1"]
