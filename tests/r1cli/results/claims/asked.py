"""A store with one base model and R1-Zero, and how claims are asked of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from r1cli.results.claims.declaration import Claim, Test
from r1cli.results.claims.evidence import Evidence, Evidences
from r1cli.store.store import Store

EASY, HARD = [1.0, 1.0, 0.5, 1.0], [0.0, 0.5, 0.0, 0.5]


def evidence(store: Path, **test: Any) -> Evidence | None:
    declared = Test.model_validate({"more_than": 0.1, **test})
    claim = Claim(name="c", number=1, claim="c.", place="p", figures="", experiment="r1_vs_zero", tests={"t": declared})
    return Evidences(Store(store).entries()).of(claim).get("t")


def numbers(store: Path, **test: Any) -> dict[int, float]:
    found = evidence(store, **test)
    return {} if found is None else {v.seed: pytest.approx(v.value) for v in found.values}


def side(checkpoint: str, **where: Any) -> dict[str, Any]:
    return {"checkpoint": checkpoint, "where": where}
