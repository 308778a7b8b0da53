"""A claim of the paper as `conf/finding/*.yaml` declares it: the sentence, where it stands, and what would decide it.

Everything that decides is written down before anything is trained: which models are compared, by which statistic, and
the margin that a difference must have to count. A claim is one file; it has one or more tests, and holds if all of them
do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from r1cli.config.catalogue import options, read_option
from r1cli.errors import ConfigError
from r1cli.results.measures import MEASURES

GROUP = "finding"
"""The folder of conf/."""
Kind = Literal["difference", "ratio", "level", "trend", "pass_at_k", "difficulty", "reflecting", "spread"]
"""What is computed of each seed; see r1cli.results.claims.evidence."""
PAIRED = frozenset({"difference", "ratio", "pass_at_k", "difficulty"})
"""Kinds that compare with a baseline."""
RELATIONS = ("more_than", "less_than", "within")


class Side(BaseModel):
    """The models on one side of a comparison."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checkpoint: str
    """The node whose models these are."""
    where: dict[str, Any] = Field(default_factory=dict)
    """Keys of its configuration (`reward.weights.language`, `coldstart/epochs`) and their values; null: not there."""
    measure: str | None = None
    """Where it is another one than the test's."""


class Test(BaseModel):
    """One number, and the margin that it is held against."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    __test__ = False  # no test of pytest's

    kind: Kind
    ours: Side
    baseline: Side | None = None
    measure: str = "accuracy"
    """A column of the stage table; of a trend, a metric that training logs (`train/completions/mean_length`)."""
    k: int = Field(1, ge=1)
    """Of pass@k."""
    more_than: float | None = None
    """Holds where the number is surely greater."""
    less_than: float | None = None
    """Holds where it is surely less."""
    within: float | None = Field(None, gt=0)
    """Holds where it surely lies between minus this and this: a test of equivalence (TOST)."""
    primary: bool = False
    """One of the few endpoints that are not corrected for the number of tests."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sum(getattr(self, name) is not None for name in RELATIONS) != 1:
            raise ValueError(f"give one of {', '.join(RELATIONS)}")
        if (self.kind in PAIRED) != (self.baseline is not None):
            verb = "needs a" if self.kind in PAIRED else "takes no"
            raise ValueError(f"kind={self.kind} {verb} baseline")
        if self.kind == "ratio" and (self.within is not None or self.margin <= 0):
            raise ValueError("a ratio is held against one positive number")
        known = {self.measure, *(s.measure for s in (self.ours, self.baseline) if s is not None and s.measure)}
        if self.kind not in ("trend", "pass_at_k") and (unknown := known - MEASURES.keys()):
            raise ValueError(f"no such measure: {', '.join(sorted(unknown))}")
        return self

    @property
    def relation(self) -> str:
        """Which of the three is declared."""
        return next(name for name in RELATIONS if getattr(self, name) is not None)

    @property
    def margin(self) -> float:
        """Its number."""
        return float(getattr(self, self.relation))


class Claim(BaseModel):
    """One sentence of the paper, and what decides whether it holds here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Of its file."""
    number: int
    """Its place in the list."""
    claim: str
    """The sentence."""
    place: str
    """Where in the paper (or in which other one)."""
    figures: str = ""
    """What the paper measured; empty for a control that it does not have."""
    experiment: str
    """What trains the models that it needs."""
    tests: dict[str, Test] = Field(min_length=1)
    """By name."""
    note: str = ""
    """What a reader must know of our version of it."""

    @property
    def run(self) -> str:
        """The line that makes what the claim needs."""
        return f"r1 run -m experiment={self.experiment}"


def read_claims(folders: Sequence[Path] = ()) -> list[Claim]:
    """All claims of conf/finding, and of the same folder in `folders`, in their order.

    Raises:
        ConfigError: a file is no claim.
    """
    claims = [_read(name, read_option(GROUP, name, *folders)) for name in options(GROUP, *folders)]
    return sorted(claims, key=lambda claim: (claim.number, claim.name))


def _read(name: str, plain: Mapping[str, Any]) -> Claim:
    try:
        return Claim.model_validate({"name": name, **plain})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        message = f"finding/{name}.yaml: {key or 'the file'}: {first['msg']}"
        raise ConfigError(message, hint="see docs/findings.md for what a claim declares") from error
