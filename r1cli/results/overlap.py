"""Which problems were met in training: each set of problems against every dataset that a stage of the store made.

What a stage was given from a file, and what a hub's model was trained on, is not in the store: nothing is said of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from r1cli.data.contamination import overlaps
from r1cli.data.rows import Row, read_rows
from r1cli.engine.evaluation import measures_a_model
from r1cli.errors import DataError
from r1cli.store.records import Entry

LOG = logging.getLogger("r1cli.results")


@dataclass(frozen=True)
class PosedProblems:
    """What was asked, and how every model did."""

    name: str
    rows: tuple[Row, ...]
    accuracy: Mapping[str, Mapping[str, float]]
    """Model -> problem -> pass@1."""


@dataclass(frozen=True)
class MetInTraining:
    """Problems against one training set."""

    problems: str
    training: str
    """Node that made it."""
    rows: int
    touched: int
    """Problems that share ten words in a row with it."""
    accuracy_of_touched: Mapping[str, float]
    """Model -> mean pass@1."""
    accuracy_of_clean: Mapping[str, float]


def training_sets(entries: Iterable[Entry]) -> dict[str, Path]:
    """Node -> the newest dataset that it made for training."""
    sets: dict[str, Path] = {}
    for entry in entries:
        if not measures_a_model(entry.node):
            made = [a.path for a in entry.artifacts().values() if a.kind == "dataset"]
            sets |= {entry.node: made[0]} if made else {}
    return sets


def met_in_training(posed: Sequence[PosedProblems], sets: Mapping[str, Path]) -> list[MetInTraining]:
    """Every set of problems against every training set; one that cannot be read is named in a warning and left out."""
    found: list[MetInTraining] = []
    for node, path in sets.items():
        try:
            training = read_rows(path)
        except DataError as e:
            LOG.warning("warning: %s; it is left out", e.message)
            continue
        found += [_met(problems, node, training) for problems in posed if problems.rows]
    return sorted(found, key=lambda one: (one.problems, one.training))


def _met(posed: PosedProblems, node: str, training: Sequence[Row]) -> MetInTraining:
    touched = {overlap.id for overlap in overlaps(posed.rows, training)}
    of_touched: dict[str, float] = {}
    of_clean: dict[str, float] = {}
    for model, scores in posed.accuracy.items():
        inside = [score for problem, score in scores.items() if problem in touched]
        outside = [score for problem, score in scores.items() if problem not in touched]
        of_touched |= {model: sum(inside) / len(inside)} if inside else {}
        of_clean |= {model: sum(outside) / len(outside)} if outside else {}
    return MetInTraining(posed.name, node, len(posed.rows), len(touched), of_touched, of_clean)
