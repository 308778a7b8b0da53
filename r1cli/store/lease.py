"""The right to write one entry: taken by `Store.lease`, lost when the last process that holds the lock is gone.

A stage's work goes begin -> (checkpoints) -> result -> publish. A kill between any two of them loses nothing but the
work since the last checkpoint.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from r1cli.errors import StoreError
from r1cli.files import fsync, is_filled, own_bytes, remove, sha256, write_durably, writing
from r1cli.layout import CHECKPOINT, CONFIG, ERROR, LOG, MANIFEST, OUT, RECORDS, RESULT, STOP, UNPUBLISHED, WORK
from r1cli.store import lock
from r1cli.store.records import (
    Attempt,
    Entry,
    Made,
    Manifest,
    Work,
    last_sign_of_life,
    read_manifest,
    read_work,
    write_manifest,
)

_MADE = TypeAdapter(dict[str, Made])


@dataclass(frozen=True)
class Lease:
    """Held as long as `lock_fd` is open in some process."""

    path: Path
    """The folder of the unfinished entry."""
    final: Path
    """Where it will be published."""
    lock_fd: int
    """Pass it to the process that writes: an orphan then keeps others out."""

    @property
    def checkpoint(self) -> Path:
        """Folder that a stage resumes from."""
        return self.path / CHECKPOINT

    @property
    def complete(self) -> bool:
        """The manifest is written, but a kill prevented the publication. A damaged one does not count."""
        try:
            read_manifest(self.path)
        except StoreError:
            return False
        return True

    def held_by(self, pid: int) -> None:
        """Name another process as the holder, for those who wait."""
        lock.sign(self.lock_fd, pid)

    def begin(self, work: Work, *, config: str) -> Work:
        """Make the folder ready for work; returns `work` with all attempts at it, the new one included.

        With a checkpoint the work resumes where it was; without one everything but the log is cleared away.

        Raises:
            StoreError: the store cannot be written.
        """
        with writing(self.final.parent):
            earlier = self.work() if is_filled(self.checkpoint) else None
            if earlier is None:
                self._clear_all_but_the_log()
                attempts = []
            else:
                for name in (ERROR, STOP, RESULT, MANIFEST):  # of the earlier attempt, if they were damaged
                    remove(self.path / name)
                attempts = earlier.attempts
            work = work.model_copy(update={"attempts": [*attempts, Attempt(started=time.time())]})
            for folder in (CHECKPOINT, OUT):
                (self.path / folder).mkdir(exist_ok=True)
            write_durably(self.path / CONFIG, config)
            write_durably(self.path / WORK, work.model_dump_json())
        return work

    def work(self) -> Work | None:
        """The work so far, with every attempt ended; None if there was none."""
        work = read_work(self.path)
        if work is not None:
            last = work.attempts[-1]
            last.ended = last.ended or last_sign_of_life(self.path)
        return work

    def result(self) -> dict[str, Made] | None:
        """What the stage reported as made, by name; None: it has not returned yet, or the report is damaged."""
        try:
            made = _MADE.validate_json(own_bytes(self.path / RESULT))
        except (OSError, ValidationError):
            return None
        whole = bool(made) and all((self.path / artifact.path).exists() for artifact in made.values())
        return made if whole else None

    def publish(self, manifest: Manifest) -> Entry:
        """Turn the complete, unpublished entry into a published one.

        Raises:
            StoreError: it cannot be written; nothing is published then, and the work is not lost.
        """
        with writing(self.final.parent):
            update = {"files": self._hashes(OUT), "records": self._hashes(*RECORDS)}
            manifest = manifest.model_copy(update=update)
            write_manifest(self.path, manifest)
        return self._move(manifest)

    def finish(self) -> Entry:
        """Publish an entry whose manifest is already written: the part of `publish` that a kill can interrupt."""
        return self._move(read_manifest(self.path))

    def _hashes(self, *names: str) -> dict[str, str]:
        """sha256 of the files of these names, and of those in folders of these names."""
        below = [f for name in names for f in ((self.path / name), *(self.path / name).rglob("*")) if f.is_file()]
        return {str(f.relative_to(self.path)): sha256(f) for f in sorted(below)}

    def _clear_all_but_the_log(self) -> None:
        for child in self.path.iterdir():
            if child.name != LOG:
                remove(child)

    def _move(self, manifest: Manifest) -> Entry:
        """By now the manifest is on disk, so a kill anywhere in here costs nothing: `finish` repeats it."""
        with writing(self.final.parent):
            for name in UNPUBLISHED:
                remove(self.path / name)
            for file in self.path.rglob("*"):
                if not file.is_symlink():
                    fsync(file)
            fsync(self.path)
            self.path.rename(self.final)
            fsync(self.final.parent)
        return Entry(self.final, manifest)
