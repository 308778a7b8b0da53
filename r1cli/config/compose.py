"""From a command line to typed objects: Hydra by its public door, then pydantic.

`run` and `train` are `@hydra.main` functions that are handed `sys.argv`, so all that Hydra can do works: `-m`, `--cfg`,
`--info`, launchers, sweepers. Look-ups (`plan`, `show`) use `hydra.compose` and leave no trace on disk. Both end in
`job_from`, which lays each stage's own keys over the shared root, resolves `${...}` only then, and validates.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from r1cli.artifact import Artifact, Kind
from r1cli.config.catalogue import conf_dir, options
from r1cli.config.mistakes import Source, of_reference, of_values
from r1cli.engine.job import Job
from r1cli.engine.recipe import Recipe
from r1cli.errors import ConfigError
from r1cli.machine import cores
from r1cli.text import did_you_mean

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from r1cli.stage import Stage

Command = Literal["run", "train"]
Inputs = Mapping[str, str]

SHARED = frozenset(
    {
        *("model", "scale", "task", "hardware", "tracking", "seed", "evaluate", "evaluation", "paths"),
        *("jobs", "objective", "ablation", "until", "init", "stages"),
    }
)
"""Keys at the root that belong to the whole command; in `r1 train`, whatever else stands there is the stage's."""
EVERY_STAGE = ("seed", "model")
"""Shared keys that each stage takes a copy of."""
NAMED_WEIGHTS = {"base": "model", "student_base": "model.student"}
"""Nodes that fall away where the configuration names weights to start from (`<key>.path`), and where it does so."""


@dataclass(frozen=True)
class Composed:
    """A configuration, which option each group took, and the folders it was put together from."""

    config: DictConfig
    choices: Mapping[str, str]
    folders: tuple[Path, ...]
    hydra: DictConfig
    """Hydra's own part: launcher, sweeper, overrides."""

    @property
    def at_once(self) -> int:
        """Cells of the sweep that share this machine, this one included; 1 if it is no sweep."""
        if "num" not in self.hydra.job or "joblib" not in str(self.hydra.launcher.get("_target_")):
            return 1
        jobs = int(self.hydra.launcher.n_jobs)  # as joblib counts: -1 is all cores, -2 all but one
        return max(1, jobs if jobs > 0 else cores() + 1 + jobs)


def through_hydra(work: Callable[[DictConfig], object], command: Command, argv: Sequence[str]) -> None:
    """Run `work` as Hydra's task with `argv` as the command line; `work` must be a module-level function."""
    import hydra

    broken: list[Exception] = []

    def held(config: DictConfig) -> None:
        """`work` with its error kept back: Hydra would print a line of its own before it passes it on."""
        try:
            work(config)
        except Exception as e:  # noqa: BLE001  (raised again below)
            broken.append(e)

    # A sweep hears of errors from Hydra, which says too which of the jobs it was.
    task = work if "--multirun" in argv else held
    entry = hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name=command)(task)
    asked, line = os.environ.get("HYDRA_FULL_ERROR"), sys.argv
    # Documented switch: Hydra raises instead of printing and exiting, and we find the words.
    os.environ["HYDRA_FULL_ERROR"], sys.argv = "1", [line[0], *argv]
    try:
        entry()
    finally:
        sys.argv = line
        if asked is None:
            del os.environ["HYDRA_FULL_ERROR"]
    for error in broken:
        raise error


def composed_here(config: DictConfig) -> Composed:
    """What Hydra hands to a task, with what it keeps elsewhere."""
    from hydra.core.hydra_config import HydraConfig

    return _with_origin(config, HydraConfig.get())


