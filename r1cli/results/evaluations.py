"""One evaluation of the store: what it measured, of which model, and what that model is called."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from r1cli.engine.evaluation import evaluated_by, is_evaluation
from r1cli.files import finite
from r1cli.results import paper
from r1cli.results.measures import MEASURES
from r1cli.results.reading import DAMAGED, read_object, read_objects, warn_damaged
from r1cli.results.replicates import Configuration, Configurations
from r1cli.results.statistics import Interval
from r1cli.store.records import Entry

GREATEST_SCORE = 1e12
"""Of a completion; tokens are the largest, and nobody has so many."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One evaluation of one model."""

    entry: Entry
    configuration: Configuration
    """Of the model: the same for replicates."""
    measures: Mapping[str, Interval | None]
    """None where a measure does not apply."""
    n_problems: int
    k: int
    """Completions of each problem."""
    label: str = ""
    """What tells the configuration from others of the same checkpoint that are shown; empty if there are none."""

    @property
    def checkpoint(self) -> str:
        """The node whose model this is."""
        return evaluated_by(self.entry.manifest.node)

    @property
    def seed(self) -> int:
        return self.entry.manifest.seed

    @property
    def fingerprint(self) -> str:
        """The evaluation's own fingerprint."""
        return self.entry.manifest.fingerprint

    @property
    def model(self) -> str:
        """The model's fingerprint."""
        return self.entry.manifest.inputs["model"].fingerprint

    @cached_property
    def group(self) -> tuple[str, str]:
        """The same for replicates, and for them only."""
        return self.checkpoint, json.dumps(self.configuration, sort_keys=True)

    @property
    def name(self) -> str:
        """As tables have it: `Dev2 language=0.1`."""
        return f"{paper.name_of(self.checkpoint)} {self.label}".rstrip()

    def mean(self, measure: str) -> float | None:
        """The mean over all problems; None where the measure does not apply."""
        interval = self.measures.get(measure)
        return None if interval is None else interval.mean

    @property
    def scores(self) -> Mapping[str, Mapping[str, float]]:
        """Measure -> problem -> mean over its completions; empty if no transcripts were kept."""
        return self._judged[0]

    @property
    def crashed(self) -> frozenset[str]:
        """Problems on which a judge crashed, for any of their completions."""
        return self._judged[1]

    @cached_property
    def _judged(self) -> tuple[Mapping[str, Mapping[str, float]], frozenset[str]]:
        """What the transcripts tell without their texts, which are many and so are read once and not kept."""
        scores: dict[str, dict[str, float]] = {}
        crashed = set()
        for record in self.transcripts():
            if any(c.get("status") == "crashed" for c in record["completions"]):
                crashed.add(record["id"])
            # General requests have no reference answer; they are no problems of the table.
            if record.get("kind", "reasoning") != "reasoning" or record["answer"] is None:
                continue
            for measure, score in _mean_scores(record["completions"]):
                scores.setdefault(measure, {})[record["id"]] = score
        return scores, frozenset(crashed)

    def transcripts(self) -> list[dict[str, Any]]:
        """Problems with all completions; empty if none were kept. Damaged ones are left out with a warning."""
        artifact = self.entry.artifacts().get("transcripts")
        if artifact is None:
            return []
        records = list(read_objects(artifact.path))
        complete = [r for r in records if _is_transcript(r)]
        if len(complete) < len(records):
            warn_damaged(artifact.path, f"{len(records) - len(complete)} incomplete records")
        return complete


def read_evaluations(entries: Iterable[Entry]) -> list[Evaluation]:
    """The evaluations among all entries of a store, in their order; those with a damaged report are left out."""
    entries = list(entries)
    configurations = Configurations(entries)
    evaluations = []
    for entry in entries:
        if is_evaluation(entry.manifest.node) and "model" in entry.manifest.inputs:
            evaluation = _read(entry, configurations)
            if evaluation is not None:
                evaluations.append(evaluation)
    return evaluations


def _read(entry: Entry, configurations: Configurations) -> Evaluation | None:
    path = entry.artifacts()["out"].path
    report = read_object(path)
    if report is None:
        if not path.exists():
            warn_damaged(path, "missing")
        return None
    try:
        return Evaluation(
            entry,
            configurations.of(entry.manifest.inputs["model"].fingerprint),
            {measure: Interval.of(report.get(measure)) for measure in MEASURES},
            n_problems=int(report["n_problems"]),
            k=int(report["k"]),
        )
    except DAMAGED as error:
        warn_damaged(path, f"{type(error).__name__}: {error}")
        return None


def _is_transcript(record: Mapping[str, Any]) -> bool:
    completions = record.get("completions")
    return (
        isinstance(record.get("id"), str)
        and isinstance(record.get("prompt"), str)
        and "answer" in record
        and isinstance(completions, list)
        and all(isinstance(c, dict) and isinstance(c.get("text"), str) for c in completions)
        and all(c.get(measure) is None or _is_score(c[measure]) for c in completions for measure in MEASURES)
    )


def _is_score(value: Any) -> bool:
    """A number whose square is one, too: statistics are computed of it."""
    number = finite(value)
    return number is not None and abs(number) <= GREATEST_SCORE


def _mean_scores(completions: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, float]]:
    """Each measure's mean over the completions of one problem to which it applies."""
    for measure in MEASURES:
        scores = [score for c in completions if (score := c.get(measure)) is not None]
        if scores:
            yield measure, sum(scores) / len(scores)
