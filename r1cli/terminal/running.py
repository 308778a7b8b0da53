"""What `r1 run` and `r1 train` do with a command line: run it here, sweep over it, or only show its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.errors import ConfigError, R1Error
from r1cli.terminal import console
from r1cli.text import did_you_mean

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from r1cli.config.hydra import Command
    from r1cli.stage import NodeEvent

HYDRA_FLAGS = ("--hydra-help", "--version")
"""Flags of Hydra's own that are handed on to it."""
FLAGS = ("--multirun", "--cfg", "--package", "--resolve", "--info", "--config-dir", "--dry-run", "--pilot", "--help")
WITHOUT_EFFECT = re.compile(
    r"[+~]*hydra[./](run|output_subdir|job\.chdir|job_logging|hydra_logging|verbose|callbacks)\b"
)
"""Settings of Hydra's notes and logs. A single run keeps none: the store has configuration, log and history."""


@dataclass(frozen=True)
class Request:
    """A command line of `r1 run` or `r1 train`, parsed."""

    command: Command
    words: Sequence[str]
    """Overrides, and flags that typer does not know."""
    multirun: bool = False
    cfg: str | None = None
    package: str | None = None
    resolve: bool = False
    info: str | None = None
    config_dir: str | None = None

    @property
    def overrides(self) -> list[str]:
        return [word for word in self.words if not word.startswith("-")]

    @property
    def folders(self) -> list[Path]:
        return [Path(self.config_dir)] if self.config_dir else []

    @property
    def unknown_flags(self) -> list[str]:
        return [word for word in self.words if word.startswith("-")]

    @property
    def shows_configuration(self) -> bool:
        return self.cfg is not None or self.info is not None

    def hydra_flags(self) -> list[str]:
        """The line's flags, as Hydra's own entry point reads them."""
        flags = self.unknown_flags
        for name, value in (("--cfg", self.cfg), ("--package", self.package), ("--info", self.info)):
            if value is not None:
                flags += [name, value]
        if self.config_dir is not None:
            flags += ["--config-dir", self.config_dir]
        if self.resolve:
            flags.append("--resolve")
        if self.multirun:
            flags.append("--multirun")
        return flags


def carry_out(request: Request, *, dry_run: bool, pilot: bool = False) -> None:
    """Do what a command line asks for; with `dry_run` only say what it would train and cost.

    Raises:
        R1Error: a mistake in it, or a stage that failed.
    """
    from r1cli.config.hydra_main import hydra_main
    from r1cli.terminal import sweeps

    _refuse_unknown_flags(request.unknown_flags)
    command, overrides, folders = request.command, request.overrides, request.folders
    if dry_run:
        sweeps.dry_run(command, overrides, folders=folders, multirun=request.multirun, pilot=pilot)
    elif request.unknown_flags:
        hydra_main(hydra_job, "run", overrides, request.hydra_flags(), folders=folders)
    elif request.shows_configuration and request.multirun:
        raise ConfigError("-m: --cfg and --info print one configuration", hint="leave -m out, or see --dry-run")
    elif request.shows_configuration:
        hydra_main(hydra_job, command, overrides, request.hydra_flags(), folders=folders)
    elif request.multirun:

        def hand_over(lines: Sequence[str]) -> None:
            hydra_main(hydra_job, command, lines, request.hydra_flags(), folders=folders)

        sweeps.run(command, overrides, folders=folders, hand_over=hand_over)
    else:
        run_here(command, overrides, folders)


def run_here(command: Command, overrides: Sequence[str], folders: Sequence[Path] = ()) -> None:
    """Build one job, execute it, and print the comparison of its evaluated models; or submit it to a cluster."""
    from r1cli.cluster.submit import narrowed, submission, words_of
    from r1cli.config.build import build_from
    from r1cli.config.hydra import compose, job_environment
    from r1cli.engine.events import LastEvents
    from r1cli.engine.execute import execute
    from r1cli.sweep import on_cluster
    from r1cli.terminal import clusters
    from r1cli.terminal.progress import LiveLines, Progress

    _refuse_without_effect(overrides)
    composed = compose(command, overrides, folders=folders)
    job = build_from(composed, fetch=True)
    if settings := clusters.slurm_of(composed):
        return clusters.submit(submission(job, settings, words_of(command, overrides, folders)))
    job = narrowed(job)
    with LiveLines() as lines, job_environment(composed):
        if on_cluster.is_cell():
            return on_cluster.run_cell_here(job, Progress(lines), objective=str(composed.config.objective))
        events = LastEvents(Progress(lines))
        try:
            execute(job, events)
        except R1Error:
            # What else was made is of use, with the reason where a model is missing.
            show_results(job.store, events.of_node)
            raise
    return show_results(job.store, events.of_node)


def show_results(store: Path, events: Mapping[str, NodeEvent]) -> None:
    """Where the time of what was trained went, and the comparison of what was evaluated."""
    from r1cli.terminal.evaluating import show_benchmarks

    show_update_times(events.values())
    show_evaluated(store, events)
    show_benchmarks(store, events)


def show_update_times(events: Iterable[NodeEvent]) -> None:
    """One line for each RL stage that this run trained: the shares of an update's phases."""
    from r1cli.results import phases

    for event in events:
        # What was reused took its time in another run.
        seconds = phases.of_result(event.path) if event.state == "made" else {}
        if seconds:
            console.note(f"{event.node}: {phases.in_words(seconds)}")


def show_evaluated(store: Path, events: Mapping[str, NodeEvent]) -> None:
    """The comparison of the models that a run evaluated, and which of them it could not evaluate, with the reason.

    Args:
        store: where the results are.
        events: the last of each node.
    """
    from r1cli.engine.evaluation import evaluated_by, is_evaluation
    from r1cli.results import table
    from r1cli.store.store import Store
    from r1cli.terminal.views import comparison

    evaluations = {event.fingerprint: event for node, event in events.items() if is_evaluation(node)}
    rows = table.of_store(Store(store), evaluations)
    missing: dict[str, str] = {}
    for event in evaluations.values():
        if event.state == "not_run":
            missing[evaluated_by(event.node)] = f"not run: {event.reason}"
        elif event.state == "failed":
            missing[evaluated_by(event.node)] = "its evaluation failed"
    if rows or missing:
        comparison.table(rows, missing=missing)


def hydra_job(config: DictConfig) -> float | None:
    """One cell of a sweep that Hydra launches; module-level, because launchers pickle it by its name.

    Returns:
        What a search goes by: the mean of the measure `objective`; None if the cell failed or was not evaluated.
    """
    from r1cli.config.build import build_from
    from r1cli.config.hydra import composed_here
    from r1cli.sweep.by_hydra import HydraCell
    from r1cli.terminal import sweeps

    composed = composed_here(config)
    return sweeps.run_hydra_cell(HydraCell.here(composed), lambda: build_from(composed), str(config.objective))


def _refuse_unknown_flags(flags: Sequence[str]) -> None:
    known = [*HYDRA_FLAGS, *FLAGS]
    for flag in flags:
        name = flag.partition("=")[0]
        if name not in HYDRA_FLAGS:
            hint = did_you_mean(name, known) or "r1 run --help lists them"
            raise ConfigError(f"{name}: there is no such flag", hint=hint)


def _refuse_without_effect(overrides: Sequence[str]) -> None:
    for override in overrides:
        if WITHOUT_EFFECT.match(override):
            message = f"{override.partition('=')[0]}: has no effect on a single run"
            raise ConfigError(message, hint="the store keeps configurations and logs: paths.store=, r1 logs NODE")
