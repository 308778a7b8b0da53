"""Training on two processes, for each strategy: same result as on one, kill -9 and resume, published weights.

SFT, reward models and GRPO (with a reference that is replaced, rollouts of three updates and a reward model) run under
torch's elastic agent over gloo. Real engines: torch DDP, torch FSDP2, DeepSpeed ZeRO-2 and ZeRO-3.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from on_processes import KILLED_NOTE
from tiny_training import SPEC, largest_difference, weights

from r1cli import artifact
from r1cli.artifact import Artifact

pytestmark = [pytest.mark.torch, pytest.mark.slow, pytest.mark.distributed, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
KINDS = ["sft", "rm", "grpo"]
IN_BF16 = {"sft_bf16": "float32", "grpo_bf16": "bfloat16"}
"""Kind -> the type of its weights; both compute in bfloat16."""
SAMPLED = {
    "rejection": ["checkpoint/shard-*/records.jsonl", "out/data.jsonl", "out/report.json"],
    "evaluation": ["out/report.json", "out/transcripts.jsonl"],
    "benchmark": ["out/report.json", "out/problems.jsonl", "out/samples.jsonl"],
}
"""Kind -> what it leaves behind."""
SECONDS = re.compile(r'"seconds": [0-9.e-]+, ')
"""That a completion took: the one thing in a samples file that is never the same again."""
CLOSE = 1e-5
"""The largest difference of a weight that another order of summation may make in six updates."""
MISSING = [
    name
    for name, there in {
        "deepspeed": find_spec("deepspeed") is not None,
        "g++": shutil.which("g++"),
        "ninja": shutil.which("ninja"),
    }.items()
    if not there
]
needs_deepspeed = pytest.mark.skipif(bool(MISSING), reason=f"DeepSpeed needs {', '.join(MISSING)}")
STRATEGIES = [
    "ddp",
    "fsdp2",
    pytest.param("zero2", marks=needs_deepspeed),
    pytest.param("zero3", marks=needs_deepspeed),
]
ENGINES = {"ddp": "MULTI_CPU", "fsdp2": "FSDP", "zero2": "DEEPSPEED", "zero3": "DEEPSPEED"}


class Starter:
    """The process that starts the others (warm_start.py)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = 0
        words = folder / "words.log"
        self.words = [words]
        with words.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("warm_start.py"))],
                env=os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT), *sys.path]), **ONE_THREAD},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def run(self, processes: int, *arguments: str) -> tuple[str, str]:
        """(what failed, the last words of the processes)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.runs += 1
        log = self.folder / str(self.runs)
        asked = {"processes": processes, "arguments": arguments, "log": str(log)}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        failed = json.loads(self.process.stdout.readline() or '"the starter ended"')
        return failed, "\n".join(path.read_text()[-4000:] for path in [*log.rglob("stderr.log"), *self.words])


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    starter = Starter(tmp_path_factory.mktemp("starter"))
    yield starter
    starter.process.communicate()


@dataclass(frozen=True)
class Models:
    """What is trained, and what scores; and who starts the training."""

    policy: Artifact
    reward_model: Artifact
    starter: Starter


class Runs:
    """What was trained with one strategy, in a folder of its own."""

    def __init__(self, folder: Path, models: Models, strategy: str) -> None:
        self.folder = folder
        self.models = models
        self.strategy = strategy

    def train(self, *jobs: str, processes: int = 2, replicas: int = 1, dies: bool = False) -> None:
        named = [str(self.models.policy.path), str(self.models.reward_model.path), str(self.folder)]
        failed, words = self.models.starter.run(processes, *named, self.strategy, str(replicas), *jobs)
        assert bool(failed) == dies, f"{failed}\n{words}"
        if dies:  # of kill -9 in the last job, and of nothing before
            assert (self.folder / jobs[-1].partition("@")[0].replace("/", "-") / KILLED_NOTE).exists(), words

    def told(self, run: str, rank: int = 0) -> dict[str, Any]:
        return json.loads((self.folder / run / f"rank-{rank}.json").read_text())

    def model(self, run: str) -> Path:
        return self.folder / run / "out" / "model"


@pytest.fixture(scope="module")
def models(random_model: Artifact, starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Without dropout, which is random in each process by itself; and a reward model."""
    import torch

    from r1cli.training.models import load_tokenizer
    from r1cli.training.reward_models import load_reward_model

    folder, helpful = tmp_path_factory.mktemp("exact") / "model", tmp_path_factory.mktemp("helpful") / "model"
    shutil.copytree(random_model.path, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"attention_dropout": 0.0}))
    torch.manual_seed(0)
    load_reward_model(random_model, SPEC).save_pretrained(helpful)
    load_tokenizer(random_model).save_pretrained(helpful)
    return Models(artifact.model(folder), artifact.reward_model(helpful), starter)


