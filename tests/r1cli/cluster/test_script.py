"""The batch script, whole and as a shell runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from r1cli.cluster.script import BatchJob, gpus_of, render
from r1cli.config.build import build_from
from r1cli.config.hydra import compose
from tests.r1cli.cluster.fake_slurm import settings


def script(*overrides: str, nodes: int = 1, gpus: int = 0, environment: dict[str, str] | None = None) -> str:
    job = BatchJob("r1_zero", ["run", "recipe=r1_zero", "note='two words'"], nodes, gpus, environment or {})
    return render(
        job,
        settings(*overrides),
        store=Path("/shared/store"),
        folder=Path("/where/it/was/typed"),
        python="/venv/python",
    )


def test_the_script_asks_for_what_the_settings_say_and_runs_the_same_command() -> None:
    made = script("cluster.partition=main", "cluster.account=lab", "cluster.time=30", nodes=2, gpus=8)
    assert made.startswith(
        """\
#!/bin/bash
#SBATCH --job-name=r1-r1_zero
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --partition=main
#SBATCH --account=lab
#SBATCH --time=30
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=/shared/store/.cluster/%j.log
cd /where/it/was/typed || exit 2
export R1_INSIDE_JOB=slurm
"""
    )
    assert "/venv/python -m r1cli run recipe=r1_zero 'note='\"'\"'two words'\"'\"''" in made


def test_containers_setup_and_further_options_are_where_they_belong() -> None:
    made = script(
        "cluster.container=apptainer exec --nv r1.sif",
        "cluster.setup=[module load cuda]",
        "cluster.extra=['--constraint=ib']",
        environment={"R1_ONLY": "coldstart,base"},
    )
    lines = made.splitlines()
    assert lines.index("module load cuda") > lines.index("#SBATCH --constraint=ib")
    assert "export R1_ONLY=coldstart,base" in lines
    assert "export R1_CONTAINER='apptainer exec --nv r1.sif'" in lines
    assert any(line.startswith("apptainer exec --nv r1.sif /venv/python -m r1cli run") for line in lines)


def test_gpus_are_those_of_the_hardware() -> None:
    def asked(*overrides: str) -> int:
        return gpus_of(settings(), build_from(compose("run", ["recipe=r1_zero", *overrides])).hardware)

    assert asked("hardware=cpu") == 0
    assert asked("hardware=gpu") == 1
    assert asked("hardware=gpu", "hardware.processes=auto") == 8
    assert gpus_of(settings("cluster.gpus_per_node=4"), build_from(compose("run", ["recipe=r1_zero"])).hardware) == 4


COMMAND = """\
import signal, sys, time
def heed(number, _): sys.exit(int(sys.argv[1]))
signal.signal(signal.SIGUSR1, heed); signal.signal(signal.SIGTERM, heed)
open("ready", "w").close(); time.sleep(60)
"""


def _run(tmp_path: Path, ends_with: int, number: int) -> tuple[int, str]:
    """Run the waiting part of the script around a command that ends so at a signal; returns code and output."""
    (tmp_path / "command.py").write_text(COMMAND)
    fake = tmp_path / "scontrol"
    fake.write_text('#!/bin/bash\necho "scontrol $@"\n')
    fake.chmod(0o755)
    text = script().partition("export R1_INSIDE_JOB=slurm\n")[2]
    lines = [f"{sys.executable} command.py {ends_with} &" if "-m r1cli" in line else line for line in text.splitlines()]
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "n1"}
    shell = subprocess.Popen(
        ["bash", "-c", "\n".join(lines)],
        cwd=tmp_path,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "ready").exists():
        time.sleep(0.05)
    shell.send_signal(number)
    output, _ = shell.communicate(timeout=240)
    return shell.returncode, output


def test_out_of_time_the_command_saves_and_the_job_queues_again(tmp_path: Path) -> None:
    code, output = _run(tmp_path, 143, signal.SIGUSR1)
    assert code == 143
    assert "attempt 1 of job 7 on n1" in output
    assert "scontrol requeue 7" in output


def test_a_command_that_ends_well_or_fails_at_its_last_moment_is_not_queued_again(tmp_path: Path) -> None:
    for code in (0, 1):
        (tmp_path / "ready").unlink(missing_ok=True)
        ended, output = _run(tmp_path, code, signal.SIGUSR1)
        assert ended == code
        assert "requeue" not in output


def test_a_cancelled_job_is_not_queued_again_by_itself(tmp_path: Path) -> None:
    code, output = _run(tmp_path, 143, signal.SIGTERM)
    assert code == 143
    assert "requeue" not in output
