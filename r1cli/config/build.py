"""From a command line to a typed Job: every stage validated, evaluations added, weights that the model names put in.

build("run", ["recipe=r1_zero", "scale=smoke"])
build("train", ["stage=coldstart", "trainer.learning_rate=1e-4"])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.artifact import Artifact, Kind
from r1cli.config.benchmarks import Benchmarks
from r1cli.config.catalogue import EXPERIMENTS, has_option, options
from r1cli.config.hydra import Command, Composed, compose, hydra_ready
from r1cli.config.single_stage import RECIPES
from r1cli.config.stages import ComposedStages, component
from r1cli.engine.evaluation import evaluation_of
from r1cli.engine.job import Job
from r1cli.engine.recipe import Recipe
from r1cli.errors import ConfigError
from r1cli.text import did_you_mean

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from r1cli.stage import Stage

NAMED_WEIGHTS = {"base": "model", "student_base": "model.student"}
"""Nodes that fall away where the model names weights to start from (`<key>.path`), and where it does so."""
NOT_EVALUATED = "student_base"
"""A student's base is no checkpoint of the paper's table."""


def build(command: Command, overrides: Sequence[str] = (), folders: Sequence[Path] = ()) -> Job:
    """What a command line asks for, as typed objects.

    Args:
        command: `run` or `train`.
        overrides: as typed.
        folders: of further YAML, searched after conf/.

    Raises:
        ConfigError: a key, a value, a group or a reference is wrong.
        RecipeError: the stages make no runnable graph.
    """
    with hydra_ready():
        return build_from(compose(command, overrides, folders=folders))


def build_from(composed: Composed, *, fetch: bool = False) -> Job:
    """The job that a composed configuration describes; raises as `build` does.

    Args:
        composed: the configuration.
        fetch: it is about to run: get the benchmarks' datasets that only the hub has. Otherwise no network is asked.
    """
    _refuse_unknown_options(composed)
    if EXPERIMENTS in composed.config:
        name = composed.choices.get("experiment")
        raise ConfigError(f"experiment={name} is several sweeps", hint=f"r1 run -m experiment={name}")
    config, nodes = composed.config, ComposedStages(composed)
    named = _named_weights(config, nodes.own)
    stages = {node: nodes.stage(node) for node in nodes.own if node not in named}
    if nodes.target in stages and stages[nodes.target].MAKES == "report":
        message = f"stage={nodes.target} is not trained by itself"
        raise ConfigError(message, hint="every model that is trained is evaluated; see r1 plan")
    external = named | _outside_inputs(stages, named)
    evaluates = nodes.flag("evaluate")
    evaluations = _evaluations(nodes, stages, named) if evaluates else {}
    benchmarks = Benchmarks.of(nodes, fetch=fetch) if evaluates else Benchmarks(takes_model=True)
    if benchmarks.stages and not benchmarks.takes_model:
        message = f"generator={composed.choices.get('generator')}: a recipe's models reply themselves"
        raise ConfigError(message, hint="r1 eval asks a server, or reads a file")
    put = _benchmarks(stages, evaluations, benchmarks)
    return Job(
        name=str(nodes.target or composed.choices.get("recipe")),
        stages=_interleaved(stages, evaluations | put),
        external=external,
        targets=_targets(config, nodes.target, stages, evaluations | put, external),
        hardware=component(composed, "r1cli.engine.hardware.Hardware", "hardware"),
        tracking=component(composed, "r1cli.tracking.tracker.Tracking", "tracking"),
        store=Path(config.paths.store).expanduser(),
        private=nodes.flag("paths.private"),
        at_once=composed.at_once,
        remarks=tuple(benchmarks.remarks()) if put or benchmarks.skipped else (),
    )


def _refuse_unknown_options(composed: Composed) -> None:
    """Hydra passes over an option that does not exist where its group is optional (`experiment=`, `data=`)."""
    for key, option in composed.choices.items():
        group = key.partition("@")[0]
        if group.startswith("hydra/") or str(option).startswith(f"{RECIPES}/"):
            continue  # Hydra's own groups have options in its plugins, and it refuses those that it does not know
        if str(option) in {"None", "null"} or has_option(group, str(option), *composed.folders):
            continue
        if known := options(group, *composed.folders):
            hint = did_you_mean(option, known) or f"there are {', '.join(known)}"
            raise ConfigError(f"{group}={option}: there is no such option", hint=hint)


def _named_weights(config: DictConfig, nodes: Iterable[str]) -> dict[str, Artifact]:
    """Weights that the model names: they stand in for the node that would make them."""
    from omegaconf import OmegaConf

    weights = {}
    for node, key in NAMED_WEIGHTS.items():
        spec = OmegaConf.select(config, key)
        if spec is None and node in nodes:
            message = f"the model '{config.model.name}' names no student"
            raise ConfigError(message, hint="give +model.student.path=<hub id>")
        if spec is not None and spec.path is not None:
            weights[node] = _outside(str(spec.path), "model", revision=spec.revision)
    return weights


def _outside_inputs(stages: Mapping[str, Stage], named: Mapping[str, Artifact]) -> dict[str, Artifact]:
    """Inputs that are paths or hub ids themselves."""
    outside = {}
    for stage in stages.values():
        for role, source in stage.inputs.items():
            is_node = source in stages or source in named
            if not is_node and ("/" in source or Path(source).exists()):
                outside[source] = _outside(source, role)
    return outside


def _outside(location: str, role: str, *, revision: str | None = None) -> Artifact:
    kind: Kind = "model"
    if role == "data":
        kind = "dataset"
    elif role.endswith("_rm"):
        kind = "reward_model"
    path = Path(location).expanduser()
    return Artifact(kind=kind, location=str(path.absolute()) if path.exists() else location, revision=revision)


def _evaluations(nodes: ComposedStages, stages: Mapping[str, Stage], named: Mapping[str, Artifact]) -> dict[str, Stage]:
    """One evaluation for every model, made here or started from; in `r1 train`, of the target alone.

    A stage with a seed of its own is evaluated with that seed, so that a sweep over seeds which shares the stage shares
    its evaluation too.
    """
    used = {source for stage in stages.values() for source in stage.inputs.values()}
    models = [node for node in named if node in used]
    models += [node for node, stage in stages.items() if stage.MAKES == "model"]
    if nodes.target is not None:
        models = [node for node in models if node == nodes.target]
    models = [node for node in models if node != NOT_EVALUATED]
    if not models:
        return {}
    stage = nodes.built(nodes.root.evaluation, "evaluate", "evaluation.")
    evaluations = {}
    for node in models:
        has_own_seed = node in stages and "seed" not in nodes.root.evaluation
        seed = stages[node].seed if has_own_seed else stage.seed
        update = {"inputs": {**stage.inputs, "model": node}, "seed": seed}
        evaluations[evaluation_of(node)] = stage.model_copy(update=update)
    return evaluations


def _benchmarks(
    stages: Mapping[str, Stage], evaluations: Mapping[str, Stage], benchmarks: Benchmarks
) -> dict[str, Stage]:
    """The benchmarks of every model that is evaluated, with the seed of its evaluation."""
    put: dict[str, Stage] = {}
    for evaluation in evaluations.values():
        put |= benchmarks.put_to([evaluation.inputs["model"]], update={"seed": evaluation.seed})
    if taken := put.keys() & stages.keys():
        raise ConfigError(f"'{min(taken)}' is the name of a benchmark's node", hint="call the recipe's node otherwise")
    return put


def _interleaved(stages: Mapping[str, Stage], evaluations: Mapping[str, Stage]) -> dict[str, Stage]:
    """What evaluates each model right after it, so that the first numbers are there early."""
    of_model: dict[str, dict[str, Stage]] = {}
    for name, evaluation in evaluations.items():
        of_model.setdefault(evaluation.inputs["model"], {})[name] = evaluation
    interleaved: dict[str, Stage] = {}
    for node, stage in stages.items():
        interleaved |= {node: stage, **of_model.pop(node, {})}
    from_outside = {name: stage for of_one in of_model.values() for name, stage in of_one.items()}
    return from_outside | interleaved


def _targets(
    config: DictConfig,
    target: str | None,
    stages: Mapping[str, Stage],
    evaluations: Mapping[str, Stage],
    external: Mapping[str, Artifact],
) -> tuple[str, ...]:
    """Nodes that are wanted; empty for the whole recipe."""
    if target is not None:
        return (target, *(name for name, stage in evaluations.items() if stage.inputs["model"] == target))
    if config.until is None:
        return ()
    if config.until in evaluations:
        return (config.until,)
    recipe = Recipe({node: stage.inputs for node, stage in stages.items()}, external).subgraph([config.until])
    models = {*recipe.inputs, *external}
    return (*recipe.inputs, *(name for name, stage in evaluations.items() if stage.inputs["model"] in models))
