"""Whole recipes, end to end, as a user runs them: real training on the CPU at `scale=smoke`.

Nothing is learnt at this scale; everything else is real: what is made, kept, reused, resumed and shown.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.torch, pytest.mark.slow]

R1 = [sys.executable, "-m", "r1cli"]
ROOT = Path(__file__).resolve().parent.parent
MODELS = ("base", "coldstart", "reasoning_rl", "rejection_sft", "all_scenario_rl")
NODES = (*MODELS, "rejection_sampling", "helpful_rm", "safety_rm", *(f"eval_{m}" for m in MODELS))
METRICS = ("accuracy", "cons_at_k", "format", "language", "tokens", "reflection", "general")


def r1(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """The command in an empty folder, with the store of that folder."""
    done = subprocess.run(
        [*R1, *arguments], cwd=folder, env=environment(folder), capture_output=True, text=True, check=False, timeout=600
    )
    assert not check or done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "R1_STORE": str(folder / "store"), "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}


def entry(folder: Path, node: str) -> Path:
    [found] = (folder / "store").glob(f"{node}-*")
    return found


def manifest(folder: Path, node: str) -> dict[str, Any]:
    return json.loads((entry(folder, node) / "manifest.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `r1 run scale=smoke` has run."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "said.txt").write_text(r1(folder, "run", "scale=smoke").stdout)
    return folder


def test_one_command_runs_all_four_stages_and_prints_the_table(finished: Path) -> None:
    assert {m["node"] for m in map(json.loads, manifests(finished))} == set(NODES)
    said = (finished / "said.txt").read_text()
    for label in ("Base", "Dev1", "Dev2", "Dev3", "R1"):
        assert label in said


def manifests(folder: Path) -> list[str]:
    return [p.read_text() for p in (folder / "store").glob("*/manifest.json")]


def test_the_lineage_is_the_papers_and_dev3_starts_from_base_again(finished: Path) -> None:
    inputs = {node: {role: i["node"] for role, i in manifest(finished, node)["inputs"].items()} for node in NODES}
    assert inputs["coldstart"] == {"model": "base"}
    assert inputs["reasoning_rl"] == {"model": "coldstart"}
    assert inputs["rejection_sampling"] == {"model": "reasoning_rl"}
    assert inputs["rejection_sft"] == {"model": "base", "data": "rejection_sampling"}
    assert inputs["all_scenario_rl"] == {
        "model": "rejection_sft",
        "helpful_rm": "helpful_rm",
        "safety_rm": "safety_rm",
    }
    for node in NODES:
        for role, source in manifest(finished, node)["inputs"].items():
            assert source["fingerprint"] == manifest(finished, inputs[node][role])["fingerprint"]


def test_an_entry_holds_what_is_needed_to_understand_it(finished: Path) -> None:
    for node in NODES:
        folder = entry(finished, node)
        for name in ("manifest.json", "config.yaml", "log.txt"):
            assert (folder / name).is_file(), f"{node}: no {name}"
        assert not (folder / "checkpoint").exists()
        facts = manifest(finished, node)
        assert facts["versions"]["trl"].startswith("1.16")
        assert all(attempt["ended"] > attempt["started"] for attempt in facts["attempts"])
    metrics = [
        json.loads(line) for line in (entry(finished, "reasoning_rl") / "metrics.jsonl").read_text().splitlines()
    ]
    seen = set().union(*metrics)
    for reward in ("accuracy", "format", "language"):
        assert f"train/rewards/{reward}/raw" in seen
        assert f"train/rewards/{reward}/weighted" in seen


def test_weights_are_safetensors_and_nothing_is_a_pickle(finished: Path) -> None:
    for node in (*MODELS, "helpful_rm", "safety_rm"):
        out = entry(finished, node) / "out"
        assert list(out.rglob("*.safetensors"))
        assert not [p for p in out.rglob("*") if p.suffix in (".bin", ".pt", ".pkl", ".pth")]


def test_the_same_command_again_reuses_everything_and_loads_no_torch(finished: Path) -> None:
    before = sorted((p.name, p.stat().st_mtime_ns) for p in (finished / "store").glob("*-*"))
    probe = "import sys; from r1cli.terminal.app import app\ntry: app()\nfinally: assert 'torch' not in sys.modules"
    subprocess.run(
        [sys.executable, "-c", probe, "run", "scale=smoke"], cwd=finished, env=environment(finished), check=True,
        capture_output=True,
    )  # fmt: skip
    assert before == sorted((p.name, p.stat().st_mtime_ns) for p in (finished / "store").glob("*-*"))


def test_train_shares_its_results_with_run(finished: Path) -> None:
    said = r1(finished, "train", "stage=reasoning_rl", "scale=smoke")
    assert re.search(r"^reasoning_rl +GRPO +stored", said.stdout + said.stderr, re.MULTILINE)
    assert len(list((finished / "store").glob("reasoning_rl-*"))) == 1


def test_compare_prints_every_checkpoint_with_intervals(finished: Path) -> None:
    rows = json.loads(r1(finished, "compare", "--json").stdout)
    assert [row["checkpoint"] for row in rows] == list(MODELS)
    for row in rows:
        assert row["fingerprint"] == manifest(finished, row["checkpoint"])["fingerprint"]
        assert (row["seed"], row["n_problems"], row["k"]) == (0, 16, 2)
        for metric in METRICS:
            assert row[metric]["low"] <= row[metric]["mean"] <= row[metric]["high"]


def test_status_lists_every_result(finished: Path) -> None:
    rows = json.loads(r1(finished, "status", "--json").stdout)
    assert {row["node"] for row in rows} >= set(NODES)
    assert all(row.keys() >= {"node", "kind", "fingerprint", "state", "seconds", "path"} for row in rows)


def test_the_plan_says_key_by_key_why_a_stage_is_to_be_run_again(finished: Path) -> None:
    changed = "stages.reasoning_rl.reward.weights.language=0.9"
    rows = {row["node"]: row for row in json.loads(r1(finished, "plan", "scale=smoke", changed, "--json").stdout)}
    assert rows["coldstart"]["state"] == "stored"
    assert rows["reasoning_rl"]["state"] == "to run"
    assert any("reward.weights.language" in reason for reason in rows["reasoning_rl"]["reasons"])
    assert rows["rejection_sft"]["state"] == "to run"


def test_r1_zero_and_the_student_share_what_is_there(finished: Path) -> None:
    r1(finished, "run", "recipe=r1_zero", "scale=smoke")
    r1(finished, "run", "recipe=distill", "scale=smoke")
    assert manifest(finished, "r1_zero")["inputs"]["model"]["node"] == "base"
    assert manifest(finished, "distill")["inputs"]["data"]["node"] == "rejection_sampling"
    assert len(list((finished / "store").glob("base-*"))) == 1
    rows = json.loads(r1(finished, "compare", "--json").stdout)
    assert [row["checkpoint"] for row in rows] == ["base", "r1_zero", *MODELS[1:], "distill"]


def test_a_sweep_trains_one_stage_for_each_value_and_its_upstream_once(finished: Path) -> None:
    r1(finished, "train", "-m", "stage=reasoning_rl", "scale=smoke", "reward.weights.language=0,0.3", "evaluate=false")
    assert len(list((finished / "store").glob("coldstart-*"))) == 1
    assert len(list((finished / "store").glob("reasoning_rl-*"))) == 3


@pytest.mark.parametrize("victim", ["base", "coldstart", "reasoning_rl"])
def test_kill_9_and_the_same_command_again_ends_in_the_very_same_weights(
    finished: Path, tmp_path: Path, victim: str
) -> None:
    command = ["run", "scale=smoke", f"until={victim}", "evaluate=false"]
    for node in MODELS[: MODELS.index(victim)]:  # start from what the undisturbed run made
        made = entry(finished, node)
        shutil.copytree(made, tmp_path / "store" / made.name)
    slower = ["stages.base.checkpoint_every=1", "stages.coldstart.checkpoint_every=1"]
    for _ in range(5):
        if killed_at_a_checkpoint(tmp_path, victim, *command, *slower):
            break
        shutil.rmtree(entry(tmp_path, victim))  # it was done before we looked
    assert "resumable" in r1(tmp_path, "plan", *command[1:], *slower).stdout
    r1(tmp_path, *command, *slower)
    resumed = entry(tmp_path, victim)
    undisturbed = finished / "store" / resumed.name  # the same fingerprint
    assert len(json.loads((resumed / "manifest.json").read_text())["attempts"]) == 2
    assert weights(resumed) == weights(undisturbed)


def killed_at_a_checkpoint(folder: Path, victim: str, *command: str) -> bool:
    """Start it, and kill all of it when the victim has written a checkpoint; False if its result was there before."""
    process = subprocess.Popen(
        [*R1, *command], cwd=folder, env=environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 400
    while process.poll() is None and not any((folder / "store/.partial").glob(f"{victim}-*/checkpoint/*")):
        assert time.monotonic() < deadline, "no checkpoint appeared"
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return not any((folder / "store").glob(f"{victim}-*"))


def weights(entry: Path) -> bytes:
    return (entry / "out" / "model" / "model.safetensors").read_bytes()


def test_two_processes_train_sft_and_grpo_together(finished: Path, tmp_path: Path) -> None:
    """Hardware is not part of what is computed: the fingerprints are those of one process."""
    r1(tmp_path, "run", "scale=smoke", "until=reasoning_rl", "hardware=cpu", "hardware.processes=2", "evaluate=false")
    for node in ("coldstart", "reasoning_rl"):
        assert (finished / "store" / entry(tmp_path, node).name).is_dir()
        assert manifest(tmp_path, node)["processes"] == 2


def test_the_recipe_runs_on_gsm8k_mgsm_and_hh_rlhf(tmp_path: Path, shared_data: Path) -> None:
    r1(tmp_path, "run", "scale=smoke", "task=gsm8k", f"paths.data={shared_data}")
    assert {m["node"] for m in map(json.loads, manifests(tmp_path))} == set(NODES)
    assert any("gsm8k" in name for name in manifest(tmp_path, "coldstart")["data"])
