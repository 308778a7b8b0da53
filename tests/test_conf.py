"""Every YAML that ships composes, and becomes valid typed objects."""

from __future__ import annotations

import importlib.util
import json
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from r1cli.config.build import build
from r1cli.config.catalogue import conf_dir, groups, help_line, lines_of_experiment, options
from r1cli.config.evaluation import compose_evaluation
from r1cli.config.hydra import Command, compose
from r1cli.engine.job import Job
from r1cli.sweep import grid
from r1cli.terminal.app import run_line
from r1cli.terminal.mistakes import keys_of
from r1cli.text import did_you_mean

YAML = sorted(conf_dir().rglob("*.yaml"))
OPTIONS = [f for f in YAML if f.parent != conf_dir() and not f.name.startswith("_")]
MOST_LINES = 3000
LONG_LINE = 25
"""A line with more characters than this, indentation left out, is long enough to be worth saying once."""
MOST_REPEATS = 180
"""Long lines, comments included, that stand word for word in conf/ already: every occurrence after the first counts."""
RECIPES, MODELS, SCALES, TASKS = (sorted(options(g)) for g in ("recipe", "model", "scale", "task"))
STAGES = [s for s in sorted(options("stage")) if s != "evaluate"]


def job(command: Command, *overrides: str) -> Job:
    return build(command, overrides)


def _name(file: Path) -> str:
    return str(file.relative_to(conf_dir()))


@pytest.mark.parametrize("file", OPTIONS, ids=_name)
def test_every_option_says_what_it_is_in_one_line(file: Path) -> None:
    assert 10 <= len(help_line(file)) <= 120


