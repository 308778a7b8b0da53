"""Samples that processes draw together: each takes every n-th problem and writes a file of its own; all are one.

What an earlier attempt has drawn counts, with however many processes it was made: whatever lies there is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from r1cli.results import samples
from r1cli.results.samples import SampleRecord
from r1cli.stage import Placement
from r1cli.training.sharing import wait_until

Key = tuple[str, int]
"""Id of the problem, number of the sample."""


class SharedSamples:
    """The samples files of one kind in a stage's checkpoint folder."""

    def __init__(self, folder: Path, name: str, placement: Placement) -> None:
        self.folder = folder
        self.name = name
        self.placement = placement

    def read(self, *, texts: bool = True) -> dict[Key, SampleRecord]:
        """All samples that are there; the very last line of a file may be missing, if somebody is writing it.

        Args:
            texts: as in `samples.read`.
        """
        files = [self.folder / f"{self.name}.jsonl", *sorted(self.folder.glob(f"{self.name}-*-of-*.jsonl"))]
        return {record.key: record for file in files for record in samples.read(file, texts=texts)}

    def keep(self, records: Iterable[SampleRecord]) -> Iterator[SampleRecord]:
        """Write records to this process's file as they come; see `samples.append`."""
        return samples.append(self._file(self.placement.rank), records)

    def complete(self) -> None:
        """Let the first process know that all of this one's part is there, on the disk."""
        mine = self._file(self.placement.rank)
        if mine.exists():
            with mine.open("rb") as file:
                os.fsync(file.fileno())
        self._done(self.placement.rank).touch()

    def wait(self) -> None:
        """Wait until the part of every process is there."""
        wait_until(lambda: all(self._done(rank).exists() for rank in range(self.placement.processes)))

    def _file(self, rank: int) -> Path:
        of = self.placement.processes
        return self.folder / (f"{self.name}.jsonl" if of == 1 else f"{self.name}-{rank}-of-{of}.jsonl")

    def _done(self, rank: int) -> Path:
        return self._file(rank).with_suffix(".done")
