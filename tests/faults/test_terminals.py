"""Every command on every kind of output: no traceback, and no exit code 1 after all was done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.on_any_terminal import CONDITIONS
from tests.r1cli.report.fake_results import Fake

ROOT = Path(__file__).resolve().parents[2]
UNWRITABLE = 74
STAGE = """
from r1cli import artifact
from r1cli.stage import Stage

class Well(Stage):
    def run(self, ctx):
        (ctx.out / "model").mkdir(exist_ok=True)
        return {"out": artifact.model(ctx.out / "model")}
"""
COMMANDS = (
    "--help",
    "run --help",
    "ls recipes",
    "ls stages --json",
    "plan scale=smoke {store}",
    "plan --json {store}",
    "show reasoning_rl",
    "explain reasoning_rl",
    "status {store}",
    "status --json {store}",
    "logs base {store}",
    "gc {store}",
    "doctor {store}",
    "compare {store}",
    "compare --csv {store}",
    "compare reasoning_rl Dev2 {store}",
    "report --out report.html {store}",
    "watch --once {store}",
    "score rows.jsonl",
    "completion zsh",
    "run --dry-run {store}",
    "run -m seed=0,1 --dry-run {store}",
    "run --cfg job",
    "train --config-dir conf stage=well seed={number} tracking=none hardware=cpu evaluate=false",
    "train -m --config-dir conf stage=well seed={number},{number}5 tracking=none hardware=cpu evaluate=false",
)
MISTAKES = ("run recipe=nope", "logs nothing {store}", "plan --jsn", "compare nobody {store}")


def results(folder: Path, torch_folder: Path, asked: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What came of each (condition, command line)."""
    (folder / "conf/stage").mkdir(parents=True)
    (folder / "conf/stage/well.yaml").write_text("# @package _global_\n_target_: well_stage.Well\ninputs: {}\n")
    (folder / "well_stage.py").write_text(STAGE)
    (folder / "rows.jsonl").write_text('{"prompt": "1+1?", "completion": "<think>e</think>2", "answer": "2"}\n')
    fake = Fake(folder / "store")
    fake.recipe(0)
    (fake.path("base", fake.made["base", 0]) / "log.txt").write_text("数 – a line\n")
    lines = []
    for number, (condition, line) in enumerate(asked, 1):
        words = line.format(store=f"paths.store={folder / 'store'}", number=number).split()
        lines.append((condition, words))
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.on_any_terminal"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{torch_folder}:{ROOT}:{folder}", "R1_STORE": str(folder / "trained")},
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(result: dict[str, Any], expected: int) -> None:
    assert "Traceback" not in result["out"] + result["err"], result
    if result["condition"] == "full" and expected == 0:
        assert result["code"] in {0, UNWRITABLE}, result
        assert (result["code"] == UNWRITABLE) == ("error: standard output cannot be written" in result["err"]), result
    else:
        assert result["code"] == expected, result
    if result["condition"] in {"ascii", "C"}:
        assert (result["out"] + result["err"]).isascii(), result


ONE_OF_THEM = "one of them each"


@pytest.mark.parametrize(
    "condition",
    [ONE_OF_THEM, *(pytest.param(name, marks=[pytest.mark.long, pytest.mark.timeout(0)]) for name in CONDITIONS)],
)
def test_every_command_ends_well_on_every_output(tmp_path: Path, torch_folder: Path, condition: str) -> None:
    """In the short form each command meets one of the conditions, in the long form all."""
    names = list(CONDITIONS)
    asked = []
    for number, line in enumerate(COMMANDS + MISTAKES):
        asked.append((names[(3 * number + 1) % len(names)] if condition == ONE_OF_THEM else condition, line))
    done = results(tmp_path, torch_folder, asked)
    assert len(done) == len(asked)
    for (_, line), result in zip(asked, done, strict=True):
        check(result, 2 if line in MISTAKES else 0)
    trained = [result for result in done if result["words"][0] == "train"]
    assert trained
    assert len(list((tmp_path / "trained").glob("well-*"))) >= len(trained)
