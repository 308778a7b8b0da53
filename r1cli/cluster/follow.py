"""Wait for submitted jobs, and say what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from r1cli.cluster import client
from r1cli.cluster.records import SubmittedJob

POLL_S = 2.0
"""Between two questions to SLURM, which answers for everybody."""


def follow(jobs: Sequence[SubmittedJob], tell: Callable[[str], None]) -> dict[str, str]:
    """Tell every change of a job's state until all have ended; returns the last states.

    Raises:
        SlurmError: SLURM does not answer.
    """
    names = {job.id: job.name for job in jobs}
    seen: dict[str, str] = {}
    while True:
        now = client.states(names)
        for job, state in now.items():
            if seen.get(job) != state:
                tell(f"{names[job]:<20} job {job}: {state.lower()}")
        seen = now
        if all(client.has_ended(state) for state in now.values()):
            return now
        time.sleep(POLL_S)
