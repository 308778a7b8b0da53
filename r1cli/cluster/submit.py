"""Which jobs a command becomes: one for the whole walk, or one for each stage that is not stored."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from r1cli.cluster import client, records
from r1cli.cluster.records import SubmittedJob
from r1cli.cluster.script import INSIDE, ONLY, BatchJob, gpus_of, render
from r1cli.cluster.settings import Slurm
from r1cli.engine.hardware import Hardware
from r1cli.engine.job import Graph, Job
from r1cli.errors import ConfigError
from r1cli.store.store import Store


@dataclass(frozen=True)
class Part:
    """A job to be, and the parts that it waits for."""

    name: str
    batch: BatchJob
    makes: tuple[str, ...] = ()
    """Nodes of the recipe; empty: all."""
    after: tuple[str, ...] = ()
    """Names of other parts."""


@dataclass(frozen=True)
class Submission:
    """A command's jobs, in the order in which they are submitted."""

    settings: Slurm
    store: Path
    parts: tuple[Part, ...]
    folder: Path = field(default_factory=Path.cwd)

    def script(self, part: Part) -> str:
        """What sbatch is given for a part."""
        return render(
            part.batch, self.settings, store=self.store, folder=self.folder, python=str(Path(sys.executable).absolute())
        )

    def submit(self) -> list[SubmittedJob]:
        """Submit all parts.

        Raises:
            ConfigError: there is no SLURM here.
            SlurmError: SLURM refuses one; those before it are cancelled.
            StoreError: the store cannot be written.
        """
        client.require()
        records.make_folder(self.store)
        made: dict[str, SubmittedJob] = {}
        try:
            for part in self.parts:
                script = self.script(part)
                after = [made[name].id for name in part.after]
                job = client.submit(script, after=after)
                made[part.name] = records.new_record(job, part.name, part.batch.words, nodes=part.makes, after=after)
                records.keep(self.store, made[part.name], script)
        except BaseException:
            client.cancel([job.id for job in made.values()])
            raise
        return list(made.values())


def is_inside() -> bool:
    """Does this process run in a job that r1 submitted?"""
    return INSIDE in os.environ


def only() -> tuple[str, ...]:
    """The nodes that this job is to make; empty: all that was asked for."""
    return tuple(filter(None, os.environ.get(ONLY, "").split(",")))


def narrowed(job: Job) -> Job:
    """The job, cut down to what this cluster job is to make."""
    return replace(job, targets=only()) if is_inside() and only() else job


def words_of(command: str, overrides: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """The line that asks for the same, `r1` left out; it means the same in every folder."""
    return [command, *overrides, *(word for folder in folders for word in ("--config-dir", str(folder.absolute())))]


def submission(job: Job, settings: Slurm, words: Sequence[str]) -> Submission:
    """The jobs of one command line.

    Args:
        job: what it asks for.
        settings: of the cluster.
        words: the line, `r1` left out.

    Raises:
        ConfigError: the settings contradict the hardware.
    """
    store = Store(job.store)
    if settings.mode == "allocation":
        parts: tuple[Part, ...] = (Part(job.name, batch(job.name, words, settings, job.hardware)),)
    else:
        parts = tuple(_stages(job.graph, store, job.hardware, settings, words))
    return Submission(settings, store.root, parts)


def batch(
    name: str,
    words: Sequence[str],
    settings: Slurm,
    hardware: Hardware,
    *,
    shared: bool = True,
    environment: Mapping[str, str] | None = None,
) -> BatchJob:
    """A job of this command.

    Args:
        name: of the job.
        words: the command line, `r1` left out.
        settings: of the cluster.
        hardware: where its stages run.
        shared: whether some stage of it can use more than one node.
        environment: further variables.
    """
    if any(option.startswith(("--nodes=", "--ntasks")) for option in settings.extra):
        raise ConfigError("cluster.extra: the number of nodes belongs to the hardware", hint="set hardware.nodes")
    return BatchJob(
        name=name,
        words=tuple(words),
        nodes=hardware.nodes if shared else 1,
        gpus_per_node=gpus_of(settings, hardware),
        environment=environment or {},
    )


def _stages(graph: Graph, store: Store, hardware: Hardware, settings: Slurm, words: Sequence[str]) -> Sequence[Part]:
    """One part for each node that is to be made, each after those that make its inputs."""
    stored = {name for name, node in graph.nodes.items() if store.get(name, node.fingerprint)}
    to_make = [name for name in graph.nodes if name in graph.needed(stored) - stored]
    parts = []
    for name in to_make:
        node = graph.nodes[name]
        shared = node.stage.is_shared()
        job = batch(name, words, settings, hardware, shared=shared, environment={ONLY: name})
        parts.append(Part(name, job, (name,), tuple(parent for parent in node.parents if parent in to_make)))
    return parts
