"""Run one cell of a sweep, in whatever process it was given to, and record how it ended.

A cell is a `Job` like that of a single run; `job.cell` is its name. Its failure is returned, not raised: the other
cells go on.
"""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from r1cli.engine.evaluation import evaluated_by, is_evaluation
from r1cli.engine.events import LastEvents
from r1cli.errors import R1Error, StageFailed
from r1cli.stage import Listener, NodeEvent
from r1cli.store.store import Store
from r1cli.sweep.ledger import CellRecord

if TYPE_CHECKING:
    from pathlib import Path

    from r1cli.engine.job import Job


def run_cell(number: int, job: Job, listener: Listener) -> CellRecord:
    """Execute the job of cell `number`; every error but an interrupt ends up in the record."""
    from r1cli.engine.execute import execute

    record = CellRecord(number=number, name=job.cell, state="running", started=time.time())
    events = LastEvents(listener)
    try:
        execute(job, events)
        record = record.model_copy(update=_measured(events.of_node, job.store))
    except Exception as error:  # noqa: BLE001  (recorded, and shown at the end of the sweep)
        return failed_cell(record, error)
    states = [event.state for event in events.of_node.values()]
    return record.end("done", made=states.count("made"), reused=states.count("reused"))


def failed_cell(record: CellRecord, error: Exception) -> CellRecord:
    """`record`, ended by `error`. A failed stage has its story in the log; a bug brings its traceback along."""
    if isinstance(error, R1Error):
        message, log = error.message, error.log if isinstance(error, StageFailed) else None
    else:
        message, log = "".join(traceback.format_exception(error)), None
    return record.end("failed", error=message, log=str(log or ""))


def _measured(last: Mapping[str, NodeEvent], store: Path) -> dict[str, Any]:
    """The evaluations of the cell, and the measures of the last one."""
    evaluations = [event for event in last.values() if is_evaluation(event.node)]
    if not evaluations:
        return {}
    final = evaluations[-1]
    entry = Store(store).get(final.node, final.fingerprint)
    assert entry is not None  # it was made or reused a moment ago
    report = json.loads(entry.artifacts()["out"].path.read_text("utf-8"))
    return {
        "evaluations": [event.fingerprint for event in evaluations],
        "checkpoint": evaluated_by(final.node),
        "measures": {name: value for name, value in report.items() if isinstance(value, dict) and "mean" in value},
    }
