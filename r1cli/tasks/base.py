"""Task: what is asked, and how an answer is verified.

A task is rows plus `verify`. The same verification serves the reward, the rejection sampler and the evaluation, so the
three cannot disagree about what "right" means.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from r1cli.component import Component
from r1cli.data.rows import Row
from r1cli.template import Completion, parse, render
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome, attempt


class Task(Component):
    """Rows and their verification. Subclass it, give it fields, implement `rows` (and `verify` where answers exist).

    A verifier that can hang, crash or be slow overrides `judge`, which sees a batch at once, and lets `verify` ask it.
    """

    @abstractmethod
    def rows(self) -> list[Row]:
        """All rows, in a fixed order: the same object gives the same list every time.

        Raises:
            DataError: a file is missing, empty, or a row of it cannot be used.
        """

    def verify(self, completion: Completion, row: Row) -> bool | None:
        """Is the final answer of `completion` right for `row`? None where there is nothing to verify against."""
        return None

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """`verify` for a batch, in the same order, with how each verdict came about. Never raises on model output."""
        return [attempt(partial(self.verify, c, r)) for c, r in zip(completions, rows, strict=True)]

    def score(self, completion: Completion, row: Row) -> float | None:
        """How good is a response to a general request, 0 to 1, by an independent rule; None where there is none."""
        return None

    def refine(self, completion: Completion, row: Row) -> Completion:
        """A right completion in its most readable form, for cold-start data.

        In the paper a stronger model and people rewrite and translate (V2 B.3.2). By default only the template is
        written anew, in its canonical form.
        """
        return parse(render(completion.thought, completion.answer), finished=completion.finished)

    def preflight(self) -> None:
        """Look for what would keep rows from being judged on this machine.

        Raises:
            ConfigError: they cannot be, or not as safely as it is asked for.
        """

    def record(self) -> dict[str, str]:
        """How rows are judged on this machine, for a run's record: nothing, where it is the same on all."""
        return {}

    def files(self) -> list[Path]:
        """The data files that `rows` reads; their content enters the fingerprint in place of their paths."""
        return []


def judge(completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
    """Verify a batch whose rows may come from several tasks; each task sees its own part at once."""
    outcomes = [NOT_APPLICABLE] * len(rows)
    parts: dict[int, list[int]] = {}
    for i, row in enumerate(rows):
        parts.setdefault(id(row.task), []).append(i)
    for places in parts.values():
        task = rows[places[0]].task
        if task is not None:
            found = task.judge([completions[i] for i in places], [rows[i] for i in places])
            for i, outcome in zip(places, found, strict=True):
                outcomes[i] = outcome
    return outcomes
