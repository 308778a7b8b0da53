"""Self-check: whether the references of a file would be rewarded if a model wrote them.

`r1 score FILE --self-check`. No completions are needed: each reference is written in a dozen forms and judged by the
task's own verifier.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from r1cli.errors import ConfigError
from r1cli.scoring.score import ReadRecord, Scoring
from r1cli.tasks.mathematics.self_check import FORMS, unrewarded
from r1cli.tasks.mathematics.task import Math

_LONGEST_SHOWN = 60
"""Characters of a reference."""


@dataclass(slots=True)
class SelfCheck:
    """What became of the references of a file."""

    references: int = 0
    forms: int = len(FORMS)
    unrewarded: list[dict[str, Any]] = field(default_factory=list)
    """Line, reference, forms and why, of each that would earn nothing in some form."""

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {"references": self.references, "forms": self.forms, "unrewarded": self.unrewarded}

    def summary(self) -> str:
        """`1,319 references in 12 forms: all are rewarded`."""
        fine = self.references - len(self.unrewarded)
        share = f"{100 * fine / self.references:.2f} %" if self.references else "none"
        verdict = "all are rewarded" if not self.unrewarded else f"{share} are rewarded in every form"
        return f"{self.references:,} references in {self.forms} forms: {verdict}"


def self_check(scoring: Scoring, records: Iterable[ReadRecord]) -> SelfCheck:
    """Write each reference in every form and judge it.

    Raises:
        ConfigError: the task does not compare answers.
        DataError: a record lacks a column or holds what cannot be used.
    """
    task = scoring.task
    if not isinstance(task, Math):
        raise ConfigError(
            f"--self-check: {type(task).__name__} does not compare written answers", hint="choose task=math"
        )
    result = SelfCheck()
    for batch in scoring.batches(records):
        references = [row.answer for row in task.rows_of([read.record for read in batch])]
        result.references += len(references)
        for bad in unrewarded(references, task.answer_format, timeout_s=task.timeout_s):
            forms = "all" if len(bad.forms) == len(FORMS) else ", ".join(bad.forms)
            shown = repr(references[bad.place])[:_LONGEST_SHOWN]
            result.unrewarded.append(
                {"line": batch[bad.place].line, "reference": shown, "forms": forms, "why": bad.why}
            )
    return result