@pytest.mark.parametrize("file", YAML, ids=_name)
def test_no_secret_and_no_path_of_one_machine_is_in_the_configuration(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not [word for word in ("/home/", "/root/", "/work/", "api_key", "hf_") if word in text]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_has_a_fingerprint_at_every_scale(
    recipe: str, scale: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_line(["plan", f"recipe={recipe}", f"scale={scale}", "--json"]) == 0, capsys.readouterr().err
    nodes = json.loads(capsys.readouterr().out)
    assert nodes
    assert all(len(node["fingerprint"]) >= 16 for node in nodes)
    assert any(node["node"].startswith("eval_") for node in nodes)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("recipe", ["distill", "r1_paper"])  # together they have every stage
def test_every_stage_is_valid_with_every_task(recipe: str, task: str) -> None:
    assert job("run", f"recipe={recipe}", f"task={task}").name == recipe


def _fits() -> Iterator[tuple[str, str]]:
    """Each model with the overrides that its file says it fits: `# fits: scale=single_gpu`."""
    for model in MODELS:
        for line in (conf_dir() / f"model/{model}.yaml").read_text(encoding="utf-8").splitlines():
            if line.startswith("# fits: "):
                yield model, line.removeprefix("# fits: ")


def test_every_model_and_every_scale_says_what_it_fits() -> None:
    assert {model for model, _ in _fits()} == set(MODELS)
    assert {part for _, line in _fits() for part in line.split() if part.startswith("scale=")} == {
        f"scale={scale}" for scale in SCALES
    }


@pytest.mark.torch
@pytest.mark.parametrize("recipe", ["distill", "r1_paper"])
@pytest.mark.parametrize(("model", "line"), list(_fits()))
def test_every_model_passes_the_check_of_every_stage_at_the_scales_that_it_fits(
    model: str, line: str, recipe: str
) -> None:
    made = job("run", f"recipe={recipe}", f"model={model}", *line.split())
    if made.stages["coldstart"].model.lora and importlib.util.find_spec("peft") is None:
        pytest.skip("peft is not installed (it comes with the lora extra)")
    for stage in made.stages.values():
        stage.check()


def test_every_stage_and_every_scale_opens_with_its_purpose_its_hardware_and_a_command() -> None:
    for file in [f for f in OPTIONS if f.parent.name in {"stage", "scale"}]:
        text = file.read_text(encoding="utf-8")
        head = [line for line in text.partition("\n_target_:")[0].splitlines() if line.startswith("#")]
        assert any(line.startswith("# help: ") for line in head), file
        assert any(word in line for line in head for word in ("Hardware: ", "GPU", "cores")), file
        assert any(line.startswith("#   r1 ") for line in head), file


def _commands() -> Iterator[tuple[str, str]]:
    """Every command that a comment in conf/ gives as an example."""
    for file in YAML:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("#   r1 ") and " -m " not in line:  # sweeps: see the cells of every experiment
                yield _name(file), line.removeprefix("#   ").partition("  ")[0]


@pytest.mark.parametrize(("file", "line"), list(_commands()))
def test_every_command_in_a_comment_composes(file: str, line: str) -> None:
    _, command, *words = shlex.split(line)
    if command == "eval":
        compose_evaluation(words)
        return
    if command == "explain":
        words = words[1:]
    assert job("train" if any(word.startswith("stage=") for word in words) else "run", *words).stages


def test_the_configuration_says_each_thing_once() -> None:
    # A claim is a sentence and the test that decides it, written to be read by itself.
    files = [file for file in YAML if file.parent.name != "finding"]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    long = Counter(line.strip() for line in lines if len(line.strip()) > LONG_LINE)
    assert sum(long.values()) - len(long) < MOST_REPEATS
    assert len(lines) <= MOST_LINES


@pytest.mark.parametrize("model", MODELS)
def test_every_model_can_be_trained_and_distilled(model: str) -> None:
    made = job("run", "recipe=distill", f"model={model}")
    spec = made.stages["coldstart"].model
    assert spec.name == model
    assert "{question}" in spec.template
    assert (spec.path is None) == ("base" in made.stages) == (spec.architecture is not None)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_can_be_trained_by_itself(stage: str) -> None:
    made = job("train", f"stage={stage}")
    assert made.targets[0] == stage
    assert made.name == stage


@pytest.mark.parametrize("data", sorted(options("data")))
def test_every_data_set_can_take_the_place_of_the_tasks(data: str) -> None:
    overrides = ["stage=coldstart", f"data={data}"]
    text = (conf_dir() / f"data/{data}.yaml").read_text()
    users_own = "path: ???" in text or "defaults: [_own" in text
    made = job("train", *overrides, *(["data.path=mine"] if users_own else []))
    assert made.stages["coldstart"].config()["data"]["_target_"].startswith("r1cli.tasks.")


@pytest.mark.parametrize(("group", "option"), [(g, o) for g in ("hardware", "tracking") for o in options(g)])
def test_every_place_and_every_tracker_is_valid(group: str, option: str) -> None:
    made = job("run", "recipe=r1_zero", f"{group}={option}")
    assert getattr(made, group).name == option


@pytest.mark.parametrize("experiment", sorted(options("experiment")))
def test_every_cell_of_every_experiment_is_valid(experiment: str) -> None:
    found = grid.of("run", [f"experiment={experiment}", "scale=smoke", "seed=0"])
    searches = isinstance(found, grid.Search)
    if lines_of_experiment(experiment):  # the cells of other experiments, which are checked there
        return
    jobs = [job("run", f"experiment={experiment}", "scale=smoke")] if searches else found.jobs()
    assert all(made.stages for made in jobs)
    assert f"r1 run -m experiment={experiment}" in (conf_dir() / f"experiment/{experiment}.yaml").read_text()


@pytest.mark.parametrize("algorithm", sorted(options("algorithm")))
def test_every_algorithm_is_a_trainers_setting_for_a_stage_and_in_a_recipe(algorithm: str) -> None:
    alone = job("train", "stage=r1_zero", f"algorithm={algorithm}").stages["r1_zero"].config()
    inside = job("run", "recipe=r1_zero", f"+algorithm@stages.r1_zero.trainer={algorithm}").stages["r1_zero"].config()
    assert alone["trainer"] == inside["trainer"]
    assert alone["trainer"]["loss_type"] in {"grpo", "dr_grpo", "dapo", "cispo"}


@pytest.mark.parametrize("reward", sorted(options("reward")))
def test_every_reward_can_be_chosen_for_a_training(reward: str) -> None:
    own = [f.stem for f in (conf_dir() / "stage").glob("*.yaml") if f"/reward: {reward}\n" in f.read_text()]
    made = job("train", f"stage={own[0]}") if own else job("train", "stage=reasoning_rl", f"reward={reward}")
    assert "accuracy" in made.stages[made.targets[0]].config()["reward"]["terms"]


def test_recipes_and_models_say_what_their_values_come_from() -> None:
    for group in ("model", "recipe", "scale", "stage"):
        for file in (conf_dir() / group).glob("[!_]*.yaml"):
            assert any(mark in file.read_text() for mark in ("paper:", "scaled:", "ours")), file


def test_the_groups_are_the_folders_that_the_commands_know() -> None:
    trained = "algorithm data experiment hardware hydra model recipe reward scale stage task tracking verifier"
    asked = "benchmark generator prices suite finding cluster device template"
    assert set(groups()) == {*trained.split(), *asked.split()}


def test_the_default_is_the_tiny_model_at_laptop_scale() -> None:
    choices = compose("run").choices
    wanted = {"recipe": "r1", "model": "tiny", "scale": "laptop", "task": "world", "tracking": "wandb_offline"}
    assert wanted.items() <= choices.items()


def test_keys_of_both_commands_are_known_for_suggestions() -> None:
    composed = compose("train", ["stage=coldstart"])
    keys = keys_of(composed.config, composed.stage)
    assert did_you_mean("trainer.lerning_rate", keys) == "did you mean trainer.learning_rate?"
