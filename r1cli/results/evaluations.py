"""The evaluations of a store: which of them belong in one table, in which order, and what they are called.

Reports are comparable when the same questions were asked in the same way, that is when the identities of their
evaluations agree in all but the model and the seed of the run.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from r1cli.errors import ConfigError
from r1cli.results import replicates
from r1cli.store.records import Entry
from r1cli.store.store import Store

LABELS = {
    "base": "Base",
    "r1_zero": "R1-Zero",
    "coldstart": "Dev1",
    "reasoning_rl": "Dev2",
    "rejection_sft": "Dev3",
    "all_scenario_rl": "R1",
    "distill": "Student",
    "student_zero": "Student-Zero",
}
"""Nodes in the order of the paper's stage table, and what the paper calls their models."""
MEASURES = ("accuracy", "cons_at_k", "format", "language", "tokens", "reflection", "general")
LEAST_DIGITS = 4
"""Of a fingerprint, to name a model by its beginning."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One report of the store."""

    entry: Entry
    cell: replicates.Cell
    label: str
    """What tells its cell from others of the same checkpoint that are shown; empty if there are none."""

    @cached_property
    def report(self) -> Mapping[str, Any]:
        """Means and intervals."""
        plain: Mapping[str, Any] = json.loads(self.entry.artifacts()["out"].path.read_text(encoding="utf-8"))
        return plain

    @property
    def checkpoint(self) -> str:
        """The node whose model this is."""
        return self.entry.manifest.node.removeprefix("eval_")

    @property
    def seed(self) -> int:
        return self.entry.manifest.seed

    @property
    def model(self) -> str:
        """The model's fingerprint."""
        return self.entry.manifest.inputs["model"].fingerprint

    @property
    def group(self) -> tuple[str, str]:
        """The same for replicates."""
        return self.checkpoint, json.dumps(self.cell, sort_keys=True)

    @property
    def name(self) -> str:
        """As the table has it: `Dev2 language=0.1`."""
        return f"{LABELS.get(self.checkpoint, self.checkpoint)} {self.label}".rstrip()

    def mean(self, measure: str) -> float | None:
        """The report's; None if it does not apply."""
        found = self.report.get(measure)
        return float(found["mean"]) if found else None

    @cached_property
    def scores(self) -> Mapping[str, Mapping[str, float]]:
        """Measure -> problem -> mean over its completions; empty if no transcripts were kept."""
        transcripts = self.entry.artifacts().get("transcripts")
        found: dict[str, dict[str, float]] = {}
        if transcripts is None or not transcripts.path.is_file():
            return found
        with transcripts.path.open(encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                if record.get("kind", "reasoning") == "reasoning" and record["answer"] is not None:
                    for measure, score in _of_one_problem(record["completions"]):
                        found.setdefault(measure, {})[record["id"]] = score
        return found


def evaluations(
    store: Store, *, everything: bool = False, only: Collection[str] | None = None, all_cells: bool = False
) -> list[Evaluation]:
    """The reports of a store that belong in one table, in the order of the paper's.

    Args:
        store: where the reports are.
        everything: all reports, also those that cannot be compared and those that newer ones replace.
        only: fingerprints of evaluations to look at; None for all.
        all_cells: the newest of each checkpoint, seed and cell, instead of each checkpoint and seed.
    """
    entries = store.entries()
    by_print = {e.manifest.fingerprint: e for e in entries}
    found = [e for e in entries if e.manifest.node.startswith("eval_") and "model" in e.manifest.inputs]
    if only is not None:
        found = [e for e in found if e.manifest.fingerprint in only]
    elif not everything and found:
        asked = question(found[-1])
        found = [e for e in found if question(e) == asked]
    known = [Evaluation(e, replicates.cell_of(e.manifest.inputs["model"], by_print), "") for e in found]
    if not everything and only is None:
        known = list({(*(e.group if all_cells else (e.checkpoint,)), e.seed): e for e in known}.values())
    return labelled(known)


def labelled(found: Sequence[Evaluation], called: Mapping[str, str] | None = None) -> list[Evaluation]:
    """The same in the order of the paper's table, each cell with what tells it from the others among them.

    `called` has names for some, by the evaluation's fingerprint; they are taken where they tell cells apart.
    """
    told: dict[tuple[str, str], str] = {}
    for checkpoint in {e.checkpoint for e in found}:
        members = [e for e in found if e.checkpoint == checkpoint]
        labels = replicates.labels({e.group: e.cell for e in members})
        names = {e.group: (called or {}).get(e.entry.manifest.fingerprint, "") for e in members}
        taken = len(labels) > 1 and "" not in names.values() and len(set(names.values())) == len(names)
        told |= names if taken else labels
    return sorted((Evaluation(e.entry, e.cell, told[e.group]) for e in found), key=_place)


def named(found: Sequence[Evaluation], names: Iterable[str]) -> list[Evaluation]:
    """Those that `names` mean: checkpoints (`coldstart`, `Dev1`), rows (`Dev2 language=0.1`), fingerprints' beginnings.

    Raises:
        ConfigError: one of the names means none of them.
    """
    wanted = [e for name in names for e in _meant(found, name)]
    return [e for e in found if e in wanted]


def baseline_of(found: Sequence[Evaluation], name: str) -> list[Evaluation]:
    """The replicates of the one cell that `name` means.

    Raises:
        ConfigError: it means none, or several that differ in more than the seed.
    """
    meant = _meant(found, name)
    if len({e.group for e in meant}) > 1:
        rows_ = ", ".join(dict.fromkeys(f"'{e.name}' ({e.model[:8]})" for e in meant))
        raise ConfigError(f"--baseline {name}: several rows are called so", hint=f"give one of {rows_}")
    return meant


def _meant(found: Sequence[Evaluation], name: str) -> list[Evaluation]:
    from r1cli.text import did_you_mean

    plain = _plain(name)
    meant = [e for e in found if plain in {_plain(e.checkpoint), _plain(LABELS.get(e.checkpoint, "")), _plain(e.name)}]
    if not meant and len(plain) >= LEAST_DIGITS:
        meant = [e for e in found if e.model.startswith(plain) or e.entry.manifest.fingerprint.startswith(plain)]
    if meant:
        return meant
    known = list(dict.fromkeys(n for e in found for n in (e.checkpoint, e.name)))
    close = did_you_mean(name, [*known, *LABELS, *LABELS.values()])
    there = f"evaluated here: {', '.join(dict.fromkeys(e.name for e in found))}" if found else "try r1 run"
    missing = any(plain in {_plain(k), _plain(v)} for k, v in LABELS.items())
    raise ConfigError(f"no evaluation of '{name}' in this store", hint=there if missing else close or there)


def _plain(name: str) -> str:
    """Checkpoints are named in one way by us (`r1_zero`) and in another by the paper (`R1-Zero`)."""
    return name.lower().replace("-", "_")


def _of_one_problem(completions: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, float]]:
    for measure in MEASURES:
        scores = [s for c in completions if (s := c.get(measure)) is not None]
        if scores:
            yield measure, sum(scores) / len(scores)


def question(entry: Entry) -> dict[str, Any]:
    """The evaluation's identity without what it was done to."""
    identity = entry.manifest.identity
    config = {k: v for k, v in identity["config"].items() if k != "seed"}
    return {**identity, "inputs": None, "config": config}


def _place(e: Evaluation) -> tuple[int, str, str, int]:
    order = list(LABELS)
    return order.index(e.checkpoint) if e.checkpoint in LABELS else len(order), e.checkpoint, e.label, e.seed
