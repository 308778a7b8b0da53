"""sbatch, squeue and scancel of a few lines, on the path of a test: they note what they are given."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from r1cli.cluster.settings import Slurm
from r1cli.config.hydra import compose
from r1cli.config.stages import component

SBATCH = """\
#!/bin/bash
n=$(($(cat "$0.count" 2>/dev/null || echo 40) + 1)); echo $n > "$0.count"
echo "$@" >> "$0.calls"; cat > "$0.script.$n"
[ -e "$0.refuses.$n" ] && { echo "sbatch: error: invalid partition specified: nope" >&2; exit 1; }
echo "$n;cluster"
"""
SQUEUE = '#!/bin/bash\ncat "$0.answer" 2>/dev/null; exit 0\n'
SCANCEL = '#!/bin/bash\necho "$@" >> "$0.calls"\n'


class FakeSlurm:
    """The folder with the three programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in (("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", SCANCEL)):
            path = folder / name
            path.write_text(text)
            path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def calls(self, program: str) -> list[str]:
        """What it was called with."""
        path = self.folder / f"{program}.calls"
        return path.read_text().splitlines() if path.exists() else []

    def script(self, job: int) -> str:
        """What sbatch was given for a job."""
        return (self.folder / f"sbatch.script.{job}").read_text()

    def answer(self, *lines: str) -> None:
        """What squeue says from now on."""
        (self.folder / "squeue.answer").write_text("\n".join(lines) + "\n")

    def refuse(self, job: int) -> None:
        """Refuse the job that would get this number."""
        (self.folder / f"sbatch.refuses.{job}").touch()


def fake_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSlurm:
    """On the path of this test."""
    folder = tmp_path / "fake_slurm"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return FakeSlurm(folder)


def settings(*overrides: str) -> Slurm:
    """Of cluster=slurm."""
    composed = compose("run", ["recipe=r1_zero", "cluster=slurm", *overrides])
    found = component(composed, "r1cli.cluster.settings.ClusterSettings", "cluster")
    assert isinstance(found, Slurm)
    return found