@pytest.fixture(scope="module")
def alone(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """All kinds on one process."""
    runs = Runs(tmp_path_factory.mktemp("alone"), models, "ddp")
    kinds = [*KINDS, "sft_lora", "rm_lora", "grpo_lora", *IN_BF16, *SAMPLED]
    runs.train(*(f"{kind}/straight" for kind in kinds), processes=1)
    return runs


@pytest.fixture(scope="module", params=STRATEGIES)
def trained(request: pytest.FixtureRequest, models: Models, tmp_path_factory: Any) -> Runs:
    """All kinds on two processes: straight, and killed in update 4 and resumed."""
    runs = Runs(tmp_path_factory.mktemp(request.param), models, request.param)
    for kind in KINDS:
        runs.train(f"{kind}/straight", f"{kind}/killed@4", dies=True)
    runs.train(*(f"{kind}/killed" for kind in KINDS))
    return runs


@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_is_the_one_that_was_asked_for(trained: Runs, kind: str) -> None:
    for rank in (0, 1):
        told = trained.told(f"{kind}-straight", rank)
        assert told["engine"] == ENGINES[trained.strategy]
        assert bool(told["sharded"]) == (trained.strategy in {"fsdp2", "zero3"})


@pytest.mark.parametrize("kind", KINDS)
def test_both_processes_end_with_the_same_weights(trained: Runs, kind: str) -> None:
    first, second = (trained.told(f"{kind}-straight", rank) for rank in (0, 1))
    assert first["weights"] == second["weights"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_result_is_that_of_one_process(trained: Runs, alone: Runs, kind: str) -> None:
    assert largest_difference(trained.model(f"{kind}-straight"), alone.model(f"{kind}-straight")) < CLOSE


@pytest.mark.parametrize("kind", KINDS)
def test_kill_9_of_a_process_and_the_same_again_ends_in_the_same_weights(trained: Runs, kind: str) -> None:
    for rank in (0, 1):
        assert trained.told(f"{kind}-straight", rank)["weights"] == trained.told(f"{kind}-killed", rank)["weights"]
    assert largest_difference(trained.model(f"{kind}-straight"), trained.model(f"{kind}-killed")) == 0.0
    assert 3 in {int(step) for step in trained.told(f"{kind}-killed")["metrics"]}  # begins after the checkpoint of 2
    assert 1 not in {int(step) for step in trained.told(f"{kind}-killed")["metrics"]}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_published_is_one_model_that_anybody_can_load(trained: Runs, alone: Runs, kind: str) -> None:
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

    folder = trained.model(f"{kind}-straight")
    ours = {path.name for path in alone.model(f"{kind}-straight").iterdir()}
    assert {path.name for path in folder.iterdir()} == ours
    assert json.loads((folder / "config.json").read_text()) == json.loads(
        (alone.model(f"{kind}-straight") / "config.json").read_text()
    )
    auto = AutoModelForSequenceClassification if kind == "rm" else AutoModelForCausalLM
    _, loaded = auto.from_pretrained(folder, output_loading_info=True)
    assert not loaded["missing_keys"]
    assert not loaded["unexpected_keys"]
    assert AutoTokenizer.from_pretrained(folder).vocab_size


def test_the_rewards_are_those_of_one_process(trained: Runs, alone: Runs) -> None:
    here, there = trained.told("grpo-straight")["metrics"], alone.told("grpo-straight")["metrics"]
    for step in there:
        for name in ("train/reward", "train/rewards/preferred/raw", "train/kl", "train/completions/mean_length"):
            if name in there[step]:
                assert here[step][name] == pytest.approx(there[step][name], abs=1e-4), (step, name)


def test_a_reference_is_sharded_layer_by_layer(trained: Runs) -> None:
    if trained.strategy != "fsdp2":
        pytest.skip("only FSDP2 has units")
    units = trained.told("grpo-straight")["units"]
    assert units["reference"] == 3  # two layers, and the rest
    assert units["policy"] >= 3


@pytest.fixture(scope="module", params=["ddp", "fsdp2", pytest.param("zero3", marks=needs_deepspeed)])
def with_adapters(request: pytest.FixtureRequest, models: Models, tmp_path_factory: Any) -> Runs:
    runs = Runs(tmp_path_factory.mktemp(f"lora-{request.param}"), models, request.param)
    runs.train("sft_lora/straight", "rm_lora/straight", "grpo_lora/straight", "grpo_lora/killed@4", dies=True)
    runs.train("grpo_lora/killed")
    return runs


@pytest.mark.parametrize("kind", ["sft_lora", "rm_lora", "grpo_lora"])
def test_adapters_are_merged_into_the_model_as_on_one_process(with_adapters: Runs, alone: Runs, kind: str) -> None:
    assert largest_difference(with_adapters.model(f"{kind}-straight"), alone.model(f"{kind}-straight")) < CLOSE
    assert {p.name for p in with_adapters.model(f"{kind}-straight").iterdir()} == {
        p.name for p in alone.model(f"{kind}-straight").iterdir()
    }


def test_a_replaced_reference_of_adapters_survives_kill_9(with_adapters: Runs) -> None:
    straight, killed = with_adapters.model("grpo_lora-straight"), with_adapters.model("grpo_lora-killed")
    assert largest_difference(straight, killed) == 0.0


@pytest.fixture(scope="module", params=["fsdp2", *(pytest.param(s, marks=needs_deepspeed) for s in ("zero2", "zero3"))])
def in_bf16(request: pytest.FixtureRequest, models: Models, tmp_path_factory: Any) -> Runs:
    """Trained with hardware.precision=bf16: straight, and killed in update 4 and resumed."""
    runs = Runs(tmp_path_factory.mktemp(f"bf16-{request.param}"), models, request.param)
    for kind in IN_BF16:
        runs.train(f"{kind}/straight", f"{kind}/killed@4", dies=True)
    runs.train(*(f"{kind}/killed" for kind in IN_BF16))
    return runs


@pytest.mark.parametrize("kind", IN_BF16)
def test_in_bf16_too_kill_9_and_the_same_again_ends_in_the_same_weights(in_bf16: Runs, kind: str) -> None:
    assert largest_difference(in_bf16.model(f"{kind}-straight"), in_bf16.model(f"{kind}-killed")) == 0.0
    assert 1 not in {int(step) for step in in_bf16.told(f"{kind}-killed")["metrics"]}


@pytest.mark.parametrize("kind", IN_BF16)
def test_weights_are_published_in_their_own_type_whatever_computes(in_bf16: Runs, alone: Runs, kind: str) -> None:
    folder = in_bf16.model(f"{kind}-straight")
    published = weights(folder)
    assert {str(weight.dtype) for weight in published.values()} == {f"torch.{IN_BF16[kind]}"}
    assert json.loads((folder / "config.json").read_text()) == json.loads(
        (alone.model(f"{kind}-straight") / "config.json").read_text()
    )
    rounded = all((weight == weight.bfloat16()).all() for weight in published.values())
    assert rounded == (IN_BF16[kind] == "bfloat16"), "what updates of float32 weights were too small for"


def test_losses_in_bf16_are_those_of_one_process_as_far_as_three_digits_go(in_bf16: Runs, alone: Runs) -> None:
    here, there = (runs.told("sft_bf16-straight")["metrics"] for runs in (in_bf16, alone))
    losses = [(here[step]["train/loss"], there[step]["train/loss"]) for step in there if "train/loss" in there[step]]
    assert len(losses) >= 4
    assert all(ours == pytest.approx(theirs, rel=0.005) for ours, theirs in losses)


@pytest.fixture(scope="module")
def stopped(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    runs = Runs(tmp_path_factory.mktemp("stopped"), models, "fsdp2")
    runs.train("sft/straight", "sft/stopped@2", "grpo/straight", "grpo/stopped@3")
    return runs


@pytest.mark.parametrize("kind", ["sft", "grpo"])
def test_when_one_process_is_asked_to_stop_all_save_and_stop_in_the_same_update(stopped: Runs, kind: str) -> None:
    checkpoints = {path.name for path in (stopped.folder / f"{kind}-stopped" / "checkpoint").iterdir()}
    for rank in (0, 1):
        message = stopped.told(f"{kind}-stopped", rank)["stopped"]
        update = int(message.split("update ")[1].split()[0])
        assert update == 3  # where no checkpoint is due
        assert f"checkpoint-{update}" in checkpoints


def test_what_was_stopped_goes_on_to_the_same_weights(stopped: Runs) -> None:
    for kind in ("sft", "grpo"):
        (stopped.folder / f"{kind}-stopped").rename(stopped.folder / f"{kind}-resumed")
    stopped.train("sft/resumed", "grpo/resumed")
    for kind in ("sft", "grpo"):
        assert largest_difference(stopped.model(f"{kind}-straight"), stopped.model(f"{kind}-resumed")) == 0.0


@pytest.fixture(scope="module")
def cut_off(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    runs = Runs(tmp_path_factory.mktemp("cut"), models, "fsdp2")
    runs.train("sft/straight", "sft/killed@4", dies=True)
    return runs


def test_shards_of_fsdp2_go_on_with_another_number_of_processes_which_is_said(cut_off: Runs) -> None:
    cut_off.train("sft/killed", processes=4)
    assert largest_difference(cut_off.model("sft-straight"), cut_off.model("sft-killed")) < CLOSE
    wrote = "2 processes with hardware.strategy=fsdp2"
    assert any(f"{wrote} goes on with 4 processes" in text for text in cut_off.told("sft-killed")["said"])


def test_two_copies_of_a_model_each_on_two_processes(models: Models, alone: Runs, tmp_path: Path) -> None:
    runs = Runs(tmp_path, models, "fsdp2")
    runs.train("grpo/straight", processes=4, replicas=2)
    assert largest_difference(runs.model("grpo-straight"), alone.model("grpo-straight")) < CLOSE


@pytest.fixture(scope="module")
def sampled(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Two processes: straight, killed and resumed, killed and resumed by one."""
    runs = Runs(tmp_path_factory.mktemp("sampled"), models, "ddp")
    runs.train(*(f"{kind}/straight" for kind in SAMPLED))
    for kind in SAMPLED:
        runs.train(f"{kind}/killed@2", dies=True)
        shutil.copytree(runs.folder / f"{kind}-killed", runs.folder / f"{kind}-alone")
    runs.train(*(f"{kind}/killed" for kind in SAMPLED))
    runs.train(*(f"{kind}/alone" for kind in SAMPLED), processes=1)
    return runs


@pytest.mark.parametrize("run", ["straight", "killed", "alone"])
@pytest.mark.parametrize("kind", SAMPLED)
def test_what_processes_sample_together_is_what_one_samples(sampled: Runs, alone: Runs, kind: str, run: str) -> None:
    def texts(runs: Runs, run: str) -> dict[str, str]:
        folder = runs.folder / f"{kind}-{run}"
        found = [path for pattern in SAMPLED[kind] for path in sorted(folder.glob(pattern))]
        return {str(path.relative_to(folder)): SECONDS.sub("", path.read_text()) for path in found}

    assert len(texts(alone, "straight")) >= len(SAMPLED[kind])
    assert texts(sampled, run) == texts(alone, "straight")


def test_each_process_draws_a_part_and_what_cannot_be_read_again(sampled: Runs) -> None:
    drawn = [sampled.folder / f"benchmark-straight/checkpoint/samples-{rank}-of-2.jsonl" for rank in (0, 1)]
    keys = [[(line["id"], line["sample"]) for line in map(json.loads, path.open())] for path in drawn]
    assert [len({problem for problem, _ in part}) for part in keys] == [5, 4]
    assert all(any(number >= 3 for _, number in part) for part in keys)
    before_the_kill = sampled.folder / "benchmark-alone/checkpoint/samples-1-of-2.jsonl"
    assert before_the_kill.read_text()
    by_one = sampled.folder / "benchmark-alone/checkpoint/samples.jsonl"
    assert not set(before_the_kill.read_text().splitlines()) & set(by_one.read_text().splitlines())


def test_accelerate_still_has_to_be_told_that_a_cpu_can_shard() -> None:
    """When this fails, `strategy.prepare` and what it calls can go."""
    from accelerate.state import AcceleratorState

    source = inspect.getsource(AcceleratorState.__init__)
    kinds = source.partition("elif self.distributed_type in [")[2].partition("]")[0]
    assert "MULTI_GPU" in kinds
    assert "MULTI_CPU" not in kinds


def test_transformers_still_saves_nothing_of_sharded_checkpoints() -> None:
    """When this fails, saving.py can leave the gathering of weights to `trainer.save_model`."""
    from transformers import Trainer

    branch = inspect.getsource(Trainer.save_model).partition("elif self.is_fsdp_enabled:")[2].partition("elif")[0]
    assert 'if "FULL_STATE_DICT" in' in branch
    assert "else" not in branch


def test_trl_still_shards_a_reference_as_one_unit() -> None:
    """When this fails, `strategy.references_in_layers` can go."""
    from trl.models.utils import prepare_fsdp

    assert inspect.getsource(prepare_fsdp).count("fully_shard(model, **fsdp2_kwargs)") == 1


@needs_deepspeed
def test_weights_that_are_not_there_are_not_made_up_under_zero3(tmp_path: Path, random_model: Artifact) -> None:
    from safetensors.torch import load_file, save_file

    damaged = tmp_path / "damaged"
    shutil.copytree(random_model.path, damaged)
    weights = load_file(damaged / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, damaged / "model.safetensors", {"format": "pt"})
    said = subprocess.run(
        [sys.executable, str(HERE / "under_zero3.py"), str(random_model.path), str(damaged)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT), *sys.path]), **ONE_THREAD},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lacks = "the files in FOLDER lack 1 of the model's weights: model.norm.weight"
    assert [line for line in said.splitlines() if line in {"taken apart", "whole", lacks}] == [
        "taken apart",
        "taken apart",
        lacks,
        lacks,
    ]
