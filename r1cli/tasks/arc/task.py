"""ARC-AGI-1 (arXiv:1911.01547): from a few pairs of grids to the rule, and from the rule to the test input's output.

One row asks for one test input. A task with several test inputs is several rows, which know their task; how attempts
and rows add up to a score is in r1cli/results/arc.py. Only the answer part of a completion is looked at, and the grid
must be exact: its size and all of its cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from r1cli.data.rows import Row
from r1cli.data.source import Record
from r1cli.errors import ConfigError, DataError
from r1cli.tasks.arc.grids import Grid, Serialisation, grid_in, is_grid, written
from r1cli.tasks.records import RecordTask
from r1cli.template import Completion
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome

_TASK = "id of the task"
"""In the values of a record of one test input."""
_PARTS = re.compile(r"\{(?:examples|test)\}")


class Arc(RecordTask):
    """Columns by name: `id` of the task, `train` and `test`, lists of pairs {input, output} of grids.

    A test pair without an output, as in sets whose answers are kept back, makes a row that cannot be verified.
    """

    language: str = "en"
    """Of the prompts: that of `instruction`."""
    serialisation: Serialisation
    """How grids are written into the prompt. rows: as in the harness of January 2025; compact: as in today's."""
    instruction: str
    """What is asked, with {examples} and {test} in it."""

    def rows(self) -> list[Row]:
        """A row of each test input of each task, in order."""
        return self.rows_of([one for record in self.origin.records() for one in _by_test_input(record)])

    def row(self, record: Record) -> Row:
        """The row of the only test input.

        Raises:
            DataError: there are several, or something is no grid.
        """
        for name in ("{examples}", "{test}"):
            if name not in self.instruction:
                raise ConfigError(f"instruction: no {name} in it", hint="it stands where the grids are to be written")
        train, test = _pairs(record, "train"), _pairs(record, "test")
        if len(test) != 1:
            raise DataError(f"{record.where}: {len(test)} test inputs in a row of its own", hint="one for each row")
        examples = "\n\n".join(self._example(number, pair) for number, pair in enumerate(train))
        parts = {"{examples}": examples, "{test}": written(test[0]["input"], self.serialisation)}
        output = test[0].get("output")
        return Row(
            id=record.id,
            prompt=_PARTS.sub(lambda match: parts[match[0]], self.instruction),
            language=self.language,
            answer=None if output is None else written(output),
            meta={"task": record.values.get(_TASK, record.id), "train": train, "input": test[0]["input"]},
            task=self,
        )

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """Each by itself: the grid that was handed in is the right one, or not."""
        return [_judged(completion, row) for completion, row in zip(completions, rows, strict=True)]

    def _example(self, number: int, pair: dict[str, Grid]) -> str:
        given, made = (written(pair[side], self.serialisation) for side in ("input", "output"))
        return f"--Example {number}--\n\nINPUT:\n\n{given}\n\nOUTPUT:\n\n{made}"


def _judged(completion: Completion, row: Row) -> Outcome:
    if row.answer is None:
        return NOT_APPLICABLE
    grid = grid_in(completion.answer)
    if grid is None:
        return Outcome(0.0, "unparseable", note="no grid")
    handed_in = written(grid)
    return Outcome(float(handed_in == row.answer), extracted=handed_in, note=_size(grid))


def _size(grid: Grid) -> str:
    return f"{len(grid)} rows of {len(grid[0])}"


def _by_test_input(record: Record) -> list[Record]:
    """A record for each test input: `007bbfb7/0`."""
    column = record.columns.get("test", "test")
    return [
        replace(record, id=f"{record.id}/{number}", values={**record.values, column: [pair], _TASK: record.id})
        for number, pair in enumerate(_pairs(record, "test"))
    ]


def _pairs(record: Record, side: str) -> list[dict[str, Grid]]:
    """The train or the test pairs of a record; only a test pair may lack its output."""
    pairs = record.get(side)
    if not isinstance(pairs, list) or not pairs or not all(isinstance(pair, dict) for pair in pairs):
        raise DataError(f"{record.where}: {side} must be a list of pairs", hint="each {input, output}, two grids")
    return [_checked(record, side, number, pair) for number, pair in enumerate(pairs)]


def _checked(record: Record, side: str, number: int, pair: dict[str, Any]) -> dict[str, Grid]:
    wanted = [name for name in ("input", "output") if name == "input" or side == "train" or pair.get(name) is not None]
    for name in wanted:
        if not is_grid(pair.get(name)):
            what = f"{record.where}: {side}[{number}].{name} is no grid"
            raise DataError(what, hint="1 to 30 rows of 1 to 30 colours, 0 to 9, all rows of one length")
    return {name: pair[name] for name in wanted}
