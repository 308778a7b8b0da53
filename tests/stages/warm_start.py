"""Starts the worker processes of test_sharded.py: python warm_start.py, then a line of JSON for each run.

torch's elastic agent, which torchrun is a command of, forks them off a process that has imported the libraries already:
in processes of their own the imports would take longer than the trainings. A line says {"processes": 2, "arguments":
what on_processes.py takes, "log": a folder}; the answer, a line too, is what failed, or an empty text.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import uuid
from typing import Any, TextIO

import on_processes

LIBRARIES = [
    "on_processes", "torch.distributed.fsdp", "torch.distributed.checkpoint", "datasets", "peft",
    "transformers.models.qwen2.modeling_qwen2", "trl.trainer.sft_trainer", "trl.trainer.reward_trainer",
    "trl.trainer.grpo_trainer",
]  # fmt: skip


def main(answers: TextIO) -> None:
    multiprocessing.set_forkserver_preload(LIBRARIES)
    for line in sys.stdin:
        answers.write(json.dumps(run(**json.loads(line))) + "\n")
        answers.flush()


def run(processes: int, arguments: list[str], log: str) -> str:
    if processes > 1:
        return _together(processes, arguments, log)
    alone = multiprocessing.get_context("forkserver").Process(target=on_processes.main, args=arguments)
    alone.start()
    alone.join()
    return f"exit code {alone.exitcode}" if alone.exitcode else ""


def _together(processes: int, arguments: list[str], log: str) -> str:
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, Std
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    machine: dict[str, Any] = {"min_nodes": 1, "max_nodes": 1, "rdzv_backend": "c10d", "rdzv_endpoint": "localhost:0"}
    config = LaunchConfig(
        **machine,
        nproc_per_node=processes,
        run_id=uuid.uuid4().hex,
        max_restarts=0,
        start_method="forkserver",
        logs_specs=DefaultLogsSpecs(log_dir=log, redirects=Std.ALL),
    )
    try:
        elastic_launch(config, on_processes.main)(*arguments)
    except ChildFailedError as e:
        return str(e)
    return ""


if __name__ == "__main__":
    # What libraries print is no answer.
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        main(answers)
