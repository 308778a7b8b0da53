"""Task: what is asked, and how an answer is verified.

One verifier serves the reward, the rejection sampler and the evaluation, so the three cannot disagree about what
"right" means. A task whose rows come from a file derives from `r1cli.tasks.records.RecordTask`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from r1cli.component import Component
from r1cli.data.rows import Row
from r1cli.template import Completion, parse, render
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome, attempt


class Task(Component):
    """Rows and their verification: implement `rows` and `judge`."""

    VOTES: ClassVar[bool] = True
    """Are final answers short enough to agree, so that a majority of several samples can decide? Programs never do."""

    @abstractmethod
    def rows(self) -> list[Row]:
        """All rows, in a fixed order: the same object gives the same list every time.

        Raises:
            DataError: a file is missing, empty, or a row of it cannot be used.
        """

    @abstractmethod
    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """Is each completion's final answer right for its row? In the same order; 1.0 is right, 0.0 wrong.

        Never raises because of what a model wrote. `judge_each` does it one by one; a verifier that may hang or crash
        hands the whole batch to `r1cli.verify.isolation.pool.run`.
        """

    def score(self, completion: Completion, row: Row) -> float | None:
        """How good is a response to a general request, 0 to 1, by an independent rule; None where there is none."""
        return None

    def same(self, a: str, b: str, row: Row) -> bool:
        """Do two final answers to `row` mean the same, so that a majority vote counts them as one? See `VOTES`."""
        return a == b

    def posed(self, row: Row, sample: int) -> Row:
        """The row as the completion of this number is asked and judged; multiple choice puts its options in order."""
        return row

    def measures(self, completion: Completion, row: Row) -> Mapping[str, float]:
        """What else is known of one completion beside being right, by name (`loose`, `instructions`).

        A benchmark keeps them with its samples, and may declare one of them as its primary metric.
        """
        return {}

    def refine(self, completion: Completion, row: Row) -> Completion:
        """A right completion in its most readable form, for cold-start data.

        In the paper a stronger model and people rewrite and translate (V2 B.3.2). By default only the template is
        written anew, in its canonical form.
        """
        return parse(render(completion.thought, completion.answer), finished=completion.finished)

    def preflight(self) -> None:
        """Look for what would keep rows from being read or judged on this machine.

        Raises:
            ConfigError: they cannot be judged, or not as safely as the configuration asks for.
            DataError: the data is neither on this machine nor to be had from the hub.
        """

    def missing(self, *, fetch: bool = False) -> str:
        """Which data is not on this machine, and not to be had from the hub either; empty where nothing is missing.

        Args:
            fetch: get what the hub has; otherwise no network is asked, and a dataset of the hub counts as had.
        """
        return ""

    def trimmed(self, *, fetch: bool) -> tuple[Task, dict[str, str]]:
        """The task without the parts that are missing and may be, and why each of those is left out.

        Args:
            fetch: as for `missing`.
        """
        return self, {}

    def record(self) -> dict[str, str]:
        """How rows are judged on this machine, for a run's record; empty where it is the same on all machines."""
        return {}

    def size(self) -> int | None:
        """About how many rows there are, as far as that can be said without reading them; None: unknown."""
        return None

    def files(self) -> list[Path]:
        """The data files that `rows` reads; their content enters the fingerprint in place of their paths."""
        return []


def judge_each(
    verify: Callable[[Completion, Row], bool | None], completions: Sequence[Completion], rows: Sequence[Row]
) -> list[Outcome]:
    """Judge a batch one by one. `verify` says right, wrong, or None where a row has nothing to verify against."""
    return [attempt(partial(verify, c, r)) for c, r in zip(completions, rows, strict=True)]


def judge(completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
    """Verify a batch whose rows may come from several tasks; each task sees its own part at once."""
    places_by_task: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        places_by_task.setdefault(id(row.task), []).append(place)
    outcomes = [NOT_APPLICABLE] * len(rows)
    for places in places_by_task.values():
        task = rows[places[0]].task
        if task is None:
            continue
        judged = task.judge([completions[i] for i in places], [rows[i] for i in places])
        for place, outcome in zip(places, judged, strict=True):
            outcomes[place] = outcome
    return outcomes