@contextmanager
def looking_up() -> Iterator[None]:
    """Hydra's compose API, ready: that of the job which is running, or a fresh one."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    if GlobalHydra.instance().is_initialized():
        yield
        return
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        yield


def look_up(config_name: str, overrides: Sequence[str] = (), *, folders: Sequence[Path] = ()) -> Composed:
    """Compose without running anything; `folders` are searched after conf/."""
    from hydra import compose
    from omegaconf import open_dict

    also = [f"hydra.searchpath=[{','.join(f'file://{f.absolute()}' for f in folders)}]"] if folders else []
    with looking_up():
        config = compose(config_name, [*also, *overrides], return_hydra_config=True)
    origin = config.hydra
    with open_dict(config):
        del config["hydra"]
    return _with_origin(config, origin)


def command_of(overrides: Sequence[str]) -> Command:
    """The command that a look-up with these overrides is about."""
    return "train" if any(o.startswith("stage=") for o in overrides) else "run"


def store_of(overrides: Sequence[str]) -> Path:
    """Where the store is, for commands that only read it.

    Raises:
        ConfigError: an override is about something else.
    """
    for line in overrides:
        if not line.startswith("paths."):
            raise ConfigError(f"{line}: this command takes paths.store= only", hint="leave it out")
    return Path(look_up("config", overrides).config.paths.store).expanduser()


def job_from(composed: Composed) -> Job:
    """The typed job that a configuration describes: every stage validated, evaluations added.

    Raises:
        ConfigError: a key, a value or a reference is wrong.
    """
    _refuse_unknown_options(composed)
    config, nodes = composed.config, Nodes(composed)
    named = _named_weights(config, nodes.own)
    stages = {node: nodes.stage(node) for node in nodes.own if node not in named}
    external = named | _literals(stages, named)
    evaluations = _evaluations(nodes, stages, named) if nodes.flag("evaluate") else {}
    return Job(
        name=str(composed.choices.get("recipe") or nodes.target),
        stages=_interleaved(stages, evaluations),
        external=external,
        targets=_targets(config, nodes.target, stages, evaluations, external),
        hardware=nodes.component("r1cli.engine.hardware.Hardware", "hardware"),
        tracking=nodes.component("r1cli.tracking.tracker.Tracking", "tracking"),
        store=Path(config.paths.store).expanduser(),
        at_once=composed.at_once,
    )


class Nodes:
    """The stages of a command as composed: each one's own keys, to be laid over the root that all share."""

    def __init__(self, composed: Composed) -> None:
        from omegaconf import OmegaConf

        plain = OmegaConf.to_container(composed.config, resolve=False)
        assert isinstance(plain, dict)
        self.composed = composed
        self.shared = OmegaConf.create({str(k): v for k, v in plain.items() if k in SHARED - {"stages"}})
        self.target: str | None = None
        """The one stage of `r1 train`; None for a recipe."""
        if "stages" in plain:
            elsewhere = _of_other_recipes(composed.hydra)
            mine = {n: own for n, own in plain["stages"].items() if own is not None}
            self.own = {n: own for n, own in mine.items() if "_target_" in own or n not in elsewhere}
        else:
            self.target = composed.choices["stage"]
            self.own = self._with_upstream(self.target, {str(k): v for k, v in plain.items() if k not in SHARED})

    def stage(self, node: str) -> Stage:
        """The node as a validated object."""
        return self.built(self.own[node], node, "" if node == self.target else f"stages.{node}.")

    def built(self, own: Mapping[str, Any], node: str, at: str) -> Stage:
        """A stage from its own keys; `at` is what stands before them on the command line."""
        from r1cli.stage import Stage as Base

        source = self._source(at, node, shared=[k for k in EVERY_STAGE if k not in own])
        plain = self._resolved(own, source)
        with of_values(plain, source):
            return Base.model_validate(plain)

    def component(self, target: str, key: str) -> Any:
        """A part of the shared root as a validated object of the class `target` or one derived from it."""
        from r1cli.component import locate

        source = self._source(f"{key}.", key)
        plain = {"_target_": target, **self._resolved({}, source, keys=(key,))[key]}
        with of_values(plain, source):
            return locate(target).model_validate(plain)

    def flag(self, key: str) -> bool:
        """A yes-or-no key of the shared root."""
        if not isinstance(value := self.shared[key], bool):
            raise ConfigError(
                f"{key}: true or false is wanted (got {value!r})", hint=f"write {key}=true or {key}=false"
            )
        return value

    def _source(self, at: str, node: str, *, shared: Iterable[str] = ()) -> Source:
        return Source(
            at=at, node=node, shared=frozenset(shared), folders=self.composed.folders, choices=self.composed.choices
        )

    def _resolved(self, own: Mapping[str, Any], source: Source, keys: Sequence[str] = EVERY_STAGE) -> dict[str, Any]:
        """`own` over the shared root, and only then `${...}`: `${model.max_tokens}` is the stage's where it has one."""
        from omegaconf import DictConfig, OmegaConf

        over = {k: v for k, v in own.items() if k in self.shared}
        root = OmegaConf.merge(self.shared, over) if over else self.shared
        assert isinstance(root, DictConfig)
        mine = [k for k in own if k not in over]
        try:
            for key in mine:
                root[key] = own[key]
            with of_reference(source):
                return {k: _plain(root[k]) for k in (*mine, *keys)}
        finally:
            for key in mine:
                if key in root:
                    del root[key]

    def _with_upstream(self, target: str, own: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The target and all that it leads back to, as `conf/stage/` has them; one look-up for each generation."""
        from omegaconf import OmegaConf

        if "_target_" not in own:
            raise ConfigError(f"stage={target} is not trained by itself", hint="it belongs to others; see r1 plan")
        if (init := self.composed.config.init) is not None:
            own["inputs"] = _started_from(str(init), target, own["inputs"])
        folders = [f for f in self.composed.folders if f != conf_dir()]
        known, found = options("stage", *folders), {target: own}
        while wanted := {s for o in found.values() for s in o["inputs"].values() if s in known and s not in found}:
            lines = [f"+stage@stages.{name}={name}" for name in sorted(wanted)]
            upstream = OmegaConf.to_container(look_up("config", lines, folders=folders).config.stages, resolve=False)
            assert isinstance(upstream, dict)
            found |= {str(name): stage for name, stage in upstream.items()}
        # Inputs first, as a person would tell them.
        order = Recipe({n: {r: s for r, s in o["inputs"].items() if s in found} for n, o in found.items()}).order()
        return {n: found[n] for n in order}


def _with_origin(config: DictConfig, hydra: Any) -> Composed:
    folders = [Path(s.path) for s in hydra.runtime.config_sources if s.schema == "file"]
    return Composed(config, dict(hydra.runtime.choices), tuple(folders), hydra)


def _refuse_unknown_options(composed: Composed) -> None:
    """Hydra passes over an option that is not there where its group is optional (`experiment=`, `data=`)."""
    for key, option in composed.choices.items():
        group = key.partition("@")[0]
        known = options(group, *composed.folders)
        if known and str(option) not in {"None", "null", *known}:
            hint = did_you_mean(option, known) or f"there are {', '.join(known)}"
            raise ConfigError(f"{group}={option}: there is no such option", hint=hint)


def _of_other_recipes(hydra: DictConfig) -> set[str]:
    """Nodes that a sweep over recipes sets keys of (`++stages.<node>...`, see r1cli.sweep.grid), here or not."""
    given = hydra.overrides.task if "num" in hydra.job else []
    return {o.split(".")[1] for o in given if o.startswith("++stages.")}


def _plain(value: Any) -> Any:
    from omegaconf import OmegaConf

    return OmegaConf.to_container(value, resolve=True, throw_on_missing=True) if OmegaConf.is_config(value) else value


def _started_from(init: str, target: str, inputs: Inputs) -> dict[str, str]:
    if "model" not in inputs:
        raise ConfigError(f"init: the stage '{target}' does not start from a model", hint="leave init= out")
    return {**inputs, "model": init}


def _named_weights(config: DictConfig, nodes: Iterable[str]) -> dict[str, Artifact]:
    """Weights that the configuration names: they stand in for the node that would make them."""
    from omegaconf import OmegaConf

    found = {}
    for node, key in NAMED_WEIGHTS.items():
        spec = OmegaConf.select(config, key)
        if spec is None and node in nodes:
            raise ConfigError(
                f"the model '{config.model.name}' names no student", hint="give +model.student.path=<hub id>"
            )
        if spec is not None and spec.path is not None:
            found[node] = _outside(str(spec.path), "model", revision=spec.revision)
    return found


def _literals(stages: Mapping[str, Stage], named: Mapping[str, Artifact]) -> dict[str, Artifact]:
    """Inputs that are paths or hub ids themselves."""
    sources = {s: role for stage in stages.values() for role, s in stage.inputs.items()}
    return {
        source: _outside(source, role)
        for source, role in sources.items()
        if source not in stages and source not in named and ("/" in source or Path(source).exists())
    }


def _outside(location: str, role: str, *, revision: str | None = None) -> Artifact:
    kind: Kind = "dataset" if role == "data" else "reward_model" if role.endswith("_rm") else "model"
    path = Path(location).expanduser()
    return Artifact(kind=kind, location=str(path.absolute()) if path.exists() else location, revision=revision)


def _evaluations(nodes: Nodes, stages: Mapping[str, Stage], named: Mapping[str, Artifact]) -> dict[str, Stage]:
    """One evaluation for every model: made here (of the target only, in `r1 train`) or started from.

    A stage with a seed of its own is evaluated with that seed: what a sweep over seeds shares, it shares evaluated. A
    student's base is no checkpoint of the paper's table, and is left out.
    """
    used = {s for stage in stages.values() for s in stage.inputs.values()}
    models = [n for n in named if n in used] + [n for n, s in stages.items() if s.MAKES == "model"]
    if nodes.target is not None:
        models = [n for n in models if n == nodes.target]
    models = [n for n in models if n != "student_base"]
    if not models:
        return {}
    stage = nodes.built(nodes.shared.evaluation, "evaluate", "evaluation.")
    found = {}
    for m in models:
        seed = stages[m].seed if m in stages and "seed" not in nodes.shared.evaluation else stage.seed
        found[f"eval_{m}"] = stage.model_copy(update={"inputs": {**stage.inputs, "model": m}, "seed": seed})
    return found


def _interleaved(stages: Mapping[str, Stage], evaluations: Mapping[str, Stage]) -> dict[str, Stage]:
    """Each model's evaluation right after it, so that the first numbers are there early."""
    rest = dict(evaluations)
    together: dict[str, Stage] = {}
    for node, stage in stages.items():
        together[node] = stage
        if (evaluation := rest.pop(f"eval_{node}", None)) is not None:
            together[f"eval_{node}"] = evaluation
    return rest | together


def _targets(
    config: DictConfig,
    target: str | None,
    stages: Mapping[str, Stage],
    evaluations: Mapping[str, Stage],
    external: Mapping[str, Artifact],
) -> tuple[str, ...]:
    if target is not None:
        return (target, *(e for e in evaluations if e == f"eval_{target}"))
    if config.until is None or config.until in evaluations:
        return () if config.until is None else (config.until,)
    kept = Recipe({n: s.inputs for n, s in stages.items()}, external).subgraph([config.until]).inputs
    return (*kept, *(e for e in evaluations if e.removeprefix("eval_") in {*kept, *external}))


def known_keys(config_name: str, overrides: Sequence[str]) -> dict[str, object]:
    """Every key of the configuration that `overrides` give, with what stands there, for "did you mean"."""
    from omegaconf import OmegaConf

    return dict(_dotted(OmegaConf.to_container(look_up(config_name, overrides).config, resolve=False)))


def _dotted(value: Any, at: str = "") -> Iterator[tuple[str, object]]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield f"{at}{key}", inner
        yield from _dotted(inner, f"{at}{key}.")
