"""From `r1 eval`'s command line to a typed Job: the benchmarks of a suite, put to one model or to whatever replies.

build_evaluation(["suite=laptop", "init=r1_zero"])
build_evaluation(["benchmark=math500,gsm8k", "generator=served", "generator.model=deepseek-reasoner"])
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.config.benchmarks import Benchmarks
from r1cli.config.catalogue import options
from r1cli.config.given_model import GivenModel, given_model
from r1cli.config.hydra import Composed, compose, hydra_ready
from r1cli.config.stages import ComposedStages, component
from r1cli.engine.job import Job
from r1cli.errors import ConfigError
from r1cli.store.store import Store
from r1cli.text import did_you_mean

if TYPE_CHECKING:
    from r1cli.stage import Stage

CONFIG = "eval"
BENCHMARK = "benchmark="


def build_evaluation(overrides: Sequence[str], folders: Sequence[Path] = (), *, fetch: bool = False) -> Job:
    """What a command line asks for, as typed objects.

    Args:
        overrides: as typed.
        folders: of further YAML, searched after conf/.
        fetch: it is about to run: get the datasets that only the hub has. Otherwise no network is asked.

    Raises:
        ConfigError: a key, a value, a group or a reference is wrong, or there is no such model.
    """
    with hydra_ready():
        return _job(compose_evaluation(overrides, folders), fetch=fetch)


def compose_evaluation(overrides: Sequence[str], folders: Sequence[Path] = ()) -> Composed:
    """The configuration of `r1 eval`; `benchmark=a,b` takes the suite's place."""
    named = [o.removeprefix(BENCHMARK) for o in overrides if o.startswith(BENCHMARK)]
    rest = [o for o in overrides if not o.startswith(BENCHMARK)]
    if not named:
        return compose(CONFIG, rest, folders=folders)
    if any(o.startswith("suite=") for o in rest):
        raise ConfigError("benchmark= and suite=: one of them chooses", hint="leave one out")
    known = options("benchmark", *folders)
    chosen = [name.strip() for name in ",".join(named).split(",")]
    for name in chosen:
        if name not in known:
            hint = did_you_mean(name, known, BENCHMARK) or f"there are {', '.join(known)}"
            raise ConfigError(f"benchmark={name}: there is no such benchmark", hint=hint)
    added = [f"+benchmark@benchmarks.{name}={name}" for name in dict.fromkeys(chosen)]
    return compose(CONFIG, ["~suite", *added, *rest], folders=folders)


def _job(composed: Composed, *, fetch: bool) -> Job:
    nodes, config = ComposedStages(composed), composed.config
    benchmarks = Benchmarks.of(nodes, fetch=fetch)
    store = Path(config.paths.store).expanduser()
    model = _model(composed, benchmarks, Store(store))
    if model is None:
        stages = benchmarks.by_themselves()
    else:
        stages = _put_to(model, benchmarks, reads_as_trained="model" not in _chosen(composed))
    if not stages:
        skipped = "; ".join(f"{name}: {why}" for name, why in benchmarks.skipped.items())
        hint = "set paths.data= to the folder that holds the data, or connect to a network"
        raise ConfigError(f"no benchmark is left ({skipped or 'none was chosen'})", hint=hint)
    return Job(
        name=f"eval {model.name if model else composed.choices.get('generator')}",
        stages=stages,
        external={} if model is None else {model.name: model.artifact},
        targets=(),
        hardware=component(composed, "r1cli.engine.hardware.Hardware", "hardware"),
        tracking=component(composed, "r1cli.tracking.tracker.Tracking", "tracking"),
        store=store,
        private=nodes.flag("paths.private"),
        remarks=tuple(benchmarks.remarks()),
    )


def _model(composed: Composed, benchmarks: Benchmarks, store: Store) -> GivenModel | None:
    """The model that replies; None where something else does.

    Raises:
        ConfigError: one is wanted and none is named, or the other way round.
    """
    named, generator = composed.config.init, composed.choices.get("generator")
    if benchmarks.takes_model and named is None:
        raise ConfigError("init: which model?", hint="give init=<node, path or hub id>, or generator=served")
    if not benchmarks.takes_model and named is not None:
        raise ConfigError(f"init={named}: generator={generator} replies without a model here", hint="leave init= out")
    return None if named is None else given_model(str(named), store)


def _put_to(model: GivenModel, benchmarks: Benchmarks, *, reads_as_trained: bool) -> dict[str, Stage]:
    """The benchmarks of one model, asked in its own stage's template unless the command line chooses a model file."""
    put = benchmarks.put_to([model.name])
    if not (reads_as_trained and model.spec):
        return put
    return {
        name: stage.model_copy(update={"model": stage.model.model_copy(update=model.spec)})
        for name, stage in put.items()
    }


def _chosen(composed: Composed) -> set[str]:
    """First parts of the keys and groups that the command line sets."""
    return {override.lstrip("+~").partition("=")[0].partition(".")[0] for override in composed.overrides}
